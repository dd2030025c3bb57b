"""Invariants at their edges, told apart, and seen again by the command that is printed."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

import reshake as rs
from reshake.verdicts import verdicts

Command = Callable[..., subprocess.CompletedProcess[str]]

# Short runs, in which no ticket expires.
pytestmark = [
    pytest.mark.usefixtures("core"),
    pytest.mark.filterwarnings("ignore::reshake.errors.ScenarioWarning"),
]


def quiet(*invariants: Any) -> rs.Scenario:
    phones = rs.Clients("phones", count=30, access=rs.Link(delay="20ms", jitter=rs.Jitter(mean="5ms")),
                        arrivals=rs.Poisson(mean_gap="20s"))  # fmt: skip
    return rs.Scenario(duration="5min", clients=[phones], fleets=[rs.Fleet("edge", sites=["ams"])],
                       invariants=list(invariants))  # fmt: skip


def cut_off(anti_replay: Literal["single-use", "client-hello-record"] = "single-use") -> rs.Scenario:
    """Servers execute what clients sent early, and their answers are lost: clients try again."""
    phones = rs.Clients(
        "phones", count=60, access=rs.Link(delay="20ms"), arrivals=rs.Poisson(mean_gap="5s"),
        connect_timeout="400ms", attempt_timeout="500ms", retry=rs.Retry(max_tries=4, backoff="300ms"),
        tls=rs.ClientTls(early_data=True),
    )  # fmt: skip
    silence = rs.Partition(between=("phones", "edge"), start="30s", lasts="1s", ways="second-to-first")
    edge = rs.Fleet("edge", sites=["ams"], servers_per_site=1,
                    tls=rs.ServerTls(max_early_data=16_384, anti_replay=anti_replay))  # fmt: skip
    return rs.Scenario(duration="2min", clients=[phones], fleets=[edge],
                       faults=[rs.Periodic(fault=silence, every="4s")], invariants=[rs.ExecutedOnce()])  # fmt: skip


def test_what_was_executed_early_in_vain_and_again_was_executed_twice(tmp_path: Path) -> None:
    results = rs.Study(cut_off, seeds=[1], anti_replay=["single-use", "client-hello-record"]).run(
        tmp_path / "out", progress=False
    )
    key = ["anti_replay", "client", "visit", "connection"]
    expected = set()
    executed = results.attempts[results.attempts["executions"] > 0].sort_values("attempt")
    for of, own in executed.groupby(key, observed=True):
        if own["executions"].max() > 1 or (own["early_executions"].iloc[:-1] > 0).any():
            expected.add(of)
    rows = results.violations
    assert len(expected) > 10
    assert {tuple(row) for row in rows[key].itertuples(index=False)} == expected
    assert set(rows["anti_replay"].astype(str)) == {"single-use", "client-hello-record"}


def test_a_percentile_is_its_nearest_rank_and_not_the_next(tmp_path: Path) -> None:
    attempts = rs.Study(quiet, seeds=[2]).run(tmp_path / "first", progress=False).attempts
    reached = attempts[attempts["first_byte"].notna()].sort_values("started")
    since = reached["started"].iloc[-200]
    took = sorted(reached["first_byte"].iloc[-200:])
    percentiles = (7, 14, 28, 50, 55, 56, 99)

    def promised() -> rs.Scenario:
        return quiet(*(
            rs.Latency(percentile=each, at_most=rs.Duration.of_nanoseconds(took[each * 2 - 1 - below].value),
                       since=rs.Duration.of_nanoseconds(since.value))
            for each in percentiles for below in (0, 1)
        ))  # fmt: skip

    results = rs.Study(promised, seeds=[2]).run(tmp_path / "again", progress=False)
    # Each holds at its rank, and none below it.
    assert sorted(results.violations["invariant"]) == [2 * place + 1 for place in range(len(percentiles))]


def test_an_attempt_ends_at_its_timeout_while_it_connects(tmp_path: Path) -> None:
    def scenario() -> rs.Scenario:
        made = quiet(rs.EveryAttemptEnds())
        phones = dataclasses.replace(made.clients[0], connect_timeout="10s", attempt_timeout="3s")
        cut = rs.Partition(between=("phones", "edge"), start="1min", lasts="1min")
        return dataclasses.replace(made, clients=[phones], faults=[cut])

    results = rs.Study(scenario, seeds=[1]).run(tmp_path / "out", progress=False)
    attempts = results.attempts
    late = attempts[attempts["total"] >= pd.Timedelta("3s")]
    assert len(late) > 50
    assert set(late["outcome"]) == {"attempt_timeout"}
    assert set(late["total"]) == {pd.Timedelta("3s")}
    assert results.violations.empty


def test_promises_that_read_alike_are_told_apart(tmp_path: Path) -> None:
    def scenario() -> rs.Scenario:
        never = 10**9
        return quiet(rs.ResumedShare(at_least=0.99), rs.ResumedShare(at_least=0.99, min_count=never),
                     rs.ErrorShare(at_most=0.5), rs.ErrorShare(at_most=0.5))  # fmt: skip

    told = verdicts(rs.Study(scenario, seeds=2).run(tmp_path / "out", progress=False))
    assert [(each.runs, each.held) for each in told] == [(2, False), (2, True), (2, True), (2, True)]
    assert len({each.promise for each in told}) == 4


FILE = '''
"""Does it hold?"""
import reshake as rs


def scenario(loss: float | None = 0.1, tag: str = "plain") -> rs.Scenario:
    phones = rs.Clients(
        "phones", count=len(tag), access=rs.Link(delay="45ms", loss=None if loss is None else rs.Bernoulli(loss=loss)),
        arrivals=rs.Poisson(mean_gap="1min"),
    )
    return rs.Scenario(duration="20min", clients=[phones], fleets=[rs.Fleet("edge", sites=["ams"])],
                       invariants=[rs.ResumedShare(at_least=1.0)])
'''


def test_the_command_that_is_printed_repeats_a_run_with_nothing_and_commas(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FILE)
    settings = ["--set", "loss=none", "--set", "tag=a,b", "--set", "tag=a,c"]
    told = reshake("check", "file.py", *settings, "-o", "out")
    assert told.returncode == 1, told.stderr
    command = next(line.split()[1:] for line in told.stdout.splitlines() if line.strip().startswith("reshake run"))
    again = reshake(*command)
    assert again.returncode == 0, again.stderr
    (run,) = rs.Results(room / command[-1]).runs
    assert run.parameters["loss"] is None
    assert run.address in {each.address for each in rs.Results(room / "out").runs}
    assert run.parameters in [each.parameters for each in rs.Results(room / "out").runs]
