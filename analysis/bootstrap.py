"""Intervals that assume no distribution: runs are drawn again, never rows.

The rows of one run share its clients, links and faults, so that a row drawn alone would count dependence as certainty.
What is drawn is the value that a quantity has in a whole run.
"""

import math
from collections.abc import Callable, Iterable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .estimates import CONFIDENCE, Estimate, student_t

RESAMPLES = 4_000
_SEED = 20_260_101  # Of the draws: the same values give the same interval.


def _mean(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(samples.mean(axis=-1), dtype=float)


def bootstrap(
    values: Iterable[float],
    confidence: float = CONFIDENCE,
    *,
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]] = _mean,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A statistic of one value per run, with an expanded percentile interval.

    Parameters
    ----------
    values
        The quantity, computed within each run; NaN (a run that has none) is left out.
    confidence
        Probability that the interval is to hold, above 0 and below 1.
    statistic
        Of the last axis of an array; the mean unless said otherwise.
    resamples
        How many times the runs are drawn again, at least 100.

    Notes
    -----
    The plain percentile interval is too short with few runs: it lacks the factor sqrt(n / (n - 1)) and takes normal
    quantiles where Student's are due. Both are put right by reading the bootstrap distribution further out
    (Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69, 2015, section 5.3).

    Examples
    --------
    >>> estimate = bootstrap([0.61, 0.64, 0.60, 0.66, 0.63])
    >>> round(estimate.mean, 3), estimate.low < 0.61 < 0.65 < estimate.high, estimate.seeds
    (0.628, True, 5)
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence: {confidence} given, above 0 and below 1 allowed")
    if resamples < 100:
        raise ValueError(f"resamples: {resamples} given, at least 100 allowed")
    known = np.array([value for value in values if not math.isnan(value)], dtype=float)
    count = int(known.size)
    if count == 0:
        return Estimate(mean=math.nan, low=math.nan, high=math.nan, seeds=0)
    plain = float(statistic(known))
    if count == 1:
        return Estimate(mean=plain, low=math.nan, high=math.nan, seeds=1)
    random = np.random.default_rng(_SEED)
    drawn = statistic(known[random.integers(0, count, size=(resamples, count))])
    tail = NormalDist().cdf(-math.sqrt(count / (count - 1)) * student_t(confidence, count - 1))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(mean=plain, low=float(low), high=float(high), seeds=count)
