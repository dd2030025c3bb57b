"""How far two distributions are apart, and how far they may be by chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from reference import Distribution

#: What lies less than this above the time without loss is counted as on time: the host's scheduling, not TCP.
ON_TIME_MS = 10.0

PERCENTILES = (50, 75, 90, 95, 99)

#: Of the distribution of Kolmogorov's statistic: exceeded by chance once in twenty.
FIVE_PERCENT = 1.358


@dataclass(frozen=True)
class Comparison:
    """One time in one cell. Ratios are simulated / measured."""

    distance: float
    """Kolmogorov-Smirnov distance after clamping."""
    critical: float
    """The distance that chance exceeds once in twenty."""
    mean_ratio: float
    worst_cluster: float
    """Largest difference of the mass in a cluster of at least 3 %."""
    percentiles: dict[int, tuple[float, bool]] = field(default_factory=dict)
    """Ratio, and whether it is within 5 % or sampling error."""

    @property
    def excess(self) -> float:
        """Distance relative to what chance explains."""
        return self.distance / self.critical


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
        worst_cluster=_worst_cluster(ours, theirs),
        percentiles={each: _percentile(simulated, measured, each / 100) for each in PERCENTILES},
    )


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    points = np.union1d(one, other)
    return float(np.abs(_below(one, points) - _below(other, points)).max())


def _below(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.searchsorted(values, points, side="right") / len(values)


def _worst_cluster(ours: np.ndarray, theirs: np.ndarray) -> float:
    finite = theirs[np.isfinite(theirs)]
    edges = np.flatnonzero(np.diff(finite) > np.maximum(8.0, 0.05 * finite[1:]))
    worst = 0.0
    for low, high in zip([0, *(edges + 1)], [*edges, len(finite) - 1], strict=True):
        margin = 0.02 * finite[high] + 4.0
        inside = (finite[low] - margin, finite[high] + margin)
        masses = [np.mean((each >= inside[0]) & (each <= inside[1])) for each in (ours, theirs)]
        if masses[1] >= 0.03:
            worst = max(worst, float(abs(masses[0] - masses[1])))
    return worst


def _percentile(simulated: Distribution, measured: Distribution, share: float) -> tuple[float, bool]:
    """Sampling error by order statistics: ranks that both samples together leave open, 95 %."""
    ours, theirs = (_at(each.values, share) for each in (simulated, measured))
    doubt = 1.96 * np.sqrt(share * (1 - share) * (1 / simulated.samples + 1 / measured.samples))
    low, high = (_at(measured.values, min(max(share + sign * doubt, 0.0), 1.0)) for sign in (-1, 1))
    return ours / theirs, bool(low <= ours <= high or abs(ours / theirs - 1) <= 0.05)


def _at(values: np.ndarray, share: float) -> float:
    return float(values[min(int(share * len(values)), len(values) - 1)])
