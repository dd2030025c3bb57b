"""What holds in every run, whatever the scenario: checked over random ones."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from reshake.analysis.auditor import violations

import reshake as rs

from .conftest import Ran, Run
from .scenarios import scenarios

NOTHING_OFFERED = {
    "first_visit", "expired_at_client", "all_used", "in_use", "store_lost", "store_full", "dropped_at_client",
}  # fmt: skip
NOT_SENT_EARLY = {"policy_off", "no_ticket", "ticket_forbids", "unsafe_request"}
SECOND = pd.Timedelta(seconds=1)


def swarm(examples: int) -> settings:
    """The same examples every time; a run may take as long as it takes."""
    # To shrink what fails takes minutes: whoever looks for the cause adds Phase.shrink.
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip


def every_attempt_ends_in_success_or_a_typed_failure(ran: Ran) -> None:
    attempts = ran.tables["attempts"]
    clients = ran.scenario.clients[0]
    patience = pd.Timedelta(clients.connect_timeout.nanoseconds + clients.attempt_timeout.nanoseconds, unit="ns")
    end = pd.Timedelta(ran.scenario.duration.nanoseconds, unit="ns")
    unfinished = attempts[attempts["outcome"] == "unfinished"]
    assert (unfinished["started"] + patience >= end).all()
    assert attempts.loc[attempts["outcome"] != "unfinished", "total"].notna().all()


def every_attempt_says_why_it_did_not_resume(ran: Ran) -> None:
    attempts = ran.tables["attempts"]
    why = attempts["not_resumed"].astype(str)
    assert (attempts["resumed"] == (why == "resumed")).all()
    assert attempts.loc[attempts["resumed"], "offered"].all()
    asked = attempts["connect"].notna() & (attempts["bytes_sent"] > 0)
    assert (attempts.loc[asked, "offered"] == ~why[asked].isin(NOTHING_OFFERED)).all()
    # A server knows when its handshake is complete; one that was cut short says nothing.
    answered = asked & attempts["first_byte"].notna()
    assert not (why[answered] == "no_handshake").any()


def every_attempt_says_why_its_request_was_no_early_data(ran: Ran) -> None:
    attempts = ran.tables["attempts"]
    why = attempts["no_early_data"].astype(str)
    sent = attempts["early_bytes"] > 0
    assert not why[sent].isin(NOT_SENT_EARLY).any()
    assert not why[~sent].isin({"accepted", "too_early", "replayed", "not_fresh"}).any()
    assert (attempts.loc[~sent, "decided_by"] == "nobody").all()
    assert attempts.loc[why == "accepted", "resumed"].all()


def every_packet_is_accounted_for(ran: Ran) -> None:
    packets = ran.tables["packets"].drop(columns=["population", "direction"])
    sources = [each for each in ("sent", "duplicated", "injected") if each in packets]
    assert (packets[sources].sum(axis=1) == packets.drop(columns=sources).sum(axis=1)).all()
    assert packets.sum().to_dict() == ran.packets
    # A visit or two of the last seconds, on a path of some seconds.
    assert packets["under_way"].sum() <= 100


def the_log_keeps_the_declared_policy(ran: Ran) -> None:
    found = violations(ran.scenario, ran.tables["security_events"], ran.tables["attempts"])
    assert found == []


def the_log_tells_of_every_answer(ran: Ran) -> None:
    attempts, events = ran.tables["attempts"], ran.tables["security_events"]
    accepted = events[(events["action"] == "accept") & (events["subject"] == "ticket")]
    key = ["population", "client", "visit", "connection", "attempt"]
    assert not accepted.duplicated(key).any()
    told = {tuple(row) for row in accepted[key].itertuples(index=False)}
    resumed = {tuple(row) for row in attempts.loc[attempts["resumed"], key].itertuples(index=False)}
    assert resumed <= told


def every_connection_ends_once_and_tries_as_often_as_it_may(ran: Ran) -> None:
    attempts = ran.tables["attempts"]
    key = ["population", "client", "visit", "connection"]
    gave_up, answered = attempts[attempts["gave_up"]], attempts[attempts["outcome"] == "ok"]
    assert not gave_up.duplicated(key).any()
    assert not answered.duplicated(key).any()
    assert gave_up.merge(answered, on=key).empty
    assert not gave_up["outcome"].isin(["ok", "vanished", "moved", "unfinished"]).any()
    retry = ran.scenario.clients[0].retry
    assert (attempts["retry"] < (retry.max_tries if retry is not None else 1)).all()
    # Whoever has not given up has an answer, went away, or would go on if the run did.
    last = attempts.sort_values("attempt").drop_duplicates(key, keep="last")
    assert (
        retry is not None or (last["gave_up"] | last["outcome"].isin(["ok", "vanished", "moved", "unfinished"])).all()
    )


LAWS = (
    every_connection_ends_once_and_tries_as_often_as_it_may,
    every_attempt_ends_in_success_or_a_typed_failure,
    every_attempt_says_why_it_did_not_resume,
    every_attempt_says_why_its_request_was_no_early_data,
    every_packet_is_accounted_for,
    the_log_keeps_the_declared_policy,
    the_log_tells_of_every_answer,
)


@swarm(40)
@given(scenario=scenarios())
def test_every_run_keeps_the_laws(run: Run, scenario: rs.Scenario) -> None:
    ran = run(scenario)
    for law in LAWS:
        law(ran)


@swarm(8)
@given(scenario=scenarios())
def test_every_run_is_the_same_twice(run: Run, scenario: rs.Scenario) -> None:
    one, other = run(scenario, 3), run(scenario, 3)
    assert (one.digest, one.packets) == (other.digest, other.packets)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


@pytest.mark.parametrize("servers", [2, 4, 8])
def test_where_servers_share_no_keys_one_in_n_returns_resumes(run: Run, servers: int) -> None:
    """Each return meets the server that issued its ticket with probability 1/N, independently of all others."""
    clients = rs.Clients("phones", count=20, access=rs.Link(delay="10ms"), arrivals=rs.Poisson(mean_gap="1min"))
    edge = rs.Fleet(
        "edge", sites=["ams"], servers_per_site=servers, balancing="random",
        tickets=rs.Tickets(keys="per-server", lifetime="2h"),
    )  # fmt: skip
    attempts = run(rs.Scenario(duration="1h", clients=[clients], fleets=[edge]), seed=servers).tables["attempts"]
    returns = attempts[attempts["offered"]]
    assert len(returns) > 1000
    expected = 1 / servers
    # 99.9 % of such samples lie within; the seed is fixed, so this one always does, or never.
    bound = 3.29 * math.sqrt(expected * (1 - expected) / len(returns))
    assert abs(returns["resumed"].mean() - expected) < bound
    assert set(returns["not_resumed"].astype(str)) == {"resumed", "unknown_key"}
