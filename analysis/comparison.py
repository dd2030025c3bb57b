"""Two batches side by side: what B is more than A in every quantity, paired by seed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from rich import box
from rich.table import Table

from .estimates import CONFIDENCE, method
from .groups import is_called
from .paired import Difference, difference, seeds_needed
from .quantities import QUANTITIES, Quantity, fold
from .style import NOTHING
from .tables import ResultTables

PRECISION = 0.01
_EFFECT = f"Effect: in standard deviations over seeds (Hedges' g). {NOTHING}: no difference is shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One quantity of one combination of the parameters that both batches vary.

    Parameters
    ----------
    where
        The combination; empty where nothing is varied.
    quantity
        What is compared.
    found
        The difference.
    needed
        How many seeds bring its interval to 1 % of A to either side; None where that cannot be judged.
    """

    where: Mapping[str, object]
    quantity: Quantity
    found: Difference
    needed: int | None

    @property
    def verdict(self) -> str:
        """``"better"``, ``"worse"``, ``"no difference shown"``, or ``"unknown"`` without an interval."""
        if not self.found.mean.has_interval:
            return "unknown"
        if not self.found.mean.excludes(0.0):
            return "no difference shown"
        return "better" if (self.found.mean.mean > 0) == self.quantity.more_is_better else "worse"

    @property
    def said_where(self) -> str:
        """The combination in words."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.where.items())


def chosen(folded: pd.DataFrame, parameters: Mapping[str, Sequence[object]], choice: Mapping[str, str]) -> pd.DataFrame:
    """The visits of some runs: those whose parameters have these values, given as text.

    Raises
    ------
    ValueError
        If there is no such parameter or value.
    """
    for name, text in choice.items():
        if name not in parameters:
            raise ValueError(f"{name}: no such parameter; there is {', '.join(parameters) or 'none'}")
        known = list(folded[name].cat.categories)
        called = [each for each in known if is_called(each, text)]
        if not called:
            raise ValueError(f'{name}: no value "{text}"; there is {", ".join(map(str, known))}')
        folded = folded[folded[name].isin(called)]
    return folded


def compare(
    a: ResultTables,
    b: ResultTables,
    *,
    choose_a: Mapping[str, str] | None = None,
    choose_b: Mapping[str, str] | None = None,
    quantities: Sequence[Quantity] = QUANTITIES,
) -> list[Row]:
    """What B is more than A, for every combination of the parameters that both vary.

    Parameters
    ----------
    a, b
        Batches, which may be the same one.
    choose_a, choose_b
        Which values of a batch's parameters are meant, as text.
    quantities
        What is compared.

    Raises
    ------
    ValueError
        If a batch has no attempts, a choice is none, or a parameter that only one of them varies is left open.
    """
    frames = []
    open_parameters = []
    for results, choice in ((a, choose_a or {}), (b, choose_b or {})):
        frames.append(chosen(fold(results), results.parameters, choice))
        open_parameters.append(
            {
                name: tuple(map(str, values))
                for name, values in results.parameters.items()
                if len(values) > 1 and name not in choice
            }
        )
    ours, theirs = open_parameters
    alone = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    if alone:
        raise ValueError(f"{', '.join(alone)}: the two batches do not have the same values of it; choose one of each")
    by = list(ours)
    rows = []
    for where in _combinations(frames[0], by):
        parts = [_where(frame, where) for frame in frames]
        for quantity in quantities:
            values = [{int(str(seed)): value for seed, value in quantity.by_seed(part).items()} for part in parts]
            found = difference(values[0], values[1])
            rows.append(Row(where=where, quantity=quantity, found=found, needed=_needed(values, found)))
    return rows


def comparison_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """The same as numbers: a row per combination and quantity, times in seconds."""
    return pd.DataFrame(
        {
            **row.where,
            "quantity": row.quantity.name,
            "a": row.found.a,
            "b": row.found.b,
            "difference": row.found.mean.mean,
            "low": row.found.mean.low,
            "high": row.found.mean.high,
            "bootstrap_low": row.found.bootstrapped.low,
            "bootstrap_high": row.found.bootstrapped.high,
            "relative": row.found.relative.mean,
            "effect": row.found.effect,
            "p": row.found.p,
            "pairs": row.found.pairs,
            "seeds_needed": row.needed,
            "verdict": row.verdict,
        }
        for row in rows
    )


def comparison_table(rows: Sequence[Row]) -> Table:
    """The same for a terminal."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=f"{note(rows)}\n{_EFFECT}", caption_justify="left")
    table.add_column("quantity", style="bold")
    for name in ("A", "B", "B - A", "%", "effect", "seeds\nfor 1 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("B is", no_wrap=True)
    colours = {"better": "green", "worse": "red"}
    where = None
    for row in rows:
        if row.where != where and row.where:
            where = row.where
            table.add_row(f"[dim]{row.said_where}[/]")
        found, label = row.found, row.quantity.label
        colour = colours.get(row.verdict)
        table.add_row(
            row.quantity.title,
            label(found.a),
            label(found.b),
            interval_label(row),
            NOTHING if math.isnan(found.relative.mean) else f"{100 * found.relative.mean:+.1f}",
            NOTHING if math.isnan(found.effect) else f"{found.effect:+.1f}",
            NOTHING if row.needed is None else f"{row.needed:,}",
            f"[{colour}]{row.verdict}[/]" if colour else NOTHING,
        )
    return table


def interval_label(row: Row) -> str:
    """The difference with its interval, in the quantity's unit: points of a share, or a time."""
    estimate = row.found.mean
    if row.quantity.is_share:
        text = f"{100 * estimate.mean:+.1f}"
        return f"{text} ±{100 * estimate.error:.1f} pt" if estimate.has_interval else f"{text} pt"
    largest = max(abs(estimate.mean), estimate.error if estimate.has_interval else 0.0)
    scale, unit = (1.0, "s") if largest >= 1 else (1e3, "ms") if largest >= 1e-3 else (1e6, "µs")
    decimals = 0 if estimate.has_interval and scale * estimate.error >= 10 else 1
    text = f"{scale * estimate.mean:+.{decimals}f}"
    return f"{text} ±{scale * estimate.error:.{decimals}f} {unit}" if estimate.has_interval else f"{text} {unit}"


def note(rows: Sequence[Row]) -> str:
    """How the intervals came about."""
    pairs = {row.found.pairs for row in rows}
    if pairs == {0}:
        return f"No two seeds in common: not paired. {100 * CONFIDENCE:.0f} % confidence (Welch)."
    seeds = "-".join(map(str, sorted({min(pairs), max(pairs)})))
    return f"{seeds} seeds in both, paired; {100 * CONFIDENCE:.0f} % confidence ({method()} over the differences)."


def finding(rows: Sequence[Row]) -> str:
    """The comparison in a line."""
    told = []
    for verdict in ("better", "worse"):
        names = list(dict.fromkeys(row.quantity.phrase for row in rows if row.verdict == verdict))
        if names:
            listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
            told.append(f"{verdict} in {listed}")
    if not told:
        shown = any(row.verdict != "unknown" for row in rows)
        return "no difference between A and B is shown" if shown else "one seed: what differs may be chance"
    return f"B is {'; '.join(told)}"


def _combinations(folded: pd.DataFrame, by: list[str]) -> list[dict[str, object]]:
    if not by:
        return [{}]
    found = folded[by].drop_duplicates().sort_values(by)
    return [dict(zip(by, values, strict=True)) for values in found.itertuples(index=False)]


def _where(folded: pd.DataFrame, where: Mapping[str, object]) -> pd.DataFrame:
    for name, value in where.items():
        folded = folded[folded[name].astype(str) == str(value)]
    return folded


def _needed(values: Sequence[Mapping[int, float]], found: Difference) -> int | None:
    shared = values[0].keys() & values[1].keys()
    differences = [values[1][seed] - values[0][seed] for seed in shared]
    known = [each for each in differences if not math.isnan(each)]
    if found.pairs < 2 or len(known) < 2 or not found.a:
        return None
    return seeds_needed(known, PRECISION * abs(found.a))
