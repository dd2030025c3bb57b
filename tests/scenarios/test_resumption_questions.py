"""What the scenarios about lost resumption find, beside what theory says they must."""

import math
from pathlib import Path

import pandas as pd
import pytest
from reshake.analysis import numbers
from reshake.scenarios import deploy_cadence, night_sleep, renewal_chains, unshared_keys

import reshake as rs


def bound(share: float, trials: int) -> float:
    """Four standard deviations of a share."""
    return 4 * math.sqrt(share * (1 - share) / trials)


def test_with_n_servers_that_share_no_keys_one_in_n_offers_resumes(tmp_path: Path) -> None:
    counts = [2, 4, 8]
    results = rs.Study(unshared_keys.scenario, servers=counts).run(tmp_path, progress=False)
    offers = results.attempts[results.attempts["offered"]]
    for servers in counts:
        of = offers[offers["servers"] == servers]
        assert of["resumed"].mean() == pytest.approx(1 / servers, abs=bound(1 / servers, len(of)))
        assert set(of["not_resumed"]) == {"resumed", "unknown_key"}


def test_affinity_and_shared_keys_do_what_they_promise(tmp_path: Path) -> None:
    grid = {"remedy": ["sticky", "hash", "shared keys"], "sticky_lifetime": "6h", "servers": 8}
    results = rs.Study(unshared_keys.scenario, **grid).run(tmp_path, progress=False)
    share = numbers(results, ["honoured_share"])["honoured_share"]
    assert share["hash"] == share["shared keys"] == 1.0
    assert share["sticky"] > 0.98  # Hardly anybody stays away for six hours.


def test_a_reload_forgets_the_tickets_that_gaps_without_one_keep(tmp_path: Path) -> None:
    # Exponential gaps of mean m and a reload every T, at no particular phase: a gap holds no reload with
    # probability 1 - m/T (1 - exp(-T/m)).
    results = rs.Study(deploy_cadence.scenario, cadence=["1h", "4h"]).run(tmp_path, progress=False)
    offers = results.attempts[results.attempts["offered"]]
    for cadence, hours in (("1h", 1.0), ("4h", 4.0)):
        of = offers[offers["cadence"] == cadence]
        expected = 1 - (1 - math.exp(-hours)) / hours
        assert of["resumed"].mean() == pytest.approx(expected, abs=bound(expected, len(of)) + 0.02)


def test_a_capped_chain_is_never_older_and_costs_a_full_handshake_per_cap(tmp_path: Path) -> None:
    # A cycle is a full handshake and all visits of the next cap, so that 1 of 1 + cap/gap is full.
    results = rs.Study(renewal_chains.scenario, max_chain_age="8h").run(tmp_path, progress=False)
    attempts = results.attempts
    resumed = attempts[attempts["resumed"]]
    assert pd.Timedelta("7h") < resumed["chain_age"].max() <= pd.Timedelta("8h")
    assert 1 - attempts["resumed"].mean() == pytest.approx(1 / 5, abs=bound(1 / 5, len(attempts) // 5))


def test_people_who_sleep_come_at_the_same_times_again(tmp_path: Path) -> None:
    def nights() -> rs.Scenario:
        people = rs.client_stack("okhttp-4").clients(
            "people", count=3, access=rs.Link(delay="45ms"), arrivals=rs.Diurnal(away="1h", spread="0h"), linger="0s"
        )
        return rs.Scenario(duration="2d", clients=[people], fleets=[rs.Fleet("edge", sites=["ams"])])

    one, two = (rs.Study(nights).run(tmp_path / name, progress=False) for name in ("one", "two"))
    assert one.runs[0].manifest["digest"] == two.runs[0].manifest["digest"]
    assert one.attempts.equals(two.attempts)
    assert len(one.attempts) > 30
    hours = one.attempts["started"].dt.total_seconds() / 3_600 % 24
    assert ((hours >= 7) & (hours < 23)).all()


def test_parameters_reach_the_values_they_name() -> None:
    assert unshared_keys.scenario(remedy="none").fleets[0].tickets.keys == "per-server"
    assert unshared_keys.scenario(remedy="hash").fleets[0].balancing == "consistent-hash"
    assert deploy_cadence.scenario(cadence="never").faults == ()
    assert [fault.keys for fault in deploy_cadence.scenario(cadence="8h", keys="kept").faults] == ["kept"] * 2
    assert night_sleep.scenario(burst=5.0).clients[0].arrivals == rs.Diurnal(away="3h", burst=5.0)
    assert renewal_chains.scenario(max_chain_age="none").fleets[0].tickets.max_chain_age is None
