"""The auditor finds nothing in a true log, and each violation that is planted into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reshake.analysis.auditor import Violation, violations

import reshake as rs

from .conftest import Run

LIFETIME = pd.Timedelta(minutes=20)
CHAIN = pd.Timedelta(minutes=40)
ROTATION = pd.Timedelta(minutes=15)
RESTART = pd.Timedelta(minutes=90)


@dataclass(frozen=True, kw_only=True)
class Log:
    """A true log."""

    scenario: rs.Scenario
    events: pd.DataFrame
    attempts: pd.DataFrame

    def violations(self, *planted: pd.DataFrame) -> list[Violation]:
        return violations(self.scenario, pd.concat([self.events, *planted]), self.attempts)

    def rows(self, action: str, subject: str = "ticket") -> pd.DataFrame:
        found = self.events[(self.events["action"] == action) & (self.events["subject"] == subject)]
        assert not found.empty
        return found


def log_of(run: Run, tickets: rs.Tickets, tls: rs.ServerTls) -> Log:
    scenario = rs.Scenario(
        duration="3h",
        clients=[
            rs.Clients(
                "phones", count=6, access=rs.Link(delay="10ms"), arrivals=rs.Poisson(mean_gap="3min"), linger="1s",
                tls=rs.ClientTls(early_data=True),
            )
        ],
        fleets=[rs.Fleet("edge", sites=["ams", "iad"], tickets=tickets, tls=tls)],
        faults=[rs.Restart(where="edge/ams", start="89min", lasts="1min", memory="lost", keys="lost")],
        audit=True,
    )  # fmt: skip
    ran = run(scenario)
    words = dict.fromkeys(("action", "subject", "why", "site", "population"), object)
    return Log(
        scenario=scenario, events=ran.tables["security_events"].astype(words), attempts=ran.tables["attempts"]
    )  # fmt: skip


@pytest.fixture(scope="module")
def sealed(run: Run) -> Log:
    """Tickets that carry their session, keys per site, a record against replays."""
    tickets = rs.Tickets(
        lifetime="20min", max_chain_age="40min", keys="per-site", rotation=rs.StekRotation(every="15min")
    )
    return log_of(run, tickets, rs.ServerTls(max_early_data=16_384, anti_replay="client-hello-record"))


@pytest.fixture(scope="module")
def remembered(run: Run) -> Log:
    """Single-use tickets, which refer to sessions in the servers' memory."""
    return log_of(run, rs.Tickets(lifetime="20min"), rs.ServerTls(max_early_data=16_384))


def test_true_logs_are_clean(sealed: Log, remembered: Log) -> None:
    for log in (sealed, remembered):
        assert log.violations() == []
        assert len(log.rows("accept")) > 100
        assert len(log.rows("accept", "early_data")) > 100
        assert len(log.rows("refuse")) > 1
        assert len(log.rows("wipe", "keys")) == len(log.rows("wipe", "memory")) == 1
    assert len(sealed.rows("rotate", "keys")) > 20


def fake(row: Any, client: int = 10**6, **changes: Any) -> pd.DataFrame:
    """A copy of a row with changes, of an attempt that only the log knows unless it says otherwise."""
    return pd.DataFrame([row._replace(**{"client": client, **changes})])


def seconds(count: int) -> pd.Timedelta:
    return pd.Timedelta(count, unit="s")


Planted = tuple[pd.DataFrame, ...]


