"""`reshake resume`: what a batch has left to do, from its directory alone."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..batch.directory import BatchDirectory
from ..results import Results
from ..resuming import resume as work
from ..terminal import counted, say
from . import execution
from .words import PATH, Arguments

HELP = "go on with a batch that was interrupted"
DESCRIPTION = (
    "Runs what the study that was last run into DIR has not finished, and what failed. The file that made the study is "
    "not needed: the directory holds its scenarios."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["directory"], type=PATH, metavar="DIR", help="as given to run -o"),
    *execution.PARAMETERS,
)


def resume(arguments: Arguments) -> int:
    """`reshake resume`."""
    execution.check(arguments)
    directory = BatchDirectory(arguments.directory)
    try:
        results = work(directory.path, **execution.chosen(arguments))
    except KeyboardInterrupt:
        return interrupted(directory)
    say(f"reshake: {counted(len(results.runs), 'run')} in {directory.path}; reshake plot {directory.path} shows them")
    return 0


def interrupted(directory: BatchDirectory) -> int:
    """Tells what is kept of a batch that the user stopped, and returns the exit code."""
    if not directory.index.exists():
        raise KeyboardInterrupt
    kept = Results(directory.path)
    total = len(kept.runs) + kept.missing
    say(f"reshake: interrupted; {len(kept.runs)} of {total} runs are finished and kept in {directory.path}")
    say(f"reshake: reshake resume {directory.path} goes on")
    return 130
