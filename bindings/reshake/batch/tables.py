"""The history of a run as Parquet: equal runs give equal files, to the byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from .._core import ColumnSchema
    from ..values.scenario import Scenario

TABLES = ("attempts", "faults", "ticket_keys")


def write_tables(
    tables: Mapping[str, Mapping[str, np.ndarray[Any, Any]]],
    schema: Mapping[str, Sequence[ColumnSchema]],
    scenario: Scenario,
    directory: Path,
) -> dict[str, int]:
    """Writes `<table>.parquet` for each table. Returns the number of rows of each."""
    import pyarrow.parquet as pq

    rows = {}
    for name, columns in tables.items():
        table = to_arrow(columns, schema[name], scenario)
        pq.write_table(table, directory / f"{name}.parquet", compression="zstd", version="2.6")
        rows[name] = table.num_rows
    return rows


def to_arrow(
    columns: Mapping[str, np.ndarray[Any, Any]],
    schema: Sequence[ColumnSchema],
    scenario: Scenario,
) -> pa.Table:
    """Durations as nanoseconds with nulls, closed sets and places as their names."""
    import pyarrow as pa

    places = {
        "population": [each.name for each in scenario.clients],
        "home": [site.name for site in scenario.fleets[0].sites],
        "site": [site.name for site in scenario.fleets[0].sites],
    }
    arrays: dict[str, pa.Array[Any]] = {}
    for column in schema:
        name, values = column["name"], columns[column["name"]]
        names = column["choices"] or places.get(name)
        if names is not None:
            arrays[name] = _named(values, names)
        elif column["kind"] == "duration":
            nothing = values < 0
            mask = nothing if nothing.any() else None
            arrays[name] = pa.array(values, type=pa.int64(), mask=mask).cast(pa.duration("ns"))
        elif column["kind"] == "boolean":
            arrays[name] = pa.array(values.astype(bool))
        else:
            arrays[name] = pa.array(values)
    if "fault" in arrays:
        pairs = [" | ".join(each.between) for each in scenario.faults]
        arrays["between"] = _named(columns["fault"], pairs)
    return pa.table(arrays)


def _named(codes: np.ndarray[Any, Any], names: Sequence[str]) -> pa.Array[Any]:
    """Names by their index; null where the index is negative."""
    import pyarrow as pa

    nothing = codes < 0
    indices = pa.array(codes.astype("int32"), mask=nothing if nothing.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), type=pa.string()))
