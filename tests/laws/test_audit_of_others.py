"""The auditor under clocks that are off, of session caches, and of keys that come from a coordinator or a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import reshake as rs

from .conftest import Run
from .test_audit import Log, Planted, fake, seconds

LIFETIME = pd.Timedelta(minutes=20)
ROTATION = rs.StekRotation(every="15min", keep_previous=1)
AHEAD = pd.Timedelta(minutes=40)
UNKNOWN = np.uint64(4711)


def log_of(run: Run, fleet: rs.Fleet, *faults: Any, **clients: Any) -> Log:
    populations = [
        rs.Clients(
            name, count=6, access=rs.Link(delay="10ms"), arrivals=rs.Poisson(mean_gap="3min"), linger="1s",
            tls=rs.ClientTls(alpn=alpn), **clients,
        )
        for name, alpn in (("phones", ["h2"]), ("televisions", ["http/1.1"]))
    ]  # fmt: skip
    scenario = rs.Scenario(duration="3h", clients=populations, fleets=[fleet], faults=list(faults), audit=True)
    ran = run(scenario)
    words = dict.fromkeys(("action", "subject", "why", "machine", "site", "population"), object)
    return Log(scenario=scenario, events=ran.tables["security_events"].astype(words), attempts=ran.tables["attempts"])


@pytest.fixture(scope="module")
def cached(run: Run) -> Log:
    """Sessions of two tenants in a cache that two servers share, for one protocol each."""
    fleet = rs.Fleet(
        "edge", sites=["ams"], servers_per_site=2, tickets=rs.Tickets(lifetime="20min", num_tickets=1),
        tls=rs.ServerTls(session_ticket=False, alpn=["h2", "http/1.1"]),
        tenants=[rs.Tenant("shop"), rs.Tenant("bank")],
        session_cache=rs.SessionCache(capacity=12, ttl="15min", key_scope="alpn"),
    )  # fmt: skip
    shorter = rs.Deploy(fleet="edge", start="2h", tickets=rs.Tickets(lifetime="5min", num_tickets=1))
    return log_of(run, fleet, shorter, tickets=rs.TicketStorage(scope="any"))


@pytest.fixture(scope="module")
def handed(run: Run) -> Log:
    """Keys of two sites, which a coordinator hands out; one site loses them."""
    tickets = rs.Tickets(lifetime="20min", keys="per-site", rotation=ROTATION, distribution=rs.KeyCoordinator())
    fleet = rs.Fleet("edge", sites=["ams", "iad"], tickets=tickets)
    lost = rs.Restart(where="edge/ams", start="89min", lasts="1min", memory="lost", keys="lost")
    return log_of(run, fleet, lost, rs.ClockSkew(where="edge/ams", offset="-10min", start="2h", lasts="20min"))


@pytest.fixture(scope="module")
def derived(run: Run) -> Log:
    """Keys that follow from the servers' clocks, of which one goes wrong by more than it may."""
    tickets = rs.Tickets(lifetime="20min", rotation=ROTATION, distribution=rs.ClockDerived(accept_next=1))
    fleet = rs.Fleet("edge", sites=["ams"], servers_per_site=2, tickets=tickets)
    skew = rs.ClockSkew(where="edge/ams/server-2", offset="40min", drift_ppm=200.0, start="1h", lasts="1h")
    return log_of(run, fleet, skew)


def test_true_logs_are_clean(cached: Log, handed: Log, derived: Log) -> None:
    for log in (cached, handed, derived):
        assert log.violations() == []
        assert len(log.rows("accept")) > 100
    assert {"refuse", "store", "evict", "expire"} <= set(
        cached.events.loc[cached.events["subject"] == "entry", "action"]
    )
    assert {"receive", "retire", "distribute", "wipe"} <= set(
        handed.events.loc[handed.events["subject"] == "keys", "action"]
    )
    refused = derived.rows("refuse")["why"]
    assert {"unknown_key", "key_retired"} & set(refused)


def row_of(log: Log, action: str, subject: str = "ticket", index: int = 0, **where: Any) -> Any:
    rows = log.rows(action, subject)
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return next(rows.iloc[[index % len(rows)]].itertuples(index=False))


