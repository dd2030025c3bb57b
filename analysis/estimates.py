"""Estimates with confidence intervals over seeds, percentiles, and empirical distributions.

The attempts of one run are not independent: they share clients, links and faults. Runs with
different seeds are. So a quantity is first computed within each seed, and the interval is Student's
over those values, or where `intervals` says so the bootstrap's. With one seed there is no interval.
"""

import functools
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
"""Of every interval that a figure or a table shows."""

Method = Literal["student", "bootstrap"]
METHODS: tuple[Method, ...] = get_args(Method)

_TOLD: Mapping[Method, str] = {"student": "Student's t", "bootstrap": "bootstrap"}
_METHOD: ContextVar[Method] = ContextVar("method", default="student")


@contextmanager
def intervals(method: Method) -> Iterator[None]:
    """Figures and tables that are made inside have intervals of this kind.

    Parameters
    ----------
    method
        ``"student"``: Student's t over seeds, as everywhere unless said otherwise. ``"bootstrap"``: seeds drawn again
        (`bootstrap`), which assumes no distribution.

    Examples
    --------
    >>> with intervals("bootstrap"):
    ...     estimate = over_seeds([1.0, 1.1, 1.2, 4.0])
    >>> estimate.mean - estimate.low < estimate.high - estimate.mean
    True
    """
    if method not in METHODS:
        raise ValueError(f'intervals: "{method}" given, {" or ".join(METHODS)} allowed')
    before = _METHOD.set(method)
    try:
        yield
    finally:
        _METHOD.reset(before)


