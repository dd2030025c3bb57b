"""Advice: constraints are kept with whole intervals, the best is the best of those; where none is, it says so."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from matplotlib.text import Text
from reshake.analysis import numbers
from reshake.analysis.advice import EXPOSURE, Advice, Constraint, Policy, advise, finding, headline, measure_named
from reshake.analysis.advice_figure import front_figure
from reshake.analysis.estimates import Estimate
from reshake.analysis.quantities import FAILED, RESUMED, SERVER_COMPUTE

from .synthetic import Batch, batch


@pytest.fixture(scope="module")
def costly() -> Batch:
    """Longer lifetimes resume more, and by construction cost the servers more."""
    made = batch(lifetimes=("10min", "1h", "6h", "1d"), seeds=(1, 2, 3), clients=40)
    factor = made.attempts["ticket_lifetime"].map({"10min": 1.0, "1h": 2.0, "6h": 3.0, "1d": 4.0}).astype(float)
    cost = pd.to_timedelta(factor * 1e-3, unit="s").astype("timedelta64[ns]")
    return dataclasses.replace(made, attempts=made.attempts.assign(server_compute=cost))


def cpu_at_most(seconds: float) -> Constraint:
    return Constraint(quantity=SERVER_COMPUTE, at_most=True, limit=seconds)


def values(policies: tuple[Policy, ...]) -> list[object]:
    return [policy.values["ticket_lifetime"] for policy in policies]


def test_the_best_is_the_best_of_those_that_keep_the_constraint(costly: Batch) -> None:
    found = advise(costly, RESUMED, [cpu_at_most(0.0035)])
    assert found.best is not None
    assert found.best.values == {"ticket_lifetime": "6h"}
    share = numbers(costly, ["resumed_share"])["resumed_share"]
    assert found.best.estimate(RESUMED).mean == pytest.approx(share["6h"])
    assert [found.judge(policy) for policy in found.policies] == ["met", "met", "met", "broken"]
    assert headline(found).startswith("ticket lifetime 6 h: visits that resume ")
    free = advise(costly, RESUMED, [])
    assert free.best is not None
    assert free.best.values == {"ticket_lifetime": "1d"}


def test_who_is_beaten_in_everything_is_not_on_the_front(costly: Batch) -> None:
    # What costs most resumes least.
    worst = costly.attempts["ticket_lifetime"] == "10min"
    spoilt = costly.attempts.assign(
        server_compute=costly.attempts["server_compute"].mask(worst, pd.Timedelta(milliseconds=9))
    )
    found = advise(dataclasses.replace(costly, attempts=spoilt), RESUMED, [cpu_at_most(1.0)])
    assert values(found.front) == ["1h", "6h", "1d"]
    assert values(advise(costly, RESUMED, [cpu_at_most(1.0)]).front) == ["10min", "1h", "6h", "1d"]


def test_where_nothing_keeps_the_constraints_the_nearest_is_told(costly: Batch) -> None:
    found = advise(costly, RESUMED, [cpu_at_most(0.0005), Constraint(quantity=FAILED, at_most=True, limit=0.5)])
    assert found.best is None
    text = finding(found)
    assert text.startswith("No policy keeps server CPU per attempt at most 500 µs and visits that fail at most 50 %")
    assert "the least of server CPU per attempt is 1 ms (ticket lifetime 10 min)" in text[0].lower() + text[1:].replace(
        "The least", "the least"
    )
    assert front_figure(found).texts[0].get_text().startswith("No policy keeps")


def test_policies_that_the_seeds_do_not_tell_apart_are_told(costly: Batch) -> None:
    same = costly.attempts[costly.attempts["ticket_lifetime"] == "1d"]
    both = pd.concat([same.assign(ticket_lifetime=value) for value in ("10min", "1d")], ignore_index=True)
    both["ticket_lifetime"] = pd.Categorical(both["ticket_lifetime"], ["10min", "1d"], ordered=True)
    twice = dataclasses.replace(costly, attempts=both, parameters={"ticket_lifetime": ["10min", "1d"]})
    found = advise(twice, RESUMED, [])
    assert len(found.level) == 1
    assert "As good, as far as these seeds tell: ticket lifetime 1 d." in finding(found)
    assert advise(costly, RESUMED, []).level == ()


@pytest.mark.parametrize(
    ("low", "mean", "high", "said"),
    [
        (0.1, 0.2, 0.29, "met"),
        (0.1, 0.2, 0.31, "perhaps"),
        (0.1, 0.31, 0.4, "broken"),
        (0.0, float("nan"), 1, "broken"),
    ],
)
def test_a_constraint_is_met_with_the_whole_interval(low: float, mean: float, high: float, said: str) -> None:
    estimate = Estimate(mean=mean, low=low, high=high, seeds=3)
    assert Constraint(quantity=FAILED, at_most=True, limit=0.3).judge(estimate) == said
    turned = Estimate(mean=1 - mean, low=1 - high, high=1 - low, seeds=3)
    assert Constraint(quantity=RESUMED, at_most=False, limit=0.7).judge(turned) == said


def test_the_figure_shows_every_policy_and_names_the_best(costly: Batch) -> None:
    found: Advice = advise(costly, RESUMED, [cpu_at_most(0.0035)])
    figure = front_figure(found)
    figure.draw_without_rendering()
    words = [text.get_text() for text in figure.findobj(Text)]
    assert "6 h" in words
    assert "the best" in words
    points = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "x") and len(line.get_xdata()) == 1]  # type: ignore[arg-type]
    assert len(points) == len(found.policies) + 1
    front_figure(advise(costly, RESUMED, [])).draw_without_rendering()


def test_quantities_have_short_names() -> None:
    assert measure_named("p99").name == "first_byte_p99"
    assert measure_named("exposure") is EXPOSURE
    with pytest.raises(ValueError, match="there is no quantity 'speed'; there is resumed"):
        measure_named("speed")
