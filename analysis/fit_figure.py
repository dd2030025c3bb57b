"""The figure of a fit: gaps between visits as a log has them, and the laws that come near."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .groups import OKABE_ITO
from .style import INK, MUTED, RULE, Sheet, label_axes, percent_axis
from .timeline import span_label

_TICKS = (1.0, 10.0, 60.0, 600.0, 3_600.0, 4 * 3_600.0, 12 * 3_600.0, 86_400.0, 7 * 86_400.0, 30 * 86_400.0)


class GapData(Protocol):
    """A cumulative distribution, as `reshake fit` has it."""

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Where it rises."""

    @property
    def cumulative(self) -> NDArray[np.float64]:
        """To what."""

    @property
    def seen(self) -> int:
        """Gaps that ended within the log."""

    @property
    def cut(self) -> int:
        """Gaps that did not."""


class GapLaw(Protocol):
    """A law that was fitted."""

    @property
    def name(self) -> str:
        """As in a legend."""

    @property
    def text(self) -> str:
        """Its numbers."""

    @property
    def distance(self) -> float:
        """Kolmogorov and Smirnov's."""

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Its cumulative distribution."""


def gap_fit(gaps: GapData, laws: Sequence[GapLaw]) -> Figure:
    """Gaps between visits: data against laws, with the largest distance of each.

    Parameters
    ----------
    gaps
        At least two different ones.
    laws
        The nearest first.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.
    """
    sheet = Sheet(
        title=_finding(gaps, laws),
        subtitle="Share of gaps between a client's visits that last no longer than a given time",
        note=f"{gaps.seen:,} gaps; {gaps.cut:,} more were cut off by the end of the log and count as longer than that "
        "(Kaplan and Meier). Distance: Kolmogorov and Smirnov's, in percent of gaps.",
    )
    axes = sheet.axes(right=0.70, above=0.1)
    positive = gaps.seconds[gaps.seconds > 0]
    least, most = max(float(positive[0]), 1e-3), float(gaps.seconds[-1])
    axes.step([least, *gaps.seconds], [0.0, *gaps.cumulative], where="post", color=INK, linewidth=2.6, label="the log")
    grid = np.geomspace(least, most, 300)
    for law, colour in zip(laws, OKABE_ITO, strict=False):
        axes.plot(grid, law.at(grid), color=colour, linewidth=1.8, linestyle=(0, (4, 2)), label=law.name)
    axes.set_xscale("log")
    axes.set_xlim(least * 0.9, most * 1.1)
    ticks = [tick for tick in _TICKS if least <= tick <= most]
    axes.xaxis.set_major_locator(ticker.FixedLocator(ticks if len(ticks) > 1 else [least, most]))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda seconds, _: span_label(seconds)))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    percent_axis(axes, "y")
    axes.set_ylim(0, 1.015)
    label_axes(axes, x="time between two visits of a client", y="share of gaps")
    entries = [("the log", "", INK)]
    entries += [
        (law.name, f"{law.text}; {100 * law.distance:.1f} % off", colour)
        for law, colour in zip(laws, OKABE_ITO, strict=False)
    ]
    for row, (name, text, colour) in enumerate(entries):
        y = 0.95 - 0.13 * row
        axes.text(1.03, y, name, transform=axes.transAxes, color=colour, fontsize=12, fontweight="bold", va="center")
        axes.text(1.03, y - 0.055, text, transform=axes.transAxes, color=MUTED, fontsize=9.5, va="center")
    return sheet.figure


def _finding(gaps: GapData, laws: Sequence[GapLaw]) -> str:
    place = int(np.searchsorted(gaps.cumulative, 0.5))
    half = float(gaps.seconds[place]) if place < len(gaps.seconds) else math.inf
    back = f"half of the clients are back within {span_label(half)}" if math.isfinite(half) else "few clients come back"
    if not laws:
        return back
    return f"{back}; the nearest law ({laws[0].name}) is off by {100 * laws[0].distance:.1f} % of gaps at most"
