"""`reshake export`: the tables of a batch as files for other tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..batch.tables import TABLES
from ..errors import Problem, ScenarioError
from ..exporting import FORMATS
from ..exporting import export as work
from ..results import Results
from ..terminal import say, show

HELP = "tables of a batch as CSV, Parquet or JSON"
DESCRIPTION = (
    "Writes one file per table, all runs one after another, each row with its run's parameters and seed. In CSV and "
    "JSON (an object per line) durations are seconds. "
    "Example: reshake export results/lifetime --format csv --table attempts"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `reshake export` can be told."""
    parser.add_argument("directory", metavar="DIR", help="as given to run -o")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    parser.add_argument(
        "--table",
        dest="tables",
        metavar="NAME",
        action="append",
        help=f"{', '.join(TABLES)} (default: all); repeatable",
    )
    parser.add_argument("-o", "--out", metavar="DIR", help="where the files go (default: DIR/export)")


def export(arguments: argparse.Namespace) -> int:
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
        show(f"{file}  {rows:,} rows")
    return 0
