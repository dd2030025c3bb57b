"""The numbers of a batch: one row per value of a parameter, with confidence intervals."""

from collections.abc import Callable

import pandas as pd
from rich import box
from rich.table import Table

from .estimates import Estimate
from .groups import group_by
from .quantities import QUANTITIES, RANKS, fold
from .style import duration_estimate, seeds_note, share_estimate
from .tables import ResultTables


def summary(results: ResultTables, by: str | None = None) -> pd.DataFrame:
    """The numbers behind the figures.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.

    Returns
    -------
    pandas.DataFrame
        One row per value, with counts over all seeds (`seeds`, `visits`, `attempts`), and for each
        estimate its mean over seeds and `_low`, `_high` (NaN with one seed):

        - `resumed_share`: of answered visits;
        - `first_byte_p50`, `_p95`, `_p99`: seconds from the start of a visit's first attempt;
        - `failed_share`: of visits; not counted are those that the end of the run cut off and those
          whose client went away;
        - `server_compute`: seconds of server CPU per attempt.

    Raises
    ------
    ValueError
        If there are no attempts, or no such parameter.
    """
    grouping = group_by(results, by)
    rows: list[dict[str, object]] = []
    for group, frame in grouping.split(fold(results)):
        row: dict[str, object] = {
            grouping.column or "group": group.value if group.value is not None else group.label,
            "seeds": frame["seed"].nunique(),
            "visits": len(frame),
            "attempts": int(frame["tries"].sum()),
        }
        for quantity in QUANTITIES:
            _add(row, quantity.name, quantity.estimate(frame))
        rows.append(row)
    return pd.DataFrame(rows)


def _add(row: dict[str, object], name: str, estimate: Estimate) -> None:
    row[name], row[f"{name}_low"], row[f"{name}_high"] = estimate.mean, estimate.low, estimate.high


def summary_table(results: ResultTables, by: str | None = None) -> Table:
    """`summary` as a table for a terminal.

    Parameters
    ----------
    results
        A batch.
    by
        As in `summary`.

    Returns
    -------
    rich.table.Table
        Print it with `rich.print`.
    """
    grouping = group_by(results, by)
    numbers = summary(results, by)
    caption = seeds_note(results, grouping, "±")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    table.add_column((grouping.title or "group").replace(" ", "\n"), style="bold", no_wrap=True)
    for name in (
        "visits\n[dim]attempts[/]",
        "resumed",
        *(f"first\nbyte\np{rank}" for rank in RANKS),
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("failed", "server\nCPU per\nattempt"):
        table.add_column(name, justify="right", no_wrap=True)
    for group, (_, row) in zip(grouping.groups, numbers.iterrows(), strict=True):
        table.add_row(
            group.label,
            f"{int(row['visits']):,}\n[dim]{int(row['attempts']):,}[/]",
            _cell(row, "resumed_share", share_estimate),
            *(_cell(row, f"first_byte_p{rank}", duration_estimate) for rank in RANKS),
            _cell(row, "failed_share", share_estimate),
            _cell(row, "server_compute", duration_estimate),
        )
    return table


def _cell(row: "pd.Series[float]", name: str, write: Callable[[Estimate], tuple[str, str]]) -> str:
    mean, low, high = (float(row[column]) for column in (name, f"{name}_low", f"{name}_high"))
    text, error = write(Estimate(mean=mean, low=low, high=high, seeds=int(row["seeds"])))
    return f"{text}\n[dim]{error}[/]"
