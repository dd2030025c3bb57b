"""`reshake audit`: what servers, session caches and key coordinators did, against what the scenario declares."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..errors import Problem, ScenarioError
from ..results import Results
from ..terminal import say, show
from .words import PATH, Arguments

if TYPE_CHECKING:
    import pandas as pd

HELP = "hold the log of security decisions against the declared policy"
DESCRIPTION = (
    "Walks the table security_events of each run, which scenarios with audit=True have, and tells what was done that "
    "the scenario's policy does not allow: lifetimes and chains, whose keys and for how long, single use, tenants, "
    "memories and session caches, each by the clock of the server that decided. "
    "Exit code 0: nothing was found; 1: something was, or runs are missing; 2: there is nothing to audit."
)


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["directory"], type=PATH, metavar="DIR", help="as given to run -o"),
    click.Option(["--json"], is_flag=True, help="every violation as JSON on standard output"),
)


def audit(arguments: Arguments) -> int:
    """`reshake audit`."""
    results = Results(arguments.directory)
    if not results.runs:
        raise ScenarioError([Problem(str(results.directory), "holds no finished run")])
    logged = sum(run.scenario.audit for run in results.runs)
    if logged == 0:
        sentence = "has no log of security decisions; Scenario(audit=True) writes one"
        raise ScenarioError([Problem(str(results.directory), sentence)])
    from ..analysis import audit as work

    found = work(results)
    if arguments.json:
        text = found.assign(at=found["at"].dt.total_seconds()).to_json(orient="records", double_precision=12)
        show(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    else:
        _tell(found, results)
    for count, what in ((results.missing, "not finished"), (len(results.runs) - logged, "without a log")):
        if count:
            say(f"reshake: {count} runs of this batch are {what} and not audited")
    if found.empty:
        say(f"reshake: nothing found in the logs of {logged} runs")
    else:
        say(f"reshake: {len(found)} violations of {found['rule'].nunique()} rules in {logged} runs")
    return 1 if len(found) or results.missing else 0


def _tell(found: pd.DataFrame, results: Results) -> None:
    """Each rule that was broken, the most often broken first, with the first time that it was."""
    for rule in found["rule"].value_counts().index:
        rows = found[found["rule"] == rule]
        runs = len(rows[[*results.parameters, "seed"]].astype(str).drop_duplicates())
        show(f"broken  {rule}, {len(rows)} times in {runs} runs")
        first = rows.iloc[0]
        settings = "".join(f"{name}={first[name]}, " for name in results.parameters)
        show(f"        {settings}seed {first['seed']}, at {first['at'].total_seconds():.3f} s: {_who(first)}")
        show(f"        {first['sentence']}")


def _who(row: Any) -> str:
    site = f"{row['site']}/" if row["site"] else ""
    if row["machine"] == "cache":
        return f"{site}cache/replica-{row['server']}"
    server = f"{site}server-{row['server']}"
    return server if row["machine"] == "server" else f"keys, to {server}"
