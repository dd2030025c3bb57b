"""What a hunt has found, as text: what went wrong, a file that shows it, and the command that runs it."""

from __future__ import annotations

import dataclasses
import shlex
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..values.invariants import clock, measured, promise
from ..values.scenario import Scenario
from ..values.source import as_python
from .declared import Case
from .trials import NO_END, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A scenario and a seed that break an invariant.

    Attributes
    ----------
    scenario, seed
        The simplest that was found to break it.
    promise
        What should have held.
    worst
        What was measured where it was broken most, with where that was.
    violations
        Attempts, windows and faults that broke it.
    digest
        Of every byte that the run sends: the same whenever it is repeated.
    parameters, first
        What the scenario function was given when it was found, and the scenario and seed as they were then.
    after
        Which of the cases it was, in the order of drawing, from 1.
    is_minimal
        Whether the shrinker came to its end.
    """

    scenario: Scenario
    seed: int
    promise: str
    worst: str
    violations: int
    digest: str
    parameters: Mapping[str, Any]
    first: tuple[Scenario, int]
    after: int
    is_minimal: bool

    def as_python(self) -> str:
        """A file that `reshake check` and `reshake run` take."""
        body = as_python(self.scenario, before="return ", indent=4)
        told = textwrap.fill(f"It does not hold that {self.promise}: {self.worst}.", 110)
        return (
            '"""Found by `reshake hunt`: a scenario that breaks a promise.\n\n'
            f"{told}\nThe run's digest is {self.digest or 'unknown'}.\n"
            '"""\n\nimport reshake as rs\n\n'
            f"SEEDS = [{self.seed}]\n\n\ndef scenario() -> rs.Scenario:\n"
            f'    """The simplest scenario that was found to do so."""\n{body}\n'
        )

    @staticmethod
    def command(file: str) -> str:
        """The shell command that shows it again, given where `as_python` was written to."""
        stem = file.removesuffix(".py")
        return shlex.join(["reshake", "check", file, "-o", f"{stem}-results"])


def found(case: Case, outcome: Outcome, broken: int, *, first: Case, after: int, is_minimal: bool) -> Found:
    """What a case shows of one invariant, which it keeps alone."""
    rows = [row for row in outcome.violations if row["invariant"] == broken]
    if broken == NO_END:
        said, worst = "the run ends by itself", f"it did not: {outcome.reason}"
    else:
        invariant = case.scenario.invariants[broken]
        said = promise(invariant)
        row = max(rows, key=lambda each: abs(each["measured"] - each["allowed"]))
        worst = f"at worst {measured(invariant, row['measured'])}, {_place(row)}"
    return Found(
        scenario=case.scenario,
        seed=case.seed,
        promise=said,
        worst=worst,
        violations=len(rows),
        digest=outcome.digest,
        parameters=dict(first.parameters),
        first=(first.scenario, first.seed),
        after=after,
        is_minimal=is_minimal,
    )


def only(case: Case, broken: int) -> Case:
    """The same without the invariants that were not broken: they change nothing but what is judged."""
    if broken == NO_END:
        return case
    return dataclasses.replace(
        case, scenario=dataclasses.replace(case.scenario, invariants=[case.scenario.invariants[broken]])
    )


def _place(row: Mapping[str, Any]) -> str:
    at = clock(row["at"].total_seconds())
    if row["client"] < 0:
        return f"from {at} on"
    return f"at {at}: {row['population']} client {row['client']}, visit {row['visit']}, attempt {row['attempt']}"
