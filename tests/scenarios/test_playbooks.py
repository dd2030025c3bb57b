"""What the playbooks say, beside what must be so."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reshake.analysis import Stage, canary
from reshake.scenarios import (
    playbook_bad_deploy,
    playbook_cache_lost,
    playbook_certificate_revoked,
    playbook_coordinator_cut_off,
    playbook_expired_intermediate,
    playbook_flash_crowd_after_outage,
    playbook_key_leaked,
)

import reshake as rs


def started(results: rs.Results, unit: str) -> pd.Series:
    return results.attempts["started"] // pd.Timedelta(unit)


def test_a_lookup_of_a_cache_that_is_gone_takes_its_timeout_and_fails_nobody(tmp_path: Path) -> None:
    grid = {"remedy": ["none", "short timeout", "replica"]}
    results = rs.Study(playbook_cache_lost.scenario, **grid).run(tmp_path, progress=False)
    during = results.attempts[started(results, "10min") == 4]
    for remedy, timeout in (("none", "250ms"), ("short timeout", "10ms")):
        waits = during.loc[during["remedy"] == remedy, "session_lookup"].dropna()
        assert len(waits) > 50
        assert waits.min() == waits.max() == pd.Timedelta(timeout)
        assert not during.loc[during["remedy"] == remedy, "resumed"].any()
    late = during[(during["remedy"] == "replica") & (during["session_lookup"] > pd.Timedelta("250ms"))]
    assert set(late["server"]) == {1, 2, 3, 4}
    assert len(late) < 8  # One of each server, but for those under way at the same moment.
    assert set(results.attempts["outcome"]) <= {"ok", "unfinished"}


def test_new_keys_end_the_leaked_one_and_cost_each_client_a_full_handshake(tmp_path: Path) -> None:
    results = rs.Study(playbook_key_leaked.scenario, response=["at once", "one by one"]).run(tmp_path, progress=False)
    keys = results.ticket_keys
    leaked = keys[keys["issued_from"] == pd.Timedelta(0)]
    ends = leaked.groupby("response", observed=True)["opens_until"].max()
    assert ends["at once"] == pd.Timedelta("1h")
    assert ends["one by one"] == pd.Timedelta("90min")
    attempts = results.attempts[results.attempts["response"] == "at once"]
    lost = attempts[attempts["not_resumed"] == "unknown_key"]
    assert lost["client"].is_unique
    assert (lost["started"] > pd.Timedelta("59min")).all()


@pytest.mark.parametrize(("remedy", "last"), [("none", 2), ("early keys", 3), ("long keys", 7)])
def test_the_cut_off_site_resumes_for_as_long_as_its_last_key_is_honoured(
    remedy: str, last: int, tmp_path: Path
) -> None:
    results = rs.Study(playbook_coordinator_cut_off.scenario, remedy=remedy).run(tmp_path, progress=False)
    attempts = results.attempts.assign(hour=started(results, "1h"))
    of_site = attempts[(attempts["site"] == "iad") & (attempts["hour"] >= 1)]
    resumed = of_site.groupby("hour")["resumed"].mean()
    assert resumed.loc[1:last].min() > 0.97
    assert (resumed.loc[last + 1 : 5] < 0.02).all()


def fewer(scenario: Callable[..., rs.Scenario], count: int, cores: int | None = None) -> Callable[[str], rs.Scenario]:
    """The same with so many clients of each population."""

    def smaller(done: str) -> rs.Scenario:
        whole = scenario(done)
        clients = [dataclasses.replace(each, count=count) for each in whole.clients]
        fleet = whole.fleets[0]
        device = fleet.device if cores is None else dataclasses.replace(fleet.device, cores=cores)
        return dataclasses.replace(whole, clients=clients, fleets=[dataclasses.replace(fleet, device=device)])

    return smaller


def after(results: rs.Results, moment: str) -> pd.DataFrame:
    return results.attempts[results.attempts["started"] > pd.Timedelta(moment)]


def test_a_rollback_changes_nothing_before_it_and_mends_everything_after_it(tmp_path: Path) -> None:
    results = rs.Study(playbook_bad_deploy.scenario, rollout=["in stages", "until 10 %"], count=150, stage=10).run(
        tmp_path, progress=False
    )
    ended = results.attempts["started"] + results.attempts["total"]
    decided = pd.Timedelta("50min")
    before = {
        rollout: frame.drop(columns="rollout").reset_index(drop=True)
        for rollout, frame in results.attempts[ended < decided].groupby("rollout", observed=True)
    }
    assert len(before["in stages"]) > 500
    pd.testing.assert_frame_equal(before["in stages"], before["until 10 %"])
    late = after(results, "50min")
    assert set(late.loc[late["rollout"] == "until 10 %", "outcome"]) <= {"ok", "unfinished"}
    unjudged = after(results, "61min").query("rollout == 'in stages' and site != 'cell-4'")
    refused = unjudged["outcome"] == "alert"
    assert refused.sum() > 5
    assert (refused == (unjudged["population"] == "legacy")).all()


def two_policies() -> rs.Scenario:
    """Half of the clients, those of one site, get short tickets from the start."""
    phones = rs.Clients(
        "phones", count=80, access=rs.Link(delay="25ms"), arrivals=rs.Poisson(mean_gap="10min"), linger="1s"
    )
    edge = rs.Fleet("edge", sites=["a", "b"], tickets=rs.Tickets(lifetime="1h"))
    short = rs.PolicyFlip(where="edge/b", start="0s", tickets=rs.Tickets(lifetime="5min"))
    return rs.Scenario(duration="150min", clients=[phones], fleets=[edge], faults=[short])


def test_two_policies_in_one_run_are_told_apart_by_as_much_as_they_should(tmp_path: Path) -> None:
    results = rs.Study(two_policies).run(tmp_path, progress=False)
    found = canary(results.attempts, [Stage(name="A/B", began=3_600.0, ended=9_000.0, sites=("b",))])
    resumed = found.set_index("metric").loc["resumed_share"]
    expected = 1 - math.exp(-5 / 10)  # A gap shorter than the lifetime.
    assert resumed["changed"] == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 360))
    assert resumed["others"] > 0.97
    assert list(found["verdict"] == "roll back") == [False, True, False]


def test_an_expired_chain_ends_full_handshakes_only_and_a_new_one_mends_them(tmp_path: Path) -> None:
    results = rs.Study(fewer(playbook_expired_intermediate.scenario, 25), done="replacement").run(
        tmp_path, progress=False
    )
    late = after(results, "12h")
    broken = late[late["started"] < pd.Timedelta("13h")]
    assert (broken["outcome"] == "alert").sum() > 2
    assert ((broken["outcome"] == "alert") == ~broken["resumed"]).all()
    mended = late[late["started"] > pd.Timedelta("13h")]
    assert set(mended["outcome"]) <= {"ok", "unfinished"}
    assert not mended["resumed"].all()


@pytest.mark.parametrize(("gap", "lifetime", "since"), [(4.0, 2.0, 0.0), (4.0, 2.0, 3.0), (1.0, 2.0, 5.0)])
def test_renewal_theory_tells_how_many_are_locked_out(gap: float, lifetime: float, since: float) -> None:
    random = np.random.default_rng(1)
    back = np.zeros(20_000)  # From a visit at `since` after the expiry back to one before it.
    lost = np.zeros(20_000, dtype=bool)
    while (still := back <= since).any():
        step = random.exponential(gap, still.sum())
        lost[still] |= step > lifetime
        back[still] += step
    expected = playbook_expired_intermediate.locked_out(gap, lifetime, since)
    assert lost.mean() == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 20_000))


def test_revoked_sessions_are_never_resumed_and_each_costs_one_full_handshake(tmp_path: Path) -> None:
    grid = ["replacement", "revoke all", "revoke phones", "chain cap"]
    results = rs.Study(fewer(playbook_certificate_revoked.scenario, 12), done=grid).run(tmp_path, progress=False)
    late = after(results, "3h")
    rests_on_old = late["resumed"] & (late["chain_age"] > late["started"] - pd.Timedelta("3h"))
    full = late[~late["resumed"]]
    fulls = full.groupby(["done", "population"], observed=False).size()
    assert rests_on_old[late["done"] == "replacement"].mean() > 0.95
    assert not rests_on_old[late["done"] == "revoke all"].any()
    assert set(late.loc[rests_on_old & (late["done"] == "revoke phones"), "population"]) == {"partners"}
    assert list(full.loc[full["done"] == "revoke phones", "not_resumed"].unique()) == ["revoked"]
    assert (fulls["revoke all", "phones"], fulls["revoke phones", "phones"]) == (12, 12)
    capped = results.attempts[(results.attempts["done"] == "chain cap") & results.attempts["resumed"]]
    assert pd.Timedelta("1h") < capped["chain_age"].max() <= pd.Timedelta("2h")


def test_a_crowd_is_as_large_as_it_should_be_and_served_by_those_who_resume_or_do_not_wait(tmp_path: Path) -> None:
    book = playbook_flash_crowd_after_outage
    results = rs.Study(fewer(book.scenario, 133, cores=1), done=["admission", "keys kept"]).run(
        tmp_path, progress=False
    )
    kept = results.attempts[(results.attempts["done"] == "keys kept") & (results.attempts["attempt"] == 0)]
    crowd = kept[kept["started"].between(pd.Timedelta("5min"), pd.Timedelta("14min"))]
    expected = 133 * (9 * 60 + (book.PEAK - 1) * book.DECAY) / book.GAP
    assert len(crowd) == pytest.approx(expected, abs=4 * math.sqrt(expected))
    late = after(results, "310s")
    assert set(late.loc[late["done"] == "keys kept", "outcome"]) <= {"ok", "unfinished"}
    refused = late[(late["done"] == "admission") & (late["outcome"] == "reset")]
    assert len(refused) > 20
    assert set(refused["admission"]) == {"too_late"}
    assert refused["server_queueing"].min() > pd.Timedelta("1.99s")
    assert set(late.loc[late["started"] > pd.Timedelta("8min"), "outcome"]) <= {"ok", "unfinished"}
