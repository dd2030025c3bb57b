"""The figure of a policy: quantities over the values of a parameter, a line for each value of another."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import Estimate
from .groups import Group, Grouping, group_by, is_quantity
from .opening import visits_told
from .quantities import Quantity, fold, quantity_named, varied
from .style import INK, LEFT, RULE, Sheet, label_axes, seeds_note, share_axis
from .tables import ResultTables

Reference = tuple[str, Callable[[Any], float]]
"""What a line is called, and its height at a value of the parameter along x."""

USUAL = ("resumed_share", "first_byte_p50", "server_compute")
"""What is shown unless a scenario or a caller asks for others."""

_HOUR = 3_600.0
_ROW = 0.052  # Of the height: a row of text at the end of a line.
_TOLD = 0.01  # Of the visits: fewer that failed change no other share.
_CROWDED = 20  # Characters along an axis: more need smaller letters.
_ONE = 0.01  # Of the height: lines that end nearer to each other with equal numbers are seen as one.


def over_parameter(
    results: ResultTables,
    by: str | None = None,
    x: str | None = None,
    quantities: Sequence[str] = USUAL,
    reference: Reference | None = None,
) -> Figure:
    """Quantities over the values of a parameter, a panel each, a line for each value of another parameter.

    Parameters
    ----------
    results
        A batch.
    by
        The parameter that has a line for each value. None: the first with several values that is not `x`; one line if
        there is none.
    x
        The parameter along x. None: the last one with several values that are numbers or durations, else the last.
    quantities
        Names of quantities, one to three.
    reference
        A curve to compare the first panel with: its name, and its height at a value of `x`.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, no such parameter or quantity, or no parameter at all.

    Notes
    -----
    Values of `x` stand at equal distances. Whiskers are intervals over seeds.
    """
    chosen = tuple(quantity_named(name) for name in quantities)
    if not 1 <= len(chosen) <= 3:
        raise ValueError(f"quantities: {len(chosen)} given, one to three allowed")
    along = group_by(results, x or _along(results, by))
    lines = _lines(results, along, by)
    ordered = all(is_quantity(group.value) for group in along.groups[1:])  # Such as "never", 1 h, 1 min.
    frame = fold(results)
    points = {
        quantity: {line: [quantity.estimate(of) for _, of in along.split(rows)] for line, rows in lines.split(frame)}
        for quantity in chosen
    }
    sheet = Sheet(
        title=_finding(along, points[chosen[0]], chosen[0]),
        subtitle=_subtitle(along, lines),
        note=_note(results, along, lines, frame),
        height=6.2 if along.has_long_labels else 5.6,
    )
    gap = 0.08
    width = (0.955 - LEFT - gap * (len(chosen) - 1)) / len(chosen)
    for place, quantity in enumerate(chosen):
        left = LEFT + place * (width + gap)
        axes = sheet.axes(left=left, right=left + width, above=0.34)
        if along.has_long_labels:
            box = axes.get_position()
            axes.set_position((box.x0, box.y0 + 0.08, box.width, box.height - 0.08))
        axes.set_title(quantity.title, fontsize=12, fontweight="bold", color=INK, loc="left", pad=10)
        if place == 0 and reference is not None:
            _draw_reference(axes, along, reference)
        alone = len(lines.groups) == 1 and not ordered
        for number, (line, estimates) in enumerate(points[quantity].items()):
            _draw_line(axes, line, estimates, hidden=(number + 1) / len(lines.groups), joined=ordered)
        _scale(axes, quantity, list(points[quantity].values()))
        if alone:
            _name_points(axes, next(iter(points[quantity].values())), quantity)
        else:
            _name_ends(axes, points[quantity], quantity, named=place == 0 and len(lines.groups) > 1)
        width_of_labels = len(along.groups) * max(len(group.label) for group in along.groups)
        size = 10.5 if width_of_labels < _CROWDED and not lines.has_long_labels else 9
        axes.set_xticks(range(len(along.groups)), [group.label for group in along.groups], fontsize=size)
        if along.has_long_labels:
            axes.tick_params(axis="x", labelrotation=25)
            for label in axes.get_xticklabels():
                label.set_horizontalalignment("right")
                label.set_rotation_mode("anchor")
        named = place == 0 and len(lines.groups) > 1
        longest = max(len(group.label) for group in lines.groups) if named else 0
        right = len(along.groups) - 0.4 if alone else _right_end(len(along.groups), longest)
        axes.set_xlim(-0.6 if alone else -0.3, right)
        label_axes(axes, x=along.title)
    return sheet.figure


def _right_end(values: int, longest: int) -> float:
    # Such that what is written at the ends of lines, names of so many letters or numbers, has its share of the panel.
    share = max(0.25, 0.06 + 0.036 * longest)
    return values - 1 + share * (values - 0.7) / (1 - share)


def _along(results: ResultTables, by: str | None) -> str:
    names = [name for name in (varied(results) or list(results.parameters)) if name != by]
    if not names:
        raise ValueError("x: the batch has no parameter to show values of")
    ordered = [name for name in names if all(is_quantity(value) for value in results.parameters[name])]
    return (ordered or names)[-1]


def _lines(results: ResultTables, along: Grouping, by: str | None) -> Grouping:
    if by is None:
        by = next((name for name in varied(results) if name != along.column), None)
    if by is None or by == along.column:
        return Grouping(column=None, groups=(Group(value=None, label="", phrase="", colour="#0072B2"),))
    return group_by(results, by)


def _subtitle(along: Grouping, lines: Grouping) -> str:
    each = f", a line for each value of {lines.title}" if len(lines.groups) > 1 else ""
    return f"Over {along.title}{each}"


def _note(results: ResultTables, along: Grouping, lines: Grouping, folded: pd.DataFrame) -> str:
    pooled = tuple(name for name in varied(results) if name not in (along.column, lines.column))
    grouping = Grouping(column=along.column, groups=along.groups, pooled=pooled)
    failed = int((folded["failed"] & ~folded["answered"]).sum())
    told = ""
    if failed >= _TOLD * len(folded):
        told = f", of which {failed:,} failed unanswered: they are in no share but that of failures"
    return f"{visits_told(folded)}{told}. {seeds_note(results, grouping, 'whiskers')}"


def _draw_line(axes: Axes, line: Group, estimates: list[Estimate], *, hidden: float, joined: bool) -> None:
    # The first is the widest, so that lines which coincide are still seen to be there.
    width = 1.8 + 2.4 * (1 - hidden)
    known = [(place, each) for place, each in enumerate(estimates) if not math.isnan(each.mean)]
    axes.plot(
        [place for place, _ in known],
        [each.mean for _, each in known],
        color=line.colour,
        linewidth=width,
        linestyle="-" if joined else "",
        marker="o",
        markersize=3 + width,
        label=line.label or "_all",
        clip_on=False,
        zorder=3,
    )
    for place, each in known:
        if each.has_interval and each.high > each.low:
            axes.plot([place, place], [each.low, each.high], color=line.colour, linewidth=1.2, alpha=0.7, zorder=2)


def _draw_reference(axes: Axes, along: Grouping, reference: Reference) -> None:
    name, height = reference
    heights = [height(group.value) for group in along.groups]
    axes.plot(range(len(heights)), heights, color=INK, linewidth=1.2, linestyle=(0, (3, 2)), label=f"_{name}", zorder=4)
    middle = (len(heights) - 1) / 2
    axes.annotate(
        f"dashed: {name}",
        (middle, (heights[math.floor(middle)] + heights[math.ceil(middle)]) / 2),
        xytext=(4, 6),
        textcoords="offset points",
        fontsize=10,
        color=INK,
    )


def _scale(axes: Axes, quantity: Quantity, lines: list[list[Estimate]]) -> None:
    if quantity.is_share:
        share_axis(axes, (each.mean for line in lines for each in line))
        return
    tops = [each.mean for line in lines for each in line if not math.isnan(each.mean)]
    axes.set_ylim(0, 1.2 * max(tops, default=1.0) or 1.0)
    axes.yaxis.set_major_locator(
        ticker.MultipleLocator(_span_step(max(tops))) if max(tops, default=0.0) >= _HOUR else ticker.MaxNLocator(5)
    )
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: quantity.label(value) if value else "0"))
    axes.grid(axis="y", color=RULE, linewidth=0.8)


def _span_step(top: float) -> float:
    """The shortest step of a clock or a calendar that gives at most six."""
    steps = (1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080)
    return next((60.0 * minutes for minutes in steps if top <= 6 * 60 * minutes), top / 5)


def _name_points(axes: Axes, estimates: list[Estimate], quantity: Quantity) -> None:
    """Writes its value at each point; what has names for values has no end of a line."""
    size = 9.5 if len(estimates) < 5 else 8.5
    for place, each in enumerate(estimates):
        if not math.isnan(each.mean):
            height, shift = _clear_of(each, axes.get_ylim()[1])
            axes.annotate(
                quantity.label(each.mean),
                (place, height),
                xytext=(0, shift),
                textcoords="offset points",
                ha="center",
                fontsize=size,
                color=INK,
            )


def _clear_of(point: Estimate, top: float) -> tuple[float, float]:
    """Where a point's number stands: over its whisker, else under it, else on it; and how many points of type away."""
    low, high = (point.low, point.high) if point.has_interval else (point.mean, point.mean)
    if high < 0.9 * top:
        return high, 9.0
    return (low, -18.0) if low > 0.1 * top else (point.mean, 9.0)


