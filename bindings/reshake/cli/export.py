"""`reshake export`: the tables of a batch as files for other tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..batch.tables import TABLES
from ..errors import Problem, ScenarioError
from ..exporting import FORMATS
from ..exporting import export as work
from ..results import Results
from ..terminal import say, show
from .words import PATH, Arguments, OneOf

HELP = "tables of a batch as CSV, Parquet or JSON, or as OpenMetrics"
DESCRIPTION = (
    "Writes one file per table, all runs one after another, each row with its run's parameters and seed. In CSV and "
    "JSON (an object per line) durations are seconds. OpenMetrics is one file of counters, gauges and histograms over "
    "the runs' time, for dashboards."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["directory"], type=PATH, metavar="DIR", help="as given to run -o"),
    click.Option(["--format"], type=OneOf(FORMATS), default="csv", help="default: csv"),
    click.Option(
        ["--table", "tables"], multiple=True, metavar="NAME", help=f"{', '.join(TABLES)} (default: all); repeatable"
    ),
    click.Option(["-o", "--out"], type=PATH, metavar="DIR", help="where the files go (default: DIR/export)"),
)


def export(arguments: Arguments) -> int:
    """`reshake export`."""
    results = Results(arguments.directory)
    if not results.runs:
        raise ScenarioError([Problem(str(results.directory), "holds no finished run")])
    out = Path(arguments.out) if arguments.out else results.directory / "export"
    try:
        written = work(results, out, arguments.format, arguments.tables or TABLES)
    except OSError as error:
        raise ScenarioError([Problem(str(out), f"cannot be written: {error.strerror or error}")]) from None
    if results.missing:
        say(f"reshake: {results.missing} runs of this batch are not finished and not in the files")
    for file, rows in written.items():
        show(f"{file}  {rows:,} {'samples' if arguments.format == 'openmetrics' else 'rows'}")
    return 0
