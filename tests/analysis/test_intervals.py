"""Intervals hold as often as they say, and agree with SciPy where it computes the same."""

import math

import numpy as np
import pytest
import scipy.stats
from reshake.analysis import (
    bootstrap,
    difference,
    intervals,
    over_seeds,
    resumption_over_time,
    seeds_needed,
    sign_flip_p,
    student_t,
    summary,
    visits,
)
from reshake.analysis.estimates import METHODS, Method

from .synthetic import Batch

BATCHES = 1_000


def bounds(share: float, batches: int = BATCHES) -> tuple[float, float]:
    """Where the share of intervals that hold lies in 999 of 1,000 cases, if each holds with `share`."""
    low, high = scipy.stats.binom.ppf([0.0005, 0.9995], batches, share)
    return low / batches, high / batches


def coverage(kind: str, seeds: int) -> tuple[float, float]:
    """How often Student's and the bootstrapped interval hold the truth, over synthetic batches."""
    random = np.random.default_rng([seeds, len(kind)])
    held = np.zeros(2)
    for _ in range(BATCHES):
        if kind == "normal":
            values, truth = random.normal(0.3, 0.05, seeds), 0.3
        elif kind == "share":
            # A share of 200 visits, of clients that differ from run to run.
            values = random.binomial(200, random.beta(30, 20, seeds)) / 200
            truth = 0.6
        else:
            values, truth = random.gamma(4.0, 0.1, seeds), 0.4
        for index, estimate in enumerate((over_seeds(values), bootstrap(values, resamples=1_000))):
            held[index] += not estimate.excludes(truth)
    student, drawn = held / BATCHES
    return student, drawn


@pytest.mark.parametrize("seeds", [5, 12])
@pytest.mark.parametrize("kind", ["normal", "share"])
def test_intervals_hold_as_often_as_they_say(kind: str, seeds: int) -> None:
    student, drawn = coverage(kind, seeds)
    low, high = bounds(0.95)
    assert low <= student <= high
    # The bootstrap is right for many runs; with five of them it falls short by a few percent.
    assert low - (0.03 if seeds == 5 else 0.01) <= drawn <= high


def test_the_plain_percentile_interval_would_be_too_short() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(BATCHES):
        values = random.normal(0.0, 1.0, 5)
        drawn = values[random.integers(0, 5, size=(1_000, 5))].mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        held += low <= 0 <= high
    assert held / BATCHES < 0.88
    assert coverage("normal", 5)[1] > 0.90


def test_skewed_quantities_cost_a_few_percent_and_more_seeds_bring_them_back() -> None:
    few, many = coverage("skewed", 5), coverage("skewed", 40)
    assert min(few) > 0.89
    assert min(many) > 0.925


@pytest.mark.parametrize("method", METHODS)
def test_a_choice_of_intervals_holds_for_figures_and_tables_and_ends_with_its_block(
    method: Method, shared: Batch
) -> None:
    values = [0.61, 0.64, 0.60, 0.90, 0.63]
    usual = over_seeds(values)
    with intervals(method):
        chosen = over_seeds(values)
        numbers = summary(shared).set_index("ticket_lifetime")
        note = resumption_over_time(shared).texts[-1].get_text()
    assert chosen == {"student": usual, "bootstrap": bootstrap(values)}[method]
    assert over_seeds(values) == usual
    folded = visits(shared)
    of_seeds = folded[(folded["ticket_lifetime"] == "6h") & folded["answered"]].groupby("seed")["resumed"].mean()
    with intervals(method):
        expected = over_seeds(of_seeds)
    assert (numbers.loc["6h", "resumed_share_low"], numbers.loc["6h", "resumed_share_high"]) == pytest.approx(
        (expected.low, expected.high)
    )
    assert {"student": "(Student's t over seeds)", "bootstrap": "(bootstrap over seeds)"}[method] in note


def test_intervals_of_another_kind_are_refused() -> None:
    with (
        pytest.raises(ValueError, match='intervals: "normal" given, student or bootstrap allowed'),
        intervals("normal"),
    ):  # type: ignore[arg-type]
        pass


