"""`reshake report`: one HTML file that says what a batch found."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..doubts import doubts_about
from ..errors import Problem, ScenarioError
from ..results import Results
from ..terminal import say, show
from ..verdicts import Verdict, verdicts
from .outputs import file_to_write
from .sources import SHIPPED, reload
from .words import METHODS, PATH, Arguments, intervals

if TYPE_CHECKING:
    from ..analysis.page import Facts

HELP = "one HTML file that says what a batch found"
DESCRIPTION = (
    "Writes one self-contained HTML file: what was found, numbers with intervals, figures, an operator's dashboard, "
    "anomalies, the worst visits, and how to run it again. It refers to nothing outside itself."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["directory"], type=PATH, metavar="DIR", help="as given to run -o"),
    click.Option(["-o", "--out"], type=PATH, metavar="FILE", help="where it goes (default: DIR/report.html)"),
    click.Option(["--by"], metavar="K", help="the parameter to compare by (or population, home, site)"),
    intervals(),
)


def report(arguments: Arguments) -> int:
    """`reshake report`."""
    results = Results(arguments.directory)
    if not results.runs:
        raise ScenarioError([Problem(str(results.directory), "holds no finished run")])
    from .. import analysis
    from ..analysis.page import html_report

    out = file_to_write(arguments.out or results.directory / "report.html")
    try:
        with analysis.intervals(arguments.intervals):
            page = html_report(results, facts_of(results, arguments.intervals), arguments.by)
    except ValueError as error:
        raise ScenarioError([Problem(str(results.directory), str(error))]) from None
    out.write_text(page)
    if results.missing:
        say(f"reshake: {results.missing} runs of this batch are not finished and not in the report")
    show(str(out))
    return 0


def facts_of(results: Results, method: str = METHODS[0]) -> Facts:
    """What the directory and the scenario's file tell about a batch, and how its intervals are computed."""
    from ..analysis.page import Facts, RunFacts

    source = reload(results.source)
    question, _, about = (source.about if source is not None else "").partition("\n")
    first = results.runs[0]
    return Facts(
        name=results.name,
        question=_plain(question),
        about="\n\n".join(_plain(each) for each in about.partition("\nNotes\n")[0].strip().split("\n\n")),
        commands=_commands(results, method),
        versions=first.manifest["versions"],
        runs=[
            RunFacts(parameters=run.parameters, seed=run.seed, digest=str(run.manifest["digest"]))
            for run in results.runs
        ],
        scenario=json.dumps(first.manifest["scenario"], indent=2, ensure_ascii=False),
        warnings=_doubts(results),
        promises=[(verdict.held, _promised(verdict)) for verdict in verdicts(results)],
    )


def _plain(text: str) -> str:
    """A paragraph in a line, each point of a list in one of its own."""
    lines = (" ".join(part.split()) for part in re.split(r"^(?=- )", text.strip(), flags=re.MULTILINE))
    return re.sub(r"``?([^`]+)``?", r"\1", "\n".join(line for line in lines if line))


def _promised(verdict: Verdict) -> str:
    if verdict.held:
        return f"{verdict.promise}: held in all of {verdict.runs} runs"
    where = f"at worst {verdict.worst}; {verdict.where}"
    return f"{verdict.promise}: broken in {verdict.broken} of {verdict.runs} runs, {where}"


def _doubts(results: Results) -> list[str]:
    """Of each scenario once: policies that cannot work as meant."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    for run in results.runs:
        parameters = json.dumps(run.parameters, sort_keys=True)
        if parameters in seen:
            continue
        seen.add(parameters)
        try:
            doubts = doubts_about(run.scenario)
        except (ScenarioError, ImportError):
            continue  # A recorded file has moved, or the engine is not there: nothing to say.
        found.update(dict.fromkeys(map(str, doubts)))
    return list(found)


def _commands(results: Results, method: str) -> list[str]:
    """Those that make the batch and show it."""
    name = (results.source or results.name).removeprefix(f"{SHIPPED}.")
    first, last = min(results.seeds), max(results.seeds)
    seeds = f"--seeds {len(results.seeds)}" + (f" --seed {first}" if first else "")
    if last - first + 1 != len(results.seeds):
        seeds = ""  # Not in a row: only Python can say them.
    directory = shlex.quote(str(results.directory))
    run = " ".join(filter(None, ["reshake run", shlex.quote(name), *_settings(results.parameters), seeds]))
    flag = "" if method == METHODS[0] else f" --intervals {method}"
    return [f"{run} -o {directory}", f"reshake report {directory}{flag}"]


def _settings(parameters: Mapping[str, Sequence[Any]]) -> list[str]:
    said = []
    for name, values in parameters.items():
        texts = ["none" if each is None else str(each) for each in values]
        if any("," in text for text in texts):
            # One of them alone would be read as a list.
            texts = texts * 2 if len(texts) == 1 else texts
            said += [f"--set {shlex.quote(f'{name}={text}')}" for text in texts]
        else:
            joined = ",".join(texts)
            said.append(f"--set {shlex.quote(f'{name}={joined}')}")
    return said
