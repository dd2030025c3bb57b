"""What became of a scenario's invariants: held, or broken where, and how to see it again."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .batch.run import label
from .results import FinishedRun, Results
from .values.invariants import Invariant, clock, measured, promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One invariant, over all finished runs of a batch.

    Attributes
    ----------
    promise
        What should hold.
    runs
        Runs that declared it.
    broken
        Of those, runs in which it did not hold.
    violations
        Attempts, windows and faults that broke it.
    worst
        What was measured where it was broken most. None where it held.
    where
        The run, the time in it and the attempt where it was broken most. None where it held.
    again
        A shell command that repeats that run alone, to the byte. None where it held, and where the
        scenario function was no file's.
    look
        A shell command that shows that attempt. None where no single attempt broke it.
    """

    promise: str
    runs: int
    broken: int
    violations: int
    worst: str | None
    where: str | None
    again: str | None
    look: str | None

    @property
    def held(self) -> bool:
        """Whether it held in every run."""
        return self.broken == 0


def verdicts(results: Results) -> list[Verdict]:
    """A verdict for each invariant that any finished run declared, in order of declaration."""
    declared: dict[tuple[Invariant, int], list[_Declared]] = {}
    for run in results.runs:
        rows = _violations(run)
        seen: Counter[Invariant] = Counter()
        for index, invariant in enumerate(run.scenario.invariants):
            broken = [row for row in rows if row["invariant"] == index]
            declared.setdefault((invariant, seen[invariant]), []).append(_Declared(run, index, broken))
            seen[invariant] += 1
    alike = Counter(promise(invariant) for invariant, _ in declared)
    found = []
    for (invariant, _), where in declared.items():
        said = promise(invariant)
        # Amounts are rounded in it, and not all is said: then its place tells it apart.
        said += f" (invariants[{where[0].index}])" if alike[said] > 1 else ""
        found.append(_verdict(said, invariant, where, results))
    return found


@dataclass(frozen=True, slots=True)
class _Declared:
    """An invariant of one run, and the rows of what broke it."""

    run: FinishedRun
    index: int
    rows: list[dict[str, Any]]


def _violations(run: FinishedRun) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(run.directory / "violations.parquet").to_pylist()
    return rows


def _verdict(said: str, invariant: Invariant, declared: list[_Declared], results: Results) -> Verdict:
    broken = [each for each in declared if each.rows]
    worst, where, again, look = None, None, None, None
    if broken:
        each, row = max(
            ((each, row) for each in broken for row in each.rows),
            key=lambda pair: abs(pair[1]["measured"] - pair[1]["allowed"]),
        )
        worst, where = measured(invariant, row["measured"]), _place(each.run, row)
        again, look = _again(each.run, results), _look(each.run, row, results)
    return Verdict(
        promise=said,
        runs=len(declared),
        broken=len(broken),
        violations=sum(len(each.rows) for each in broken),
        worst=worst,
        where=where,
        again=again,
        look=look,
    )


def _place(run: FinishedRun, row: Mapping[str, Any]) -> str:
    at = clock(row["at"].total_seconds())
    said = ", ".join([*(f"{k}={label(v)}" for k, v in run.parameters.items()), f"seed={run.seed}"])
    if row["client"] < 0:
        return f"{said}, from {at} on"
    return (
        f"{said}, at {at}: {row['population']} client {row['client']}, visit {row['visit']}, "
        f"connection {row['connection']}, attempt {row['attempt']}"
    )


def _again(run: FinishedRun, results: Results) -> str | None:
    if results.source is None:
        return None
    settings = [f"--set={text}" for name, each in run.parameters.items() for text in _settings(name, each)]
    again = ["--seed", str(run.seed), "-o", f"again-{run.address[:8]}"]
    return shlex.join(["reshake", "run", results.source, *settings, *again])


def _settings(name: str, value: Any) -> list[str]:
    """What `--set` takes for a value: one with commas is whole where it is said twice."""
    if value is None:
        return [f"{name}=none"]
    text = f"{name}={label(value)}"
    return [text, text] if isinstance(value, str) and "," in value else [text]


def _look(run: FinishedRun, row: Mapping[str, Any], results: Results) -> str | None:
    if row["client"] < 0:
        return None
    attempt = "/".join(str(row[name]) for name in ("population", "client", "visit", "connection", "attempt"))
    chosen = ["--run", run.address[:8], "--attempt", attempt]
    return shlex.join(["reshake", "replay", str(results.directory), *chosen, "--trace"])
