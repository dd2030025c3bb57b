"""The tables in other hands: Polars, DuckDB, files of other formats, and batches of earlier versions."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

import reshake as rs
from reshake import _core
from reshake.batch.schema import SCHEMA_VERSION, VERSION_KEY
from reshake.batch.tables import ON_REQUEST, TABLES

Command = Callable[..., subprocess.CompletedProcess[str]]

OLD = Path(__file__).parent / "batches/unversioned"
PAGE = Path(__file__).parents[2] / "docs/tables.md"


def small(ticket_lifetime: str = "10min", loss: float | None = None, count: int = 3) -> rs.Scenario:
    lossy = rs.Link(delay="45ms", loss=None if loss is None else rs.Bernoulli(loss=loss))
    phones = rs.Clients("phones", count=count, access=lossy, arrivals=rs.Poisson(mean_gap="5min"))
    edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime=ticket_lifetime))
    cut = rs.Partition(between=("phones", "edge/ams"), start="10min", lasts="20min")
    return rs.Scenario(duration="1h", clients=[phones], fleets=[edge], faults=[cut])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> rs.Results:
    study = rs.Study(small, ticket_lifetime=["30min", "10min"], loss=[None, 0.1], count=[3, 4], seeds=2)
    return study.run(tmp_path_factory.mktemp("loading") / "out", progress=False)


def test_polars_sees_what_pandas_sees(results: rs.Results) -> None:
    tables = rs.load(results.directory)
    assert tuple(tables) == TABLES
    lazy = tables["attempts"]
    assert isinstance(lazy, pl.LazyFrame)
    ours = results.attempts
    theirs = lazy.collect()
    assert theirs.columns == list(ours.columns)
    assert len(theirs) == len(ours)
    assert theirs["count"].dtype == pl.Int64
    assert theirs["ticket_lifetime"].dtype == pl.Enum(["30min", "10min"])
    assert theirs["loss"].dtype == pl.Enum(["none", "0.1"])
    assert theirs["first_byte"].dtype == pl.Duration("ns")
    assert theirs["first_byte"].null_count() == ours["first_byte"].isna().sum()
    assert theirs["first_byte"].to_physical().sum() == ours["first_byte"].dropna().astype("int64").sum()
    for name in ("site", "outcome", "not_resumed", "ticket_lifetime", "seed"):
        assert list(theirs[name].cast(pl.String)) == [str(each) for each in ours[name]]
    for name in TABLES:
        assert len(tables[name].collect()) == len(getattr(results, name))


def test_a_parameter_called_like_a_column_hides_neither(results: rs.Results, reshake: Command, room: Path) -> None:
    tables = rs.load(results.directory)
    for packets in (tables["packets"].collect().to_pandas(), results.packets):
        assert list(packets.columns[:4]) == ["ticket_lifetime", "set_loss", "count", "seed"]
        lost = packets.groupby(packets["set_loss"].astype(str))["loss"].sum()
        assert lost["none"] == 0
        assert lost["0.1"] > 10
    ended = reshake("export", str(results.directory), "--format", "csv", "--table", "packets", "-o", "counted")
    assert ended.returncode == 0, ended.stderr
    assert (room / "counted/packets.csv").read_text().startswith('"ticket_lifetime","set_loss","count","seed",')
    assert "loss" in results.attempts.columns


def test_the_numbers_of_a_run_are_the_same_without_pandas(results: rs.Results) -> None:
    from reshake.analysis import run_numbers
    from reshake.analysis.quantities import QUANTITIES, fold

    numbers = run_numbers(rs.load(results.directory)).set_index(["ticket_lifetime", "loss", "count", "seed"])
    assert len(numbers) == len(results.runs)
    folded = fold(results)
    assert (folded["attempts"] > 1).any()
    for key, frame in folded.groupby(["ticket_lifetime", "loss", "count", "seed"], observed=True):
        row = numbers.loc[key]
        assert row["visits"] == len(frame)
        assert row["attempts"] == frame["attempts"].sum()
        for quantity in QUANTITIES:
            assert row[quantity.name] == pytest.approx(quantity.of_run(frame), rel=1e-12), quantity.name


def test_what_is_wrong_with_a_query_is_named(results: rs.Results) -> None:
    with pytest.raises(rs.ScenarioError, match='atempts: no such table; did you mean "attempts"'):
        rs.load(results.directory)["atempts"]
    with pytest.raises(rs.ScenarioError, match="nowhere: there is no such directory"):
        rs.load("nowhere")


def test_exports_hold_every_row_in_every_format(results: rs.Results, reshake: Command, room: Path) -> None:
    ours = results.attempts
    for form in ("csv", "parquet", "json"):
        ended = reshake("export", str(results.directory), "--format", form, "--table", "attempts", "-o", "files")
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == f"files/attempts.{form}  {len(ours):,} rows\n"
    whole = ours["first_byte"].astype("int64")
    first_byte = [each / 1e9 if each >= 0 else None for each in whole]

    with (room / "files/attempts.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(ours.columns)
    assert [float(row["first_byte"]) if row["first_byte"] else None for row in rows] == first_byte
    assert [row["not_resumed"] for row in rows] == list(ours["not_resumed"])

    objects = [json.loads(line) for line in (room / "files/attempts.json").read_text().splitlines()]
    assert [each["first_byte"] for each in objects] == first_byte
    assert [each["loss"] for each in objects] == list(ours["loss"])

    table = pq.read_table(room / "files/attempts.parquet")
    assert table.column_names == list(ours.columns)
    assert table["first_byte"].to_pandas().equals(ours["first_byte"])
    assert sorted(each.name for each in (room / "files").iterdir()) == [
        f"attempts.{f}" for f in ("csv", "json", "parquet")
    ]


def test_an_export_that_cannot_be_is_refused(results: rs.Results, reshake: Command, room: Path) -> None:
    ended = reshake("export", str(results.directory), "--table", "atempts", "-o", "files")
    assert ended.returncode == 2
    assert ended.stderr == 'reshake: atempts: no such table; did you mean "attempts"?\n'
    (room / "taken").write_text("")
    ended = reshake("export", str(results.directory), "-o", "taken")
    assert ended.returncode == 2
    assert ended.stderr == "reshake: taken: cannot be written: File exists\n"


def test_a_batch_of_a_version_without_a_version_is_read(tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(OLD, old)
    results = rs.Results(old)
    assert len(results.attempts) == sum(run.manifest["rows"]["attempts"] for run in results.runs) > 0
    assert list(results.parameters) == ["lifetime"]
    # A table that it did not have is empty; a column that it did not have is null.
    assert len(results.violations) == 0
    table = results.table("attempts", columns=["resumed", "a_later_column"])
    assert table["a_later_column"].null_count == len(table)
    assert len(rs.load(old)["attempts"].collect()) == len(results.attempts)
    assert results.runs[0].scenario.fleets[0].name == "edge"
    with pytest.raises(rs.ScenarioError, match="kept no scenarios"):
        rs.resume(old)


def test_tables_that_nobody_asked_for_have_no_file_and_are_read_without_rows(results: rs.Results) -> None:
    files = {each.stem for run in results.runs for each in run.directory.glob("*.parquet")}
    assert files == set(TABLES) - ON_REQUEST
    for name in ON_REQUEST:
        table = results.table(name)
        assert table.num_rows == 0
        loaded = rs.load(results.directory)[name].collect()
        assert loaded.is_empty()
        assert loaded.columns == table.column_names
        assert table.column_names[: len(results.parameters) + 1] == [*results.parameters, "seed"]
        assert [each["name"] for each in _core.table_schema()[name]] == table.column_names[
            len(results.parameters) + 1 :
        ]
    assert results.table("security_events", columns=["at", "a_later_column"]).column_names[-2:] == [
        "at",
        "a_later_column",
    ]
    assert results.security_events["at"].dtype == "timedelta64[ns]"


def test_files_say_their_schema_and_later_ones_are_refused(results: rs.Results, tmp_path: Path) -> None:
    copy = tmp_path / "later"
    shutil.copytree(results.directory, copy)
    (run, *_) = rs.Results(copy).runs
    file = run.directory / "attempts.parquet"
    table = pq.read_table(file)
    assert table.schema.metadata[VERSION_KEY] == str(SCHEMA_VERSION).encode()
    pq.write_table(table.replace_schema_metadata({VERSION_KEY: str(SCHEMA_VERSION + 1).encode()}), file)
    sentence = f"is of schema {SCHEMA_VERSION + 1}, which a later version"
    with pytest.raises(rs.ScenarioError, match=sentence):
        _ = rs.Results(copy).attempts
    with pytest.raises(rs.ScenarioError, match=sentence):
        rs.load(copy)["attempts"]
    index = json.loads((copy / "reshake.json").read_text())
    (copy / "reshake.json").write_text(json.dumps({**index, "schema": SCHEMA_VERSION + 1}))
    with pytest.raises(rs.ScenarioError, match=sentence):
        rs.Results(copy)


def test_the_examples_of_the_page_run_and_agree(
    results: rs.Results, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/lifetime").symlink_to(results.directory)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    assert len(blocks) == 3
    shares = []
    for block in blocks:
        names: dict[str, object] = {}
        exec(block, names)
        shares.append({str(lifetime): float(share) for lifetime, share in names["shares"]})  # type: ignore[attr-defined]
    capsys.readouterr()
    assert shares[0] == pytest.approx(shares[1])
    assert shares[0] == pytest.approx(shares[2])
    assert set(shares[0]) == {"30min", "10min"}
    assert duckdb.__version__
