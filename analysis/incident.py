"""The figure of an incident: what users feel and the operator sees, minute by minute, for each answer to it."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .estimates import over_seeds
from .faults import Band, bands_of
from .groups import Group, Grouping, group_by, is_quantity
from .opening import visits_told
from .quantities import FAILED, FIRST_BYTE_MEAN, RESUMED, SERVER_COMPUTE, Quantity, first_byte, fold
from .style import INK, LEFT, MUTED, RIGHT, RULE, Sheet, label_axes, seeds_note
from .tables import ResultTables, undecided
from .timeline import draw_bands, end_of_run, span_label, time_axis

_WIDTHS = [60 * m for m in (1, 2, 5, 10, 15, 30, 60)]
_LEAST_VISITS = 20  # Of one line and seed in a window, in the mean: fewer show chance, not change.
_SAME_SHARE = 0.005  # Shares and times that differ by less are told as equal.
_SAME_TIME = 0.05  # Of the time itself.
_MOST_OPEN = 0.1  # Of a window's visits, that no run saw the end of: more, and a mean is of the quick ones.
_CUT = f" Lines stop where over {100 * _MOST_OPEN:.0f} % of visits were still trying when the run ended."
_GAP = 0.30  # Inches between two panels.
_PANEL = 1.45  # Inches of height.

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
    folded = fold(results)
    folded = folded.assign(at=folded["started"].dt.total_seconds())
    end = end_of_run(results, folded)
    width = window or _window(end, folded, len(grouping.groups))
    bands = bands_of(results.faults, end)
    known = _known(grouping, folded, end, width)
    lines = _lines(grouping, folded, end, width, [quantity for _, quantity in panels], known)
    cut = "" if all(each.all() for each in known.values()) else _CUT
    height = 2.2 + len(panels) * (_PANEL + _GAP)
    sheet = Sheet(
        title=title or _finding(grouping, folded, bands),
        subtitle=f"By when visits started, in windows of {span_label(width)}",
        note=f"{visits_told(folded)}. {seeds_note(results, grouping, 'ribbons')}{cut}",
        height=height,
    )
    whole = sheet.axes(above=0.66)
    box = whole.get_position()
    whole.remove()
    gap = (_GAP + 0.1) / height
    each = (box.height - gap * (len(panels) - 1)) / len(panels)
    for place, (who, quantity) in enumerate(panels):
        axes = sheet.axes(left=LEFT, right=RIGHT)
        axes.set_position((LEFT, box.y0 + (len(panels) - 1 - place) * (each + gap), RIGHT - LEFT, each))
        axes.set_title(f"{who}: {quantity.axis}", fontsize=11, fontweight="bold", color=INK, loc="left", pad=4)
        draw_bands(axes, bands, named=False)
        for number, (group, rows) in enumerate(lines[quantity].items()):
            _draw(axes, quantity, group, rows, width, end, covered=number / len(lines[quantity]))
        _scale(axes, quantity, lines[quantity])
        _mark(axes, marks, named=place == 0)
        time_axis(axes, end, since)
        if place < len(panels) - 1:
            axes.set_xticklabels([])
            axes.set_xlabel("")
    label_axes(axes, x=axes.get_xlabel())
    _legend(sheet.figure, grouping, bands, box.y1 + 0.36 / height, box.y1 + 0.06 / height)
    return sheet.figure


def _window(end: float, folded: pd.DataFrame, lines: int) -> float:
    seeds = max(folded["seed"].nunique(), 1)
    visits_of_a_line = len(folded) / (max(lines, 1) * seeds)
    windows = max(min(120.0, visits_of_a_line / _LEAST_VISITS), 1.0)
    return next((float(width) for width in _WIDTHS if end / width <= windows), end / windows)


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


def _draw(
    axes: Axes,
    quantity: Quantity,
    group: Group,
    rows: NDArray[np.float64],
    width: float,
    end: float,
    *,
    covered: float,
) -> None:
    estimates = [over_seeds(row).within(0.0, 1.0 if quantity.is_share else math.inf) for row in rows]
    middles = (np.arange(len(rows)) + 0.5) * width
    middles[-1] = ((len(rows) - 1) * width + end) / 2
    means, lows, highs = (
        np.array([getattr(estimate, name) for estimate in estimates]) for name in ("mean", "low", "high")
    )
    axes.fill_between(middles, lows, highs, color=group.colour, alpha=0.14, linewidth=0)
    # The first is wider, so that lines which coincide are still seen to be there.
    axes.plot(middles, means, color=group.colour, linewidth=3.0 - 1.4 * covered, label=group.label)


def _mark(axes: Axes, marks: Sequence[tuple[float, str]], *, named: bool) -> None:
    for at, name in marks:
        axes.axvline(at, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)), zorder=1)
        if named:
            place, offset = (at, 0.75), (3, 0)
            axes.annotate(
                name, place, xycoords=("data", "axes fraction"), xytext=offset, textcoords="offset points",
                ha="left", va="top", fontsize=10, color=MUTED,
            )  # fmt: skip


def _scale(axes: Axes, quantity: Quantity, lines: dict[Group, NDArray[np.float64]]) -> None:
    means = np.concatenate([_means(rows) for rows in lines.values()]) if lines else np.array([1.0])
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


def _means(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([over_seeds(row).mean for row in rows])


def _legend(figure: Figure, grouping: Grouping, bands: list[Band], y: float, below: float) -> None:
    """What colours mean and what is grey, at `y`; where there is no room for both, what is grey `below` that."""
    pieces = [(f"{grouping.title}:", MUTED, "normal")] if grouping.title else []
    if len(grouping.groups) > 1:
        pieces += [(group.label, group.colour, "bold") for group in grouping.groups]
    x = LEFT
    for text, colour, weight in pieces:
        drawn = figure.text(x, y, text, color=colour, fontsize=12, fontweight=weight, va="bottom")
        x += drawn.get_window_extent().width / figure.bbox.width + 0.018
    if bands:
        names = list(dict.fromkeys(f"{band.name} {band.between}, {span_label(band.lasted)}" for band in bands))
        told = names[0] if len(names) == 1 else ", ".join(dict.fromkeys(band.name for band in bands))
        note = figure.text(RIGHT, y, f"grey: {told}", color=MUTED, fontsize=10, va="bottom", ha="right")
        if note.get_window_extent().x0 < x * figure.bbox.width:
            note.set_y(below)


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
                f"{when}, {told.format(quantity.label(known[worst]))}{_under(grouping, worst)}, "
                f"{quantity.label(known[best])}{_under(grouping, best)}"
            )
    whatever = f", whatever the {grouping.title}" if len(grouping.groups) > 1 else ""
    return f"{when}, the first byte takes {FIRST_BYTE_MEAN.label(float(after['seconds'].mean()))} in the mean{whatever}"


def _under(grouping: Grouping, group: Group) -> str:
    if grouping.column is None or len(grouping.groups) < 2:
        return ""
    if is_quantity(group.value):
        return f" with {group.phrase}"
    return f" without a {grouping.title}" if group.label == "none" else f" with “{group.label}”"