def _name_ends(axes: Axes, lines: dict[Group, list[Estimate]], quantity: Quantity, *, named: bool) -> None:
    """Writes at the end of each line what it is and its last value; lines that end as one share their text."""
    low, high = axes.get_ylim()
    ends: list[_End] = []
    for line, estimates in lines.items():
        known = [(place, each.mean) for place, each in enumerate(estimates) if not math.isnan(each.mean)]
        if known:
            place, value = known[-1]
            ends.append(_End((value - low) / (high - low), place, quantity.label(value), [line]))
    ends.sort(key=lambda end: end.height)
    apart: list[_End] = []
    for end in ends:
        if apart and apart[-1].text == end.text and end.height - apart[-1].height < _ONE:
            apart[-1].lines.extend(end.lines)
        else:
            apart.append(end)
    rows = [len(end.lines) + 1 if named else 1 for end in apart]
    for height, end in zip(_spread([end.height for end in apart], rows), apart, strict=True):
        # Each name in the colour of its line; a number that several share in none of them.
        shared = INK if len(end.lines) > 1 else end.lines[0].colour
        texts = [(line.label, line.colour) for line in end.lines] if named else []
        texts.append((end.text, shared))
        for row, (text, colour) in enumerate(texts):
            above = (len(texts) - 1) / 2 - row
            axes.annotate(
                text,
                (end.place, low + (height + _ROW * above) * (high - low)),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                fontsize=10,
                fontweight="bold" if named else "normal",
                color=colour,
            )


