"""Small panels above each other that share a run's time: their places, lines over windows, what colours mean."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import NDArray

from .estimates import over_seeds
from .faults import Band
from .groups import Group, Grouping
from .style import DPI, INK, LEFT, MUTED, RIGHT, WIDTH, Sheet, label_axes, text_width
from .timeline import draw_bands, span_label, time_axis

_GAP = 0.40  # Inches between two panels.
_PANEL = 1.35  # Inches of height.
_ABOVE = 0.66  # Inches above the first: its head, and what colours mean.
_NAME_SIZE, _APART = 12, 0.18  # Points; inches between two names.
_LINE = 0.22  # Inches of a further line of names.

_WIDTHS = [60 * m for m in (1, 2, 5, 10, 15, 30)] + [3_600 * h for h in (1, 2, 3, 4, 6, 12, 24, 48, 168)]


def height_of(panels: int, grouping: Grouping) -> float:
    """Inches of a sheet with so many panels that compare these values."""
    return 2.2 + panels * (_PANEL + _GAP) + _LINE * (len(_lines_of_names(grouping)) - 1)


def stack(sheet: Sheet, heads: Sequence[str], grouping: Grouping, bands: Sequence[Band]) -> list[Axes]:
    """Panels from the top, with faults shaded in each, and above the first what the colours mean.

    Parameters
    ----------
    sheet
        Of the height that `height_of` tells.
    heads
        What each panel shows, its unit included.
    grouping
        Whose colours are told.
    bands
        The faults.
    """
    height = sheet.figure.get_figheight()
    names = _lines_of_names(grouping)
    whole = sheet.axes(above=_ABOVE + _LINE * (len(names) - 1))
    box = whole.get_position()
    whole.remove()
    gap = _GAP / height
    each = (box.height - gap * (len(heads) - 1)) / len(heads)
    panels = []
    for place, head in enumerate(heads):
        axes = sheet.axes()
        axes.set_position((LEFT, box.y0 + (len(heads) - 1 - place) * (each + gap), RIGHT - LEFT, each))
        axes.set_title(head, fontsize=11, fontweight="bold", color=INK, loc="left", pad=4)
        draw_bands(axes, bands, named=False)
        panels.append(axes)
    _tell_colours(sheet, names, bands, box.y1)
    return panels


def share_time(panels: Sequence[Axes], end: float, since: float = 0.0) -> None:
    """Make x of all panels the time from `since` to `end`, in seconds, and name it below the last."""
    for axes in panels:
        time_axis(axes, end, since)
        if axes is not panels[-1]:
            axes.set_xticklabels([])
            axes.set_xlabel("")
    label_axes(panels[-1], x=panels[-1].get_xlabel())


def window_of(end: float, events_of_a_line: float, most: int, least: int) -> float:
    """The shortest of a few round lengths that gives at most `most` windows, with `least` events of a line in the mean.

    Parameters
    ----------
    end
        Of the run, in seconds.
    events_of_a_line
        How many there are in a run.
    most, least
        Windows; events in each.
    """
    windows = max(min(float(most), events_of_a_line / least), 1.0)
    return next((float(width) for width in _WIDTHS if end / width <= windows), end / windows)


def windows_in(end: float, width: float) -> int:
    """How many windows of `width` seconds there are until `end`; the last may be cut short."""
    return math.ceil(end / width)


def by_window(
    frame: pd.DataFrame, seeds: Sequence[int], width: float, end: float, measure: Callable[[pd.Series], float]
) -> NDArray[np.float64]:
    """A number per window (rows) and seed (columns); NaN where there is nothing to measure.

    Parameters
    ----------
    frame
        With the columns `at` (seconds), `seed` and `value`.
    seeds
        Of the columns.
    width, end
        Of a window and of the run, in seconds.
    measure
        Makes the number of the values in a window.
    """
    count = windows_in(end, width)
    window = (frame["at"] // width).clip(upper=count - 1).astype(int)
    measured = frame["value"].groupby([window.rename("window"), frame["seed"]]).agg(measure).unstack("seed")
    return measured.reindex(index=range(count), columns=list(seeds)).to_numpy(dtype=float)


def shares_by_window(
    frame: pd.DataFrame, which: "pd.Series[bool]", seeds: Sequence[int], width: float, end: float
) -> NDArray[np.float64]:
    """The share of the rows of `frame` that are `which`, as `by_window` gives it."""
    return by_window(frame.assign(value=which.astype(float)), seeds, width, end, lambda values: float(values.mean()))


def line_width(place: int, lines: int) -> float:
    """Of the line at `place` of so many: the first is the widest, so that lines which coincide are all seen."""
    return 3.0 - 1.4 * place / lines


def draw_means(
    axes: Axes,
    group: Group,
    rows: NDArray[np.float64],
    width: float,
    end: float,
    *,
    most: float = math.inf,
    linewidth: float = 2.0,
    dashed: bool = False,
) -> None:
    """A line of means over seeds with the ribbon of their intervals.

    Parameters
    ----------
    axes, group
        Where, and in whose colour.
    rows
        A value per window (rows) and seed (columns).
    width, end
        Of a window and of the run, in seconds.
    most
        What the quantity can be at most.
    linewidth, dashed
        Of the line.
    """
    estimates = [over_seeds(row).within(0.0, most) for row in rows]
    middles = (np.arange(len(rows)) + 0.5) * width
    middles[-1] = ((len(rows) - 1) * width + end) / 2
    means, lows, highs = (
        np.array([getattr(estimate, name) for estimate in estimates]) for name in ("mean", "low", "high")
    )
    axes.fill_between(middles, lows, highs, color=group.colour, alpha=0.14, linewidth=0)
    label = f"_{group.label}" if dashed else group.label
    axes.plot(
        middles, means, color=group.colour, linewidth=linewidth, label=label, linestyle="--" if dashed else "-",
        dash_capstyle="butt",
    )  # fmt: skip


def means_of(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over seeds of each window."""
    return np.array([over_seeds(row).mean for row in rows])


