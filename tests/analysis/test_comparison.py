"""Two batches side by side: the differences are those of the quantities, and what is not clear is not told as such."""

import dataclasses
import io
import math

import numpy as np
import pandas as pd
import pytest
from reshake.analysis.comparison import compare, comparison_frame, comparison_table, finding
from reshake.analysis.comparison_figure import comparison_figure
from reshake.analysis.quantities import QUANTITIES, fold
from rich.console import Console

from .synthetic import Batch, batch


@pytest.fixture(scope="module")
def short() -> Batch:
    return batch(lifetimes=["1h"], seeds=range(6), clients=40)


@pytest.fixture(scope="module")
def long() -> Batch:
    return batch(lifetimes=["6h"], seeds=range(6), clients=40)


def test_differences_are_those_of_the_quantities_seed_by_seed(short: Batch, long: Batch) -> None:
    rows = {row.quantity.name: row for row in compare(short, long)}
    assert list(rows) == [quantity.name for quantity in QUANTITIES]
    a, b = fold(short), fold(long)
    for quantity in QUANTITIES:
        apart = quantity.by_seed(b) - quantity.by_seed(a)
        assert rows[quantity.name].found.mean.mean == pytest.approx(float(apart.mean()))
        assert rows[quantity.name].found.pairs == 6
    resumed = rows["resumed_share"]
    assert resumed.verdict == "better"
    assert resumed.found.mean.low > 0.2
    assert resumed.needed is not None
    # The same arrivals in both: pairs know more than two batches apart.
    assert resumed.found.shortened > 1


def test_the_other_way_round_is_the_mirror(short: Batch, long: Batch) -> None:
    for there, back in zip(compare(short, long), compare(long, short), strict=True):
        assert back.found.mean.mean == pytest.approx(-there.found.mean.mean)
        assert back.found.mean.low == pytest.approx(-there.found.mean.high)
        mirror = {"better": "worse", "worse": "better"}
        assert back.verdict == mirror.get(there.verdict, there.verdict)


def test_a_batch_against_itself_shows_no_difference(short: Batch) -> None:
    rows = compare(short, short)
    assert {row.found.mean.mean for row in rows} == {0.0}
    assert {row.verdict for row in rows} == {"no difference shown"}
    assert finding(rows) == "no difference between A and B is shown"


def test_noise_is_seldom_told_as_a_difference(short: Batch) -> None:
    # The same policy with other seeds: six quantities at 5 % each.
    told = 0
    for first in (10, 20, 30):
        other = batch(lifetimes=["1h"], seeds=range(first, first + 6), clients=40)
        told += sum(row.verdict in ("better", "worse") for row in compare(short, other))
    assert told <= 4


def test_values_of_a_parameter_are_chosen_or_compared_one_by_one(short: Batch) -> None:
    several = batch(lifetimes=["1h", "6h"], seeds=range(6), clients=40)
    chosen = compare(several, several, choose_a={"ticket_lifetime": "1h"}, choose_b={"ticket_lifetime": "6h"})
    assert [row.where for row in chosen] == [{}] * len(QUANTITIES)
    assert chosen[0].verdict == "better"
    each = compare(several, several)
    assert [dict(row.where) for row in each[:: len(QUANTITIES)]] == [
        {"ticket_lifetime": "1h"},
        {"ticket_lifetime": "6h"},
    ]
    with pytest.raises(ValueError, match="ticket_lifetime: the two batches do not have the same values"):
        compare(short, several)
    with pytest.raises(ValueError, match='ticket_lifetime: no value "2h"; there is 1h, 6h'):
        compare(several, several, choose_a={"ticket_lifetime": "2h"})
    with pytest.raises(ValueError, match="loss: no such parameter; there is ticket_lifetime"):
        compare(several, several, choose_b={"loss": "0"})


def test_a_number_is_chosen_however_it_is_written(short: Batch) -> None:
    attempts = short.attempts.assign(
        loss=pd.Categorical(np.where(short.attempts["client"] % 2, 0.02, 0.0), [0.0, 0.02])
    )
    made = dataclasses.replace(short, attempts=attempts, parameters={"loss": [0.0, 0.02]})
    named, plain = (compare(made, made, choose_a={"loss": zero}, choose_b={"loss": "2e-2"}) for zero in ("0.0", "0"))
    assert named == plain
    assert named[0].found.pairs > 1


def test_without_seeds_in_common_it_says_so(short: Batch) -> None:
    other = batch(lifetimes=["6h"], seeds=range(100, 104), clients=40)
    rows = compare(short, other)
    assert {row.found.pairs for row in rows} == {0}
    assert rows[0].verdict == "better"
    screen = io.StringIO()
    Console(width=80, file=screen).print(comparison_table(rows))
    assert "No two seeds in common" in screen.getvalue()


def test_one_seed_proves_nothing(short: Batch) -> None:
    one = batch(lifetimes=["6h"], seeds=[0], clients=40)
    rows = compare(short, one)
    assert {row.verdict for row in rows} == {"unknown"}
    assert finding(rows) == "one seed: what differs may be chance"


def test_the_table_fits_a_terminal_of_80_columns_and_the_frame_holds_every_number(short: Batch, long: Batch) -> None:
    rows = compare(short, long)
    screen = io.StringIO()
    Console(width=80, file=screen).print(comparison_table(rows))
    text = screen.getvalue()
    assert "…" not in text
    assert "better" in text
    assert all(label in text for label in ("server CPU", "p99"))
    frame = comparison_frame(rows)
    assert list(frame["quantity"]) == [quantity.name for quantity in QUANTITIES]
    assert (frame["low"] <= frame["difference"]).all()
    assert (frame["bootstrap_low"] <= frame["difference"]).all()
    assert np.allclose(frame["b"] - frame["a"], frame["difference"])


def test_the_figure_says_what_was_found(short: Batch, long: Batch) -> None:
    rows = compare(short, long)
    figure = comparison_figure(rows, "1 h", "6 h")
    texts = [text.get_text() for text in figure.texts]
    assert texts[0].replace("\n", " ").startswith("B is better in the resumed share")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [row.quantity.title for row in rows if row.found.a]
    assert axes.get_xlabel() == "difference B - A, % of A"
    empty = [dataclasses.replace(row, found=dataclasses.replace(row.found, a=0.0)) for row in rows]
    assert all(math.isnan(row.found.relative.mean) for row in empty)
    with pytest.raises(ValueError, match="no quantity has a value"):
        comparison_figure(empty)
