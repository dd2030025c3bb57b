"""Gaps between visits as a distribution: what a log of limited length tells of them, and laws that come near.

Source: Kaplan and Meier, J. Am. Stat. Assoc. 53 (1958): gaps that the end of the log cuts off are known to be longer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Gaps:
    """A cumulative distribution.

    Attributes
    ----------
    seconds, cumulative
        Where it rises, and to what.
    seen
        Gaps that ended within the log.
    cut
        Gaps that did not.
    """

    seconds: Values
    cumulative: Values
    seen: int
    cut: int

    def quantile(self, share: float) -> float:
        """The gap that so many do not exceed; infinite where the log is too short to tell."""
        place = int(np.searchsorted(self.cumulative, share))
        return float(self.seconds[place]) if place < len(self.seconds) else math.inf


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution of gaps with few numbers, and how far it is from the data.

    Attributes
    ----------
    name, text
        As in a legend; its numbers for a reader.
    numbers
        ``(mean,)`` of an exponential, ``(scale, shape)`` of a Weibull, ``(median, p90)`` of a log-normal law.
    distance
        Kolmogorov and Smirnov's: the largest difference of the cumulative distributions.
    """

    name: str
    text: str
    numbers: tuple[float, ...]
    distance: float

    def at(self, seconds: Values) -> Values:
        """Its cumulative distribution."""
        law: Values = _CUMULATIVE[self.name](seconds, *self.numbers)
        return law


def gaps_of(seen: Sequence[float], cut: Sequence[float]) -> Gaps:
    """The distribution of gaps, from those that ended within the log and the waits that its end cut off.

    Examples
    --------
    >>> gaps = gaps_of([60, 60, 120], [90])
    >>> gaps.seconds.tolist(), [round(share, 3) for share in gaps.cumulative.tolist()]
    ([60.0, 120.0], [0.5, 1.0])
    """
    ended = np.sort(np.asarray(seen, dtype=float))
    waits = np.sort(np.asarray(cut, dtype=float))
    at, deaths = np.unique(ended, return_counts=True)
    at_risk = (
        len(ended) - np.searchsorted(ended, at, side="left") + len(waits) - np.searchsorted(waits, at, side="left")
    )
    survival = np.cumprod(1.0 - deaths / at_risk)
    return Gaps(at, np.asarray(1.0 - survival, dtype=np.float64), len(ended), len(waits))


def laws_near(gaps: Gaps, mean: float) -> list[Law]:
    """Laws fitted to gaps, the nearest first.

    Parameters
    ----------
    gaps
        At least two different ones.
    mean
        Of the exponential law: all time that clients were waited for, divided by the gaps that ended.
    """
    # Beyond 0 and 1 the transforms below are infinite.
    inside = (gaps.cumulative > 0) & (gaps.cumulative < 1 - 1e-9) & (gaps.seconds > 0)
    logs, shares = np.log(gaps.seconds[inside]), gaps.cumulative[inside]
    weights = np.diff(np.concatenate([[0.0], shares]))
    found: list[tuple[str, tuple[float, ...]]] = [("exponential", (mean,))]
    if len(logs) >= 2:
        # -log(1 - F) is a power of time; the quantile of the normal distribution a line over its logarithm.
        shape, offset = _line(logs, np.log(-np.log1p(-shares)), weights)
        if shape > 0:
            found.append(("Weibull", (math.exp(-offset / shape), shape)))
        normal = NormalDist()
        slope, offset = _line(logs, np.array([normal.inv_cdf(share) for share in shares]), weights)
        if slope > 0:
            median = math.exp(-offset / slope)
            found.append(("log-normal", (median, median * math.exp(normal.inv_cdf(0.9) / slope))))
    laws = [Law(name, _TEXTS[name](*numbers), numbers, _distance(gaps, name, numbers)) for name, numbers in found]
    return sorted(laws, key=lambda law: law.distance)


def thinned(gaps: Gaps, points: int = 200) -> list[tuple[float, float]]:
    """Points of the distribution, evenly spaced in share: a straight line between them stands for what lies there.

    The last has the share 1: gaps that are longer than the log can tell end where it does.
    """
    if len(gaps.seconds) > points:
        picked = np.unique(np.searchsorted(gaps.cumulative, np.linspace(0, gaps.cumulative[-1], points)))
        picked = np.unique(np.append(np.minimum(picked, len(gaps.seconds) - 1), len(gaps.seconds) - 1))
    else:
        picked = np.arange(len(gaps.seconds))
    rows = [(float(gaps.seconds[place]), float(gaps.cumulative[place])) for place in picked]
    if rows[-1][1] < 1:
        rows.append((rows[-1][0], 1.0))
    return [(0.0, 0.0), *rows]


def _line(x: Values, y: Values, weights: Values) -> tuple[float, float]:
    total = weights.sum()
    middle_x, middle_y = (weights * x).sum() / total, (weights * y).sum() / total
    spread = (weights * (x - middle_x) ** 2).sum()
    slope = float((weights * (x - middle_x) * (y - middle_y)).sum() / spread) if spread > 0 else 0.0
    return slope, float(middle_y - slope * middle_x)


def _distance(gaps: Gaps, name: str, numbers: tuple[float, ...]) -> float:
    law = _CUMULATIVE[name](gaps.seconds, *numbers)
    before = np.concatenate([[0.0], gaps.cumulative[:-1]])
    return float(max(np.abs(law - gaps.cumulative).max(), np.abs(law - before).max()))


def _exponential(seconds: Values, mean: float) -> Values:
    return -np.expm1(-seconds / mean)


def _weibull(seconds: Values, scale: float, shape: float) -> Values:
    return -np.expm1(-((seconds / scale) ** shape))


def _log_normal(seconds: Values, median: float, p90: float) -> Values:
    normal = NormalDist()
    sigma = math.log(p90 / median) / normal.inv_cdf(0.9)
    return np.array([normal.cdf(math.log(each / median) / sigma) if each > 0 else 0.0 for each in seconds])


_CUMULATIVE: Any = {"exponential": _exponential, "Weibull": _weibull, "log-normal": _log_normal}
_TEXTS: Any = {
    "exponential": lambda mean: f"mean {_span(mean)}",
    "Weibull": lambda scale, shape: f"scale {_span(scale)}, shape {shape:.2f}",
    "log-normal": lambda median, p90: f"median {_span(median)}, p90 {_span(p90)}",
}


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
