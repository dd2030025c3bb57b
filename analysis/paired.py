"""Differences between two policies: paired by seed where both were run with the same ones.

Equal seeds give both policies the same arrivals, losses and churn (common random numbers), so that what is alike in
the pair cancels: the interval of the difference is shorter by the correlation, for nothing.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bootstrap import bootstrap
from .estimates import CONFIDENCE, Estimate, over_seeds, student_t

_EXACT = 13  # Pairs up to which every change of signs is tried.
_FLIPS = 20_000
_SEED = 20_260_102


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What B is more than A.

    Parameters
    ----------
    a, b
        Means over the runs that are compared.
    mean
        The mean difference B - A with the interval of `over_seeds` of the pairs, or Welch's where there are none.
    bootstrapped
        The same with the interval of `bootstrap`; only of pairs, else without an interval.
    effect
        The mean difference in units of its standard deviation over runs, corrected for few runs (Hedges' g; of
        pairs, with the deviation of the differences). NaN where nothing varies.
    p
        Probability of a difference as large or larger if the policies did the same: by `sign_flip_p` of the pairs;
        NaN without pairs.
    shortened
        How much shorter the interval is for being paired, as a factor; NaN without pairs.
    pairs
        How many seeds both have; 0: not paired.
    """

    a: float
    b: float
    mean: Estimate
    bootstrapped: Estimate
    effect: float
    p: float
    shortened: float
    pairs: int

    @property
    def relative(self) -> Estimate:
        """The difference as a share of A; without a value where A is 0."""
        scale = abs(self.a) if self.a else math.nan
        return Estimate(
            mean=self.mean.mean / scale, low=self.mean.low / scale, high=self.mean.high / scale, seeds=self.mean.seeds
        )


def difference(a: Mapping[int, float], b: Mapping[int, float], confidence: float = CONFIDENCE) -> Difference:
    """What B is more than A, of one value per seed each.

    Parameters
    ----------
    a, b
        Values by seed; NaN (a seed that has none) is left out. Paired by the seeds that both have, if there are at
        least two; otherwise all values of each are compared.
    confidence
        Probability that intervals are to hold, above 0 and below 1.

    Examples
    --------
    >>> found = difference({1: 0.50, 2: 0.70, 3: 0.60}, {1: 0.56, 2: 0.75, 3: 0.67})
    >>> round(found.mean.mean, 3), found.mean.excludes(0), found.pairs
    (0.06, True, 3)
    """
    ours = {seed: value for seed, value in a.items() if not math.isnan(value)}
    theirs = {seed: value for seed, value in b.items() if not math.isnan(value)}
    shared = sorted(ours.keys() & theirs.keys())
    if len(shared) < 2:
        return _unpaired(np.array(list(ours.values())), np.array(list(theirs.values())), confidence)
    first, second = (np.array([values[seed] for seed in shared]) for values in (ours, theirs))
    differences = second - first
    spread = float(differences.std(ddof=1))
    apart = math.sqrt(float(first.var(ddof=1)) + float(second.var(ddof=1)))
    return Difference(
        a=float(first.mean()),
        b=float(second.mean()),
        mean=over_seeds(differences, confidence),
        bootstrapped=bootstrap(differences, confidence),
        effect=_hedges(float(differences.mean()), spread, len(shared) - 1),
        p=sign_flip_p(differences),
        shortened=apart / spread if spread else math.nan,
        pairs=len(shared),
    )


def sign_flip_p(differences: Sequence[float] | NDArray[np.float64]) -> float:
    """How likely a mean at least as far from 0 is, if each difference could as well have the other sign.

    Notes
    -----
    Fisher's randomisation test: exact up to thirteen pairs, by 20,000 changes of signs beyond. It assumes no
    distribution. With n pairs it cannot fall below 2 / 2^n: five seeds never reach 5 %.

    Examples
    --------
    >>> sign_flip_p([1.0, 2.0, 3.0])
    0.25
    """
    values = np.asarray(differences, dtype=float)
    if values.size == 0:
        return math.nan
    found = abs(values.sum()) * (1 - 1e-12)  # What is equal but for rounding counts as equal.
    if values.size <= _EXACT:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=values.size)))
        return float(np.mean(np.abs(signs @ values) >= found))
    random = np.random.default_rng(_SEED)
    signs = random.choice(np.array([-1.0, 1.0]), size=(_FLIPS, values.size))
    # The signs that were found are one of the possible ones.
    return float((np.sum(np.abs(signs @ values) >= found) + 1) / (_FLIPS + 1))


def seeds_needed(values: Sequence[float], half_width: float, confidence: float = CONFIDENCE) -> int:
    """How many seeds give an interval of at most `half_width` to either side, judged by the seeds so far.

    Parameters
    ----------
    values
        One per seed (of a difference: of each pair), at least two; NaN is left out.
    half_width
        Above 0, in the values' unit.
    confidence
        Probability that the interval is to hold, above 0 and below 1.

    Notes
    -----
    Stein's two-stage rule (1945): with so many seeds in all, the interval of that width around their mean holds the
    truth with at least the probability wanted, if values are normal. It is no less than the number of seeds so far.

    Examples
    --------
    >>> seeds_needed([0.61, 0.64, 0.60, 0.66, 0.63], half_width=0.01)
    44
    """
    known = np.array([value for value in values if not math.isnan(value)], dtype=float)
    if known.size < 2:
        raise ValueError(f"values: {known.size} given, at least 2 needed to judge how far seeds differ")
    if not half_width > 0:
        raise ValueError(f"half_width: {half_width} given, above 0 allowed")
    ratio = student_t(confidence, known.size - 1) * float(known.std(ddof=1)) / half_width
    return max(int(known.size), math.ceil(ratio * ratio))


def _unpaired(a: NDArray[np.float64], b: NDArray[np.float64], confidence: float) -> Difference:
    if min(a.size, b.size) == 0:
        nothing = Estimate(mean=math.nan, low=math.nan, high=math.nan, seeds=0)
        means = [float(each.mean()) if each.size else math.nan for each in (a, b)]
        return Difference(
            a=means[0],
            b=means[1],
            mean=nothing,
            bootstrapped=nothing,
            effect=math.nan,
            p=math.nan,
            shortened=math.nan,
            pairs=0,
        )
    seeds = int(min(a.size, b.size))
    middle = float(b.mean() - a.mean())
    low = high = effect = math.nan
    if seeds > 1:
        # Welch's interval; its degrees of freedom are rounded down, which is the safe side.
        parts = [float(each.var(ddof=1)) / each.size for each in (a, b)]
        error = math.sqrt(sum(parts))
        freedom = (
            sum(parts) ** 2 / sum(p * p / (n - 1) for p, n in zip(parts, (a.size, b.size), strict=True)) if error else 1
        )
        half = student_t(confidence, max(1, math.floor(freedom))) * error
        low, high = middle - half, middle + half
        both = a.size + b.size - 2
        pooled = math.sqrt(((a.size - 1) * float(a.var(ddof=1)) + (b.size - 1) * float(b.var(ddof=1))) / both)
        effect = _hedges(middle, pooled, both)
    plain = Estimate(mean=middle, low=math.nan, high=math.nan, seeds=seeds)
    return Difference(
        a=float(a.mean()),
        b=float(b.mean()),
        mean=Estimate(mean=middle, low=low, high=high, seeds=seeds),
        bootstrapped=plain,
        effect=effect,
        p=math.nan,
        shortened=math.nan,
        pairs=0,
    )


def _hedges(mean: float, deviation: float, freedom: int) -> float:
    return mean / deviation * (1 - 3 / (4 * freedom - 1)) if deviation else math.nan