def _names_of(grouping: Grouping) -> Iterator[tuple[str, str, str]]:
    """Text, colour and weight."""
    if grouping.title:
        yield f"{grouping.title}:", MUTED, "normal"
    if len(grouping.groups) > 1:
        yield from ((group.label, group.colour, "bold") for group in grouping.groups)


def _lines_of_names(grouping: Grouping) -> list[list[tuple[str, str, str]]]:
    """The names in as many lines as they need."""
    lines: list[list[tuple[str, str, str]]] = [[]]
    used = 0.0
    for text, colour, weight in _names_of(grouping):
        width = text_width(text, size=_NAME_SIZE, weight=weight) + _APART / WIDTH
        if lines[-1] and used + width > RIGHT - LEFT:
            lines.append([])
            used = 0.0
        lines[-1].append((text, colour, weight))
        used += width
    return lines


def _tell_colours(
    sheet: Sheet, names: Sequence[Sequence[tuple[str, str, str]]], bands: Sequence[Band], top: float
) -> None:
    """What colours mean and what is grey, above `top`: in one line, or where there is no room, the latter above."""
    figure = sheet.figure
    height = figure.get_figheight()
    y = x = 0.0
    for row, line in enumerate(names):
        y, x = top + (0.36 + _LINE * (len(names) - 1 - row)) / height, LEFT
        for text, colour, weight in line:
            drawn = figure.text(x, y, text, color=colour, fontsize=_NAME_SIZE, fontweight=weight, va="bottom")
            x += drawn.get_window_extent().width / figure.bbox.width + _APART / WIDTH
    if bands:
        told = list(dict.fromkeys(f"{band.name} {band.between}, {span_label(band.lasted)}" for band in bands))
        grey = told[0] if len(told) == 1 else ", ".join(dict.fromkeys(band.name for band in bands))
        note = figure.text(RIGHT, y, f"grey: {grey}", color=MUTED, fontsize=10, va="bottom", ha="right")
        others = figure.texts[:-1]
        if _covers(note, others):
            note.set_y(sheet.top + 0.14 / height)  # Beside the subtitle.
        if _covers(note, others):
            note.set_text("grey: faults")


def _covers(text: Text, others: Sequence[Text]) -> bool:
    """Whether it stands upon others, or right beside them."""
    extent = text.get_window_extent()
    around = extent.expanded((extent.width + 2 * _APART * DPI) / extent.width, 1.0)
    return any(around.overlaps(each.get_window_extent()) for each in others)
