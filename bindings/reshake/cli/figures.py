"""`reshake plot`: figures and a table of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import Problem, ScenarioError
from ..results import Results
from ..terminal import say, show
from ..values.kinds import nearest
from .sources import reload
from .words import PATH, Arguments, any_of, intervals

HELP = "figures and a table of a batch"
DESCRIPTION = (
    "Draws figures of a batch and prints its numbers. Without --figure: those of the scenario's own file if it has a "
    "function `figures`, else what its parameters do (over_parameter), latency_cdf, resumption_over_time and "
    "fallback_reasons."
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
        help=f"{', '.join(NAMES)}, or all; repeat the flag for several",
    ),
    click.Option(["--by"], metavar="K", help="the parameter to compare by (or population, home, site)"),
    intervals(),
    click.Option(
        ["--format", "formats"], multiple=True, metavar="F", shell_complete=any_of(FORMATS), help="png (default), svg"
    ),
)


def plot(arguments: Arguments) -> int:
    """`reshake plot`."""
    figures = _known(arguments)
    results = Results(arguments.directory)
    if not results.runs:
        raise ScenarioError([Problem(str(results.directory), "holds no finished run")])
    from rich.console import Console

    from .. import analysis

    out = Path(arguments.out) if arguments.out else results.directory / "figures"
    source = None if figures else reload(results.source)
    try:
        with analysis.intervals(arguments.intervals):
            if source is not None and source.figures is not None:
                files = source.figures(results, out)
            else:
                formats = arguments.formats or ["png"]
                files = analysis.report_figures(results, out, arguments.by, figures or None, formats)
            table = analysis.summary_table(results, arguments.by)
    except ValueError as error:
        raise ScenarioError([Problem(str(results.directory), str(error))]) from None
    if results.missing:
        say(f"reshake: {results.missing} runs of this batch are not finished and not in the figures")
    Console().print(table)
    for each in files:
        show(str(each))
    return 0


def _known(arguments: Arguments) -> list[str]:
    """The figures that are named, each once."""
    known = ", ".join(NAMES)
    problems = [
        Problem("--figure", f'no figure "{name}"{nearest(name, NAMES) or f"; there is {known}"}')
        for name in arguments.figures
        if name not in (*NAMES, "all")
    ]
    problems += [
        Problem("--format", f'no format "{name}"; there is {", ".join(FORMATS)}')
        for name in arguments.formats
        if name not in FORMATS
    ]
    if problems:
        raise ScenarioError(problems)
    return list(dict.fromkeys(NAMES if "all" in arguments.figures else arguments.figures))
