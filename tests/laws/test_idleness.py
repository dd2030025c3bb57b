"""Time in which nobody sends costs nothing: a year of it has as many events as a day of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import reshake as rs
from reshake import _core

QUICK = rs.Link(rate="20Mbps", delay="10ms")
SLOW = rs.Link(rate="1Mbps", delay="80ms")

#: What a link, a radio or a box goes through whether anybody sends or not.
PROCESSES: dict[str, dict[str, Any]] = {
    "loss in time": {"access": rs.Link(delay="10ms", loss=rs.GilbertElliottInTime(mean_loss=0.1, mean_burst="3s"))},
    "jitter": {"access": rs.Link(delay="10ms", jitter=rs.Jitter(mean="5ms", coherence="1s"))},
    "codel": {"access": rs.Link(rate="1Mbps", delay="10ms", queue=rs.CoDel())},
    "fq_codel": {"access": rs.Link(rate="1Mbps", delay="10ms", queue=rs.FqCoDel())},
    "radio": {"access": rs.Link(delay="10ms", radio=rs.Radio(promotion="260ms", inactivity="10s", paging="1280ms"))},
    "handovers": {"access": QUICK, "handovers": [rs.Handover(gap=rs.Exponential(mean="10min"), new_address=True)]},
    "handovers between links": {
        "access": QUICK,
        "handovers": [rs.Handover(gap=rs.Exponential(mean="10min"), nat_rebinding=True, to=[SLOW, QUICK])],
    },
    "phases": {
        "access": rs.Phases(
            phases=[rs.DayPhase(start="0h", access=QUICK), rs.DayPhase(start="8h", access=SLOW)],
        )
    },
    "middleboxes": {"access": QUICK, "middleboxes": [rs.Nat(), rs.Firewall(tcp_idle_timeout="5min")]},
}


def events(clients: dict[str, Any], duration: str, faults: list[Any]) -> int:
    """Of a run with one visit in its first minute."""
    Path("visits.csv").write_text("ann,60\n")
    phones = rs.Clients("phones", count=1, arrivals=rs.Trace("visits.csv"), **clients)
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="1d"))
    return _core.run(rs.Scenario(duration=duration, clients=[phones], fleets=[edge], faults=faults), 1).events


@pytest.mark.parametrize("name", PROCESSES)
def test_a_year_of_silence_costs_no_events(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert events(PROCESSES[name], "365d", []) == events(PROCESSES[name], "1d", []) > 0


def test_nor_on_a_recorded_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cell.trace").write_text("".join(f"{each}\n" for each in (1, 4, 9, 30, 100)))
    recorded = {"access": rs.TraceLink(downlink="cell.trace", delay="20ms")}
    assert events(recorded, "365d", []) == events(recorded, "1d", []) > 0


def test_nor_during_faults_that_flap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    flapping = rs.Flapping(period="10s", share=0.2)
    faults = [
        rs.Partition(between=("phones", "edge"), start="2min", lasts="400d", flapping=flapping),
        rs.GreyFailure(between=("phones", "edge"), start="2min", lasts="400d", loss=0.5, flapping=flapping),
    ]
    assert events({"access": QUICK}, "365d", faults) == events({"access": QUICK}, "1d", faults) > 0
