"""What an operator watches of the persistence layer: tickets, renewals, keys, caches, as numbers per value."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from .estimates import Estimate, over_seeds, percentile
from .groups import Grouping, group_by
from .style import NOTHING, duration_estimate, share_estimate
from .tables import ResultTables, answered, column_of
from .timeline import span_label

_PARTS = ("tickets", "renewal", "keys", "cache", "early data")

Measure = Callable[[pd.DataFrame], float]

_LOSSES = {
    "expired_at_client": "expired at the client",
    "expired_at_server": "expired at the server",
    "key_retired": "its key was retired",
    "unknown_key": "its key is unknown to the server",
    "not_cached": "session not in the cache",
    "evicted": "session evicted from the cache",
    "spent": "single use spent",
    "unclean_close": "session dropped after an unclean close",
    "store_lost": "store lost with the app",
    "all_used": "all tickets used",
    "in_use": "all tickets in use",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One line of the dashboard.

    Parameters
    ----------
    part
        Which part of the persistence layer it is about.
    name
        What is measured, with what it is a share of.
    cells
        Of each value: the text, its error, and the number to sort by.
    """

    part: str
    name: str
    cells: tuple[tuple[str, str, float], ...]


def dashboard(results: ResultTables, by: str | None = None) -> tuple[Grouping, list[Gauge]]:
    """Ticket usage, renewal cadence, key ages and cache health, per value of `by`.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.

    Notes
    -----
    Of attempts; means over seeds with their intervals. Reasons that never occur are left out.
    """
    grouping = group_by(results, by)
    attempts = _prepared(results)
    gauges = [
        _gauge(part, name, measure, share, grouping, attempts)
        for part, name, measure, share in _measures(attempts)
    ]  # fmt: skip
    shown = [gauge for gauge in gauges if any(cell[2] > 0 for cell in gauge.cells)]
    return grouping, sorted([*shown, *_keys(results, grouping)], key=lambda gauge: _PARTS.index(gauge.part))


def _prepared(results: ResultTables) -> pd.DataFrame:
    attempts = results.attempts
    seconds = {name: attempts[name].dt.total_seconds() for name in ("ticket_age", "chain_age") if name in attempts}
    prepared = attempts.assign(
        was_answered=answered(attempts), **{f"{name}_seconds": at for name, at in seconds.items()}
    )
    if "tickets_received" not in attempts:
        return prepared
    return prepared.assign(between_tickets=_between_tickets(results, attempts))


def _between_tickets(results: ResultTables, attempts: pd.DataFrame) -> "pd.Series[float]":
    """Seconds since a client's last attempt that brought tickets, of each that brings some."""
    names = [name for name in (*results.parameters, "seed") if name in attempts.columns]
    brought = attempts[attempts["tickets_received"] > 0].sort_values("started", kind="stable")
    clients = brought.groupby([*names, "population", "client"], observed=True, sort=False)["started"]
    between: pd.Series[float] = clients.diff().dt.total_seconds().reindex(attempts.index)
    return between


def _measures(attempts: pd.DataFrame) -> Iterator[tuple[str, str, Measure, bool]]:
    """Part, name, how to compute it of one run, and whether it is a share (else a time)."""
    yield "tickets", "attempts that offer a ticket", lambda a: float(a["offered"].mean()), True
    yield "tickets", "offered tickets that are honoured", _of_offered(lambda a: a["resumed"]), True
    if "ticket_age_seconds" in attempts:
        for rank in (50, 95):
            yield "tickets", f"age when offered, p{rank}", _ranked("ticket_age_seconds", rank), False
    if "between_tickets" in attempts:
        yield "renewal", "time between two renewals of a client, median", _ranked("between_tickets", 50), False
    if "chain_age_seconds" in attempts:
        yield "renewal", "since the last full handshake when offered, p95", _ranked("chain_age_seconds", 95), False
    for reason, told in _LOSSES.items():
        part = "cache" if reason in ("not_cached", "evicted", "spent", "unclean_close") else "tickets"
        yield part, f"answered attempts: {told}", _of_answered(reason), True
    if "early_bytes" in attempts:
        yield "early data", "attempts that send early data", lambda a: float((a["early_bytes"] > 0).mean()), True
        yield "early data", "of these accepted", _accepted, True


def _of_offered(which: Callable[[pd.DataFrame], "pd.Series"]) -> Measure:
    def measure(attempts: pd.DataFrame) -> float:
        offered = attempts[attempts["offered"].astype(bool) & attempts["was_answered"]]
        return float(which(offered).astype(float).mean())

    return measure


def _of_answered(reason: str) -> Measure:
    return lambda attempts: float((attempts.loc[attempts["was_answered"], "not_resumed"] == reason).mean())


def _ranked(column: str, rank: float) -> Measure:
    return lambda attempts: percentile(attempts[column], rank)


def _accepted(attempts: pd.DataFrame) -> float:
    sent = attempts[attempts["early_bytes"] > 0]
    return float((sent["no_early_data"] == "accepted").mean())


def _gauge(part: str, name: str, measure: Measure, share: bool, grouping: Grouping, attempts: pd.DataFrame) -> Gauge:
    cells = []
    for _, frame in grouping.split(attempts):
        estimate = over_seeds(measure(of_seed) for _, of_seed in frame.groupby("seed"))
        cells.append(_cell(estimate.within(0.0, 1.0 if share else float("inf")), share))
    return Gauge(part=part, name=name, cells=tuple(cells))


def _cell(estimate: Estimate, share: bool) -> tuple[str, str, float]:
    if not estimate.seeds:
        return NOTHING, "", float("nan")
    if share:
        return *share_estimate(estimate), estimate.mean
    if estimate.mean < 120:
        return *duration_estimate(estimate), estimate.mean
    error = f"±{span_label(_rounded(estimate.error))}" if estimate.has_interval else ""
    return span_label(_rounded(estimate.mean)), error, estimate.mean


def _rounded(seconds: float) -> float:
    """To three digits in the unit that `span_label` chooses."""
    size = next((size for size in (86_400, 3_600, 60) if seconds >= size), 1)
    return float(f"{seconds / size:.3g}") * size


def _keys(results: ResultTables, grouping: Grouping) -> Iterator[Gauge]:
    keys = results.ticket_keys
    by = column_of(grouping.column, keys) if grouping.column else None
    by = by if by in keys.columns else None
    split = Grouping(column=by, groups=grouping.groups)
    if keys.empty:
        return
    for name, column in (
        ("a key seals tickets for", "issued_until"),
        ("a key opens tickets for, at most", "opens_until"),
    ):
        cells = []
        for _, frame in split.split(keys):
            longest = float((frame[column] - frame["issued_from"]).dt.total_seconds().max())
            told = NOTHING if math.isnan(longest) else span_label(_rounded(longest))
            cells.append((told, "", longest))
        yield Gauge(part="keys", name=name, cells=tuple(cells))
    counts = []
    run = [name for each in (*results.parameters, "seed") if (name := column_of(each, keys)) in keys.columns]
    for _, frame in split.split(keys):
        runs = len(frame[run].drop_duplicates()) if run else 1
        count = len(frame) / max(runs, 1)
        counts.append((f"{count:g}", "", count))
    yield Gauge(part="keys", name="keys in a run", cells=tuple(counts))
