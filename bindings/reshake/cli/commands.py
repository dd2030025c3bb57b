"""What each command does. The only part of the package that uses analysis and scenarios."""

from __future__ import annotations

import argparse
import dataclasses
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..batch.directory import BatchDirectory
from ..errors import Problem, ScenarioError, ScenarioWarning
from ..terminal import say, show
from . import execution
from .calibrate import calibrate
from .check import is_batch, judge
from .compare import compare
from .completion import completion
from .diff import diff
from .export import export
from .figures import plot
from .importing import import_configuration
from .new import new
from .report import report
from .resume import interrupted, resume
from .settings import parse_settings
from .show import lint, show_given
from .sources import Source, load, shipped, study_of


def run(arguments: argparse.Namespace) -> int:
    """`reshake run`."""
    execution.check(arguments)
    source = load(arguments.scenario)
    settings = parse_settings(source.scenario, arguments.settings)
    study = study_of(source, settings, _seeds(arguments, source))
    study.name, study.source = source.name, source.origin
    directory = BatchDirectory(arguments.out)
    try:
        with _warnings_as_lines():
            results = study.run(directory.path, **execution.chosen(arguments))
    except KeyboardInterrupt:
        return interrupted(directory)
    say(f"reshake: {len(results.runs)} runs in {directory.path}; reshake plot {directory.path} shows them")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """`reshake check`."""
    if not is_batch(arguments.scenario):
        if arguments.out is None:
            raise ScenarioError([Problem("-o", "is missing; where are the results to go?")])
        code = run(arguments)
        if code:
            return code
    return judge(arguments)


def list_scenarios(arguments: argparse.Namespace) -> int:
    """`reshake list`."""
    found = shipped()
    if arguments.json:
        show(json.dumps([{"name": name, "question": sentence} for name, sentence in found], indent=2))
        return 0
    width = max((len(name) for name, _ in found), default=0)
    for name, sentence in found:
        show(f"{name:<{width}}  {sentence}".rstrip())
    if not found:
        say("reshake: no shipped scenarios are installed")
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """`reshake doctor`."""
    from .doctor import examine

    found = list(examine())
    missing = 0
    if arguments.json:
        show(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
        return 1 if any(each.state == "missing" for each in found) else 0
    for each in found:
        missing += each.state == "missing"
        mark = {"ok": "  ", "missing": "! ", "optional": "- "}[each.state]
        show(f"{mark}{each.subject:<20} {each.said}")
    show("all that runs need is there" if not missing else f"{missing} missing (marked !)")
    return 1 if missing else 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "check": check,
    "resume": resume,
    "export": export,
    "plot": plot,
    "report": report,
    "diff": diff,
    "compare": compare,
    "calibrate": calibrate,
    "show": show_given,
    "lint": lint,
    "new": new,
    "import": import_configuration,
    "completion": lambda arguments: completion(arguments.commands, arguments.shell),
    "list": list_scenarios,
    "doctor": doctor,
}


def _seeds(arguments: argparse.Namespace, source: Source) -> int | Iterable[int]:
    if arguments.seed is None:
        return source.seeds if arguments.seeds is None else range(arguments.seeds)
    return range(arguments.seed, arguments.seed + (arguments.seeds or 1))


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """A warning is for a reader, not for a programmer: no file, no line of ours."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
        if issubclass(category, ScenarioWarning):
            say(f"reshake: warning: {message}")
        else:
            usual(message, category, *rest, **named)

    with warnings.catch_warnings():
        warnings.simplefilter("always", ScenarioWarning)
        warnings.showwarning = show
        yield