def attempt_of(log: Log, **where: Any) -> dict[str, Any]:
    """The names of an attempt."""
    rows = log.attempts
    for name, value in where.items():
        rows = rows[rows[name] == value]
    row = rows.iloc[0]
    return {name: row[name] for name in ("population", "client", "visit", "connection", "attempt")}


def issue_of(log: Log, accept: Any) -> Any:
    made = log.events[log.events["action"].isin(["issue", "renew"]) & (log.events["ticket"] == accept.ticket)]
    return next(made.itertuples(index=False))


def for_another_tenant(log: Log, index: int) -> Planted:
    accept = row_of(log, "accept", index=index, population="phones")
    own = log.attempts[(log.attempts["client"] == accept.client) & (log.attempts["visit"] == accept.visit)]
    tenant = own.loc[own["population"] == "phones", "tenant"].iloc[0]
    other = attempt_of(log, tenant={"shop": "bank", "bank": "shop"}[tenant], population="phones")
    return (fake(accept, **other),)


def for_another_protocol(log: Log, index: int) -> Planted:
    accept = row_of(log, "accept", index=index, population="phones")
    return (fake(accept, **attempt_of(log, population="televisions", outcome="ok")),)


def after_it_was_evicted(log: Log, index: int) -> Planted:
    accept = row_of(log, "accept", index=index)
    store = row_of(log, "store", "entry", ticket=accept.ticket)
    gone = fake(store, client=-1, action="evict", why="unclean_close", at=accept.at + seconds(1))
    return (gone, fake(accept, at=accept.at + seconds(2)))


def after_the_cache_was_emptied(log: Log, index: int) -> Planted:
    accept = row_of(log, "accept", index=index)
    store = row_of(log, "store", "entry")
    wiped = fake(store, client=-1, action="wipe", subject="memory", at=accept.at + seconds(1))
    return (wiped, fake(accept, at=accept.at + seconds(2)))


def of_a_session_that_nobody_made(log: Log, index: int) -> Planted:
    return (fake(row_of(log, "store", "entry", index=index), client=-1, ticket=UNKNOWN),)


def more_than_fit(log: Log, index: int) -> Planted:
    last = row_of(log, "store", "entry", index=-1 - index % 3)
    known = log.rows("store", "entry")["ticket"].unique()
    known = known[known != last.ticket][:13]
    return tuple(fake(last, client=-1, ticket=ticket) for ticket in known)


def with_room_left(log: Log, index: int) -> Planted:
    del index
    first = row_of(log, "store", "entry")
    return (fake(first, client=-1, action="evict", why="evicted", at=first.at + seconds(1)),)


def too_early(log: Log, index: int) -> Planted:
    del index
    first = row_of(log, "store", "entry")
    return (fake(first, client=-1, action="expire", at=first.at + seconds(1)),)


def older_than_today_allows(log: Log, index: int) -> Planted:
    """A session of before the deploy, in its own time and beyond today's."""
    del index
    made = log.rows("issue")
    made = made[made["at"].between(pd.Timedelta("100min"), pd.Timedelta("119min"))]
    issue = next(made.iloc[[-1]].itertuples(index=False))
    return (fake(issue, action="accept", at=issue.at + seconds(400)),)


def of_the_other_site(log: Log, index: int) -> Planted:
    accept = row_of(log, "accept", index=index)
    return (fake(accept, site={"ams": "iad", "iad": "ams"}[accept.site]),)


def of_a_key_that_was_not_sent(log: Log, index: int) -> Planted:
    return (fake(row_of(log, "receive", "keys", index=-1 - index % 3), client=-1, key=UNKNOWN),)


def of_a_key_that_it_has_not(log: Log, index: int) -> Planted:
    action = ("retire", "rotate")[index % 2]
    return (fake(row_of(log, action, "keys", index=index), client=-1, key=UNKNOWN),)


def of_a_key_sent_to_the_other_site(log: Log, index: int) -> Planted:
    sent = row_of(log, "distribute", "keys", index=index)
    return (fake(sent, client=-1, site={"ams": "iad", "iad": "ams"}[sent.site]),)


