"""Radios, handovers and days made of phases, as the tables of whole runs show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reshake as rs

from .conftest import Run

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def scenario(*visits: float, duration: str = "3h", **clients: Any) -> rs.Scenario:
    """One client that comes at given seconds."""
    Path("visits.csv").write_text("".join(f"ann,{at}\n" for at in visits))
    given = {"count": 1, "access": rs.Link(delay="20ms"), "arrivals": rs.Trace("visits.csv")} | clients
    edge = rs.Fleet("edge", sites=[rs.Site("ams", distance="0ms")], tickets=rs.Tickets(lifetime="1d"))
    return rs.Scenario(duration=duration, clients=[rs.Clients("phones", **given)], fleets=[edge])


def milliseconds(column: pd.Series[Any]) -> list[float]:
    return [round(each, 3) for each in column.dt.total_seconds() * 1e3]


def test_the_first_connection_after_a_silence_waits_for_the_radio(run: Run) -> None:
    radio = rs.Radio(promotion="260ms", inactivity="10s")
    asleep = run(scenario(0, 5, 30, access=rs.Link(delay="20ms", radio=radio))).tables["attempts"]
    awake = run(scenario(0, 5, 30)).tables["attempts"]
    longer = [a - b for a, b in zip(milliseconds(asleep["connect"]), milliseconds(awake["connect"]), strict=True)]
    # A tick of Linux's timers may be between them.
    assert longer == pytest.approx([260, 0, 260], abs=4)
    assert milliseconds(asleep["handshake"]) == pytest.approx(milliseconds(awake["handshake"]), abs=0.01)


def test_a_new_address_ends_what_is_under_way_and_a_ticket_outlives_it(run: Run) -> None:
    slow = rs.Link(rate="1Mbps", delay="20ms")
    moved = rs.Handover(at=["10.5s"], new_address=True, to=[rs.Link(delay="5ms")])
    # A megabyte takes eight seconds.
    ran = run(scenario(10, 20, access=slow, handovers=[moved], response_bytes=1_000_000))
    first, second = ran.tables["attempts"].sort_values("started").itertuples()
    assert (first.outcome, first.total) == ("moved", pd.Timedelta("500ms"))
    assert (second.outcome, second.resumed) == ("ok", True)
    assert second.connect < pd.Timedelta("11ms")


def test_what_lingers_parts_when_the_address_changes(run: Run) -> None:
    moved = rs.Handover(at=["30s"], new_address=True)
    (row,) = run(scenario(10, linger="1min", handovers=[moved])).tables["attempts"].itertuples()
    assert row.outcome == "ok"


def test_each_phase_of_the_day_has_its_link(run: Run) -> None:
    day = rs.Phases(
        every="1h",
        phases=[
            rs.DayPhase(start="0min", access=rs.Link(delay="5ms")),
            rs.DayPhase(start="20min", access=rs.Link(delay="40ms")),
            rs.DayPhase(start="40min", access=rs.Link(delay="15ms")),
        ],
    )
    visits = [minutes * 60 for minutes in (1, 21, 41, 61, 81, 101)]
    attempts = run(scenario(*visits, access=day)).tables["attempts"]
    assert milliseconds(attempts["connect"]) == pytest.approx([10, 80, 30, 10, 80, 30], abs=0.1)
    assert list(attempts["resumed"]) == [False, *[True] * 5]


@pytest.mark.parametrize(("keeps", "outcome"), [(True, "ok"), (False, "moved")])
def test_a_connection_goes_on_through_a_tunnel_of_the_same_network(run: Run, keeps: bool, outcome: str) -> None:
    slow = rs.Link(rate="1Mbps", delay="20ms")
    dead = rs.Link(rate="1Mbps", delay="20ms", loss=rs.Bernoulli(loss=1.0))
    day = rs.Phases(
        phases=[
            rs.DayPhase(start="0s", access=slow),
            rs.DayPhase(start="12s", access=dead, new_address=not keeps),
            rs.DayPhase(start="15s", access=slow, new_address=not keeps),
        ]
    )
    (row,) = (
        run(scenario(10, access=day, response_bytes=1_000_000, attempt_timeout="1min")).tables["attempts"].itertuples()
    )
    assert row.outcome == outcome
    if keeps:
        assert row.total > pd.Timedelta("11s")  # Eight seconds, and those in the tunnel.


def test_a_day_is_the_same_twice_and_what_does_not_happen_changes_nothing(run: Run) -> None:
    day = rs.Phases(
        phases=[
            rs.DayPhase(start="0h", access=rs.mobile("home-wifi")),
            rs.DayPhase(start="0.5h", access=rs.mobile("train")),
            rs.DayPhase(start="1.5h", access=rs.mobile("tunnel"), new_address=False),
            rs.DayPhase(start="1.6h", access=rs.mobile("5g")),
        ],
        shift=rs.Exponential(mean="10min"),
    )
    cells = rs.Handover(gap=rs.Exponential(mean="1min"), to=[rs.mobile("lte"), rs.mobile("edge-of-cell")])
    people = {"count": 5, "arrivals": rs.Poisson(mean_gap="5min")}
    one, other = (run(scenario(0, access=day, handovers=[cells], **people)) for _ in range(2))
    assert (one.digest, one.packets) == (other.digest, other.packets)
    pd.testing.assert_frame_equal(one.tables["attempts"], other.tables["attempts"])
    lossy = rs.Link(delay="20ms", loss=rs.Bernoulli(loss=0.05), jitter=rs.Jitter(mean="5ms"))
    plain = run(scenario(0, access=lossy, **people))
    later = run(scenario(0, access=lossy, handovers=[rs.Handover(at=["9d"], new_address=True)], **people))
    assert later.digest == plain.digest
