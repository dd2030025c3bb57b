"""Access networks: every value is one that `Link` takes, and has its source; others follow from what was measured."""

from __future__ import annotations

import math
import re

import pytest

import reshake as rs
from reshake.networks import NETWORKS

MEASURED = re.compile(r"round trip's (?:mean|deviation)(?: of| is) ([\d.]+) ms")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_value_is_taken_and_has_its_source(name: str) -> None:
    network = rs.access_network(name)
    link = network.link()
    for line in network.lines:
        held: object = link
        *groups, field = line.field.split(".")
        for part in groups:
            held = getattr(held, part)
        if field == "type":
            assert type(held).__name__ == line.value
            continue
        held = getattr(held, field)
        assert held == (type(held)(line.value) if isinstance(held, rs.Duration | rs.Rate) else line.value)
        assert line.source == "assumed" or len(line.source) > 20
    assert not any(line.assumed for line in network.lines if line.field in {"delay", "down.rate", "up.rate"})
    assert network.omits


@pytest.mark.parametrize("name", NETWORKS)
def test_a_round_trip_has_the_mean_and_the_deviation_that_were_measured(name: str) -> None:
    network = rs.access_network(name)
    link = network.link()
    assert link.jitter is not None
    mean = 2 * (link.delay.seconds + link.jitter.mean.seconds) * 1e3
    deviation = math.sqrt(2) * link.jitter.mean.seconds * 1e3  # Two exponential delays.
    notes = {line.field: found for line in network.lines if (found := MEASURED.search(line.note))}
    if "delay" in notes:
        assert mean == pytest.approx(float(notes["delay"][1]), abs=0.1)
    if "ERRANT" in next(line.source for line in network.lines if line.field == "jitter.mean"):
        assert deviation == pytest.approx(float(notes["jitter.mean"][1]), abs=0.1)


def test_what_is_given_stands_instead_of_the_networks_own() -> None:
    link = rs.mobile("lte", delay="5ms", radio=None)
    assert (link.delay, link.radio) == (rs.Duration("5ms"), None)
    assert link.down == rs.mobile("lte").down
    with pytest.raises(rs.ScenarioError, match=r'Link.delay: "5" has no unit'):
        rs.mobile("lte", delay="5")


def test_an_unknown_network_is_refused_with_what_there_is() -> None:
    with pytest.raises(rs.ScenarioError, match=r'"wifi" is no network that comes with Reshake'):
        rs.mobile("wifi")
    with pytest.raises(rs.ScenarioError, match=r"there is 3g, 5g, edge-of-cell"):
        rs.mobile("carrier pigeon")


def test_days_and_handovers_that_cannot_be_are_all_found() -> None:
    link = rs.Link(delay="1ms")
    bad_loss = rs.Link(delay="1ms", loss=rs.GilbertElliott(mean_loss=0.9, mean_burst=2))
    day = rs.Phases(
        every="12h",
        phases=[
            rs.DayPhase(start="8h", access=link),
            rs.DayPhase(start="7h", access=bad_loss),
            rs.DayPhase(start="13h", access=link),
        ],
        shift=rs.LogNormal(median="1h", p90="1min"),
    )
    handovers = [
        rs.Handover(),
        rs.Handover(at=["2h", "1h"], to=[bad_loss]),
        rs.Handover(gap=rs.LogNormal(median="1h", p90="1min")),
    ]
    wireless = rs.Link(delay="1ms", radio=rs.Radio(promotion="1s"))
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        session_cache=rs.SessionCache(link=wireless),
        tickets=rs.Tickets(rotation=rs.StekRotation(every="1d"), distribution=rs.KeyCoordinator(link=wireless)),
    )
    errors, _ = rs.Scenario(
        duration="1d",
        clients=[
            rs.Clients("a", count=1, access=day, handovers=handovers, arrivals=rs.Poisson(mean_gap="1h")),
            rs.Clients("b", count=1, access=rs.Phases(phases=[]), arrivals=rs.Poisson(mean_gap="1h")),
        ],
        fleets=[edge],
    ).problems()
    assert {each.path for each in errors} >= {
        "clients[0].access.phases[1].start",
        "clients[0].access.phases[1].access.loss.mean_burst",
        "clients[0].access.phases[2].start",
        "clients[0].access.shift.p90",
        "clients[0].handovers[0].gap",
        "clients[0].handovers[1].at[1]",
        "clients[0].handovers[1].to[0].loss.mean_burst",
        "clients[0].handovers[2].gap.p90",
        "clients[1].access.phases",
        "fleets[0].session_cache.link.radio",
        "fleets[0].tickets.distribution.link.radio",
    }
