"""The tables of a batch as lazy Polars frames: only what a query asks for is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .batch import schema
from .batch.columns import column_of
from .batch.tables import TABLES
from .errors import Problem, ScenarioError
from .results import Results
from .values.kinds import nearest

if TYPE_CHECKING:
    import polars as pl


class LazyTables(Mapping[str, "pl.LazyFrame"]):
    """The tables of all finished runs of a batch, by name.

    Columns are the parameters of the grid (numbers as such, all else as an enumeration in the order of
    the grid), `seed`, and the table's own: durations in nanoseconds, nulls where there is nothing. Where
    a table has a column of a parameter's name, the parameter's is called `set_` and that name.

    Parameters
    ----------
    results
        A batch.
    """

    def __init__(self, results: Results) -> None:
        #: The batch itself: its parameters, seeds, runs.
        self.results = results
        if not results.runs:
            raise ScenarioError([Problem(str(results.directory), "holds no finished run")])

    @property
    def parameters(self) -> Mapping[str, Sequence[Any]]:
        """Each parameter's values, in the order of the grid."""
        return self.results.parameters

    def __getitem__(self, name: str) -> pl.LazyFrame:
        if name not in TABLES:
            known = nearest(name, TABLES) or f"; expected one of {', '.join(TABLES)}"
            raise ScenarioError([Problem(name, f"no such table{known}")])
        return self._scan(name)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def by_run(self, name: str) -> Iterator[pl.LazyFrame]:
        """A table run by run, each with its run's columns: for what is too large to be held at once."""
        import polars as pl
        import pyarrow.parquet as pq

        kinds = self._kinds()
        for run in self.results.runs:
            file = run.directory / f"{name}.parquet"
            if not file.exists():
                continue  # Of a version that had no such table.
            schema.require_known(pq.read_schema(file), file)
            constant = {
                column_of(parameter, name): pl.lit(_held(run.parameters[parameter], kind), dtype=kind)
                for parameter, kind in kinds.items()
            }
            yield pl.scan_parquet(file).with_columns(**constant, seed=pl.lit(run.seed, dtype=pl.Int64))

    def _kinds(self) -> dict[str, pl.DataType | type[pl.DataType]]:
        return {parameter: _kind(labels) for parameter, labels in self.results.parameters.items()}

    def _scan(self, name: str) -> pl.LazyFrame:
        import polars as pl

        kinds = {column_of(parameter, name): kind for parameter, kind in self._kinds().items()}
        own = [*kinds, "seed"]
        parts = list(self.by_run(name))
        if not parts:
            empty = pl.DataFrame(self.results.table(name))
            return empty.lazy().with_columns(pl.col(each).cast(kind) for each, kind in kinds.items())
        return pl.concat(parts, how="diagonal").select(*own, pl.exclude(own))


def _kind(labels: Sequence[Any]) -> pl.DataType | type[pl.DataType]:
    """Numbers and truths as they are, all else as an enumeration of texts in the order of the grid."""
    import polars as pl

    types = {type(each) for each in labels}
    if types == {bool}:
        return pl.Boolean
    if types == {int}:
        return pl.Int64
    if types <= {int, float}:
        return pl.Float64
    return pl.Enum([_text(each) for each in labels])


def _held(label: Any, kind: object) -> Any:
    import polars as pl

    return _text(label) if isinstance(kind, pl.Enum) else label


def _text(label: Any) -> str:
    return "none" if label is None else str(label)


def load(directory: str | os.PathLike[str]) -> LazyTables:
    """The tables of a batch as lazy Polars frames.

    Parameters
    ----------
    directory
        As given to `Study.run`.

    Returns
    -------
    LazyTables
        ``load(DIR)["attempts"]`` is a `polars.LazyFrame`; nothing is read before ``collect()``.

    Raises
    ------
    ScenarioError
        Where the directory holds no batch or no finished run, or Polars is not installed.
    """
    try:
        import polars  # noqa: F401 - it is asked for here so that a query does not fail later
    except ImportError:
        sentence = 'needs Polars, which is not installed: pip install "reshake[polars]"'
        raise ScenarioError([Problem("load", sentence)]) from None
    return LazyTables(Results(directory))
