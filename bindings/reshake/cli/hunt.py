"""`reshake hunt`: looks for what breaks a scenario's promises."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..errors import Problem, ScenarioError
from ..hunting import Hunt, HuntResult
from ..hunting import hunt as look
from ..hunting.found import Found
from ..progress import SECONDS_BETWEEN_LINES
from ..terminal import say, show
from ..units import Duration, Rate, UnitError, spell
from ..values.kinds import dump_value
from ..values.scenario import Scenario
from ..wallclock import Stopwatch
from .outputs import file_to_write
from .settings import parse_settings
from .sources import Source, blame, is_theirs, load
from .words import PATH, Arguments, scenarios

HELP = "search seeds, faults and parameters for what breaks an invariant"
DESCRIPTION = (
    "Runs a scenario with random seeds, made-up faults and parameters from ranges until one of its invariants does not "
    "hold, shrinks what it has found, and prints it as a Python file. Exit code 0: nothing was found; 1: something "
    "was. What is not said here is taken from HUNT in the file, if it has one."
)
_FILE = "found.py"


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(
        ["scenario"], shell_complete=scenarios, metavar="FILE|NAME", help="a .py or .json file, or a shipped scenario"
    ),
    click.Option(
        ["--set", "settings"],
        multiple=True,
        metavar="K=V",
        help="name=value; name=0:0.1 or name=1h:8h for any value between the two; name=value,value for any of the list",
    ),
    click.Option(["--faults"], metavar="KIND,…", help="kinds to make up, such as partition,restart; or none"),
    click.Option(["--places"], metavar="PATH,…", help="that they may name, such as phones,edge/ams"),
    click.Option(["--max-faults"], type=int, metavar="N", help="that are made up at most (default: 3)"),
    click.Option(["--budget"], default="10min", metavar="TIME", help="wall time for all of it (default: 10min)"),
    click.Option(["--max-runs"], type=int, metavar="N", help="runs for all of it (default: no limit)"),
    click.Option(["--workers"], type=int, metavar="W", help="runs at a time (default: all cores)"),
    click.Option(["--seed"], type=int, default=0, metavar="S", help="of the hunt (default: 0)"),
    click.Option(
        ["-o", "--out"], type=PATH, metavar="FILE", help="where what is found goes (default: standard output)"
    ),
    click.Option(["--json"], is_flag=True, help="what is found as JSON on standard output"),
)


def hunt(arguments: Arguments) -> int:
    """`reshake hunt`."""
    if arguments.out is not None:
        if not arguments.out.endswith(".py"):
            raise ScenarioError([Problem("-o", f"{spell(arguments.out)} is no .py file; what is found is Python")])
        file_to_write(arguments.out)
    source = load(arguments.scenario)
    try:
        result = look(
            source.scenario,
            _space(source, arguments),
            budget=arguments.budget,
            max_runs=arguments.max_runs,
            workers=arguments.workers,
            seed=arguments.seed,
            tell=_progress(),
        )
    except ScenarioError as error:
        raise ScenarioError(_flagged(each) for each in error.problems) from None
    except Exception as error:
        if not is_theirs(source.origin, error):
            raise
        raise blame(source.origin, error) from None
    return _tell(result, arguments)


def _space(source: Source, arguments: Arguments) -> Hunt:
    space = Hunt() if source.hunt is None else source.hunt
    if not isinstance(space, Hunt):
        raise ScenarioError([Problem(f"{source.name}.HUNT", f"{spell(space)} is no rs.Hunt(...)")])
    changes: dict[str, Any] = {}
    if arguments.faults is not None:
        changes["faults"] = () if arguments.faults == "none" else _names(arguments.faults)
    if arguments.places is not None:
        changes["places"] = _names(arguments.places)
    if arguments.max_faults is not None:
        changes["max_faults"] = arguments.max_faults
    changes["parameters"] = {**space.parameters, **_parameters(source.scenario, arguments.settings)}
    return dataclasses.replace(space, **changes)


def _names(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(","))


def _parameters(scenario: Callable[..., Scenario], settings: Sequence[str]) -> dict[str, Any]:
    """Ranges as pairs, lists as lists, a single value as itself."""
    ranges = [each for each in settings if _is_range(each.partition("=")[2])]
    ends = [f"{name}={','.join(text.split(':'))}" for name, _, text in (each.partition("=") for each in ranges)]
    plain = parse_settings(scenario, [each for each in settings if each not in ranges])
    found = {name: given if len(given) > 1 else given[0] for name, given in plain.items()}
    return found | {name: tuple(given) for name, given in parse_settings(scenario, ends).items()}


def _is_range(text: str) -> bool:
    """Whether a text is a first and a last number, duration or rate."""
    parts = text.split(":")
    return len(parts) == 2 and any(all(_reads(read, each) for each in parts) for read in _READERS)


_READERS: Sequence[Callable[[str], object]] = (float, Duration.parse, Rate.parse)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, UnitError):
        return False
    return True


def _flagged(problem: Problem) -> Problem:
    """A problem told of the flag that can mend it."""
    flags = {"budget": "--budget", "max_runs": "--max-runs", "workers": "--workers", "seed": "--seed"}
    flags |= {"faults": "--faults", "places": "--places", "Hunt.max_faults": "--max-faults"}
    return Problem(flags.get(problem.path, problem.path), problem.sentence)


def _progress() -> Callable[[int, Any], None]:
    """One line that is written anew on a terminal, and elsewhere a line now and then."""
    watch = Stopwatch()
    rewrites = sys.stderr.isatty()
    said = 0.0

    def tell(runs: int, best: Any) -> None:
        nonlocal said
        now = watch.seconds()
        if now - said < (0.2 if rewrites else SECONDS_BETWEEN_LINES):
            return
        said = now
        state = "nothing found yet" if best is None else f"found; shrinking it: {_size(best.scenario)}"
        line = f"reshake: {runs} runs in {now:.0f} s, {state}"
        if rewrites:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        else:
            say(line)

    return tell


def _tell(result: HuntResult, arguments: Arguments) -> int:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    spent = f"{result.runs} runs, {result.seconds:.0f} s"
    if result.refused:
        draws = "one draw" if result.refused == 1 else f"{result.refused} draws"
        say(f"reshake: {draws} of parameters passed over, which make no valid scenario; the first: {result.refusal}")
    if result.found is None:
        if arguments.json:
            show(json.dumps({"found": None, **_effort(result)}, indent=2))
        say(f"reshake: {'interrupted; ' if result.interrupted else ''}nothing found in {spent}")
        return 130 if result.interrupted else 0
    found = result.found
    file = arguments.out or _FILE
    if arguments.out is not None:
        Path(arguments.out).write_text(found.as_python())
    if arguments.json:
        show(json.dumps(_as_json(found, result, file), indent=2, ensure_ascii=False))
    elif arguments.out is None:
        show(found.as_python().rstrip("\n"))
    why = "" if found.is_minimal else ", not to the end: " + ("interrupted" if result.interrupted else "out of budget")
    say(f"reshake: found, {spent}: it does not hold that {found.promise}")
    say(f"  {found.worst}")
    say(f"  case {found.after}, shrunk from {_size(found.first[0])} to {_size(found.scenario)}{why}")
    where = "to see it again" if arguments.out else f"saved as {_FILE}, it is seen again by"
    say(f"  {where}: {found.command(file)}")
    return 1


def _size(scenario: Scenario) -> str:
    clients = sum(each.count for each in scenario.clients)
    faults = len(scenario.faults)
    return (
        f"{faults} {'fault' if faults == 1 else 'faults'}, {clients} {'client' if clients == 1 else 'clients'}, "
        f"{scenario.duration}"
    )


def _as_json(found: Found, result: HuntResult, file: str) -> Mapping[str, Any]:
    return {
        "found": {
            "promise": found.promise,
            "worst": found.worst,
            "violations": found.violations,
            "seed": found.seed,
            "digest": found.digest,
            "minimal": found.is_minimal,
            "after": found.after,
            "parameters": {name: str(each) for name, each in found.parameters.items()},
            "scenario": dump_value(found.scenario, identity=False),
            "python": found.as_python(),
            "command": found.command(file),
        },
        **_effort(result),
    }


def _effort(result: HuntResult) -> Mapping[str, Any]:
    return {"runs": result.runs, "seconds": round(result.seconds, 3), "refused": result.refused}
