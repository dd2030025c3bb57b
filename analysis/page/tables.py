"""Tables of a report: what each cell says, and what it is sorted by."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..anomalies import Anomaly
from ..dashboard import dashboard
from ..estimates import Estimate, method
from ..groups import group_by
from ..quantities import QUANTITIES
from ..style import NOTHING, duration_label
from ..summary import summary
from ..tables import ResultTables
from ..timeline import span_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table.

    Parameters
    ----------
    text
        What it says.
    error
        Half-width of the interval, or empty.
    sort
        What it is sorted by; empty: the text.
    """

    text: str
    error: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with heads; the first column names the rows."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def _number(value: float) -> str:
    return "" if value != value else f"{value:.9g}"


def summary_of(results: ResultTables, by: str | None) -> Table:
    """The numbers of each value, with their intervals."""
    grouping = group_by(results, by)
    numbers = summary(results, by)
    heads = [grouping.title or "all", "visits", "attempts"]
    heads += ["resumed", "first byte p50", "p95", "p99", "failed", "server CPU per attempt"]
    rows = []
    for position, (group, (_, row)) in enumerate(zip(grouping.groups, numbers.iterrows(), strict=True)):
        cells = [Cell(text=group.label, sort=str(position))]
        cells += [Cell(text=f"{int(row[name]):,}", sort=str(int(row[name]))) for name in ("visits", "attempts")]
        for quantity in QUANTITIES:
            mean, low, high = (float(row[f"{quantity.name}{end}"]) for end in ("", "_low", "_high"))
            estimate = Estimate(mean=mean, low=low, high=high, seeds=int(row["seeds"]))
            text, error = quantity.estimate_label(estimate)
            cells.append(Cell(text=text, error=error, sort=_number(mean)))
        rows.append(cells)
    note = f"±: 95 % confidence, {method()} over seeds. " if numbers["seeds"].max() > 1 else "One seed: no intervals. "
    return Table(name="summary", heads=heads, rows=rows, note=f"{note}First byte: from the start of a visit.")


def dashboard_of(results: ResultTables, by: str | None) -> Table:
    """What an operator watches of tickets, renewals, keys and caches."""
    grouping, gauges = dashboard(results, by)
    heads = ["part", "measure", *(f"{grouping.title} {group.label}".strip() for group in grouping.groups)]
    rows = [
        [
            Cell(text=gauge.part),
            Cell(text=gauge.name),
            *(Cell(text=text, error=error, sort=_number(number)) for text, error, number in gauge.cells),
        ]
        for gauge in gauges
    ]
    return Table(name="dashboard", heads=heads, rows=rows, note="Means over seeds, of attempts.")


def anomalies_of(found: Sequence[Anomaly]) -> Table:
    """Stretches of time that stand out."""
    rows = [
        [
            Cell(text=f"{span_label(each.began)} to {span_label(each.ended)}", sort=_number(each.began)),
            Cell(text=each.where),
            Cell(text=each.what),
            Cell(text=each.fault or "none"),
        ]
        for each in found
    ]
    return Table(name="anomalies", heads=["time into the run", "where", "what", "fault at the time"], rows=rows)


def worst_of(results: ResultTables, worst: pd.DataFrame) -> Table:
    """Visits that users would complain about."""
    names = [name for name in (*results.parameters, "seed") if name in worst.columns]
    heads = ["client", "visit", "time into the run", *(name.replace("_", " ") for name in names)]
    heads += ["site", "sites tried", "outcome", "first byte", "total", "resumption"]
    rows = []
    for _, row in worst.iterrows():
        started = row["started"].total_seconds()
        times = [
            row[name].total_seconds() if not pd.isna(row[name]) else float("nan") for name in ("first_byte", "total")
        ]
        rows.append(
            [
                Cell(text=f"{row['population']}/{row['client']}"),
                Cell(text=str(row["visit"])),
                Cell(text=span_label(started), sort=_number(started)),
                *(Cell(text=str(row[name])) for name in names),
                Cell(text=str(row["site"])),
                Cell(text=str(row["attempts"])),
                Cell(text=str(row["outcome"]).replace("_", " ")),
                *(Cell(text=duration_label(at) if at == at else NOTHING, sort=_number(at)) for at in times),
                Cell(text=str(row["not_resumed"]).replace("_", " ")),
            ]
        )
    return Table(name="worst", heads=heads, rows=rows)
