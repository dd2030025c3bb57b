"""Faults by a rule are the faults that it comes to, one by one, and come as often as the rule says."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reshake as rs

from .conftest import Ran, Run

SERVERS = ("edge/ams/server-1", "edge/ams/server-2", "edge/iad/server-1", "edge/iad/server-2")


def restarts(**changes: Any) -> rs.Strike:
    restart = rs.Restart(where="edge/ams", start="0s", lasts="20s", keys="lost")
    return rs.Strike(**{"fault": restart, "mean_gap": "3min", "where": SERVERS, **changes})


def tunnels(**changes: Any) -> rs.Strike:
    parted = rs.Partition(between=("phones", "edge/ams"), start="0s", lasts="10s")
    return rs.Strike(**{"fault": parted, "mean_gap": "4min", "where": ("edge/ams", "edge/iad"), **changes})


def of(*faults: Any, duration: str = "30min") -> rs.Scenario:
    phones = rs.Clients("phones", count=6, access=rs.Link(delay="20ms"), arrivals=rs.Poisson(mean_gap="40s"))
    tickets = rs.Tickets(keys="per-site", lifetime="1h")
    edge = rs.Fleet("edge", sites=["ams", "iad"], servers_per_site=2, tickets=tickets)
    return rs.Scenario(duration=duration, clients=[phones], fleets=[edge], faults=faults)


def seconds(fault: Any) -> tuple[float, float]:
    return fault.start.nanoseconds / 1e9, (fault.start.nanoseconds + fault.lasts.nanoseconds) / 1e9


def same(one: Ran, other: Ran) -> None:
    assert (one.digest, one.packets) == (other.digest, other.packets)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_faults_of_a_seed_give_the_run_of_the_rules(run: Run, seed: int) -> None:
    scenario = of(
        rs.ClockSkew(where="edge/iad", offset="-2s", start="5min"),
        rs.Nemesis(strikes=[restarts(correlated=0.5), tunnels()], quiet_end="5min"),
        rs.Periodic(fault=rs.Restart(where="edge/iad", start="1min", lasts="3s"), every="7min"),
    )
    by_rule, one_by_one = run(scenario, seed), run(scenario.with_faults_of(seed), seed)
    assert len(by_rule.tables["faults"]) == len(scenario.faults_of(seed)) > 8
    assert by_rule.tables["faults"]["between"].nunique() > 4
    same(by_rule, one_by_one)
    assert run(scenario, seed + 10).digest != by_rule.digest


def test_a_periodic_fault_comes_every_time_until_its_end() -> None:
    restart = rs.Restart(where="edge/ams", start="2min", lasts="5s")

    def starts(**rule: Any) -> list[float]:
        return [seconds(fault)[0] / 60 for fault in of(rs.Periodic(fault=restart, every="10min", **rule)).faults_of(1)]

    assert starts() == [2, 12, 22]
    assert starts(times=2) == [2, 12]
    assert starts(until="22min") == [2, 12]
    assert starts(until="23min") == [2, 12, 22]


def test_a_nemesis_leaves_the_end_in_peace_and_waits_for_the_first_start() -> None:
    late = dataclasses.replace(restarts().fault, start="15min")  # type: ignore[type-var]
    nemesis = rs.Nemesis(strikes=[restarts(mean_gap="5s"), restarts(mean_gap="5s", fault=late)], quiet_end="10min")
    faults = of(nemesis).faults_of(3)
    assert max(seconds(fault)[1] for fault in faults) == 20 * 60  # What would be on is over then.
    only_late = of(rs.Nemesis(strikes=[restarts(mean_gap="5s", fault=late)], quiet_end="10min")).faults_of(3)
    assert min(seconds(fault)[0] for fault in only_late) >= 15 * 60
    assert [seconds(fault)[0] for fault in faults] == sorted(seconds(fault)[0] for fault in faults)


def test_strikes_do_not_move_each_other() -> None:
    def starts(strikes: Sequence[rs.Strike]) -> list[Any]:
        faults = of(rs.Nemesis(strikes=strikes)).faults_of(5)
        return [fault.start for fault in faults if isinstance(fault, rs.Restart)]

    alone = starts([restarts()])
    assert alone == starts([restarts(), tunnels()])
    longer = dataclasses.replace(restarts().fault, lasts="5min")  # type: ignore[type-var]
    assert alone == starts([restarts(fault=longer)])


def test_a_nemesis_strikes_as_often_for_as_long_and_whom_it_says() -> None:
    """Against the closed forms, over tens of hours: Poisson counts, means of durations, all places alike."""
    day = "100h"
    laws = {"fixed": 0.0, "uniform": 1 / math.sqrt(3), "exponential": 1.0}
    for durations, deviation in laws.items():
        faults = of(rs.Nemesis(strikes=[restarts(mean_gap="2min", durations=durations)]), duration=day).faults_of(1)
        count, expected = len(faults), 100 * 60 / 2
        assert abs(count - expected) < 3.29 * math.sqrt(expected)
        lasted = [seconds(fault)[1] - seconds(fault)[0] for fault in faults]
        assert abs(sum(lasted) / count - 20) <= 3.29 * 20 * deviation / math.sqrt(count) + 0.05
        share = sum(fault.where == SERVERS[2] for fault in faults) / count  # type: ignore[union-attr]
        assert abs(share - 0.25) < 3.29 * math.sqrt(0.25 * 0.75 / count)
    heavy = of(rs.Nemesis(strikes=[restarts(mean_gap="2min", durations="heavy-tailed")]), duration=day).faults_of(1)
    lasted = sorted(seconds(fault)[1] - seconds(fault)[0] for fault in heavy)
    # Pareto: none below a third of the mean, half of them below 2^(2/3) of that.
    assert lasted[0] >= 20 / 3 > 0.99 * lasted[0]
    assert abs(lasted[len(lasted) // 2] / (20 / 3 * 2 ** (2 / 3)) - 1) < 0.05


def test_intensity_is_how_often_they_come() -> None:
    profile = [rs.Intensity(since="40h", factor=0), rs.Intensity(since="60h", factor=4)]
    nemesis = rs.Nemesis(strikes=[restarts(mean_gap="5min")], intensity=profile)
    starts = [seconds(fault)[0] / 3600 for fault in of(nemesis, duration="100h").faults_of(1)]
    before, after = sum(at < 40 for at in starts), sum(at >= 60 for at in starts)
    assert before + after == len(starts)
    for count, expected in ((before, 40 * 12), (after, 40 * 12 * 4)):
        assert abs(count - expected) < 3.29 * math.sqrt(expected)


def test_servers_of_a_site_fall_together() -> None:
    nemesis = rs.Nemesis(strikes=[restarts(mean_gap="2min", correlated=0.3)])
    faults = of(nemesis, duration="100h").faults_of(1)
    together: dict[Any, list[str]] = {}
    for fault in faults:
        together.setdefault(fault.start, []).append(fault.where)  # type: ignore[union-attr]
    assert {len({path.rsplit("/", 1)[0] for path in paths}) for paths in together.values()} == {1}
    pairs = sum(len(paths) == 2 for paths in together.values())
    assert abs(pairs / len(together) - 0.3) < 3.29 * math.sqrt(0.3 * 0.7 / len(together))


BAD = {
    "faults[0].strikes[0].where[1]": rs.Nemesis(strikes=[restarts(where=["edge/ams", "edge/fra"])]),
    "faults[0].strikes[0].fault.where": rs.Nemesis(
        strikes=[restarts(where=(), fault=rs.Restart(where="edge/fra", start="0s", lasts="1s"))]
    ),
    "faults[0].strikes[0].fault": rs.Nemesis(
        strikes=[rs.Strike(fault=rs.Deploy(fleet="edge", start="0s"), mean_gap="1h")]
    ),
    "faults[0].strikes[0].correlated": rs.Nemesis(strikes=[tunnels(correlated=0.5)]),
    "faults[0].strikes[0].mean_gap": rs.Nemesis(strikes=[tunnels(mean_gap="1ms")]),
    "faults[0].strikes": rs.Nemesis(strikes=[]),
    "faults[0].intensity[1].since": rs.Nemesis(
        strikes=[tunnels()], intensity=[rs.Intensity(since="2min", factor=2), rs.Intensity(since="1min", factor=2)]
    ),
    "faults[0].every": rs.Periodic(fault=rs.Restart(where="edge", start="0s", lasts="1ms"), every="10ms"),
    "faults[0].until": rs.Periodic(
        fault=rs.Restart(where="edge", start="5min", lasts="1s"), every="1min", until="1min"
    ),
    "faults[0].fault.start": rs.Periodic(
        fault=rs.Deploy(fleet="edge", start="0s", every="30s", lasts="1s"), every="1min"
    ),
}


@pytest.mark.parametrize("path", BAD)
def test_what_a_rule_cannot_mean_is_told_once_where_it_stands(path: str) -> None:
    errors, _ = of(BAD[path]).problems()
    assert [problem.path for problem in errors] == [path]


def test_two_nemeses_need_two_names() -> None:
    errors, _ = of(rs.Nemesis(strikes=[tunnels()]), rs.Nemesis(strikes=[restarts()])).problems()
    assert [problem.path for problem in errors] == ["faults[1].name"]


@pytest.mark.parametrize("before", [(), (10.0,)], ids=["first visit", "later visit"])
def test_a_fault_is_on_from_the_instant_of_its_start_to_that_of_its_end(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: tuple[float, ...]
) -> None:
    """A visit at that instant meets it as any other does, whoever else there is."""
    monkeypatch.chdir(tmp_path)
    Path("visits.csv").write_text("".join(f"ann,{at}\n" for at in (*before, 60.0)))
    phones = rs.Clients("phones", count=1, access=rs.Link(delay="10ms"), arrivals=rs.Trace("visits.csv"))
    edge = rs.Fleet("edge", sites=["ams"])
    connect = {}
    for start, lasts in (("59s", "1s"), ("60s", "1ms")):
        cut = rs.Partition(between=("phones", "edge"), start=start, lasts=lasts)
        ran = run(rs.Scenario(duration="90s", clients=[phones], fleets=[edge], faults=[cut]))
        connect[start] = ran.tables["attempts"].sort_values("started")["connect"].iloc[-1]
    assert connect["59s"] == pd.Timedelta("20ms")
    assert connect["60s"] > pd.Timedelta("1s")
