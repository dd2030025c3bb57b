"""The numbers of a batch."""

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from reshake.analysis import over_seeds, summary, summary_table, visits
from rich.console import Console

from .synthetic import LIFETIMES, Batch, batch, seconds


def test_numbers_are_those_of_the_visits(shared: Batch) -> None:
    numbers = summary(shared).set_index("ticket_lifetime")
    assert list(numbers.index) == list(LIFETIMES)
    folded = visits(shared)
    chosen = folded[folded["ticket_lifetime"] == "6h"]
    share = over_seeds(chosen[chosen["answered"]].groupby("seed")["resumed"].mean())
    row = numbers.loc["6h"]
    assert row["visits"] == len(chosen)
    assert row["attempts"] == chosen["attempts"].sum()
    assert row["seeds"] == 4
    assert (row["resumed_share"], row["resumed_share_low"]) == pytest.approx((share.mean, share.low))
    assert row["first_byte_p50"] <= row["first_byte_p95"] <= row["first_byte_p99"]


def test_visits_that_nobody_answered_do_not_count_as_not_resumed(shared: Batch) -> None:
    unanswered = shared.attempts["visit"] % 2 == 1
    attempts = shared.attempts.assign(
        server_hello=shared.attempts["server_hello"].mask(unanswered),
        resumed=~unanswered,
        outcome=shared.attempts["outcome"].mask(unanswered, "connect_timeout"),
    )
    numbers = summary(dataclasses.replace(shared, attempts=attempts))
    assert (numbers["resumed_share"] == 1.0).all()
    assert (numbers["failed_share"] > 0.3).all()


def test_server_compute_is_per_attempt(shared: Batch) -> None:
    made = dataclasses.replace(
        shared, attempts=shared.attempts.assign(server_compute=seconds([2e-4] * len(shared.attempts)))
    )
    assert summary(made)["server_compute"].to_numpy() == pytest.approx([2e-4] * 5)


def test_the_runs_end_and_vanished_clients_are_no_failures_of_the_service(shared: Batch) -> None:
    for outcome, failed in (("unfinished", 0.0), ("vanished", 0.0), ("alert", 1.0), ("attempt_timeout", 1.0)):
        made = dataclasses.replace(shared, attempts=shared.attempts.assign(outcome=outcome))
        assert summary(made)["failed_share"].to_numpy() == pytest.approx([failed] * 5)


def test_intervals_of_shares_stay_between_0_and_1(shared: Batch) -> None:
    numbers = summary(shared)
    assert (numbers["resumed_share_low"] >= 0).all()
    assert (numbers["resumed_share_high"] <= 1).all()


def test_counts_are_whole_numbers_beside_a_parameter_that_is_none(shared: Batch) -> None:
    two = shared.attempts[shared.attempts["ticket_lifetime"].isin(["1h", "6h"])].drop(columns="ticket_lifetime")
    attempts = two.assign(loss=pd.Categorical(np.where(two["client"] % 2, 0.02, 0.0), [0.0, 0.02]))
    made = dataclasses.replace(shared, attempts=attempts, parameters={"loss": [0.0, 0.02]})
    screen = io.StringIO()
    Console(file=screen, width=80).print(summary_table(made))
    assert f" {len(visits(made)[lambda rows: rows['loss'] == 0.0]):,} " in screen.getvalue()


@pytest.mark.parametrize("seeds", [(1,), (1, 2, 3)])
def test_the_table_fits_a_terminal_of_80_columns(seeds: tuple[int, ...]) -> None:
    screen = io.StringIO()
    Console(width=80, file=screen).print(summary_table(batch(seeds=seeds, clients=60)))
    text = screen.getvalue()
    assert "…" not in text
    assert "10 min" in text
    assert ("±" in text) == (len(seeds) > 1)
    assert ("One seed, so no confidence intervals" in text) == (len(seeds) == 1)
