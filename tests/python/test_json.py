"""JSON: any scenario comes back equal, and what is no scenario is refused with its path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import reshake as rs

from .strategies import values

RECORDED = (rs.Trace, rs.DeliveryTrace, rs.TraceLink, rs.Empirical, rs.EmpiricalBytes)
SCENARIOS = values(rs.Scenario, without=RECORDED)


@settings(max_examples=100, deadline=None)
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(SCENARIOS)
def test_any_scenario_comes_back_equal_from_its_json(scenario: rs.Scenario) -> None:
    text = scenario.to_json()
    again = rs.Scenario.from_json(text)
    assert again == scenario
    assert again.to_json() == text
    assert again.identity() == scenario.identity()


@settings(max_examples=50, deadline=None)
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(SCENARIOS, SCENARIOS)
def test_scenarios_have_one_identity_exactly_where_they_are_equal(one: rs.Scenario, other: rs.Scenario) -> None:
    assert (one.identity() == other.identity()) == (one == other)


@pytest.fixture
def content() -> dict[str, Any]:
    """A valid scenario as JSON holds it."""
    lossy = rs.Link(delay="45ms", loss=rs.Bernoulli(loss=0.1))
    phones = rs.Clients("phones", count=1, access=lossy, arrivals=rs.Poisson(mean_gap="1h"))
    fault = rs.Partition(between=("phones", "edge"), start="1h", lasts="1h")
    edge = rs.Fleet("edge", sites=["ams"])
    scenario = rs.Scenario(duration="1d", clients=[phones], fleets=[edge], faults=[fault])
    made: dict[str, Any] = json.loads(scenario.to_json())
    return made


def refusals(content: Any) -> list[str]:
    with pytest.raises(rs.ScenarioError) as caught:
        rs.Scenario.from_json(json.dumps(content))
    return str(caught.value).splitlines()


def test_members_of_a_union_are_tagged_and_fields_keep_their_order(content: dict[str, Any]) -> None:
    assert list(content) == ["duration", "clients", "fleets", "faults", "invariants", "tcp", "ip", "audit", "records"]
    assert content["clients"][0]["access"]["type"] == "Link"
    assert content["clients"][0]["access"]["loss"] == {"type": "Bernoulli", "loss": 0.1}
    assert content["faults"][0]["type"] == "Partition"
    assert "type" not in content["fleets"][0]["tickets"]


def test_defaults_may_be_left_out(content: dict[str, Any]) -> None:
    spelled_out = rs.Scenario.from_content(content)
    del content["fleets"][0]["tickets"], content["clients"][0]["device"]
    assert rs.Scenario.from_content(content) == spelled_out


def test_every_mistake_is_named_by_its_path_at_once(content: dict[str, Any]) -> None:
    client, fleet = content["clients"][0], content["fleets"][0]
    client["access"]["dealy"] = "45ms"
    client["access"]["loss"]["type"] = "Bernouli"
    client["arrivals"] = {"mean_gap": "1h"}
    client["device"] = 4
    fleet["tickets"]["lifetime"] = 7200
    fleet["sites"] = "ams"
    del fleet["name"]
    content["faults"][0]["between"] = ["phones", 3]
    content["seed"] = 1
    assert [line.partition(";")[0] for line in refusals(content)] == [
        'clients[0].access.loss.type: "Bernouli" is unknown',
        "clients[0].access.dealy: no such field",
        "clients[0].arrivals.type: missing",
        "clients[0].device: 4 is not an object",
        'fleets[0].sites: "ams" is not a list',
        "fleets[0].tickets.lifetime: 7200 has no unit",
        "fleets[0].name: missing",
        "faults[0].between[1]: 3 is not text",
        "seed: no such field",
    ]


def test_what_is_no_json_is_refused_with_its_line() -> None:
    with pytest.raises(rs.ScenarioError, match="line 2, column 1: is no JSON"):
        rs.Scenario.from_json("{\n")
    with pytest.raises(rs.ScenarioError, match="is not an object"):
        rs.Scenario.from_json("[]")
    with pytest.raises(rs.ScenarioError, match="duration: stands twice"):
        rs.Scenario.from_json('{"duration": "1s", "duration": "2s"}')


@pytest.mark.usefixtures("room")
def test_a_recorded_file_is_named_with_its_digest(content: dict[str, Any]) -> None:
    Path("visits.csv").write_text("ann,1\n")
    content["clients"][0]["arrivals"] = {"type": "Trace", "path": "visits.csv"}
    scenario = rs.Scenario.from_content(content)
    written = json.loads(scenario.to_json())["clients"][0]["arrivals"]
    assert written == {"type": "Trace", "path": "visits.csv", "sha256": rs.Trace("visits.csv").sha256}
    assert rs.Scenario.from_json(scenario.to_json()) == scenario
    identity = scenario.identity()
    assert "visits.csv" not in identity

    Path("moved.csv").write_text("ann,1\n")
    content["clients"][0]["arrivals"]["path"] = "moved.csv"
    assert rs.Scenario.from_content(content).identity() == identity

    Path("visits.csv").write_text("ann,2\n")
    with pytest.raises(rs.ScenarioError, match=r"clients\[0\].arrivals.sha256: .*the file has changed"):
        rs.Scenario.from_json(scenario.to_json())