def test_student_is_scipys() -> None:
    for confidence in (0.5, 0.9, 0.95, 0.999):
        for degrees in (1, 2, 3, 7, 30, 200):
            assert student_t(confidence, degrees) == pytest.approx(
                scipy.stats.t.ppf((1 + confidence) / 2, degrees), rel=1e-9
            )


def test_a_paired_difference_is_scipys() -> None:
    random = np.random.default_rng(3)
    for seeds in (4, 9):
        common = random.normal(0.5, 0.1, seeds)
        a, b = common, common + random.normal(0.02, 0.01, seeds)
        found = difference(dict(enumerate(a)), dict(enumerate(b)))
        expected = scipy.stats.ttest_rel(b, a).confidence_interval(0.95)
        assert (found.mean.low, found.mean.high) == pytest.approx((expected.low, expected.high))
        exact = scipy.stats.permutation_test(
            (b - a,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", n_resamples=np.inf
        )
        assert found.p == pytest.approx(exact.pvalue)
        assert found.pairs == seeds


def test_an_unpaired_difference_is_welchs() -> None:
    random = np.random.default_rng(4)
    a, b = random.normal(0.5, 0.1, 8), random.normal(0.6, 0.02, 11)
    found = difference(dict(enumerate(a)), {100 + i: value for i, value in enumerate(b)})
    expected = scipy.stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert found.pairs == 0
    assert math.isnan(found.p)
    # Degrees of freedom are rounded down: never shorter, and by little.
    assert found.mean.low <= expected.low
    assert found.mean.high - found.mean.low == pytest.approx(expected.high - expected.low, rel=0.05)


def test_pairs_find_what_the_same_runs_unpaired_do_not() -> None:
    random = np.random.default_rng(6)
    common = random.normal(0.5, 0.1, 10)
    a = dict(enumerate(common))
    b = dict(enumerate(common + 0.01 + random.normal(0.0, 0.002, 10)))
    paired = difference(a, b)
    apart = difference(a, {seed + 100: value for seed, value in b.items()})
    assert paired.mean.excludes(0)
    assert not apart.mean.excludes(0)
    assert paired.shortened > 20
    assert paired.bootstrapped.excludes(0)


def test_a_false_alarm_is_as_rare_as_it_says() -> None:
    random = np.random.default_rng(7)
    alarms = sum(sign_flip_p(random.exponential(1.0, 8) - random.exponential(1.0, 8)) <= 0.05 for _ in range(BATCHES))
    # Exact up to the steps that the number of pairs allows: at most 5 %, and not far below.
    assert 0.03 <= alarms / BATCHES <= bounds(0.05)[1]
    assert sign_flip_p([1.0] * 5) == 2 / 32


def test_so_many_seeds_give_the_precision_that_was_wanted() -> None:
    random = np.random.default_rng(8)
    held, asked = 0, []
    for _ in range(BATCHES):
        first = random.normal(0.0, 1.0, 6)
        needed = seeds_needed(list(first), half_width=0.5)
        values = np.concatenate([first, random.normal(0.0, 1.0, needed - 6)])
        held += abs(values.mean()) <= 0.5
        asked.append(needed)
    assert held / BATCHES >= bounds(0.95)[0]
    # With the deviation known, (1.96 / 0.5)^2 = 15 would do; six seeds to judge it by cost about twice that.
    assert 15 < np.mean(asked) < 40


def test_a_seed_without_a_value_and_a_batch_of_one_are_no_trouble() -> None:
    assert bootstrap([]).seeds == 0
    assert not bootstrap([0.5, math.nan]).has_interval
    assert difference({1: 0.5, 2: math.nan}, {1: 0.7}).pairs == 0
    alike = difference({1: 0.5, 2: 0.5}, {1: 0.5, 2: 0.5})
    assert (alike.mean.low, alike.mean.high) == (0.0, 0.0)
    assert math.isnan(alike.effect)
    with pytest.raises(ValueError, match="at least 2 needed"):
        seeds_needed([0.5], 0.1)
    with pytest.raises(ValueError, match="half_width: 0 given"):
        seeds_needed([0.5, 0.6], 0)
