"""The tables of a batch as files for other tools: one per table, all runs one after another."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from .batch import durable
from .batch.tables import TABLES
from .errors import Problem, ScenarioError
from .results import Results
from .values.kinds import nearest

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "parquet", "json", "openmetrics"]
FORMATS: Final = get_args(Format)


def export(
    results: Results, out: str | os.PathLike[str], form: Format, tables: Sequence[str] = TABLES
) -> dict[Path, int]:
    """Writes tables of a batch into a directory, and returns the files with their numbers of rows or samples.

    Parameters
    ----------
    results
        A batch.
    out
        Made if it does not exist.
    form
        ``"parquet"`` keeps types. In ``"csv"`` (with a header) and ``"json"`` (an object per line) durations are
        seconds with nine decimals, and what there is not is empty or null. Names are text in all of them.
        ``"openmetrics"`` is one file, ``metrics.txt``, with counters, gauges and histograms over the runs' time.
    tables
        Which.

    Raises
    ------
    ScenarioError
        Where a table is none, or nothing is finished.
    """
    known = f"; expected one of {', '.join(TABLES)}"
    unknown = [Problem(each, f"no such table{nearest(each, TABLES) or known}") for each in tables if each not in TABLES]
    if unknown:
        raise ScenarioError(unknown)
    directory = Path(out)
    directory.mkdir(parents=True, exist_ok=True)
    if form == "openmetrics":
        return _metrics(results, directory / "metrics.txt", tables)
    written = {}
    for name in tables:
        file = directory / f"{name}.{form}"
        new = file.with_name(f"{file.name}.new")
        try:
            with _WRITERS[form](new) as write:
                written[file] = sum(write(part) for part in results.parts(name))
            durable.sync(new)
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
    return written


def _metrics(results: Results, file: Path, tables: Sequence[str]) -> dict[Path, int]:
    from . import openmetrics

    new = file.with_name(f"{file.name}.new")
    try:
        with new.open("w", encoding="utf-8") as out:
            samples = openmetrics.write(results, out, tables)
        durable.sync(new)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return {file: samples}


@contextmanager
def _parquet(file: Path) -> Iterator[Callable[[pa.Table], int]]:
    import pyarrow.parquet as pq

    writer: Any = None

    def write(part: pa.Table) -> int:
        nonlocal writer
        plain = _with_plain_text(part)
        if writer is None:
            writer = pq.ParquetWriter(file, plain.schema, compression="zstd", version="2.6")
        writer.write_table(plain)
        return int(plain.num_rows)

    try:
        yield write
    finally:
        if writer is not None:
            writer.close()


@contextmanager
def _csv(file: Path) -> Iterator[Callable[[pa.Table], int]]:
    from pyarrow import csv

    with file.open("wb") as sink:
        is_first = True

        def write(part: pa.Table) -> int:
            nonlocal is_first
            plain = _with_seconds(_with_plain_text(part))
            csv.write_csv(plain, sink, csv.WriteOptions(include_header=is_first, quoting_style="needed"))
            is_first = False
            return int(plain.num_rows)

        yield write


@contextmanager
def _json(file: Path) -> Iterator[Callable[[pa.Table], int]]:
    with file.open("w", encoding="utf-8") as sink:

        def write(part: pa.Table) -> int:
            plain = _with_seconds(_with_plain_text(part), as_text=False)
            for batch in plain.to_batches(max_chunksize=10_000):
                for row in batch.to_pylist():
                    sink.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
            return int(plain.num_rows)

        yield write


_NANOSECOND: Final = Decimal("0.000000001")
_WRITERS: Final = {"csv": _csv, "parquet": _parquet, "json": _json}


def _with_plain_text(table: pa.Table) -> pa.Table:
    """Names as text: the dictionaries of two runs need not be alike."""
    import pyarrow as pa

    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _with_seconds(table: pa.Table, *, as_text: bool = True) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        if pa.types.is_duration(field.type):
            whole = table.column(index).cast(pa.int64())
            if as_text:
                exact = pc.multiply(whole.cast(pa.decimal128(19, 0)), pa.scalar(_NANOSECOND, pa.decimal128(10, 9)))
                seconds = exact.cast(pa.decimal128(28, 9))
            else:
                # Who reads JSON makes the nearest float of a decimal all the same.
                seconds = pc.divide(whole.cast(pa.float64()), 1e9)
            table = table.set_column(index, field.name, seconds)
    return table
