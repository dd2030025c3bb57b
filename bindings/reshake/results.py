"""The results of a batch, read from its directory: all that analysis sees."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .batch import schema
from .batch.columns import column_of
from .batch.directory import BatchDirectory
from .batch.tables import TABLES, without_rows
from .errors import Problem, ScenarioError
from .values.kinds import nearest
from .values.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class FinishedRun:
    """A run whose results are there.

    Attributes
    ----------
    address
        Digest of its scenario, seed and versions.
    parameters, seed
        What set it apart from the other runs.
    directory
        Its tables and its manifest.
    """

    address: str
    parameters: Mapping[str, Any]
    seed: int
    directory: Path

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Scenario, versions, digest, counts, wall time in seconds, peak memory in bytes."""
        content: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text())
        return content

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario itself. Recorded files that it names must still be there."""
        return Scenario.from_content(self.manifest["scenario"])


class Results:
    """The finished runs of the study that was last run into a directory.

    Nothing is read before it is asked for. The tables have the columns of the history's records,
    durations as timedelta with NaT where there is none, closed sets and places (`population`,
    `home`, `site`) as categoricals; before them one ordered categorical column per parameter of the
    grid, in the order of the grid, and `seed`. Where a table has a column of a parameter's name, the
    parameter's is called `set_` and that name.

    Parameters
    ----------
    directory
        As given to `Study.run`.

    Raises
    ------
    ScenarioError
        Where the directory holds no batch.

    Examples
    --------
    >>> import reshake as rs
    >>> try:
    ...     rs.Results("no such directory")
    ... except rs.ScenarioError as error:
    ...     print(error)
    no such directory: there is no such directory
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        batch = BatchDirectory(directory)
        index = batch.read_index()
        self.directory = batch.path
        #: The name of the scenario function.
        self.name: str = index["scenario"]
        #: The file or module that the scenario function came from, if known.
        self.source: str | None = index["source"]
        #: Each parameter's values, in the order of the grid.
        self.parameters: Mapping[str, Sequence[Any]] = {name: tuple(labels) for name, labels in index["grid"].items()}
        #: The seeds that were asked for.
        self.seeds: tuple[int, ...] = tuple(index["seeds"])
        finished: list[FinishedRun] = []
        missing: list[FinishedRun] = []
        for each in index["runs"]:
            address = each["address"]
            run = FinishedRun(address, each["parameters"], each["seed"], batch.run(address))
            (finished if batch.finished(address) else missing).append(run)
        #: What is finished, in the order of the study.
        self.runs: tuple[FinishedRun, ...] = tuple(finished)
        #: The number of runs that are not: failed, interrupted, or still to come.
        self.missing: int = len(missing)

    @cached_property
    def attempts(self) -> pd.DataFrame:
        """One row per attempt of a client to reach a server."""
        return self._frame("attempts")

    @cached_property
    def faults(self) -> pd.DataFrame:
        """One row per fault that began; `between` names the groups that it parted, or whose servers it restarted."""
        return self._frame("faults")

    @cached_property
    def ticket_keys(self) -> pd.DataFrame:
        """One row per ticket key that came into use; without a `site` the fleet shares it."""
        return self._frame("ticket_keys")

    @cached_property
    def violations(self) -> pd.DataFrame:
        """One row per attempt, window or fault that broke an invariant; `promise` says what should have held."""
        return self._frame("violations")

    @cached_property
    def security_events(self) -> pd.DataFrame:
        """One row per decision about a ticket, early data or a key, where the scenario asks for an `audit`."""
        return self._frame("security_events")

    @cached_property
    def cache(self) -> pd.DataFrame:
        """One row per lookup in a session cache and per change of what one holds; no `cache`: the fleet's."""
        return self._frame("cache")

    @cached_property
    def packets(self) -> pd.DataFrame:
        """What became of packets: one row per population and direction; no `population`: no client had a part."""
        return self._frame("packets")

    @cached_property
    def overload(self) -> pd.DataFrame:
        """One row per packet that a full queue of a server's kernel dropped, and per ejection of a server."""
        return self._frame("overload")

    @cached_property
    def rollout(self) -> pd.DataFrame:
        """One row per margin of a `CanaryAnalysis` each time that a stage of a rollout was judged."""
        return self._frame("rollout")

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row per sending of a request by a client, where the scenario's `records` name them."""
        return self._frame("requests")

    @cached_property
    def tickets(self) -> pd.DataFrame:
        """One row per ticket that a client received, to its end, where the scenario's `records` name them."""
        return self._frame("tickets")

    @cached_property
    def compute(self) -> pd.DataFrame:
        """One row per piece of work on a core of a client or server, where the scenario's `records` name it."""
        return self._frame("compute")

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table of all finished runs as Arrow, for what is too large for pandas.

        Parameters
        ----------
        name
            ``"attempts"``, ``"faults"``, ``"ticket_keys"``, ``"violations"``, ``"security_events"``, ``"cache"``,
            ``"packets"``, ``"overload"``, ``"rollout"``, ``"requests"``, ``"tickets"`` or ``"compute"``.
        columns
            Only these, besides the parameters and `seed`. None: all.
        """
        import pyarrow as pa

        if name not in TABLES:
            known = nearest(name, TABLES) or f"; expected one of {', '.join(TABLES)}"
            raise ScenarioError([Problem(name, f"no such table{known}")])
        if not self.runs:
            raise ScenarioError([Problem(str(self.directory), "holds no finished run")])
        parts = list(self.parts(name, columns))
        if not parts:
            return self._without_rows(name, columns)
        return pa.concat_tables(parts, promote_options="permissive").unify_dictionaries()

    def _without_rows(self, name: str, columns: Sequence[str] | None) -> pa.Table:
        """Of runs that were not asked for it, or of a version that had no such table."""
        import pyarrow as pa

        run = self.runs[0]
        empty = without_rows(name, run.scenario.with_faults_of(run.seed))
        names = empty.column_names
        own = {each: empty[each] if each in names else pa.nulls(0) for each in (names if columns is None else columns)}
        return pa.table({**self._columns_of(run, 0, name), **own})

    def parts(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The same, one run at a time."""
        import pyarrow as pa

        for run in self.runs:
            part = schema.read(run.directory / f"{name}.parquet", columns)
            if part is not None:
                constant = self._columns_of(run, part.num_rows, name)
                yield pa.table({**constant, **dict(zip(part.column_names, part.columns, strict=True))})

    def _frame(self, name: str) -> pd.DataFrame:
        frame: pd.DataFrame = self.table(name).to_pandas()
        return frame

    def _columns_of(self, run: FinishedRun, rows: int, table: str) -> dict[str, pa.Array[Any]]:
        import numpy as np
        import pyarrow as pa

        columns = {}
        for name, labels in self.parameters.items():
            index = [_same(each, run.parameters[name]) for each in labels].index(True)
            codes = pa.array(np.full(rows, index, dtype=np.int32))
            columns[column_of(name, table)] = pa.DictionaryArray.from_arrays(codes, _categories(labels), ordered=True)
        columns["seed"] = pa.array(np.full(rows, run.seed, dtype=np.int64))
        return columns


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _categories(labels: Sequence[Any]) -> pa.Array[Any]:
    """Labels as they are where they are alike, else as text: None reads "none"."""
    import pyarrow as pa

    kinds = {type(each) for each in labels}
    if len(kinds) == 1 and type(None) not in kinds:
        return pa.array(list(labels))
    if kinds == {int, float}:
        return pa.array([float(each) for each in labels])
    return pa.array(["none" if each is None else str(each) for each in labels])
