"""`reshake advise`: the best policy under constraints, by trying all of a declared space."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..batch.directory import BatchDirectory
from ..errors import Problem, ScenarioError, ScenarioWarning
from ..results import Results
from ..study import Study
from ..terminal import say, show
from ..units import Duration
from . import execution
from .resume import interrupted
from .settings import parse_settings
from .sources import Source, load, study_of
from .words import PATH, Arguments

if TYPE_CHECKING:
    from ..analysis.advice import Advice, Constraint, Policy

HELP = "the best policy under constraints"
DESCRIPTION = (
    "Runs every combination of the declared values with the same seeds, and tells which is best: of those that keep "
    "every constraint with their whole confidence interval the one with the best mean. Its numbers are then measured "
    "again with as many new seeds, because the best of many looks better than it is. Quantities: resumed, failed, p50, "
    "p95, p99, mean (of the time to first byte), cpu (of servers, per attempt), early, honoured, chain, and exposure: "
    "how many hours of connections a stolen ticket key exposes. Exit code 1: no policy keeps the constraints."
)
_CONSTRAINT = re.compile(r"\s*([a-z]\w*)\s*(<=|>=)\s*(.+?)\s*")


PARAMETERS: Sequence[click.Parameter] = (
    click.Option(
        ["--constraint", "constraints"],
        multiple=True,
        metavar="Q<=V",
        help="such as 'exposure<=12h', 'p99<=2s' or 'failed<=1%'; repeatable",
    ),
    click.Option(["--maximize"], metavar="Q", help="a quantity, such as resumed"),
    click.Option(["--minimize"], metavar="Q", help="a quantity, such as p95 or cpu"),
    click.Option(
        ["-o", "--out"], type=PATH, required=True, metavar="DIR", help="where runs, figure and advice.json go"
    ),
    click.Option(["--json"], is_flag=True, help="the advice as JSON on standard output"),
)


def advise(arguments: Arguments) -> int:
    """`reshake advise`."""
    _refuse_other_than_one_goal(arguments)
    from ..analysis.advice import advise as search
    from ..analysis.advice import finding
    from ..analysis.advice_figure import front_figure
    from ..analysis.style import write_png

    execution.check(arguments)
    objective, constraints = _asked(arguments)
    source = load(arguments.scenario)
    settings = parse_settings(source.scenario, arguments.settings)
    first = arguments.seed or 0
    seeds = range(first, first + arguments.seeds) if arguments.seeds is not None else source.seeds
    study = study_of(source, settings, seeds)
    study.name, study.source = source.name, source.origin
    directory = BatchDirectory(arguments.out)
    try:
        with execution.warnings_as_lines():
            results = study.run(directory.path, **execution.chosen(arguments))
        found = search(results, objective, constraints)
        again = _confirm(source, study, settings, found.best, arguments) if found.best is not None else None
    except KeyboardInterrupt:
        return interrupted(directory)
    except ValueError as error:
        raise ScenarioError([Problem("", str(error))]) from None
    confirmed = search(again, objective, constraints) if again is not None else None
    write_png(front_figure(found), directory.path / "advice.png")
    content = json.dumps(_content(found, confirmed), indent=2) + "\n"
    (directory.path / "advice.json").write_text(content)
    if arguments.json:
        show(content.rstrip("\n"))
    else:
        for policy in found.front:
            show(f"{'* ' if policy is found.best else '  '}{_row(found, policy)}")
        show(finding(found))
        if confirmed is not None:
            policy = confirmed.policies[0]
            kept = {"met": "keeps", "perhaps": "keeps in the mean, not with its interval,", "broken": "does not keep"}
            show(f"With new seeds: {_numbers(confirmed, policy)}; it {kept[confirmed.judge(policy)]} the constraints.")
    say(f"reshake: the front is in {directory.path / 'advice.png'}, all numbers in {directory.path / 'advice.json'}")
    return 0 if found.best is not None else 1


def _refuse_other_than_one_goal(arguments: Arguments) -> None:
    goals = sum(each is not None for each in (arguments.maximize, arguments.minimize))
    if goals == 0:
        said = "one of the arguments --maximize --minimize is required"
    else:
        said = "argument --minimize: not allowed with argument --maximize"
    if goals != 1:
        raise ScenarioError([Problem("", f"{said} (see reshake advise --help)")])


def _asked(arguments: Arguments) -> tuple[Any, list[Constraint]]:
    from ..analysis.advice import measure_named

    problems: list[Problem] = []
    objective = None
    flag, name = ("--maximize", arguments.maximize) if arguments.maximize else ("--minimize", arguments.minimize)
    try:
        objective = measure_named(name)
        if objective.more_is_better != (flag == "--maximize"):
            other = "--maximize" if objective.more_is_better else "--minimize"
            problems.append(Problem(flag, f"{name} is what an operator wants the other way; say {other}"))
    except ValueError as error:
        problems.append(Problem(flag, str(error)))
    constraints = [made for each in arguments.constraints if (made := _constraint(each, problems)) is not None]
    if problems:
        raise ScenarioError(problems)
    return objective, constraints


def _constraint(text: str, problems: list[Problem]) -> Constraint | None:
    from ..analysis.advice import Constraint, measure_named

    found = _CONSTRAINT.fullmatch(text)
    if found is None:
        sentence = f'"{text}" is no constraint; expected a quantity, <= or >=, and a value, such as p99<=2s'
        problems.append(Problem("--constraint", sentence))
        return None
    try:
        quantity = measure_named(found[1])
        limit = _share(found[3]) if quantity.is_share else Duration(found[3]).nanoseconds / 1e9
    except ScenarioError as error:
        problems.append(Problem("--constraint", f'"{text}": {error.problems[0].sentence}'))
        return None
    except ValueError as error:
        problems.append(Problem("--constraint", f'"{text}": {error}'))
        return None
    return Constraint(quantity=quantity, at_most=found[2] == "<=", limit=limit)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise ValueError("is a share; expected 0 to 1, or a percentage such as 70%")
    return share


def _confirm(source: Source, study: Study, settings: dict[str, Any], best: Policy, arguments: Arguments) -> Results:
    """The best policy with as many seeds that had no part in choosing it."""
    grid = {**source.grid, **settings}
    chosen = {
        name: [next(each for each in values if _label(each) == str(best.values[name]))]
        if name in best.values
        else values
        for name, values in grid.items()
    }
    after = max(study.seeds) + 1
    again = study_of(source, chosen, range(after, after + len(study.seeds)))
    again.name, again.source = source.name, source.origin
    with warnings.catch_warnings(action="ignore", category=ScenarioWarning):  # They have been told.
        return again.run(Path(arguments.out) / "confirmed", **execution.chosen(arguments))


def _label(value: Any) -> str:
    from ..batch.run import label

    return str(label(value))


def _numbers(advice: Advice, policy: Policy) -> str:
    from ..analysis.advice import estimate_text

    quantities = dict.fromkeys([advice.objective, *(each.quantity for each in advice.constraints)])
    return ", ".join(f"{each.name} {estimate_text(each, policy.estimate(each))}" for each in quantities)


def _row(advice: Advice, policy: Policy) -> str:
    return f"{policy.label}: {_numbers(advice, policy)} ({advice.judge(policy)})"


def _content(advice: Advice, confirmed: Advice | None) -> dict[str, Any]:
    from ..analysis.advice import finding

    def told(of: Advice, policy: Policy) -> dict[str, Any]:
        quantities = dict.fromkeys([of.objective, *(each.quantity for each in of.constraints)])
        numbers = {
            each.name: {
                name: value if value == value else None
                for name, value in (("mean", found.mean), ("low", found.low), ("high", found.high))
            }
            for each in quantities
            for found in [policy.estimate(each)]
        }
        return {"policy": {name: str(value) for name, value in policy.values.items()}, "constraints": of.judge(policy),
                "on_front": policy in of.front, **numbers}  # fmt: skip

    return {
        "finding": finding(advice),
        "objective": advice.objective.name,
        "constraints": list(map(str, advice.constraints)),
        "best": None if advice.best is None else told(advice, advice.best),
        "level": [told(advice, policy) for policy in advice.level],
        "confirmed": None if confirmed is None else told(confirmed, confirmed.policies[0]),
        "policies": [told(advice, policy) for policy in advice.policies],
    }
