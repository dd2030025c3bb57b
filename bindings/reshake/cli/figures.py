"""`reshake plot`: figures and a table of a batch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..errors import Problem, ScenarioError
from ..results import Results
from ..terminal import say, show
from ..values.kinds import nearest
from .outputs import directory_to_fill
from .sources import blame, figures_of, is_theirs, reload
from .words import PATH, Arguments, any_of, intervals

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HELP = "figures and a table of a batch"
DESCRIPTION = (
    "Draws figures of a batch and prints its numbers. Without --figure: those of the scenario's own file if it has a "
    "function `figures`, else what its parameters do (over_parameter), latency_cdf, resumption_over_time and "
    "fallback_reasons. A .py file instead of a name draws what it defines: copy a figure's file of reshake.analysis, "
    "change it, and name the copy."
)

# As in reshake.analysis.catalogue, which must not be loaded to print a help text; a test holds both equal.
NAMES = (
    "over_parameter",
    "latency_cdf",
    "latency_tail",
    "resumption_over_time",
    "incident",
    "fallback_reasons",
    "resumption_by_gap",
    "phase_stacks",
    "percentile_lines",
    "resumed_lines",
    "heat_map",
    "latency_heat_map",
    "waterfall",
    "key_lines",
    "key_dashboard",
    "cache_dashboard",
    "ticket_lines",
    "exposure_front",
    "tenant_crossings",
)
FORMATS = ("png", "svg")


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["directory"], type=PATH, metavar="DIR", help="as given to run -o"),
    click.Option(["-o", "--out"], type=PATH, metavar="DIR", help="where figures go (default: DIR/figures)"),
    click.Option(
        ["--figure", "figures"],
        multiple=True,
        metavar="NAME",
        shell_complete=any_of((*NAMES, "all")),
        help=f"{', '.join(NAMES)}, or all, or a .py file of yours; repeat the flag for several",
    ),
    click.Option(["--by"], metavar="K", help="the parameter to compare by (or population, home, site)"),
    intervals(),
    click.Option(
        ["--format", "formats"], multiple=True, metavar="F", shell_complete=any_of(FORMATS), help="png (default), svg"
    ),
)


def plot(arguments: Arguments) -> int:
    """`reshake plot`."""
    figures, files_of_theirs = _known(arguments)
    results = Results(arguments.directory)
    if not results.runs:
        raise ScenarioError([Problem(str(results.directory), "holds no finished run")])
    from rich.console import Console

    from .. import analysis

    out = directory_to_fill(arguments.out or results.directory / "figures")
    source = None if arguments.figures else reload(results.source)
    try:
        with analysis.intervals(arguments.intervals):
            if source is not None and source.figures is not None:
                files = source.figures(results, out)
            else:
                theirs = {
                    name: _drawn(file, draw, results, arguments.by)
                    for file in files_of_theirs
                    for name, draw in figures_of(file).items()
                }
                files = analysis.report_figures(
                    results,
                    out,
                    arguments.by,
                    figures if arguments.figures else None,
                    arguments.formats or ["png"],
                    instead=theirs,
                )
            table = analysis.summary_table(results, arguments.by)
    except ScenarioError:
        raise
    except ValueError as error:
        raise ScenarioError([Problem(str(results.directory), str(error))]) from None
    if results.missing:
        say(f"reshake: {results.missing} runs of this batch are not finished and not in the figures")
    Console().print(table)
    for each in files:
        show(str(each))
    return 0


def _drawn(file: str, draw: Callable[..., Any], results: Results, by: str | None) -> Figure:
    """The figure that a function of a user's file makes of results."""
    named = {"by": by} if "by" in inspect.signature(draw).parameters else {}
    try:
        figure: Figure = draw(results, **named)
    except Exception as error:
        if isinstance(error, ValueError) or not is_theirs(file, error):
            raise
        raise blame(file, error) from None
    return figure


def _known(arguments: Arguments) -> tuple[list[str], list[str]]:
    """The figures that are named, and the files that have others, each once."""
    known = ", ".join(NAMES)
    files = list(dict.fromkeys(name for name in arguments.figures if name.endswith(".py")))
    names = [name for name in arguments.figures if name not in files]
    problems = [
        Problem("--figure", f'no figure "{name}"{nearest(name, NAMES) or f"; there is {known}, or a .py file"}')
        for name in names
        if name not in (*NAMES, "all")
    ]
    problems += [
        Problem("--format", f'no format "{name}"; there is {", ".join(FORMATS)}')
        for name in arguments.formats
        if name not in FORMATS
    ]
    if problems:
        raise ScenarioError(problems)
    return list(dict.fromkeys(NAMES if "all" in names else names)), files
