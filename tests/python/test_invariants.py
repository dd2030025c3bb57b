"""Invariants: judged as an independent reading of the attempts does, and told with a way to see it again."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

import reshake as rs
from reshake.verdicts import verdicts

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")

ZERO, SINCE, WINDOW = pd.Timedelta(0), pd.Timedelta("30min"), pd.Timedelta("45min")

INVARIANTS = {
    "errors": rs.ErrorShare(at_most=0.02, since="30min", window="45min", min_count=5),
    "resumed": rs.ResumedShare(at_least=0.9, population="phones", window="45min"),
    "latency": rs.Latency(at_most="400ms", percentile=90, phase="handshake", window="45min"),
    "ticket": rs.TicketAge(at_most="10min"),
    "chain": rs.ChainAge(at_most="1h", population="phones"),
    "queue": rs.ServerQueueing(at_most="0s"),
    "fallback": rs.FallbackTime(at_most="4.512s"),
    "recovery": rs.Recovery(at_least=0.9, within="5min", over="30min"),
    "ends": rs.EveryAttemptEnds(),
    "tenants": rs.TenantsApart(),
}


def promised(loss: float = 0.08) -> rs.Scenario:
    lossy = rs.Link(delay="45ms", loss=rs.Bernoulli(loss=loss))

    def clients(name: str, count: int) -> rs.Clients:
        return rs.Clients(
            name, count=count, access=lossy, arrivals=rs.Poisson(mean_gap="8min"),
            connect_timeout="4s", attempt_timeout="5s", churn=rs.OnOff(mean_up="1h", mean_down="5min"),
        )  # fmt: skip

    edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime="1h", keys="per-site"))
    cut = rs.Partition(between=("phones", "edge/ams"), start="1h", lasts="1h")
    restart = rs.Restart(where="edge/iad", start="100min", lasts="30s", keys="lost")
    return rs.Scenario(
        duration="3h", clients=[clients("phones", 20), clients("desks", 5)], fleets=[edge],
        faults=[cut, restart], invariants=list(INVARIANTS.values()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> rs.Results:
    return rs.Study(promised, seeds=[7]).run(tmp_path_factory.mktemp("invariants") / "out", progress=False)


def found(results: rs.Results, name: str) -> pd.DataFrame:
    rows = results.violations
    return rows[rows["invariant"] == list(INVARIANTS).index(name)]


def windowed(rows: pd.DataFrame, since: pd.Timedelta = ZERO) -> Any:
    rows = rows[rows["started"] >= since]
    return rows.groupby((rows["started"] - since) // WINDOW)


def test_error_shares_are_those_of_the_connections(results: rs.Results) -> None:
    attempts = results.attempts.sort_values("attempt")
    per = attempts.groupby(["population", "client", "visit", "connection"], observed=True)
    each = pd.DataFrame(
        {
            "started": per["started"].first(),
            "ok": per["outcome"].agg(lambda outcomes: "ok" in set(outcomes)),
            "excused": per["outcome"].agg(lambda outcomes: bool({"vanished", "unfinished"} & set(outcomes))),
        }
    )
    shares = windowed(each[~each["excused"]], SINCE)["ok"].agg(lambda ok: 1 - ok.mean())
    expected = shares[shares > 0.02]
    rows = found(results, "errors")
    assert len(rows) > 0
    assert rows["measured"].tolist() == pytest.approx(expected.tolist())
    assert rows["at"].tolist() == [SINCE + WINDOW * index for index in expected.index]


def test_resumed_shares_are_those_of_answered_attempts(results: rs.Results) -> None:
    answered = results.attempts.query("population == 'phones' and outcome == 'ok'")
    shares = windowed(answered)["resumed"].mean()
    assert found(results, "resumed")["measured"].tolist() == pytest.approx(shares[shares < 0.9].tolist())
    assert len(found(results, "resumed")) > 0


def test_percentiles_are_nearest_ranks(results: rs.Results) -> None:
    reached = results.attempts.dropna(subset="handshake")
    expected = []
    for _, rows in windowed(reached):
        ordered = sorted(rows["handshake"].dt.total_seconds())
        expected.append(next(x for i, x in enumerate(ordered, 1) if i >= 0.9 * len(ordered)))
    assert found(results, "latency")["measured"].tolist() == pytest.approx([x for x in expected if x > 0.4])
    assert len(found(results, "latency")) > 0


def test_limits_hold_each_attempt_to_account(results: rs.Results) -> None:
    attempts = results.attempts
    for name, broken in {
        "ticket": attempts["resumed"] & (attempts["ticket_age"] > pd.Timedelta("10min")),
        "chain": attempts["resumed"]
        & (attempts["chain_age"] > pd.Timedelta("1h"))
        & (attempts["population"] == "phones"),
        "queue": attempts["server_queueing"] > pd.Timedelta(0),
    }.items():
        key = ["population", "client", "visit", "connection", "attempt"]
        expected = attempts[broken].sort_values("started", kind="stable")
        rows = found(results, name)
        assert sorted(rows[key].itertuples(index=False)) == sorted(expected[key].itertuples(index=False)), name
        assert name == "queue" or len(rows) > 0


def test_fallback_is_counted_from_the_first_attempt(results: rs.Results) -> None:
    attempts = results.attempts
    key = ["population", "client", "visit", "connection"]
    first = attempts[attempts["attempt"] == 0].set_index(key)["started"]
    later = attempts[(attempts["attempt"] > 0) & (attempts["outcome"] == "ok")].set_index(key)
    took = (later["started"] + later["first_byte"] - first.reindex(later.index)).dt.total_seconds()
    rows = found(results, "fallback")
    assert sorted(rows["measured"]) == pytest.approx(sorted(took[took > 4.512]))
    assert 0 < len(rows) < len(took)
    assert (rows["attempt"] == 0).all()


def test_recovery_is_measured_after_each_fault(results: rs.Results) -> None:
    answered = results.attempts.query("outcome == 'ok'")
    expected = []
    for ended in results.faults["ended"].dropna():
        begin = ended + pd.Timedelta("5min")
        within = answered[(answered["started"] >= begin) & (answered["started"] < begin + pd.Timedelta("30min"))]
        if within["resumed"].mean() < 0.9:
            expected.append((begin, within["resumed"].mean()))
    rows = found(results, "recovery")
    assert list(zip(rows["at"], rows["measured"], strict=True)) == [
        (at, pytest.approx(share)) for at, share in sorted(expected)
    ]
    assert len(rows) > 0


def test_nothing_is_left_open(results: rs.Results) -> None:
    assert found(results, "ends").empty


def test_a_verdict_tells_of_each_promise(results: rs.Results) -> None:
    told = verdicts(results)
    assert len(told) == len(INVARIANTS)
    assert {each.held for each in told} == {True, False}
    broken = [each for each in told if not each.held]
    assert all(each.where and each.worst for each in broken)
    assert sum(each.violations for each in told) == len(results.violations)


def test_an_invariant_changes_nothing_but_the_verdict(results: rs.Results, tmp_path: Path) -> None:
    def silent() -> rs.Scenario:
        return dataclasses.replace(promised(), invariants=[])

    other = rs.Study(silent, seeds=[7]).run(tmp_path / "out", progress=False)
    assert other.runs[0].manifest["digest"] == results.runs[0].manifest["digest"]
    pd.testing.assert_frame_equal(other.attempts, results.attempts)
    assert other.violations.empty


def replayed(in_the_syn: bool = True, memory: Literal["lost", "kept"] = "lost") -> rs.Scenario:
    """A SYN with early data arrives and its answer does not; when the SYN is repeated, another process is there."""
    phones = rs.Clients(
        "phones", count=10, access=rs.Link(delay="95ms"), arrivals=rs.Poisson(mean_gap="500ms"), linger="1s",
        tcp_fast_open=in_the_syn, tls=rs.ClientTls(early_data=True, groups="X25519"),
    )  # fmt: skip
    record = rs.ServerTls(max_early_data=16_384, anti_replay="client-hello-record", groups="X25519")
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="15s"), tcp_fast_open=True, tls=record)
    return rs.Scenario(
        duration="20s", clients=[phones], fleets=[edge],
        faults=[
            rs.Partition(between=("phones", "edge"), start="10s", lasts="3s"),
            rs.Restart(where="edge", start="11s", lasts="500ms", memory=memory),
        ],
        invariants=[rs.ExecutedOnce(), rs.NoReplay()], audit=True,
    )  # fmt: skip


def test_what_is_executed_twice_is_early_data_that_a_new_process_does_not_remember(tmp_path: Path) -> None:
    results = rs.Study(replayed, seeds=[1, 2], memory=["lost", "kept"]).run(tmp_path / "out", progress=False)
    events = results.security_events
    accepted = events[(events["action"] == "accept") & (events["subject"] == "early_data")]
    twice = accepted[accepted.duplicated(["seed", "memory", "ticket"])]
    key = ["seed", "memory", "client", "visit"]
    broken = results.violations
    rows, copies = broken[broken["invariant"] == 0], broken[broken["invariant"] == 1]
    assert len(rows) > 0
    # Copies are what a new process accepts once more, and no other.
    assert sorted(copies[key].itertuples(index=False)) == sorted(twice[key].itertuples(index=False))
    lost, kept = (rows[rows["memory"] == memory] for memory in ("lost", "kept"))
    assert sorted(lost[key].itertuples(index=False)) == sorted(twice[key].itertuples(index=False))
    # A record that is kept refuses the copy, and then its client sends the request again: RFC 8446 section 8.
    again = kept[key].merge(results.attempts, on=key)
    assert set(again["no_early_data"].astype(str)) <= {"replayed"}
    assert set(rows["measured"]) == {2.0}
    attempts = results.attempts
    assert set(attempts[attempts["executions"] == 2]["visit"]) == set(rows["visit"])
    assert (attempts[attempts["outcome"] == "ok"]["executions"] >= 1).all()


def test_without_early_data_in_the_syn_nothing_is_executed_twice(tmp_path: Path) -> None:
    results = rs.Study(replayed, seeds=[1], in_the_syn=False).run(tmp_path / "out", progress=False)
    assert results.violations.empty
    assert (results.attempts["no_early_data"] == "accepted").any()
    assert results.attempts["executions"].max() == 1


@pytest.mark.parametrize(
    ("invariant", "told"),
    [
        (rs.ErrorShare(at_most=0.1, population="tablets"), 'is "tablets", which is no population'),
        (rs.ResumedShare(at_least=0.1, since="3h"), "must be shorter than the run"),
        (rs.Recovery(at_least=0.1, within="2h", over="1h"), "must be shorter than the run"),
    ],
)
def test_an_invariant_that_can_judge_nothing_is_refused(invariant: rs.ErrorShare, told: str) -> None:
    wrong = dataclasses.replace(promised(), invariants=[invariant])
    with pytest.raises(rs.ScenarioError, match="invariants\\[0\\]") as caught:
        wrong.validate()
    assert told in str(caught.value)


FILE = '''
"""Does it hold?"""
import reshake as rs


def scenario(at_most: float = 0.5) -> rs.Scenario:
    phones = rs.Clients("phones", count=4, access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap="5min"))
    return rs.Scenario(
        duration="1h",
        clients=[phones],
        fleets=[rs.Fleet("edge", sites=["ams"])],
        faults=[rs.Partition(between=("phones", "edge"), start="10min", lasts="10min")],
        invariants=[rs.ErrorShare(at_most=at_most)],
    )
'''


def test_check_exits_1_where_a_promise_is_broken(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FILE)
    held = reshake("check", "file.py", "-o", "held")
    assert (held.returncode, held.stdout.split()[0]) == (0, "held")
    broken = reshake("check", "file.py", "--set", "at_most=0.01,0.5", "--seeds", "2", "-o", "broken")
    assert (broken.returncode, broken.stdout.split()[0]) == (1, "broken")
    again = next(line.split()[1:] for line in broken.stdout.splitlines() if line.strip().startswith("reshake run"))
    rerun = reshake(*again)
    assert rerun.returncode == 0
    first = {run.seed: run.manifest["digest"] for run in rs.Results(room / "broken").runs}
    assert "held    at most 0.5" in broken.stdout
    repeated = rs.Results(room / again[-1]).runs[0]
    assert repeated.manifest["digest"] == first[repeated.seed]
    as_json = reshake("check", "broken", "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)[0]["broken"] == 2


def test_check_refuses_what_asks_for_runs_where_there_are_results(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FILE)
    assert reshake("check", "file.py", "-o", "held").returncode == 0
    told = reshake("check", "held", "--set", "at_most=0.01", "--seed", "0", "-o", "other")
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "reshake: 3 problems:",
        "--set: is for runs to be made; held holds results",
        "--seed: is for runs to be made; held holds results",
        "-o: is for runs to be made; held holds results",
    ]


def test_check_without_a_promise_is_the_users_mistake(reshake: Command, scenario_file: Path) -> None:
    told = reshake("check", str(scenario_file), "-o", "out")
    assert told.returncode == 2
    assert "declares no invariants" in told.stderr
    assert not Path("out").exists()  # It is said before anything runs.
    assert reshake("check", str(scenario_file)).returncode == 2


TESTS = """
from unittest import mock

import pytest
import reshake as rs
from file import scenario


@pytest.mark.scenario(seeds=2)
@pytest.mark.parametrize("at_most", [0.5, 0.01])
def test_edge(at_most):
    return scenario(at_most)


@pytest.mark.scenario
def test_nothing():
    return None


@pytest.mark.scenario
@mock.patch("os.getcwd")
def test_patched(_):
    return scenario()


@pytest.mark.scenario
def test_default(at_most=0.5):
    return scenario(at_most)


def test_of_another_kind():
    assert True
"""


def test_a_scenario_is_a_test_of_pytest(room: Path) -> None:
    (room / "file.py").write_text(FILE)
    (room / "test_file.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--strict-markers",
        "--rootdir",
        str(room),
        "-p",
        "no:cacheprovider",
    ]
    ended = subprocess.run(command, cwd=room, capture_output=True, text=True, check=False)
    assert "2 failed, 4 passed" in ended.stdout, ended.stdout
    assert "at most 0.01 of the connections fail: at worst" in ended.stdout
    assert "expected a reshake.Scenario" in ended.stdout
