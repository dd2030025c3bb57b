"""Attempts folded into visits."""

import pandas as pd
import pytest
from reshake.analysis import visits

from .synthetic import Batch, batch, no_faults, no_keys, shape


def of_rows(*rows: dict[str, object]) -> Batch:
    usual = {
        "client": 0,
        "visit": 0,
        "connection": 0,
        "attempt": 0,
        "home": 0,
        "site": 0,
        "started": 0.0,
        "outcome": "ok",
        "resumed": False,
        "offered": False,
        "not_resumed": "first_visit",
        "server_hello": 0.1,
        "first_byte": 0.3,
        "total": 0.4,
        "server_compute": 1e-4,
    }
    table = shape(pd.DataFrame([usual | row for row in rows]), seed=1)
    return Batch(attempts=table, faults=no_faults(), ticket_keys=no_keys())


UNREACHABLE: dict[str, object] = {
    "outcome": "connect_timeout",
    "not_resumed": "no_handshake",
    "server_hello": float("nan"),
    "first_byte": float("nan"),
    "total": 10.0,
}


def test_the_wait_for_an_unreachable_site_is_part_of_the_visit() -> None:
    resumed: dict[str, object] = {"started": 110.0, "attempt": 1, "site": 1, "resumed": True, "not_resumed": "resumed"}
    folded = visits(of_rows(UNREACHABLE | {"started": 100.0}, resumed)).iloc[0]
    assert folded["first_byte"] == pd.Timedelta("10.3s")
    assert folded["total"] == pd.Timedelta("10.4s")
    assert folded["started"] == pd.Timedelta("100s")
    assert folded["attempts"] == 2
    assert (folded["home"], folded["site"], folded["outcome"]) == ("ams", "iad", "ok")
    assert folded["resumed"]
    assert folded["answered"]


def test_who_would_have_tried_again_had_the_run_not_ended_has_not_failed() -> None:
    for gave_up, failed in ((True, True), (False, False), (None, True)):
        folded = visits(of_rows(UNREACHABLE | {"gave_up": gave_up})).iloc[0]
        assert bool(folded["failed"]) is failed
    assert not visits(of_rows({"gave_up": False})).iloc[0]["failed"]


def test_a_visit_that_no_site_answered_has_no_first_byte() -> None:
    last = UNREACHABLE | {"attempt": 1, "started": 10.0, "site": 1}
    folded = visits(of_rows(UNREACHABLE, last)).iloc[0]
    assert pd.isna(folded["first_byte"])
    assert folded["total"] == pd.Timedelta("20s")
    assert not folded["answered"]
    assert folded["not_resumed"] == "no_handshake"


def test_an_earlier_first_byte_is_not_taken_for_the_last_attempts() -> None:
    folded = visits(of_rows({"outcome": "truncated"}, UNREACHABLE | {"attempt": 1, "started": 1.0})).iloc[0]
    assert pd.isna(folded["first_byte"])


def test_the_order_of_rows_does_not_matter() -> None:
    ordered = batch(lifetimes=["6h"], seeds=[1], clients=6)
    shuffled = Batch(
        attempts=ordered.attempts.sample(frac=1, random_state=1),
        faults=ordered.faults,
        ticket_keys=ordered.ticket_keys,
        parameters=ordered.parameters,
    )
    pd.testing.assert_frame_equal(visits(ordered), visits(shuffled))


def test_runs_clients_and_visits_stay_apart() -> None:
    made = batch(lifetimes=["1h", "6h"], seeds=[1, 2], clients=9)
    key = ["ticket_lifetime", "seed", "population", "client", "visit", "connection"]
    folded = visits(made)
    assert not folded.duplicated(key).any()
    assert len(folded) == len(made.attempts.drop_duplicates(key))
    assert folded["attempts"].sum() == len(made.attempts)


def test_no_attempts_are_refused_in_words() -> None:
    made = batch(lifetimes=["6h"], seeds=[1], clients=3)
    empty = Batch(attempts=made.attempts.iloc[:0], faults=made.faults, ticket_keys=made.ticket_keys)
    with pytest.raises(ValueError, match="no attempts"):
        visits(empty)