def method() -> str:
    """How intervals are computed, in the words of a caption."""
    return _TOLD[_METHOD.get()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over seeds and its confidence interval.

    Parameters
    ----------
    mean
        Mean of the values of the seeds, each with equal weight. NaN without values.
    low, high
        Ends of the interval. NaN with fewer than two seeds.
    seeds
        How many seeds had a value.

    Examples
    --------
    >>> Estimate(mean=0.71, low=0.69, high=0.73, seeds=4).excludes(0.5)
    True
    """

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def error(self) -> float:
        """The longer arm of the interval; NaN with fewer than two seeds."""
        return max(self.mean - self.low, self.high - self.mean)

    @property
    def has_interval(self) -> bool:
        """Whether there were enough seeds for an interval."""
        return not math.isnan(self.low)

    def excludes(self, value: float) -> bool:
        """Whether the interval exists and `value` lies outside it."""
        return self.has_interval and not self.low <= value <= self.high

    def at_least_as_wide_as(self, error: float) -> "Estimate":
        """The same estimate with an interval of at least `error` to either side.

        Examples
        --------
        >>> Estimate(mean=0.5, low=0.49, high=0.51, seeds=2).at_least_as_wide_as(0.25).low
        0.25
        """
        error = max(error, self.error) if self.has_interval else error
        low, high = self.mean - error, self.mean + error
        return Estimate(mean=self.mean, low=low, high=high, seeds=self.seeds)

    def within(self, least: float, most: float) -> "Estimate":
        """The same estimate with its interval cut to what the quantity can be.

        Examples
        --------
        >>> Estimate(mean=0.99, low=0.97, high=1.01, seeds=4).within(0.0, 1.0).high
        1.0
        """
        if not self.has_interval:
            return self
        return Estimate(mean=self.mean, low=max(self.low, least), high=min(self.high, most), seeds=self.seeds)


def _central_mass(angle: float, degrees: int) -> float:
    # Abramowitz & Stegun 26.7.3 and 26.7.4: P(|T| <= t) for whole degrees of freedom, with
    # tan(angle) = t / sqrt(degrees).
    cosine = math.cos(angle)
    odd = degrees % 2
    term, total = (cosine if odd else 1.0), 0.0
    for power in range(2 + odd, degrees + 1, 2):
        total += term
        term *= cosine * cosine * (power - 1) / power
    if odd:
        return (angle + math.sin(angle) * total) * 2.0 / math.pi
    return math.sin(angle) * total


@functools.cache
def student_t(confidence: float, degrees: int) -> float:
    """Half-width of the central interval that holds `confidence` of Student's t distribution.

    Parameters
    ----------
    confidence
        Probability inside the interval, above 0 and below 1.
    degrees
        Degrees of freedom, at least 1.

    Notes
    -----
    Bisection on the closed form for whole degrees of freedom (Abramowitz & Stegun, section 26.7).

    Examples
    --------
    >>> round(student_t(0.95, 3), 3)
    3.182
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence: {confidence} given, above 0 and below 1 allowed")
    if degrees < 1:
        raise ValueError(f"degrees: {degrees} given, at least 1 allowed")
    low, high = 0.0, math.pi / 2
    for _ in range(100):
        middle = (low + high) / 2
        if _central_mass(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return math.tan(low) * math.sqrt(degrees)


def over_seeds(values: Iterable[float], confidence: float = CONFIDENCE) -> Estimate:
    """Mean and interval of one value per seed, Student's t unless `intervals` says otherwise.

    NaN values (a seed that has none) are left out.

    Parameters
    ----------
    values
        The quantity, computed within each seed.
    confidence
        Probability that the interval is to hold, above 0 and below 1.

    Examples
    --------
    >>> estimate = over_seeds([1.0, 2.0, 3.0])
    >>> estimate.mean, round(estimate.low, 2), round(estimate.high, 2)
    (2.0, -0.48, 4.48)
    """
    if _METHOD.get() == "bootstrap":
        from .bootstrap import bootstrap

        return bootstrap(values, confidence)
    known = np.array([value for value in values if not math.isnan(value)], dtype=float)
    if known.size == 0:
        return Estimate(mean=math.nan, low=math.nan, high=math.nan, seeds=0)
    mean = float(known.mean())
    if known.size == 1:
        return Estimate(mean=mean, low=math.nan, high=math.nan, seeds=1)
    half = student_t(confidence, known.size - 1) * float(known.std(ddof=1)) / math.sqrt(known.size)
    return Estimate(mean=mean, low=mean - half, high=mean + half, seeds=int(known.size))


def percentile(values: ArrayLike, rank: float) -> float:
    """The smallest value that at least `rank` percent of the values do not exceed; NaN without values.

    Parameters
    ----------
    values
        Any numbers; NaN is left out.
    rank
        0 to 100.

    Notes
    -----
    The inverse of the empirical distribution (type 1 of Hyndman and Fan, 1996). Latencies under
    loss come in narrow clusters; interpolating between two of them would name a latency that never
    happens.

    Examples
    --------
    >>> percentile([10, 20, 30, 1000], 75)
    30.0
    """
    array = np.asarray(values, dtype=float)
    array = array[~np.isnan(array)]
    if array.size == 0:
        return math.nan
    return float(np.percentile(array, rank, method="inverted_cdf"))


def percentile_error(values: ArrayLike, rank: float, confidence: float, visits: float) -> float:
    """Half-width of a percentile's confidence interval, from the values beside it.

    Parameters
    ----------
    values, rank
        As for `percentile`.
    confidence
        Probability that the interval is to hold, above 0 and below 1.
    visits
        How many independent values there are, at least 1: fewer than `values` where some repeat each other.

    Notes
    -----
    The ranks between which a percentile lies are those of a binomial count (Conover, Practical Nonparametric
    Statistics, section 3.2), here in its normal limit.

    Examples
    --------
    >>> percentile_error(range(1000), 50, 0.95, visits=1000)
    31.0
    """
    share = rank / 100
    spread = 100 * NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(share * (1 - share) / visits)
    middle = percentile(values, rank)
    low, high = percentile(values, max(rank - spread, 0.0)), percentile(values, min(rank + spread, 100.0))
    return max(middle - low, high - middle)


def ecdf(values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The empirical distribution as distinct values and the share of all that does not exceed each.

    Parameters
    ----------
    values
        Any numbers; NaN is left out.

    Examples
    --------
    >>> x, y = ecdf([3.0, 1.0, 3.0, 7.0])
    >>> x.tolist(), y.tolist()
    ([1.0, 3.0, 7.0], [0.25, 0.75, 1.0])
    """
    array = np.asarray(values, dtype=float)
    array = array[~np.isnan(array)]
    x, counts = np.unique(array, return_counts=True)
    return x, np.cumsum(counts) / max(array.size, 1)
