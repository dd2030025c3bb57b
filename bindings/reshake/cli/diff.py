"""`reshake diff`: two batches side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import Problem, ScenarioError
from ..results import Results
from ..terminal import say, show
from .outputs import file_to_write
from .words import PATH, Arguments, intervals

HELP = "what a second batch does better or worse"
DESCRIPTION = (
    "Compares quantities of two batches, paired by the seeds that both have, with confidence intervals, effect sizes "
    "and the number of seeds that a precision of 1 % takes. Parameters that both vary alike are compared value by "
    "value; of others choose one."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["first"], type=PATH, metavar="A", help="the directory of a batch"),
    click.Argument(["second"], type=PATH, metavar="B", help="of another, or the same"),
    *(
        click.Option(
            [f"--{name}"], multiple=True, metavar="K=V", help=f"only the runs of {name.upper()} with this value"
        )
        for name in ("a", "b")
    ),
    intervals(),
    click.Option(["-o", "--out"], type=PATH, metavar="FILE", help="a figure: .png or .svg"),
    click.Option(["--json"], is_flag=True, help="numbers for a machine instead of a table"),
)


def diff(arguments: Arguments) -> int:
    """`reshake diff`."""
    out = _figure(arguments.out)
    if out is not None:
        file_to_write(out)
    choices = [_choice(f"--{name}", getattr(arguments, name)) for name in ("a", "b")]
    batches = [Results(directory) for directory in (arguments.first, arguments.second)]
    for batch in batches:
        if not batch.runs:
            raise ScenarioError([Problem(str(batch.directory), "holds no finished run")])
    from rich.console import Console

    from .. import analysis
    from ..analysis.comparison import compare, comparison_frame, comparison_table, finding
    from ..analysis.comparison_figure import comparison_figure

    try:
        with analysis.intervals(arguments.intervals):
            rows = compare(*batches, choose_a=choices[0], choose_b=choices[1])
            table = comparison_table(rows)
            names = [_said(batch, choice) for batch, choice in zip(batches, choices, strict=True)]
            figure = comparison_figure(rows, *names) if out else None
    except ValueError as error:
        raise ScenarioError([Problem("", str(error))]) from None
    if arguments.json:
        show(json.dumps(json.loads(comparison_frame(rows).to_json(orient="records", double_precision=12)), indent=2))
    else:
        Console().print(table)
        show(finding(rows))
    for batch in batches:
        if batch.missing:
            say(f"reshake: {batch.missing} runs of {batch.directory} are not finished and not compared")
    if figure is not None and out is not None:
        figure.savefig(out)
        say(f"reshake: the figure is in {out}")
    return 0


def _figure(given: str | None) -> Path | None:
    if given is None:
        return None
    path = Path(given)
    if path.suffix not in (".png", ".svg"):
        raise ScenarioError([Problem("-o", f'"{given}" is no figure; expected a file that ends in .png or .svg')])
    return path


def _choice(flag: str, given: list[str]) -> dict[str, str]:
    problems = [
        Problem(flag, f'"{each}" is no choice; expected parameter=value')
        for each in given
        if not each.partition("=")[1]
    ]
    if problems:
        raise ScenarioError(problems)
    return {each.partition("=")[0]: each.partition("=")[2] for each in given}


def _said(batch: Results, choice: dict[str, str]) -> str:
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in choice.items())
    return f"{batch.directory.name or batch.name}{f' ({told})' if told else ''}"