def by_a_key_that_was_wiped(log: Log, index: int) -> Planted:
    """Before it is handed out again."""
    del index
    before = log.rows("accept")
    before = before[(before["site"] == "ams") & (before["at"] < pd.Timedelta("88min"))]
    accept = next(before.iloc[[-1]].itertuples(index=False))
    return (fake(accept, at=row_of(log, "wipe", "keys").at + pd.Timedelta(1, unit="ms")),)


def by_a_key_of_a_clock_ahead(log: Log, index: int) -> Planted:
    issue = issue_under_skew(log, index)
    return (fake(issue, action="accept", server=1, at=issue.at + seconds(1)),)


def by_a_clock_ahead(log: Log, index: int) -> Planted:
    made = log.rows("issue")
    made = made[(made["server"] == 1) & made["at"].between(pd.Timedelta("65min"), pd.Timedelta("110min"))]
    issue = next(made.iloc[[index % len(made)]].itertuples(index=False))
    return (fake(issue, action="accept", server=2, at=issue.at + seconds(1)),)


def issue_under_skew(log: Log, index: int) -> Any:
    made = log.rows("issue")
    made = made[(made["server"] == 2) & made["at"].between(pd.Timedelta("61min"), pd.Timedelta("119min"))]
    return next(made.iloc[[index % len(made)]].itertuples(index=False))


PLANTED = [
    ("cached", for_another_tenant, "tenant"),
    ("cached", for_another_protocol, "cache_scope"),
    ("cached", after_it_was_evicted, "cache"),
    ("cached", after_the_cache_was_emptied, "cache"),
    ("cached", of_a_session_that_nobody_made, "store"),
    ("cached", more_than_fit, "capacity"),
    ("cached", with_room_left, "evict"),
    ("cached", too_early, "expire"),
    ("cached", older_than_today_allows, "check_policy"),
    ("handed", of_the_other_site, "key_scope"),
    ("handed", of_a_key_that_was_not_sent, "keys"),
    ("handed", of_a_key_that_it_has_not, "keys"),
    ("handed", of_a_key_sent_to_the_other_site, "key_scope"),
    ("handed", by_a_key_that_was_wiped, "key_scope"),
    ("derived", by_a_key_of_a_clock_ahead, "accept_next"),
    ("derived", by_a_clock_ahead, "keep_previous"),
    ("derived", by_a_clock_ahead, "lifetime"),
]


@pytest.mark.parametrize(("name", "plant", "rule"), PLANTED, ids=lambda each: getattr(each, "__name__", str(each)))
@settings(
    max_examples=3, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], phases=[Phase.generate],
)  # fmt: skip
@given(index=st.integers(0, 60))
def test_the_auditor_finds_what_is_planted(
    request: pytest.FixtureRequest, name: str, plant: Callable[[Log, int], Planted], rule: str, index: int
) -> None:
    log: Log = request.getfixturevalue(name)
    planted = plant(log, index)
    at = planted[-1]["at"].iloc[0].value
    assert (at, rule) in {(each.at, each.rule) for each in log.violations(*planted)}


def test_a_key_that_should_have_been_retired_is_found_by_the_clock_of_the_server(handed: Log) -> None:
    """Whoever never retires a key is not covered by its own log."""
    kept = Log(
        scenario=handed.scenario, events=handed.events[handed.events["action"] != "retire"], attempts=handed.attempts
    )
    accept = row_of(kept, "accept", site="iad")
    issue = issue_of(kept, accept)
    late = fake(accept, at=issue.at + 2 * pd.Timedelta(minutes=15) + seconds(1))
    found = {each.rule for each in kept.violations(late) if each.at == late["at"].iloc[0].value}
    assert "keep_previous" in found


def test_what_is_too_old_by_the_true_time_may_be_young_by_a_clock(derived: Log) -> None:
    """Issued while the clock was ahead, accepted by the same server when it is right again."""
    made = derived.rows("issue")
    made = made[(made["server"] == 2) & made["at"].between(pd.Timedelta("118min"), pd.Timedelta("120min"))]
    issue = next(made.itertuples(index=False))
    late = fake(issue, action="accept", at=issue.at + LIFETIME + seconds(60))
    assert "lifetime" not in {each.rule for each in derived.violations(late)}
    assert issue.at + LIFETIME + seconds(60) < pd.Timedelta("120min") + AHEAD
