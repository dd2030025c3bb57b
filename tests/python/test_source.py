"""Values as Python source: what is written makes an equal value, and the formatter has nothing to add."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

import reshake as rs
from reshake.values.source import as_python

from .strategies import values

RECORDED = (rs.Trace, rs.DeliveryTrace, rs.TraceLink, rs.Empirical, rs.EmpiricalBytes)
SCENARIOS = values(rs.Scenario, without=RECORDED)


@settings(max_examples=100, deadline=None)
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(SCENARIOS)
def test_any_scenario_comes_back_equal_from_its_source(scenario: rs.Scenario) -> None:
    assert eval(as_python(scenario, before="(", indent=4) + ")", {"rs": rs}) == scenario


def crowded() -> rs.Scenario:
    lossy = rs.Link(rate="12Mbps", delay="45ms", loss=rs.GilbertElliott(mean_loss=0.02, mean_burst=4))
    phones = rs.Clients(
        "phones", count=300, access=lossy, arrivals=rs.Poisson(mean_gap="2h"), tls=rs.ClientTls(early_data=True),
        tenants=["shop"], churn=rs.OnOff(mean_up="4h", mean_down="20min"), connections=6, vanish=1e-7,
    )  # fmt: skip
    edge = rs.Fleet(
        "edge", sites=["ams", rs.Site("iad", distance="5ms")], tenants=["shop"],
        tls=rs.ServerTls(ciphersuites='a"b', max_early_data=16384),
    )  # fmt: skip
    faults = [rs.Partition(between=("edge/ams", "edge/keys"), start="30h", lasts="2h")]
    return rs.Scenario(duration="3d", clients=[phones], fleets=[edge], faults=faults, audit=True)


def test_the_formatter_leaves_it_as_it_is(room: Path) -> None:
    lines = as_python(crowded(), before="return ", indent=4)
    text = f"import reshake as rs\n\n\ndef scenario() -> rs.Scenario:\n{lines}\n"
    (room / "made.py").write_text(text)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "made.py"]
    subprocess.run(command, cwd=room, check=True, capture_output=True)
    assert (room / "made.py").read_text() == text
    assert "vanish=1e-07" in text
    assert 'sites=["ams", rs.Site("iad", distance="5ms")]' in text


@pytest.mark.usefixtures("room")
def test_a_recording_is_named_with_its_digest() -> None:
    Path("visits.csv").write_text("ann,1\n")
    trace = rs.Trace("visits.csv")
    text = as_python(trace)
    assert text == f'rs.Trace("visits.csv", sha256="{trace.sha256}")'
    assert eval(text, {"rs": rs}) == trace
