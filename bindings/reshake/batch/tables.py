"""The history of a run as Parquet: equal runs give equal files, to the byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..values.faults import whom
from ..values.invariants import promise
from .schema import stamped

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from .._core import ColumnSchema
    from ..values.faults import Fault
    from ..values.scenario import Scenario

TABLES = (
    "attempts", "faults", "ticket_keys", "violations", "security_events", "cache", "packets", "overload",
    "rollout", "requests", "tickets", "compute",
)  # fmt: skip


ON_REQUEST = frozenset({"security_events", "rollout", "requests", "tickets", "compute"})
"""Tables that a scenario must ask for. Where it does not they have no file: one that is empty costs a millisecond."""


def write_tables(
    tables: Mapping[str, Mapping[str, np.ndarray[Any, Any]]],
    schema: Mapping[str, Sequence[ColumnSchema]],
    scenario: Scenario,
    directory: Path,
) -> dict[str, int]:
    """Writes `<table>.parquet` for each table, but for those `ON_REQUEST` without rows. Returns each one's rows.

    The faults of `scenario` must be those of the run, one by one (`Scenario.with_faults_of`).
    """
    import pyarrow.parquet as pq

    rows = {}
    for name, columns in tables.items():
        rows[name] = len(next(iter(columns.values())))
        if rows[name] or name not in ON_REQUEST:
            table = to_arrow(columns, schema[name], scenario)
            pq.write_table(table, directory / f"{name}.parquet", compression="zstd", version="2.6")
    return rows


def without_rows(name: str, scenario: Scenario) -> pa.Table:
    """A table as it is where nothing has happened that it tells of."""
    import numpy as np

    from .. import _core

    columns = _core.table_schema()[name]
    kinds = {"number": "float64"}
    return to_arrow(
        {each["name"]: np.empty(0, kinds.get(each["kind"], "int64")) for each in columns}, columns, scenario
    )


def to_arrow(
    columns: Mapping[str, np.ndarray[Any, Any]],
    schema: Sequence[ColumnSchema],
    scenario: Scenario,
) -> pa.Table:
    """Durations as nanoseconds with nulls, closed sets and places as their names."""
    import numpy as np
    import pyarrow as pa

    places = {
        "population": [each.name for each in scenario.clients],
        "home": [site.name for site in scenario.fleets[0].sites],
        "site": [site.name for site in scenario.fleets[0].sites],
        "cache": [site.name for site in scenario.fleets[0].sites],
    }
    tenants = [each.name for each in scenario.fleets[0].tenants]
    places |= {"tenant": tenants, "ticket_tenant": tenants}
    places["alpn"] = list(dict.fromkeys(name for each in scenario.clients for name in each.tls.alpn))
    arrays: dict[str, pa.Array[Any]] = {}
    for column in schema:
        name, values = column["name"], columns[column["name"]]
        names = column["choices"] or places.get(name)
        if names is not None:
            arrays[name] = _named(values, names)
        elif column["kind"] == "duration":
            arrays[name] = _array(values, pa.duration("ns"), nothing=values < 0)
        elif column["kind"] == "boolean":
            arrays[name] = _array(_bits(values != 0), pa.bool_(), rows=len(values))
        else:
            nothing = np.isnan(values) if column["kind"] == "number" else None
            arrays[name] = _array(values, pa.from_numpy_dtype(values.dtype), nothing=nothing)
    if "kind" in arrays:  # Of faults.
        # Two faults may be about the same groups; a dictionary holds each of its values once.
        groups = [whom(each) for each in cast("Sequence[Fault]", scenario.faults)]
        unique = list(dict.fromkeys(groups))
        codes = np.array([unique.index(group) for group in groups], dtype=np.int32)
        arrays["between"] = _named(codes[columns["fault"]], unique)
    if "measured" in arrays:
        promises = [promise(each) for each in scenario.invariants]
        unique = list(dict.fromkeys(promises))
        codes = np.array([unique.index(each) for each in promises], dtype=np.int32)
        arrays["promise"] = _named(codes[columns["invariant"]], unique)
    return stamped(pa.table(arrays))


def _named(codes: np.ndarray[Any, Any], names: Sequence[str]) -> pa.Array[Any]:
    """Names by their index; null where the index is negative."""
    import pyarrow as pa

    indices = _array(codes.astype("int32"), pa.int32(), nothing=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, _texts(names))


def _texts(names: Sequence[str]) -> pa.Array[Any]:
    import numpy as np
    import pyarrow as pa

    texts = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))])


def _array(
    values: np.ndarray[Any, Any],
    kind: pa.DataType,
    *,
    nothing: np.ndarray[Any, Any] | None = None,
    rows: int | None = None,
) -> pa.Array[Any]:
    """The memory of `values` as an Arrow array, null where `nothing` says so.

    Not by `pa.array`, here and for texts: it imports pandas, which costs more than a short run.
    """
    import pyarrow as pa

    valid = pa.py_buffer(_bits(~nothing)) if nothing is not None and nothing.any() else None
    rows = len(values) if rows is None else rows
    return pa.Array.from_buffers(kind, rows, [valid, pa.py_buffer(values)])


def _bits(truths: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Eight truths a byte, as Arrow keeps them."""
    import numpy as np

    return np.packbits(truths, bitorder="little")
