"""Changes of settings that meet, however they do: every server seals with keys as its settings then say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from reshake.analysis.auditor import violations
from reshake.analysis.policy import processes_of

import reshake as rs

from .conftest import Ran, Run

PLACES = ["edge", "edge/a", "edge/b", "edge/b/server-1"]
PLAIN = rs.Tickets(lifetime="20min")
TURNING = rs.Tickets(lifetime="20min", rotation=rs.StekRotation(every="2min", keep_previous=9))
SLOWLY = rs.Tickets(lifetime="20min", rotation=rs.StekRotation(every="3min", keep_previous=1))
OF_SITES = rs.Tickets(lifetime="20min", keys="per-site")
TICKETS = st.sampled_from([PLAIN, TURNING, SLOWLY, OF_SITES])
# Nothing can be told of so few clients: a rollout that is judged at all is taken back.
TAKEN_BACK = rs.CanaryAnalysis(failed_share=0.001, undecided="roll-back")


def scenario(tickets: rs.Tickets, *faults: Any) -> rs.Scenario:
    phones = rs.Clients("phones", count=20, access=rs.Link(delay="15ms"), arrivals=rs.Poisson(mean_gap="20s"),
                        tls=rs.ClientTls(groups="X25519:P-256"))  # fmt: skip
    edge = rs.Fleet("edge", sites=["a", "b"], servers_per_site=2, tickets=tickets)
    return rs.Scenario(duration="22min", clients=[phones], fleets=[edge], faults=faults, audit=True)


def rollout(start: str, tickets: rs.Tickets, keys: Any = "lost", **how: Any) -> rs.StagedRollout:
    stages = [rs.RolloutStage(sites=[site], bake="4min") for site in how.pop("stages", "ab")]
    return rs.StagedRollout(fleet="edge", start=start, stages=stages, tickets=tickets, keys=keys, **how)


def deploy(start: str, tickets: rs.Tickets | None, keys: Any = "lost", every: str = "2min") -> rs.Deploy:
    return rs.Deploy(fleet="edge", start=start, every=every, tickets=tickets, keys=keys)


def restart(start: str, where: str = "edge") -> rs.Restart:
    return rs.Restart(where=where, start=start, lasts="1s", keys="lost")


def flip(start: str, tickets: rs.Tickets, where: str = "edge", lasts: str = "6min") -> rs.PolicyFlip:
    return rs.PolicyFlip(where=where, start=start, lasts=lasts, tickets=tickets)


def check(ran: Ran) -> None:
    """What the servers did is what was declared, and a ring turns as those who have it are set."""
    judged = [
        (row.fault, row.stage, row.at.value, row.verdict) for row in ran.tables["rollout"].itertuples(index=False)
    ]
    assert violations(ran.scenario, ran.tables["security_events"], ran.tables["attempts"], judged) == []
    for (site, _), processes in processes_of(ran.scenario, judged).items():
        for each in processes:
            every = each.tickets.rotation.every.nanoseconds if each.tickets.rotation else None
            fault, of_site, server, _ = each.ring
            keys = ran.tables["ticket_keys"]
            mine = keys[(keys["fault"] == fault) & (keys["server"] == (-1 if server is None else server))]
            mine = mine[mine["site"].isna() if of_site is None else mine["site"] == site]
            until = each.until if each.until is not None else ran.scenario.duration.nanoseconds
            if until <= each.since or until > ran.scenario.duration.nanoseconds:
                continue
            now = mine[(mine["issued_from"] <= pd.Timedelta(each.since, "ns"))
                       & (mine["issued_until"] > pd.Timedelta(each.since, "ns"))]  # fmt: skip
            lasting = (now["issued_until"] - now["issued_from"]).dt.total_seconds() * 1e9
            assert len(now) >= 1
            assert every is None or (lasting <= every).any()


@pytest.mark.parametrize(
    "faults",
    [
        [rollout("6min", TURNING, stages=stages, analysis=analysis), restart("8min")]
        for stages in ("ab", "ba")
        for analysis in (None, TAKEN_BACK)
    ]
    + [
        [deploy("6min", TURNING), restart("9min")],
        [deploy("6min", TURNING), flip("7min", TURNING)],
        [deploy("6min", TURNING), flip("6min", PLAIN)],
        [deploy("6min", TURNING, every="0s"), rollout("6min", PLAIN, "kept")],
        [rollout("6min", PLAIN, "kept"), deploy("8min", TURNING)],
        [rollout("6min", TURNING), flip("6min", PLAIN, "edge/a")],
        [rollout("6min", TURNING), deploy("15min", PLAIN, "kept")],
        [rollout("6min", TURNING, analysis=TAKEN_BACK), deploy("7min", PLAIN, "kept")],
    ],
)
def test_what_only_the_run_can_tell_is_followed(run: Run, faults: list[Any]) -> None:
    of = scenario(PLAIN, *faults)
    assert of.problems()[0] == []
    check(run(of, 3))


@st.composite
def meetings(draw: Callable[[st.SearchStrategy[Any]], Any]) -> rs.Scenario:
    """Two to four changes on a grid of minutes, so that they often coincide."""
    faults: list[Any] = []
    for _ in range(draw(st.integers(2, 4))):
        start = f"{draw(st.integers(3, 16))}min"
        keys = draw(st.sampled_from(["lost", "lost", "kept"]))
        place = draw(st.sampled_from(PLACES))
        kind = draw(st.sampled_from(["rollout", "deploy", "flip", "restart", "wipe"]))
        if kind == "rollout":
            analysis = draw(st.sampled_from([None, TAKEN_BACK]))
            how: dict[str, Any] = {"analysis": analysis, "stages": draw(st.sampled_from(["ab", "ba", "a"]))}
            faults.append(rollout(start, draw(TICKETS), keys, **how))
        elif kind == "deploy":
            faults.append(deploy(start, draw(st.none() | TICKETS), keys, draw(st.sampled_from(["0s", "1min"]))))
        elif kind == "flip":
            faults.append(flip(start, draw(TICKETS), place, f"{draw(st.integers(1, 6))}min"))
        elif kind == "restart":
            faults.append(restart(start, place))
        else:
            faults.append(rs.KeyWipe(where=place, start=start))
    made = scenario(draw(TICKETS), *faults)
    assume(not made.problems()[0])
    return made


@settings(max_examples=40, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(meetings())
def test_settings_and_keys_agree_wherever_changes_meet(run: Run, of: rs.Scenario) -> None:
    check(run(of, 5))
