"""The version of the tables' schema, and reading what was written under another.

A column or a table that is added changes no version: where a batch is older than it, it is null, or empty. A column
that is renamed, or means something else, raises the version, and this file then says how its predecessor is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import Problem, ScenarioError

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION: Final = 1
# In the metadata of each Parquet file. One without it is older than versions, and reads like version 1.
VERSION_KEY: Final = b"reshake.schema"


def stamped(table: pa.Table) -> pa.Table:
    """A table that says under which schema it is written."""
    return table.replace_schema_metadata({VERSION_KEY: str(SCHEMA_VERSION).encode()})


def read(file: Path, columns: Sequence[str] | None = None) -> pa.Table | None:
    """A table as today's version would have written it; None where its version had no such table.

    Parameters
    ----------
    columns
        Only these; None: all. One that the file has not is null in every row.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not file.exists():
        return None
    schema = pq.read_schema(file)
    require_known(schema, file)
    if columns is None:
        return pq.read_table(file)
    table = pq.read_table(file, columns=[each for each in columns if each in schema.names])
    rows = pq.read_metadata(file).num_rows
    made = {name: table[name] if name in schema.names else pa.nulls(rows) for name in columns}
    return pa.table(made)


def require_known(schema: pa.Schema, file: Path) -> None:
    """Refuses what a later version has written."""
    version = int((schema.metadata or {}).get(VERSION_KEY, b"0"))
    if version > SCHEMA_VERSION:
        sentence = f"is of schema {version}, which a later version of Reshake has written; this one knows up to"
        raise ScenarioError([Problem(str(file), f"{sentence} {SCHEMA_VERSION}")])
