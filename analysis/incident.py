"""The figure of an incident: what users feel and the operator sees, minute by minute, for each answer to it."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .faults import Band, bands_of
from .groups import Group, Grouping, group_by, under
from .opening import visits_told
from .panels import draw_means, height_of, line_width, means_of, share_time, stack, window_of
from .quantities import FAILED, FIRST_BYTE_MEAN, RESUMED, SERVER_COMPUTE, Quantity, first_byte, fold
from .style import MUTED, RULE, Sheet, seeds_note
from .tables import ResultTables, undecided
from .timeline import end_of_run, span_label

_MOST_WINDOWS = 120  # A minute each of a two-hour incident.
_LEAST_VISITS = 20  # Of one line and seed in a window, in the mean: fewer show chance, not change.
_SAME_SHARE = 0.005  # Shares and times that differ by less are told as equal.
_SAME_TIME = 0.05  # Of the time itself.
_MARK_HEIGHTS = (0.75, 0.5)  # Of a panel; the second where the name before is in the way.
_LETTER = 0.0085  # Of a panel's width, about.
_MOST_OPEN = 0.1  # Of a window's visits, that no run saw the end of: more, and a mean is of the quick ones.
_CUT = f" Lines stop where over {100 * _MOST_OPEN:.0f} % of visits were still trying when the run ended."

Panel = tuple[str, Quantity]
"""Who sees what."""

PANELS: tuple[Panel, ...] = (
    ("users", first_byte(95)),
    ("users", FAILED),
    ("operator", RESUMED),
    ("operator", SERVER_COMPUTE),
)
"""What is shown unless a scenario asks for others."""

Lines = dict[Quantity, dict[Group, NDArray[np.float64]]]
"""Rows are windows, columns seeds."""


def incident(
    results: ResultTables,
    by: str | None = None,
    panels: Sequence[Panel] = PANELS,
    *,
    window: float | None = None,
    since: float = 0.0,
    title: str | None = None,
    marks: Sequence[tuple[float, str]] = (),
    apart: Sequence[str] = (),
) -> Figure:
    """Latency, failures, resumption and servers' work over the run's time, one line per value of `by`.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with several values.
    panels
        From the top, each with who sees it.
    window
        Seconds that a point stands for. None: few enough to see a minute, enough for some visits in each.
    since
        Where the axis of time begins, in seconds.
    title
        What there is to see. None: the first of failures, waiting and resumption in which the lines differ.
    marks
        Where something begins that is no fault, in seconds, and what.
    apart
        Other parameters of the grid whose values the panels tell apart, so that no line mixes them.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution, panels that share the time.

    Raises
    ------
    ValueError
        If there are no attempts or no such parameter.

    Notes
    -----
    Visits count in the window in which they started, with all that they cost. Each value is computed within a seed;
    lines are means over seeds.
    """
    grouping = group_by(results, by)
    grouping = replace(grouping, pooled=tuple(name for name in grouping.pooled if name not in apart))
    folded = fold(results)
    folded = folded.assign(at=folded["started"].dt.total_seconds())
    end = end_of_run(results, folded)
    seeds = max(folded["seed"].nunique(), 1)
    width = window or window_of(end, len(folded) / (len(grouping.groups) * seeds), _MOST_WINDOWS, _LEAST_VISITS)
    bands = bands_of(results.faults, end)
    known = _known(grouping, folded, end, width)
    lines = _lines(grouping, folded, end, width, [quantity for _, quantity in panels], known)
    cut = "" if all(each.all() for each in known.values()) else _CUT
    sheet = Sheet(
        title=title or _finding(grouping, folded, bands),
        subtitle=f"By when visits started, in windows of {span_label(width)}",
        note=f"{visits_told(folded)}. {seeds_note(results, grouping, 'ribbons')}{cut}",
        height=height_of(len(panels), grouping),
    )
    drawn = stack(sheet, [f"{who}: {quantity.axis}" for who, quantity in panels], grouping, bands)
    for axes, (_, quantity) in zip(drawn, panels, strict=True):
        most = 1.0 if quantity.is_share else math.inf
        for number, (group, rows) in enumerate(lines[quantity].items()):
            linewidth = line_width(number, len(lines[quantity]))
            draw_means(axes, group, rows, width, end, most=most, linewidth=linewidth)
        _scale(axes, quantity, lines[quantity])
        _mark(axes, marks, end - since, named=axes is drawn[0])
    share_time(drawn, end, since)
    return sheet.figure


def _windows(frame: pd.DataFrame, end: float, width: float) -> "pd.Series[int]":
    return (frame["at"] // width).clip(upper=math.ceil(end / width) - 1).astype(int)


def _known(grouping: Grouping, folded: pd.DataFrame, end: float, width: float) -> dict[Group, NDArray[np.bool_]]:
    """Of each window, whether nearly all of its visits came to an end within the run."""
    known = {}
    for group, frame in grouping.split(folded):
        if len(frame):
            open_share = undecided(frame).groupby(_windows(frame, end, width)).mean()
            known[group] = (open_share.reindex(range(math.ceil(end / width)), fill_value=0.0) <= _MOST_OPEN).to_numpy()
    return known


def _lines(
    grouping: Grouping,
    folded: pd.DataFrame,
    end: float,
    width: float,
    quantities: Sequence[Quantity],
    known: dict[Group, NDArray[np.bool_]],
) -> Lines:
    count = math.ceil(end / width)
    seeds = sorted(folded["seed"].unique())
    lines: Lines = {quantity: {} for quantity in quantities}
    for group, frame in grouping.split(folded):
        if not len(frame):
            continue
        windows = _windows(frame, end, width)
        rows = {quantity: np.full((count, len(seeds)), math.nan) for quantity in lines}
        for (window, seed), part in frame.assign(window=windows).groupby(["window", "seed"]):
            for quantity in lines:
                rows[quantity][int(str(window)), seeds.index(seed)] = quantity.of_run(part)
        for quantity in lines:
            rows[quantity][~known[group]] = math.nan
            lines[quantity][group] = rows[quantity]
    return lines


def _mark(axes: Axes, marks: Sequence[tuple[float, str]], shown: float, *, named: bool) -> None:
    level, taken = 0, -math.inf
    for at, name in sorted(marks):
        level = 0 if at > taken else 1 - level
        taken = at + shown * _LETTER * (len(name) + 1)
        axes.axvline(at, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=1)
        if named:
            place, offset = (at, _MARK_HEIGHTS[level]), (3, 0)
            axes.annotate(
                name, place, xycoords=("data", "axes fraction"), xytext=offset, textcoords="offset points",
                ha="left", va="top", fontsize=10, color=MUTED,
            )  # fmt: skip


def _scale(axes: Axes, quantity: Quantity, lines: dict[Group, NDArray[np.float64]]) -> None:
    means = np.concatenate([means_of(rows) for rows in lines.values()]) if lines else np.array([1.0])
    means = means[~np.isnan(means)]
    least, most = (float(means.min()), float(means.max())) if len(means) else (0.0, 1.0)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    if not quantity.is_share and most > 3 * least > 0:
        axes.set_yscale("log")
        steps = (1, 2, 5) if most < 300 * least else (1,)  # More would not fit beside a panel.
        axes.yaxis.set_major_locator(ticker.LogLocator(base=10, subs=steps, numticks=6))
        axes.yaxis.set_minor_locator(ticker.NullLocator())
        axes.set_ylim(least * 0.8, most * 1.3)
    else:
        axes.set_ylim(0, 1.03 if (quantity.is_share and most > 0.5) or quantity is RESUMED else most * 1.15 or 0.05)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4))
    label = quantity.label if not quantity.is_share else lambda share: f"{100 * share:g} %"
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: label(value) if value else "0"))


def _finding(grouping: Grouping, folded: pd.DataFrame, bands: list[Band]) -> str:
    """The first of failures, waiting and resumption in which the ways differ, from the first fault on."""
    began = min((band.began for band in bands), default=0.0)
    when = f"from the {bands[0].name} on" if bands else "in the whole run"
    after = folded[folded["at"] >= began]
    for quantity, told, negligible in (
        (FAILED, "{} of visits fail", _SAME_SHARE),
        (FIRST_BYTE_MEAN, "the first byte takes {} in the mean", _SAME_TIME * float(after["seconds"].mean())),
        (RESUMED, "users feel nothing, and {} of visits resume", 2 * _SAME_SHARE),
    ):
        means = {group: quantity.estimate(frame).mean for group, frame in grouping.split(after) if len(frame)}
        known = {group: mean for group, mean in means.items() if not math.isnan(mean)}
        if not known:
            continue
        low, high = (choose(known, key=lambda group: known[group]) for choose in (min, max))
        worst, best = (low, high) if quantity.more_is_better else (high, low)
        alone = len(known) == 1 and quantity is FAILED and known[worst] >= negligible
        if alone:
            return f"{when}, {told.format(quantity.label(known[worst]))}"
        if known[high] - known[low] >= negligible:
            return (
                f"{when}, {told.format(quantity.label(known[worst]))}{under(grouping, worst)}, "
                f"{quantity.label(known[best])}{under(grouping, best)}"
            )
    whatever = f", whatever the {grouping.title}" if len(grouping.groups) > 1 else ""
    return f"{when}, the first byte takes {FIRST_BYTE_MEAN.label(float(after['seconds'].mean()))} in the mean{whatever}"
