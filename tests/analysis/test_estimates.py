"""The statistics against closed forms, tables, and simulation."""

import math

import numpy as np
import pytest
import reshake.analysis
from reshake.analysis import Estimate, ecdf, over_seeds, percentile, student_t
from reshake.analysis.estimates import percentile_error


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    # Abramowitz & Stegun, table 26.10, two-sided 95 %.
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (7, 2.365), (10, 2.228), (30, 2.042), (120, 1.980)],
)
def test_student_t_is_the_tabulated_one(degrees: int, quantile: float) -> None:
    assert student_t(0.95, degrees) == pytest.approx(quantile, abs=6e-4)


def test_student_t_with_one_degree_is_the_cauchy_quantile() -> None:
    for confidence in (0.5, 0.9, 0.99, 0.999):
        assert student_t(confidence, 1) == pytest.approx(math.tan(math.pi * confidence / 2), rel=1e-9)


def test_student_t_with_two_degrees_has_its_closed_form() -> None:
    for confidence in (0.5, 0.9, 0.99, 0.999):
        closed = confidence * math.sqrt(2 / (1 - confidence**2))
        assert student_t(confidence, 2) == pytest.approx(closed, rel=1e-9)


def test_student_t_tends_to_the_normal_quantile() -> None:
    assert student_t(0.95, 5_000) == pytest.approx(1.95996, abs=1e-3)


@pytest.mark.parametrize(("confidence", "degrees"), [(0.0, 3), (1.0, 3), (0.95, 0)])
def test_student_t_refuses_what_has_no_quantile(confidence: float, degrees: int) -> None:
    with pytest.raises(ValueError, match=r"given, .* allowed"):
        student_t(confidence, degrees)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(1)
    trials = 4_000
    covered = sum(not over_seeds(random.normal(7.0, 2.0, size=4)).excludes(7.0) for _ in range(trials))
    # Three standard deviations of a binomial share around 95 %.
    assert covered / trials == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / trials))


def test_the_interval_of_known_values_is_the_textbook_one() -> None:
    estimate = over_seeds([1.0, 2.0, 3.0, 4.0])
    half = 3.182446 * math.sqrt(5 / 3) / 2
    assert estimate.mean == 2.5
    assert (estimate.low, estimate.high) == pytest.approx((2.5 - half, 2.5 + half), rel=1e-6)
    assert estimate.error == pytest.approx(half, rel=1e-6)
    assert estimate.seeds == 4


def test_one_seed_has_a_mean_and_no_interval() -> None:
    estimate = over_seeds([0.7])
    assert estimate.mean == 0.7
    assert not estimate.has_interval
    assert not estimate.excludes(0.0)
    assert math.isnan(estimate.error)


def test_seeds_without_a_value_do_not_count() -> None:
    assert over_seeds([1.0, math.nan, 3.0]) == over_seeds([1.0, 3.0])
    assert math.isnan(over_seeds([math.nan]).mean)


def test_an_interval_is_cut_to_what_a_share_can_be() -> None:
    cut = Estimate(mean=0.01, low=-0.02, high=0.04, seeds=3).within(0.0, 1.0)
    assert (cut.low, cut.high) == (0.0, 0.04)


def test_an_interval_is_widened_and_never_narrowed() -> None:
    estimate = Estimate(mean=0.5, low=0.4, high=0.6, seeds=3)
    assert estimate.at_least_as_wide_as(0.05) == estimate
    assert not estimate.at_least_as_wide_as(0.2).excludes(0.31)
    assert over_seeds([0.5]).at_least_as_wide_as(0.2).excludes(0.8)


def test_the_error_of_a_percentile_is_that_of_its_law() -> None:
    # The median of n exponential values has the standard deviation 1 / sqrt(n).
    values = np.random.default_rng(4).exponential(size=100_000)
    assert percentile_error(values, 50, 0.95, visits=10_000) == pytest.approx(1.96 / 100, rel=0.05)


def test_a_percentile_is_a_value_that_happened() -> None:
    values = [0.1, 0.2, 1.2, 9.0]
    assert [percentile(values, rank) for rank in (0, 25, 25.1, 50, 75, 99, 100)] == [0.1, 0.1, 0.2, 0.2, 1.2, 9.0, 9.0]


def test_percentiles_leave_out_what_was_not_reached() -> None:
    assert percentile([math.nan, 5.0, math.nan], 50) == 5.0
    assert math.isnan(percentile([], 50))


def test_the_distribution_and_the_percentiles_agree() -> None:
    values = np.random.default_rng(2).exponential(size=997)
    x, y = ecdf(values)
    for rank in (1, 50, 95, 99):
        assert percentile(values, rank) == x[np.searchsorted(y, rank / 100)]


def test_the_distribution_is_that_of_its_law() -> None:
    x, y = ecdf(np.random.default_rng(3).exponential(size=20_000))
    # Kolmogorov's 0.1 % critical value.
    assert np.abs(y - (1 - np.exp(-x))).max() < 1.95 / math.sqrt(20_000)


def test_the_distribution_of_nothing_is_empty() -> None:
    x, y = ecdf([])
    assert len(x) == len(y) == 0


def test_what_is_public_is_there() -> None:
    # Their order is ruff's: constants, classes, functions.
    assert [name for name in reshake.analysis.__all__ if not hasattr(reshake.analysis, name)] == []
