"""The figure of the tail: who still waits after a given time, down to one visit in thousands."""

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import ecdf, over_seeds, percentile
from .groups import Group, Grouping
from .opening import open_by, visits_told
from .style import INK, MUTED, RULE, duration_label, in_widths_of, label_axes, log_ticks, share_label
from .tables import ResultTables

_LEFT, _RIGHT = 0.1, 0.82  # Right of it the lines are named.
_FOR_LONG = 0.04  # More room for long names.
_EDGE = 0.982  # Where numbers end.
_APART = 1.1  # Tails of values that differ by less are not the finding.


def latency_tail(results: ResultTables, by: str | None = None) -> Figure:
    """Share of visits that still wait for their first byte after a given time (complementary CDF), in log scales.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, or no such parameter.

    Notes
    -----
    A visit that failed never gets its first byte, so that its curve ends level at the failed share. Left out are
    visits that the run's end or their own client cut off.
    """
    opening = open_by(results, by)
    grouping, folded = opening.grouping, opening.visits
    counted = folded[folded["first_byte"].notna() | folded["failed"]]
    seconds = counted["first_byte"].dt.total_seconds().fillna(np.inf)
    counted = counted.assign(seconds=seconds)
    rank = 99 if _fewest(counted, grouping) >= 1000 else 95
    sheet = opening.sheet(
        title=_finding(counted, grouping, rank),
        subtitle="Share of visits that still wait for the first byte of the response, by time since they started",
        of=visits_told(counted),
        after="All seeds together. A level end: visits that failed.",
    )
    right = _RIGHT - _FOR_LONG if grouping.has_long_labels else _RIGHT
    axes = sheet.axes(left=_LEFT, right=right, above=0.1)
    finite = counted.loc[np.isfinite(counted["seconds"]), "seconds"]
    least, most = (float(finite.min()), float(finite.max())) if len(finite) else (0.1, 1.0)
    floor = 1.0
    for group, frame in grouping.split(counted):
        if frame.empty:
            continue
        x, share = ecdf(frame["seconds"])
        waiting = 1.0 - np.concatenate([[0.0], share])
        x = np.concatenate([[least], x])
        shown = np.isfinite(x) & (waiting > 0)
        x, waiting = x[shown], waiting[shown]
        floor = min(floor, 1.0 / len(frame))
        axes.step([*x, most], [*waiting, waiting[-1]], where="post", color=group.colour, linewidth=2.0,
                  label=group.label)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(least * 0.9, most * 1.1)
    axes.set_ylim(floor * 0.6, 1.3)
    log_ticks(axes)
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda at, _: duration_label(at)))
    axes.yaxis.set_major_locator(ticker.LogLocator(base=10, numticks=12))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    axes.grid(color=RULE, linewidth=0.8)
    label_axes(axes, x="time since the visit started", y="share of visits that still wait")
    _name(axes, grouping, counted, rank)
    return sheet.figure


def _fewest(counted: pd.DataFrame, grouping: Grouping) -> int:
    return min((len(frame) for _, frame in grouping.split(counted) if len(frame)), default=0)


def _name(axes: Axes, grouping: Grouping, counted: pd.DataFrame, rank: int) -> None:
    """A legend at the right that tells the percentile, as tails cross and end in one another."""
    head = f"{grouping.title}, p{rank}" if grouping.title else f"p{rank}"
    axes.text(1.015, 1.0, head, transform=axes.transAxes, fontsize=10, color=MUTED, va="top")
    step = min(0.075, 0.9 / max(len(grouping.groups), 1))
    for i, (group, frame) in enumerate(grouping.split(counted)):
        y = 0.93 - step * i
        told = _label(percentile(frame["seconds"], rank)) if len(frame) else "no visits"
        axes.text(1.015, y, group.label, transform=axes.transAxes, color=group.colour, fontsize=11.5,
                  fontweight="bold", va="top")  # fmt: skip
        axes.text(
            in_widths_of(axes, _EDGE), y, told, transform=axes.transAxes, color=INK, fontsize=11, va="top", ha="right"
        )


def _label(seconds: float) -> str:
    return "never" if np.isinf(seconds) else duration_label(seconds)


def _finding(counted: pd.DataFrame, grouping: Grouping, rank: int) -> str:
    if counted.empty:
        return "No visit is over"
    one_in = 100 // (100 - rank)
    tails = {group: percentile(frame["seconds"], rank) for group, frame in grouping.split(counted) if len(frame)}
    best, worst = (choose(tails, key=lambda group: tails[group]) for choose in (min, max))
    failed = float(np.isinf(counted["seconds"]).mean())
    ends = f"; {share_label(failed)} fail" if failed > 0 else ""
    if (
        np.isinf(tails[best])
        or tails[worst] < _APART * tails[best]
        or not _measurable(counted, grouping, rank, best, worst)
    ):
        whatever = f", whatever the {grouping.title}" if len(tails) > 1 else ""
        return f"one visit in {one_in} {_told(percentile(counted['seconds'], rank))}{whatever}{ends}"
    return (
        f"one visit in {one_in} {_told(tails[worst])} with {grouping.title} {worst.label}, "
        f"for {_label(tails[best])} with {best.label}{ends}"
    )


def _told(seconds: float) -> str:
    return "never gets its first byte" if np.isinf(seconds) else f"waits for {duration_label(seconds)} or longer"


def _measurable(counted: pd.DataFrame, grouping: Grouping, rank: int, best: Group, worst: Group) -> bool:
    """Whether the tails differ in the same direction beyond chance, seed by seed."""
    by_seed: dict[Group, pd.Series[float]] = {
        group: frame.groupby("seed")["seconds"].agg(lambda seconds: percentile(seconds, rank))
        for group, frame in grouping.split(counted)
    }
    apart = over_seeds((by_seed[worst] - by_seed[best]).replace(np.inf, np.nan))
    return not apart.has_interval or apart.excludes(0.0)
