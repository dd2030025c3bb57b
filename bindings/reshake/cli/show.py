"""`reshake show` and `reshake lint`: what a scenario or a batch says, and what is odd about it."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..doubts import doubts_about
from ..errors import Problem, ScenarioError
from ..evidence.choice import name_of
from ..results import Results
from ..study import Study
from ..terminal import counted, say, show
from .settings import parse_settings
from .sources import Source, load, study_of
from .words import Arguments, scenarios

HELP = "what a scenario asks and can be set to, or what a batch holds"
DESCRIPTION = "Shows a scenario: its question, its parameters with their values, and its runs. Or a batch: its runs."
_SHOWN = 20  # Runs of a batch.
LINT_HELP = "policies that cannot work as meant"
LINT_DESCRIPTION = (
    "Looks for policies that are allowed and cannot work as meant, such as a lifetime that no key lives up to. Exit "
    "code 0: none; 1: some, a line each; 2: the scenario has errors."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(
        ["given"], shell_complete=scenarios, metavar="FILE|NAME|DIR", help="a scenario, or the results of a batch"
    ),
    click.Option(["--set", "settings"], multiple=True, metavar="K=V", help="as for run"),
    click.Option(["--json"], is_flag=True, help="as JSON on standard output"),
)


def show_given(arguments: Arguments) -> int:
    """`reshake show`."""
    if Path(arguments.given).is_dir():
        return _show_batch(Results(arguments.given), arguments.json)
    source = load(arguments.given)
    study = study_of(source, parse_settings(source.scenario, arguments.settings))
    if arguments.json:
        show(json.dumps(_content_of(source, study), indent=2, ensure_ascii=False))
        return 0
    show(source.about or source.name)
    parameters = _parameters(source, study)
    if parameters:
        show("\nParameters (--set NAME=VALUE):")
        width = max(map(len, parameters))
        for name, each in parameters.items():
            values = ", ".join(_text(value) for value in each["values"])
            kind = f"  [{each['type']}]" if each["type"] else ""
            show(f"  {name:<{width}}  {values}{kind}")
    show(f"\n{counted(len(study.runs), 'run')}: {_combinations(study)} with seeds {', '.join(map(str, study.seeds))}")
    return 0


def lint(arguments: Arguments) -> int:
    """`reshake lint`."""
    if Path(arguments.given).is_dir():
        results = Results(arguments.given)
        scenarios = [run.scenario for run in results.runs]
    else:
        source = load(arguments.given)
        study = study_of(source, parse_settings(source.scenario, arguments.settings))
        scenarios = [run.scenario for run in study.runs if run.seed == study.seeds[0]]
    errors = [problem for scenario in scenarios for problem in scenario.problems()[0]]
    if errors:
        raise ScenarioError(dict.fromkeys(errors))
    found: Counter[Problem] = Counter()
    for scenario in scenarios:
        found.update(doubts_about(scenario))
    if arguments.json:
        rows = [{"path": doubt.path, "sentence": doubt.sentence, "scenarios": n} for doubt, n in found.items()]
        show(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for doubt, count in found.items():
            some = f" (in {count} of {len(scenarios)} scenarios)" if count < len(scenarios) else ""
            show(f"{doubt}{some}")
    if not found:
        say("reshake: nothing odd found")
    return 1 if found else 0


def _parameters(source: Source, study: Study) -> dict[str, dict[str, Any]]:
    """Of the scenario function, each with its values in the study and its type."""
    found: dict[str, dict[str, Any]] = {}
    for name, parameter in inspect.signature(source.scenario).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        usual = None if parameter.default is parameter.empty else parameter.default
        values = list(study.grid.get(name, (usual,)))
        kind = parameter.annotation
        told = "" if kind is parameter.empty else kind.__name__ if isinstance(kind, type) else str(kind)
        found[name] = {"values": values, "type": told.replace("typing.", ""), "swept": len(values) > 1}
    return found


def _content_of(source: Source, study: Study) -> dict[str, Any]:
    return {
        "name": source.name,
        "about": source.about,
        "parameters": _parameters(source, study),
        "seeds": list(study.seeds),
        "runs": len(study.runs),
        "scenario": json.loads(study.runs[0].scenario.to_json()),
    }


def _combinations(study: Study) -> str:
    count = len(study.runs) // len(study.seeds)
    return "one scenario" if count == 1 else f"{count} scenarios"


def _text(value: object) -> str:
    return "none" if value is None else str(value)


def _show_batch(results: Results, as_json: bool) -> int:
    versions = results.runs[0].manifest["versions"] if results.runs else {}
    content = {
        "name": results.name,
        "source": results.source,
        "parameters": {name: list(values) for name, values in results.parameters.items()},
        "seeds": list(results.seeds),
        "finished": len(results.runs),
        "missing": results.missing,
        "versions": versions,
        "runs": [
            {"address": run.address, "parameters": dict(run.parameters), "seed": run.seed} for run in results.runs
        ],
    }
    if as_json:
        show(json.dumps(content, indent=2, ensure_ascii=False))
        return 0
    show(f"{results.name}: {counted(len(results.runs), 'run')} finished, {results.missing} missing")
    for name, values in results.parameters.items():
        show(f"  {name}: {', '.join(map(_text, values))}")
    show(f"  seeds: {', '.join(map(str, results.seeds))}")
    for run in results.runs[:_SHOWN]:
        show(f"  run {name_of(run)}")
    if len(results.runs) > _SHOWN:
        show(f"  and {len(results.runs) - _SHOWN} more (--json)")
    if versions:
        show(f"  made with {', '.join(f'{name} {version}' for name, version in versions.items())}")
    return 0
