"""`reshake check`: do the invariants of a scenario hold? The exit code is for machines that ask."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import Problem, ScenarioError
from ..results import Results
from ..terminal import counted, say, show
from ..verdicts import Verdict, verdicts
from .words import Arguments

HELP = "run a study, and fail where an invariant does not hold"
DESCRIPTION = (
    "Runs a study as `reshake run` does, or reads the results of one, and tells which of the invariants that its "
    "scenarios declare have held. Exit code 0: all of them; 1: not all; 2: there is nothing to check."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Option(["--json"], is_flag=True, help="verdicts as JSON on standard output"),
)


def is_batch(given: str) -> bool:
    """Whether `given` is not a scenario, but results."""
    return Path(given).is_dir()


def refuse_what_asks_for_runs(arguments: Arguments) -> None:
    """Results are judged as they are: a parameter or a seed beside them would be judged by nobody."""
    said = {
        "--set": arguments.settings or None,
        "--seeds": arguments.seeds,
        "--seed": arguments.seed,
        "--workers": arguments.workers,
        "--memory-limit": arguments.memory_limit,
        "--time-limit": arguments.time_limit,
        "--cluster": arguments.cluster,
        "-o": arguments.out,
    }
    refusal = f"is for runs to be made; {arguments.scenario} holds results"
    problems = [Problem(flag, refusal) for flag, value in said.items() if value is not None]
    if problems:
        raise ScenarioError(problems)


def no_promises(of: str) -> ScenarioError:
    """Of a scenario in which there is nothing to check."""
    return ScenarioError([Problem(of, "declares no invariants; Scenario(invariants=[...]) does")])


def judge(arguments: Arguments) -> int:
    """Tells what became of the invariants in the results that are there."""
    directory = arguments.scenario if is_batch(arguments.scenario) else arguments.out
    results = Results(directory)
    found = verdicts(results)
    if not found:
        raise no_promises(results.source or results.name)
    if arguments.json:
        show(json.dumps([dataclasses.asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            _tell(each)
    if results.missing:
        say(f"reshake: {results.missing} runs of this batch are not finished and not judged")
    broken = sum(not each.held for each in found)
    say(f"reshake: {len(found) - broken} of {len(found)} invariants held in all of {counted(len(results.runs), 'run')}")
    return 1 if broken or results.missing else 0


def _tell(verdict: Verdict) -> None:
    if verdict.held:
        show(f"held    {verdict.promise}")
        return
    show(f"broken  {verdict.promise}")
    show(f"        in {verdict.broken} of {verdict.runs} runs, {verdict.violations} times; at worst {verdict.worst}")
    show(f"        {verdict.where}")
    if verdict.again is not None:
        show(f"        {verdict.again}")
    if verdict.look is not None:
        show(f"        {verdict.look}")