@dataclass(slots=True)
class _End:
    height: float  # Of the axes.
    place: int
    text: str
    lines: list[Group]


def _spread(heights: list[float], rows: list[int]) -> list[float]:
    """Heights of texts of so many rows, in order, moved as little as it takes to keep them from each other."""
    placed: list[float] = []
    for i, (height, of) in enumerate(zip(heights, rows, strict=True)):
        least = placed[-1] + _ROW * (rows[i - 1] + of) / 2 if placed else _ROW * of / 2
        placed.append(max(height, least))
    top = 1.0
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], top - _ROW * rows[i] / 2)
        top = placed[i] - _ROW * rows[i] / 2
    return placed


def _finding(along: Grouping, lines: dict[Group, list[Estimate]], quantity: Quantity) -> str:
    cells = [
        (each.mean, line, group)
        for line, estimates in lines.items()
        for group, each in zip(along.groups, estimates, strict=True)
        if not math.isnan(each.mean)
    ]
    if not cells:
        return "No server answered any visit"
    told = []
    for value, line, group in (min(cells, key=lambda cell: cell[0]), max(cells, key=lambda cell: cell[0])):
        label = quantity.label(value)
        # Where all lines say the same, which one it is does not matter.
        of_group = {quantity.label(other) for other, _, its in cells if its == group}
        where = group.phrase if of_group == {label} or not line.phrase else f"{line.phrase} and {group.phrase}"
        told.append((where, label))
    (least, low), (most, high) = told
    what = quantity.title[:1].upper() + quantity.title[1:]
    if high == low:
        return f"{what}: {high}, whatever the {along.title}"
    return f"{what}: from {low} ({least}) to {high} ({most})"
