"""How far two distributions are apart, and how far they may be by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from reference import Distribution

#: What lies less than this above the time without loss is counted as on time: the host's scheduling, not TCP.
ON_TIME_MS = 10.0

PERCENTILES = (50, 75, 90, 95, 99)

#: How often a percentile is drawn anew for its interval.
BOOTSTRAPS = 2000

#: Of the distribution of Kolmogorov's statistic: exceeded by chance once in twenty.
FIVE_PERCENT = 1.358


@dataclass(frozen=True)
class Cluster:
    """Times with nothing between them, such as all repairs by one timer, and the share of the exchanges there."""

    least: float
    most: float
    simulated: float
    measured: float


@dataclass(frozen=True)
class Percentile:
    """One percentile of both, in ms."""

    simulated: float
    measured: float
    chance: bool
    """Zero lies within the 95 % bootstrap interval of the difference."""

    @property
    def ratio(self) -> float:
        """Simulated / measured."""
        return self.simulated / self.measured

    @property
    def agrees(self) -> bool:
        """Within the bootstrap interval, or 5 %."""
        return self.chance or abs(self.ratio - 1) <= 0.05


@dataclass(frozen=True)
class Comparison:
    """One time in one cell. Ratios are simulated / measured."""

    distance: float
    """Kolmogorov-Smirnov distance after clamping."""
    critical: float
    """The distance that chance exceeds once in twenty."""
    mean_ratio: float
    clusters: tuple[Cluster, ...]
    """Those of at least 3 % of the measured mass."""
    percentiles: dict[int, Percentile] = field(default_factory=dict)

    @property
    def excess(self) -> float:
        """Distance relative to what chance explains."""
        return self.distance / self.critical

    @property
    def worst_cluster(self) -> Cluster | None:
        """The one whose mass differs most."""
        return max(self.clusters, key=lambda each: abs(each.simulated - each.measured), default=None)


def with_host_noise(simulated: Distribution, calm: Distribution) -> Distribution:
    """The simulated times as the reference host would have measured them.

    What the host's scheduler does is not TCP, and the simulation has none of it: every repair that takes one round trip
    takes exactly that. Each time gets the deviation from its median of one measured exchange without loss.
    """
    chance = np.random.default_rng(1)
    deviations = calm.values - calm.values[len(calm.values) // 2]
    values = np.sort(simulated.values + chance.choice(deviations, len(simulated.values)))
    return Distribution(values, simulated.samples, simulated.mean + float(deviations.mean()))


def compare(simulated: Distribution, measured: Distribution, on_time: tuple[float, float]) -> Comparison:
    """Compares two distributions; `on_time` holds the median without loss of each."""
    critical = FIVE_PERCENT * np.sqrt(1 / simulated.samples + 1 / measured.samples)
    ours, theirs = (
        np.maximum(each.values - base, ON_TIME_MS) for each, base in zip((simulated, measured), on_time, strict=True)
    )
    return Comparison(
        distance=_distance(ours, theirs),
        critical=float(critical),
        mean_ratio=simulated.mean / measured.mean,
        clusters=tuple(_clusters(ours, theirs)),
        percentiles={each: _percentile(simulated, measured, each / 100) for each in PERCENTILES},
    )


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    points = np.union1d(one, other)
    return float(np.abs(_below(one, points) - _below(other, points)).max())


def _below(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.searchsorted(values, points, side="right") / len(values)


def _clusters(ours: np.ndarray, theirs: np.ndarray) -> Iterator[Cluster]:
    finite = theirs[np.isfinite(theirs)]
    edges = np.flatnonzero(np.diff(finite) > np.maximum(8.0, 0.05 * finite[1:]))
    for low, high in zip([0, *(edges + 1)], [*edges, len(finite) - 1], strict=True):
        margin = 0.02 * finite[high] + 4.0
        least, most = float(finite[low] - margin), float(finite[high] + margin)
        simulated, measured = (float(np.mean((each >= least) & (each <= most))) for each in (ours, theirs))
        if measured >= 0.03:
            yield Cluster(least, most, simulated, measured)


def _percentile(simulated: Distribution, measured: Distribution, share: float) -> Percentile:
    chance = np.random.default_rng(1)
    ours, theirs = (_resampled(each, share, chance) for each in (simulated, measured))
    with np.errstate(invalid="ignore"):  # Two that are not reached are equal.
        difference = np.nan_to_num(ours - theirs, nan=0.0)
    low, high = np.quantile(difference, (0.025, 0.975), method="inverted_cdf")
    return Percentile(_at(simulated.values, share), _at(measured.values, share), bool(low <= 0.0 <= high))


def _resampled(distribution: Distribution, share: float, chance: np.random.Generator) -> np.ndarray:
    """Bootstrapped percentiles: the k-th smallest of n draws with replacement, without drawing them.

    It is the value at the place where the k-th smallest of n uniform numbers lies, which has a beta distribution.
    """
    rank = min(int(share * distribution.samples), distribution.samples - 1)
    drawn = chance.beta(rank + 1, distribution.samples - rank, BOOTSTRAPS)
    index = np.minimum((drawn * len(distribution.values)).astype(int), len(distribution.values) - 1)
    return distribution.values[index]


def _at(values: np.ndarray, share: float) -> float:
    return float(values[min(int(share * len(values)), len(values) - 1)])