@dataclass(frozen=True, kw_only=True)
class Gardener:
    """Plants what a server must not do, beginning from something that it did."""

    log: Log
    #: A row of the log: a ticket was accepted.
    accept: Any
    #: Draws a number between two.
    number: Callable[[int, int], int]

    @property
    def some(self) -> np.uint64:
        """A ticket or a key that nobody knows."""
        return np.uint64(self.number(1, 2**60))

    @property
    def issue(self) -> Any:
        """The row of the ticket's issue."""
        tickets = pd.concat([self.log.rows("issue"), self.log.rows("renew")])
        return next(tickets[tickets["ticket"] == self.accept.ticket].itertuples(index=False))

    def too_late(self) -> Planted:
        return (fake(self.accept, at=self.issue.at + LIFETIME + seconds(self.number(1, 600))),)

    def by_another_site(self) -> Planted:
        return (fake(self.accept, site="iad" if self.accept.site == "ams" else "ams"),)

    def by_a_retired_key(self) -> Planted:
        return (fake(self.accept, at=self.issue.at + 2 * ROTATION + seconds(self.number(0, 300))),)

    def of_an_old_chain(self) -> Planted:
        return (fake(self.accept, at=self.issue.at + CHAIN + seconds(self.number(1, 600))),)

    def after_the_restart(self) -> Planted:
        return (fake(self.accept, at=RESTART + seconds(self.number(1, 600))),)

    def of_nobody(self) -> Planted:
        return (fake(self.accept, ticket=self.some),)

    def with_another_key(self) -> Planted:
        return (fake(self.accept, key=self.some),)

    def again(self) -> Planted:
        return (fake(self.accept, at=self.accept.at + seconds(self.number(1, 60))),)

    def after_it_left(self) -> Planted:
        gone = fake(self.accept, client=-1, action="evict", why="evicted", at=self.accept.at + seconds(1))
        return (gone, fake(self.accept, at=self.accept.at + seconds(2)))

    def early_again(self) -> Planted:
        """The copy of a ClientHello, later: its ticket and its early data, accepted once more."""
        early = self.log.rows("accept", "early_data")
        same = early[(early["client"] == self.accept.client) & (early["visit"] == self.accept.visit)]
        at = self.accept.at + seconds(self.number(1, 60))
        return (fake(self.accept, at=at), fake(next(same.itertuples(index=False)), at=at))

    def early_without_a_ticket(self) -> Planted:
        return (fake(self.accept, subject="early_data", ticket=self.some),)

    def a_ticket_too_many(self) -> Planted:
        issues = self.log.rows("issue")
        row = next(issues.iloc[[self.number(0, len(issues) - 1)]].itertuples(index=False))
        return (fake(row, client=row.client, ticket=self.some),)

    def a_ticket_twice(self) -> Planted:
        return (fake(self.issue),)

    def a_key_of_its_own(self) -> Planted:
        return (fake(self.issue, ticket=self.some, key=self.some),)

    def a_renewal_of_nothing(self) -> Planted:
        return (fake(self.accept, action="renew", ticket=self.some),)

    def a_refusal_without_cause(self) -> Planted:
        why = ("expired_at_server", "key_retired", "unknown_key", "chain_too_old")[self.number(0, 3)]
        return (fake(self.accept, action="refuse", why=why),)


PLANTED = [
    ("sealed", Gardener.too_late, "lifetime"),
    ("sealed", Gardener.by_another_site, "key_scope"),
    ("sealed", Gardener.by_a_retired_key, "keep_previous"),
    ("sealed", Gardener.of_an_old_chain, "max_chain_age"),
    ("sealed", Gardener.of_nobody, "accept"),
    ("sealed", Gardener.with_another_key, "keys"),
    ("sealed", Gardener.early_again, "executed_twice"),
    ("sealed", Gardener.early_without_a_ticket, "early_data"),
    ("sealed", Gardener.a_ticket_too_many, "num_tickets"),
    ("sealed", Gardener.a_ticket_twice, "issue"),
    ("sealed", Gardener.a_key_of_its_own, "keys"),
    ("sealed", Gardener.a_renewal_of_nothing, "renew"),
    ("sealed", Gardener.a_refusal_without_cause, "refusal"),
    ("remembered", Gardener.too_late, "lifetime"),
    ("remembered", Gardener.by_another_site, "memory"),
    ("remembered", Gardener.again, "single_use"),
    ("remembered", Gardener.after_it_left, "memory"),
    ("remembered", Gardener.early_again, "executed_twice"),
]


@pytest.mark.parametrize(("name", "plant", "rule"), PLANTED, ids=lambda each: getattr(each, "__name__", str(each)))
@settings(
    max_examples=5, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], phases=[Phase.generate],
)  # fmt: skip
@given(data=st.data())
def test_the_auditor_finds_what_is_planted(
    request: pytest.FixtureRequest, name: str, plant: Callable[[Gardener], Planted], rule: str, data: st.DataObject
) -> None:
    log: Log = request.getfixturevalue(name)
    accepted = log.rows("accept")
    # Not those of the site that restarts, which changes what is wrong, and not the last ones: most is planted later.
    accepted = accepted[accepted["site"] == "iad"]
    row = next(accepted.iloc[[data.draw(st.integers(0, len(accepted) // 2))]].itertuples(index=False))
    planted = plant(Gardener(log=log, accept=row, number=lambda least, most: data.draw(st.integers(least, most))))
    at = planted[-1]["at"].iloc[0].value
    assert (at, rule) in {(each.at, each.rule) for each in log.violations(*planted)}


@pytest.mark.parametrize("name", ["sealed", "remembered"])
def test_the_auditor_finds_what_a_restart_should_have_made_impossible(
    request: pytest.FixtureRequest, name: str
) -> None:
    log: Log = request.getfixturevalue(name)
    accepted = log.rows("accept")
    before = accepted[
        (accepted["site"] == "ams") & accepted["at"].between(RESTART - seconds(300), RESTART - seconds(90))
    ]
    for row in before.itertuples(index=False):
        gardener = Gardener(log=log, accept=row, number=lambda least, _: least)
        found = log.violations(*gardener.after_the_restart())
        assert {"sealed": "key_scope", "remembered": "memory"}[name] in {each.rule for each in found}
    assert not before.empty
