"""Which run, and which attempt of it, somebody means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..batch import schema
from ..batch.run import label
from ..errors import Problem, ScenarioError
from ..results import FinishedRun, Results
from ..values.kinds import nearest

_SHOWN = 5
_NAME = ("population", "client", "visit", "connection", "attempt")


def name_of(run: FinishedRun) -> str:
    """A run as people tell it from others: the beginning of its address, and what set it apart."""
    return f"{run.address[:8]} ({label_of(run)})"


def label_of(run: FinishedRun) -> str:
    """The same without its address."""
    return ", ".join([*(f"{name}={label(each)}" for name, each in run.parameters.items()), f"seed={run.seed}"])


def chosen_run(results: Results, given: str | None) -> FinishedRun:
    """The finished run that `given` names: how its address begins, or what sets it apart (``loss=0,seed=3``)."""
    runs = results.runs
    if not runs:
        raise ScenarioError([Problem(str(results.directory), "holds no finished run")])
    if given is None:
        if len(runs) == 1:
            return runs[0]
        raise ScenarioError([Problem("run", f"is missing; the batch has {len(runs)}: {_some(runs)}")])
    text = given.strip()
    found = _with_settings(runs, text) if "=" in text else [run for run in runs if run.address.startswith(text)]
    if not text or not found:
        sentence = f'no finished run is "{given}"; there are {_some(runs)}'
        raise ScenarioError([Problem("run", sentence)])
    if len(found) > 1:
        raise ScenarioError([Problem("run", f'"{given}" may be {len(found)} runs: {_some(found)}')])
    return found[0]


def _with_settings(runs: tuple[FinishedRun, ...], text: str) -> list[FinishedRun]:
    wanted = [each.strip() for each in text.split(",")]
    return [
        run for run in runs if {_by_value(each) for each in wanted} <= set(map(_by_value, label_of(run).split(", ")))
    ]


def _by_value(setting: str) -> str:
    """``loss=0`` and ``loss=0.0`` are the same."""
    name, _, value = setting.partition("=")
    try:
        return f"{name}={float(value)}"
    except ValueError:
        return setting


def _some(runs: tuple[FinishedRun, ...] | list[FinishedRun]) -> str:
    more = f" and {len(runs) - _SHOWN} more (reshake show DIR --json)" if len(runs) > _SHOWN else ""
    return ", ".join(map(name_of, runs[:_SHOWN])) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenAttempt:
    """An attempt of a run.

    Attributes
    ----------
    number
        Its row in the table of attempts, from 0.
    row
        The row itself, durations as nanoseconds.
    """

    number: int
    row: Mapping[str, Any]
    #: For the engine: the population by its index.
    key: tuple[int, int, int, int, int]

    @property
    def path(self) -> str:
        """As `chosen_attempt` takes it."""
        return "/".join(str(self.row[name]) for name in _NAME)


def chosen_attempt(run: FinishedRun, given: int | str) -> ChosenAttempt:
    """The attempt in a row (from 0) of the run's table, or by its names: ``phones/17/3``, from client to attempt.

    What is left out at the end is 0: client 17's visit 3, its connection 0, attempt 0.
    """
    table = schema.read(run.directory / "attempts.parquet")
    assert table is not None, "every finished run has attempts"
    text = str(given)
    if text.isdecimal():
        number = int(text)
        if number >= table.num_rows:
            said = f"the run's attempts are 0 to {table.num_rows - 1}" if table.num_rows else "the run has none"
            raise ScenarioError([Problem("attempt", f"{number} is out of range; {said}")])
    else:
        number = _row_of(table, _parsed(run, text), text)
    row = table.slice(number, 1)
    populations = [each.name for each in run.scenario.clients]
    names = {name: row[name][0].as_py() for name in _NAME}
    key = (populations.index(names["population"]), *(names[name] for name in _NAME[1:]))
    return ChosenAttempt(number=number, row=_plain(row), key=key)


def _parsed(run: FinishedRun, text: str) -> list[Any]:
    name, *numbers = text.split("/")
    populations = [each.name for each in run.scenario.clients]
    if not numbers or len(numbers) >= len(_NAME) or not all(each.isdecimal() for each in numbers):
        expected = "a row of the table of attempts, such as 17, or its names, such as phones/17/3 (client 17, visit 3)"
        raise ScenarioError([Problem("attempt", f'"{text}" is neither {expected}')])
    if name not in populations:
        known = nearest(name, populations) or f"; the populations are {', '.join(populations)}"
        raise ScenarioError([Problem("attempt", f'"{name}" is no population{known}')])
    return [name, *map(int, numbers), *[0] * (len(_NAME) - 1 - len(numbers))]


def _row_of(table: Any, wanted: list[Any], text: str) -> int:
    import pyarrow.compute as pc

    mask = None
    for name, value in zip(_NAME, wanted, strict=True):
        column = table[name].cast("string") if name == "population" else table[name]
        equal = pc.equal(column, value)
        mask = equal if mask is None else pc.and_(mask, equal)
    rows = pc.indices_nonzero(mask).to_pylist()
    if not rows:
        raise ScenarioError([Problem("attempt", f"{text} did not take place in this run")])
    return int(rows[0])


def _plain(row: Any) -> dict[str, Any]:
    import pyarrow as pa

    durations = {each.name for each in row.schema if pa.types.is_duration(each.type)}
    return {name: (row[name].cast("int64") if name in durations else row[name])[0].as_py() for name in row.column_names}
