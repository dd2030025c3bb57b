"""What users see of the boxes between them and the servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

import reshake as rs

from .conftest import Ran, Run

HOUR = pd.Timedelta(hours=1)


def scenario(middleboxes: Sequence[Any], *, groups: str = "X25519", link: rs.Link | None = None) -> rs.Scenario:
    clients = rs.Clients(
        "phones", count=6, access=link or rs.Link(delay="20ms"), middleboxes=middleboxes,
        arrivals=rs.Poisson(mean_gap="4min"), tls=rs.ClientTls(groups=groups), attempt_timeout="15s",
    )  # fmt: skip
    edge = rs.Fleet("edge", sites=["ams"], tls=rs.ServerTls(groups=groups), tickets=rs.Tickets(lifetime="6h"))
    return rs.Scenario(duration="2h", clients=[clients], fleets=[edge])


def outcomes(ran: Ran) -> dict[str, int]:
    return {name: count for name, count in ran.tables["attempts"]["outcome"].value_counts().items() if count > 0}


def packets(ran: Ran, fate: str) -> int:
    return int(ran.tables["packets"][fate].sum())


def test_a_client_hello_with_a_ticket_outgrows_a_black_hole(run: Run) -> None:
    """Without a ticket it fits, so that clients get tickets, and fail with each of them."""
    attempts = run(scenario([rs.BlackHole(larger_than=500, ways="up")])).tables["attempts"]
    full, returns = attempts[~attempts["offered"]], attempts[attempts["offered"]]
    assert len(full) > 20
    assert len(returns) > 40
    assert set(full["outcome"]) == {"ok"}
    assert set(returns["outcome"]) <= {"attempt_timeout", "unfinished"}


def test_a_post_quantum_client_hello_does_not_fit_through_a_path_of_1492_bytes(run: Run) -> None:
    """X25519MLKEM768 makes the ClientHello fill a segment, which PPPoE's MTU does not carry."""
    hole = rs.BlackHole(larger_than=1492, ways="up")
    ran = run(scenario([hole], groups="X25519MLKEM768"))
    assert set(outcomes(ran)) <= {"attempt_timeout", "unfinished"}
    assert packets(ran, "black_hole") > len(ran.tables["attempts"])
    assert set(outcomes(run(scenario([hole])))) == {"ok"}
    assert set(outcomes(run(scenario([], groups="X25519MLKEM768")))) == {"ok"}


@pytest.mark.parametrize(("answer", "outcome"), [("drop", "attempt_timeout"), ("reset", "reset")])
def test_a_connection_that_a_firewall_forgets_is_silent_or_reset(run: Run, answer: Any, outcome: str) -> None:
    """It forgets within the round trip, so that nothing that comes back passes."""
    firewall = rs.Firewall(tcp_idle_timeout="100ms", on_forgotten=answer)
    ran = run(scenario([firewall], link=rs.Link(delay="60ms")))
    assert set(outcomes(ran)) <= {"connect_timeout", outcome, "unfinished"}
    assert packets(ran, "firewall") > 50


def test_resets_that_nobody_sent_end_the_share_of_attempts_that_they_say(run: Run) -> None:
    ran = run(scenario([rs.Nat(), rs.ResetInjection(probability=0.25)]))
    found = outcomes(ran)
    assert set(found) == {"ok", "reset"}
    assert 0.13 < found["reset"] / sum(found.values()) < 0.38
    # One to each end.
    assert packets(ran, "injected") == 2 * found["reset"]
    assert ran.tables["attempts"].loc[ran.tables["attempts"]["outcome"] == "reset", "handshake"].isna().all()


def test_boxes_that_nothing_meets_change_no_row(run: Run) -> None:
    plain = run(scenario([]))
    boxed = run(scenario([rs.Nat(), rs.Firewall(drop_udp=True), rs.BlackHole(larger_than=1500)]))
    for name in ("attempts", "packets"):
        pd.testing.assert_frame_equal(plain.tables[name], boxed.tables[name])


def test_boxes_and_queues_do_the_same_twice(run: Run) -> None:
    made = scenario(
        [rs.Nat(tcp_timeout="100ms", on_forgotten="reset"), rs.ResetInjection(probability=0.1, after_bytes=2000)],
        link=rs.Link(rate="200kbps", delay="20ms", loss=rs.Bernoulli(loss=0.05), queue=rs.FqCoDel()),
    )
    one, other = run(made, 2), run(made, 2)
    assert (one.digest, one.packets) == (other.digest, other.packets)
    assert len(outcomes(one)) > 1


@pytest.mark.parametrize("ip", ["ipv4", "ipv6"])
def test_a_reset_with_the_client_hello_ends_connections_whose_client_hello_is_in_the_syn(run: Run, ip: Any) -> None:
    """Injected against a SYN it bears an acknowledgment, or a client that is still connecting ignores it."""
    clients = rs.Clients(
        "phones", count=20, access=rs.Link(delay="20ms"), middleboxes=[rs.ResetInjection(probability=0.5)],
        arrivals=rs.Poisson(mean_gap="1min"), tls=rs.ClientTls(groups="X25519"), tcp_fast_open=True,
    )  # fmt: skip
    edge = rs.Fleet("edge", sites=["ams"], tls=rs.ServerTls(groups="X25519"), tcp_fast_open=True)
    ran = run(rs.Scenario(duration="1h", clients=[clients], fleets=[edge], ip=ip))
    attempts = ran.tables["attempts"]
    in_syn = attempts[~attempts["fast_open"].isin(["cookie_requested"])]
    count = len(in_syn)
    assert count > 1000
    ended = (in_syn["outcome"] == "reset").sum()
    assert abs(ended - count / 2) < 4 * (count / 4) ** 0.5
    assert set(in_syn["outcome"]) <= {"ok", "reset", "unfinished"}
    # Both ends hear of it: no server answers a client that has been told otherwise.
    assert in_syn.loc[in_syn["outcome"] == "reset", "first_byte"].isna().all()
    assert packets(ran, "injected") == 2 * (attempts["outcome"] == "reset").sum()
