"""The numbers of each run of a batch that is too large for pandas: one run is read at a time, and only its columns.

Each is defined in `quantities`; here the same is computed by Polars. A test holds both equal.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from .estimates import percentile
from .quantities import RANKS
from .tables import NOT_THE_SERVICE

if TYPE_CHECKING:
    import polars as pl

_KEY = ("population", "client", "visit", "connection")
_LAST = ("server_hello", "resumed", "outcome", "first_byte", "started")


class RunTables(Protocol):
    """What `reshake.load` returns, as far as it is needed here."""

    def by_run(self, name: str) -> "Iterator[pl.LazyFrame]":
        """A table run by run, each with its parameters and `seed`."""

    @property
    def parameters(self) -> Mapping[str, Sequence[object]]:
        """The grid."""


def run_numbers(tables: RunTables) -> pd.DataFrame:
    """Quantities of every run, one row each.

    Parameters
    ----------
    tables
        From `reshake.load`.

    Returns
    -------
    pandas.DataFrame
        The run's parameters and `seed`, its `visits` and `attempts`, and `resumed_share`, `first_byte_p50`, `_p95`,
        `_p99` (seconds), `failed_share` and `server_compute` (seconds per attempt), as in `summary`. Their means over
        seeds, and `over_seeds` of them, are the summary's where no parameter is pooled.
    """
    return pd.DataFrame([_numbers(run, tables.parameters) for run in tables.by_run("attempts")])


def _numbers(run: "pl.LazyFrame", parameters: Mapping[str, Sequence[object]]) -> dict[str, object]:
    import polars as pl

    own = [*parameters, "seed"]
    # Older batches do not say whether a client was to try again.
    known = "gave_up" in run.collect_schema().names()
    gave_up = pl.col("gave_up").fill_null(value=True) if known else pl.lit(True).alias("gave_up")
    wanted = run.select(*own, *_KEY, "attempt", *_LAST, gave_up, "server_compute").collect()
    row: dict[str, object] = {name: wanted[name][0] if len(wanted) else None for name in own}
    # Few visits need more than one attempt: only those have to be put together.
    further = wanted.filter(pl.col("attempt") > 0)
    last = (
        further.sort("attempt")
        .unique(_KEY, keep="last", maintain_order=False)
        .select(*_KEY, *_LAST, "gave_up", tried=pl.lit(True))
    )
    visits = wanted.filter(pl.col("attempt") == 0).join(last, on=list(_KEY), how="left", suffix="_last")
    tried = pl.col("tried").is_not_null()

    def of_last(name: str) -> pl.Expr:
        return pl.when(tried).then(pl.col(f"{name}_last")).otherwise(pl.col(name))

    waited = (
        pl.when(tried)
        .then(pl.col("started_last") - pl.col("started"))
        .otherwise(pl.duration(nanoseconds=0, time_unit="ns"))
    )
    outcome = of_last("outcome").cast(pl.String)
    folded = visits.select(
        resumed=of_last("resumed").filter(of_last("server_hello").is_not_null() & (outcome != "alert")).mean(),
        failed=(~outcome.is_in(NOT_THE_SERVICE) & of_last("gave_up")).mean(),
    )
    seconds = (
        visits.select((waited + of_last("first_byte")).dt.total_nanoseconds() / 1e9).to_series().drop_nulls().to_numpy()
    )
    row |= {"visits": len(visits), "attempts": len(wanted), "resumed_share": folded["resumed"][0]}
    row |= {f"first_byte_p{rank}": percentile(seconds, rank) for rank in RANKS}
    spent = float(wanted["server_compute"].dt.total_nanoseconds().sum()) / 1e9
    return row | {"failed_share": folded["failed"][0], "server_compute": spent / max(1, len(wanted))}
