"""What each command does. The only part of the package that uses analysis and scenarios."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping

from ..batch.directory import BatchDirectory
from ..errors import Problem, ScenarioError
from ..study import Study
from ..terminal import counted, say, show
from . import execution
from .advise import advise
from .arguments import commands as every_command
from .audit import audit
from .calibrate import calibrate
from .check import is_batch, judge, no_promises, refuse_what_asks_for_runs
from .compare import compare
from .completion import completion
from .diff import diff
from .export import export
from .figures import plot
from .fit import fit
from .hunt import hunt
from .importing import import_configuration
from .new import new
from .replay import replay
from .report import report
from .resume import interrupted, resume
from .settings import parse_settings
from .show import lint, show_given
from .sources import Source, load, shipped, study_of
from .words import Arguments


def run(arguments: Arguments) -> int:
    """`reshake run`."""
    return _run(_study(arguments), arguments)


def check(arguments: Arguments) -> int:
    """`reshake check`."""
    if not is_batch(arguments.scenario):
        if arguments.out is None:
            raise ScenarioError([Problem("-o", "is missing; where are the results to go?")])
        study = _study(arguments)
        if not any(each.scenario.invariants for each in study.runs):
            raise no_promises(study.source or study.name)
        code = _run(study, arguments)
        if code:
            return code
    else:
        refuse_what_asks_for_runs(arguments)
    return judge(arguments)


def _study(arguments: Arguments) -> Study:
    execution.check(arguments)
    source = load(arguments.scenario)
    settings = parse_settings(source.scenario, arguments.settings)
    study = study_of(source, settings, _seeds(arguments, source))
    study.name, study.source = source.name, source.origin
    return study


def _run(study: Study, arguments: Arguments) -> int:
    directory = BatchDirectory(arguments.out)
    try:
        with execution.warnings_as_lines():
            results = study.run(directory.path, **execution.chosen(arguments))
    except KeyboardInterrupt:
        return interrupted(directory)
    say(f"reshake: {counted(len(results.runs), 'run')} in {directory.path}; reshake plot {directory.path} shows them")
    return 0


def list_scenarios(arguments: Arguments) -> int:
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


def doctor(arguments: Arguments) -> int:
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


COMMANDS: Mapping[str, Callable[[Arguments], int]] = {
    "run": run,
    "check": check,
    "audit": audit,
    "hunt": hunt,
    "resume": resume,
    "export": export,
    "replay": replay,
    "plot": plot,
    "report": report,
    "diff": diff,
    "compare": compare,
    "calibrate": calibrate,
    "show": show_given,
    "lint": lint,
    "new": new,
    "import": import_configuration,
    "fit": fit,
    "advise": advise,
    "completion": lambda arguments: completion(every_command(), arguments.shell),
    "list": list_scenarios,
    "doctor": doctor,
}


def _seeds(arguments: Arguments, source: Source) -> int | Iterable[int]:
    if arguments.seed is None:
        return source.seeds if arguments.seeds is None else range(arguments.seeds)
    return range(arguments.seed, arguments.seed + (arguments.seeds or 1))
