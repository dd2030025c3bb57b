"""`reshake audit`: its verdict, its exit code, and what it cannot audit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import reshake as rs

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")


def audited(log: bool = True) -> rs.Scenario:
    phones = rs.Clients("phones", count=3, access=rs.Link(delay="10ms"), arrivals=rs.Poisson(mean_gap="10min"))
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="20min"))
    return rs.Scenario(duration="1h", clients=[phones], fleets=[edge], audit=log)


@pytest.fixture
def results(room: Path) -> rs.Results:
    return rs.Study(audited, seeds=[1, 2]).run(room / "out", progress=False)


def plant(results: rs.Results) -> None:
    """The first run accepts a ticket that nobody has issued."""
    file = results.runs[0].directory / "security_events.parquet"
    table = pq.read_table(file)
    actions = table["action"].combine_chunks()
    first = actions.to_pylist().index("accept")
    tickets = table["ticket"].to_pylist()
    tickets[first] = 4711
    column = table.column_names.index("ticket")
    planted = table.set_column(column, "ticket", pa.array(tickets, table.schema.field("ticket").type))
    pq.write_table(planted, file)


def test_a_clean_log_is_told_as_such(results: rs.Results, reshake: Command) -> None:
    ended = reshake("audit", str(results.directory))
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == "reshake: nothing found in the logs of 2 runs\n"


def test_a_violation_is_named_with_its_place_and_fails(results: rs.Results, reshake: Command) -> None:
    plant(results)
    ended = reshake("audit", str(results.directory))
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    at = lines.index("broken  accept, 1 times in 1 runs")
    where, sentence = lines[at + 1 : at + 3]
    assert where.startswith("        seed 1, at ")
    assert where.endswith(" s: ams/server-1")
    assert sentence == "        accepted ticket 0000000000001267, which nobody has issued"
    # What renews such a ticket renews nothing.
    assert ended.stderr == "reshake: 2 violations of 2 rules in 2 runs\n"
    told = json.loads(reshake("audit", str(results.directory), "--json").stdout)
    rules = {(each["seed"], each["rule"], each["machine"]) for each in told}
    assert rules == {(1, "accept", "server"), (1, "renew", "server")}


def test_what_has_no_log_cannot_be_audited(room: Path, reshake: Command) -> None:
    rs.Study(audited, log=False, seeds=[1]).run(room / "silent", progress=False)
    for directory, message in (
        ("silent", "silent: has no log of security decisions; Scenario(audit=True) writes one"),
        ("nowhere", "nowhere: there is no such directory"),
    ):
        ended = reshake("audit", directory)
        assert ended.returncode == 2
        assert ended.stderr == f"reshake: {message}\n"


def test_runs_without_a_log_beside_others_are_told(room: Path, reshake: Command) -> None:
    rs.Study(audited, log=[True, False], seeds=[1]).run(room / "some", progress=False)
    ended = reshake("audit", "some")
    assert ended.returncode == 0
    assert "reshake: 1 runs of this batch are without a log and not audited\n" in ended.stderr
