"""What a fault does and what it leaves alone: checked over random scenarios, with it and without it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import reshake as rs

from .captures import Arrival, arrivals
from .conftest import Ran, Run
from .scenarios import Draw, faults_of, partitions, scenarios
from .test_laws import swarm

ATTEMPT = ["population", "client", "visit", "connection", "attempt"]


def begins(fault: Any) -> int:
    return int(fault.start.nanoseconds)


def with_faults(scenario: rs.Scenario, *faults: Any, **changes: Any) -> rs.Scenario:
    """The same with these faults alone; no draw at all where that is invalid."""
    changed = dataclasses.replace(scenario, faults=faults, **changes)
    errors, _ = changed.problems()
    assume(not errors)
    return changed


# Nothing passes a closed gate.


@st.composite
def parted(draw: Draw[Any]) -> rs.Scenario:
    """Clients who come often, and two partitions from them beside whatever else goes wrong."""
    scenario = draw(scenarios())
    groups = st.tuples(st.just("phones"), st.sampled_from(["edge", "edge/ams", "edge/ams/server-1"]))
    cuts = draw(st.lists(partitions(groups | groups.map(lambda pair: pair[::-1])), min_size=2, max_size=2))
    phones = dataclasses.replace(scenario.clients[0], arrivals=rs.Poisson(mean_gap="30s"))
    return with_faults(scenario, *scenario.faults, *cuts, clients=[phones])


def is_closed(cut: rs.Partition, at: int) -> bool:
    since = at - cut.start.nanoseconds
    if not 0 <= since < cut.lasts.nanoseconds:
        return False
    if cut.flapping is None:
        return True
    period = cut.flapping.period.nanoseconds
    return since % period < cut.flapping.share * period


def is_of(group: str, machine: str) -> bool:
    return f"{machine}-".startswith(f"{group.replace('/', '-')}-")


def crosses(cut: rs.Partition, arrival: Arrival) -> str | None:
    """Which way an arrival crosses a cut."""
    first, second = cut.between
    if is_of(first, arrival.sender) and is_of(second, arrival.receiver):
        return "first-to-second"
    if is_of(second, arrival.sender) and is_of(first, arrival.receiver):
        return "second-to-first"
    return None


def passed(ran: Ran, cut: rs.Partition) -> dict[str, int]:
    """Packets that were delivered across a cut while it was closed, by direction."""
    ways = [crosses(cut, each) for each in arrivals(ran.captures) if is_closed(cut, each.at)]
    return {way: ways.count(way) for way in ("first-to-second", "second-to-first")}


@swarm(15)
@given(scenario=parted())
def test_nothing_passes_a_closed_gate(run: Run, scenario: rs.Scenario) -> None:
    ran = run(scenario, capture=True)
    for cut in ran.scenario.faults:
        if isinstance(cut, rs.Partition):
            count = passed(ran, cut)
            shut = count if cut.ways == "both" else {cut.ways: count[cut.ways]}
            assert not any(shut.values()), (cut, count)


@pytest.mark.parametrize(
    ("between", "shut", "open_way"),
    [
        (("phones", "edge"), "second-to-first", "first-to-second"),
        (("edge", "phones"), "first-to-second", "second-to-first"),
    ],
)
def test_a_gate_that_is_closed_one_way_lets_the_other_pass(
    run: Run, between: tuple[str, str], shut: Any, open_way: str
) -> None:
    phones = rs.Clients("phones", count=3, access=rs.Link(delay="20ms"), arrivals=rs.Poisson(mean_gap="10s"))
    cut = rs.Partition(between=between, start="2min", lasts="5min", ways=shut)
    edge = rs.Fleet("edge", sites=["ams"])
    ran = run(rs.Scenario(duration="10min", clients=[phones], fleets=[edge], faults=[cut]), capture=True)
    count = passed(ran, cut)
    # Clients go on to send SYNs, whose answers do not get through.
    assert count[shut] == 0
    assert count[open_way] > 100


# A fault changes nothing before it begins.


@swarm(20)
@given(scenario=scenarios(min_faults=1))
def test_rows_before_a_fault_are_those_of_a_run_without_it(run: Run, scenario: rs.Scenario) -> None:
    first = min(begins(fault) for fault in scenario.faults)
    assume(first > 0)
    ran, calm = run(scenario), run(with_faults(scenario))
    start = pd.Timedelta(first, unit="ns")
    for name in ("attempts", "security_events"):
        pd.testing.assert_frame_equal(before(ran.tables[name], start), before(calm.tables[name], start))


def before(rows: pd.DataFrame, moment: pd.Timedelta) -> pd.DataFrame:
    """What was over before: an attempt whose end is later may have been changed in its midst."""
    over = rows["started"] + rows["total"] if "started" in rows else rows["at"]
    return rows[over < moment].reset_index(drop=True)


# A fault changes nothing outside its scope.


@st.composite
def apart(draw: Draw[Any]) -> rs.Scenario:
    """Two populations at two sites that have nothing in common but servers with cores and memory enough for all."""
    scenario = draw(scenarios())
    plain = scenario.fleets[0]
    fleet = dataclasses.replace(
        plain,
        tls=dataclasses.replace(plain.tls, session_cache_size=20_480),
        sites=["ams", "iad"],
        balancing=draw(st.sampled_from(["random", "consistent-hash", "sticky"])),
        device=rs.Device(cores=1000),
        outlier_detection=None,
        admission=None,
        session_cache=None,
    )
    phones = scenario.clients[0]
    return with_faults(
        scenario, clients=[phones, dataclasses.replace(phones, name="tablets", count=4)], fleets=[fleet]
    )  # fmt: skip


def faults_about_phones() -> st.SearchStrategy[Any]:
    groups = st.tuples(st.just("phones"), st.sampled_from(["edge", "edge/ams", "edge/iad/server-1"]))
    skews = st.builds(
        rs.ClockSkew, where=st.just("phones"), offset=st.sampled_from(["-1h", "2h"]), start=st.just("5min")
    )
    grey = st.builds(
        rs.GreyFailure, between=groups, start=st.just("5min"), lasts=st.just("30min"), loss=st.just(0.5),
        delay=st.just("1s"),
    )  # fmt: skip
    return partitions(groups) | skews | grey


@swarm(12)
@given(scenario=apart(), fault=faults_about_phones())
def test_a_fault_of_one_population_changes_nothing_for_another(run: Run, scenario: rs.Scenario, fault: Any) -> None:
    ran, calm = run(with_faults(scenario, fault)), run(scenario)
    for name in ("attempts", "security_events"):
        pd.testing.assert_frame_equal(*(of_population(each.tables[name], "tablets") for each in (ran, calm)))


def of_population(rows: pd.DataFrame, population: str) -> pd.DataFrame:
    return rows[rows["population"] == population].reset_index(drop=True)


@st.composite
def trouble_at_iad(draw: Draw[Any]) -> tuple[rs.Scenario, Any]:
    scenario = draw(apart())
    fault = draw(faults_of(scenario.fleets[0]).filter(is_at_iad))
    return scenario, fault


def is_at_iad(fault: Any) -> bool:
    *others, place = getattr(fault, "between", None) or (getattr(fault, "where", ""),)
    return place == "edge/iad" and others in ([], ["phones"])


@swarm(12)
@given(drawn=trouble_at_iad())
def test_a_fault_of_one_site_changes_nothing_for_clients_of_another(run: Run, drawn: tuple[rs.Scenario, Any]) -> None:
    scenario, fault = drawn
    ran, calm = (run(each).tables["attempts"] for each in (with_faults(scenario, fault), scenario))
    astray = calm.loc[calm["site"] != "ams", ["population", "client"]].drop_duplicates()
    pd.testing.assert_frame_equal(*(without(rows, astray) for rows in (ran, calm)))


def without(rows: pd.DataFrame, clients: pd.DataFrame) -> pd.DataFrame:
    kept = rows.merge(clients, how="left", indicator=True)["_merge"] == "left_only"
    return rows[kept.to_numpy()].reset_index(drop=True)


# After the heal everything that should recover does.

PATIENCE = pd.Timedelta(minutes=5)


def heals(fault: Any) -> bool:
    """Whether all is as before when it is over: no keys, sessions or settings are others for good."""
    lasting = (rs.Partition, rs.GreyFailure, rs.Restart, rs.Crash, rs.Freeze, rs.Overload, rs.Drain)
    return isinstance(fault, lasting)


@st.composite
def healing(draw: Draw[Any]) -> rs.Scenario:
    """Nobody is lost or changed but by the faults, all of which are over after half an hour."""
    scenario = draw(scenarios())
    phones = dataclasses.replace(
        scenario.clients[0], access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap="1min"), rounds=None,
        churn=None, device_change=None, handovers=[], middleboxes=[], vanish=0.0,
    )  # fmt: skip
    fleet = dataclasses.replace(scenario.fleets[0], admission=None)
    faults = draw(st.lists(faults_of(fleet).filter(heals), min_size=1, max_size=3))
    early = [dataclasses.replace(each, start=f"{begins(each) // 10**9 % 1200}s") for each in faults]
    return with_faults(scenario, *early, clients=[phones], fleets=[fleet])


@swarm(15)
@given(scenario=healing())
def test_after_the_heal_the_same_visits_succeed_as_without_the_fault(run: Run, scenario: rs.Scenario) -> None:
    ran, calm = run(scenario), run(with_faults(scenario))
    healed = ran.tables["faults"]["ended"].max() + PATIENCE
    pd.testing.assert_frame_equal(succeeded_after(healed, ran), succeeded_after(healed, calm))


def succeeded_after(moment: pd.Timedelta, ran: Ran) -> pd.DataFrame:
    """Each connection that was begun later, and whether its user got a response."""
    rows = ran.tables["attempts"].assign(ok=lambda each: each["outcome"] == "ok")
    first = rows.groupby(ATTEMPT[:-1], observed=True).agg(started=("started", "min"), ok=("ok", "any"))
    return first[first["started"] > moment]
