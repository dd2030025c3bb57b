"""The figure of percentiles over a parameter: where the time to first byte bends, and for whom."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import Estimate, over_seeds
from .groups import OKABE_ITO, Group, Grouping, group_by
from .opening import visits_told
from .quantities import RANKS, Quantity, first_byte, fold, quantity_named
from .scale import positions
from .style import INK, MUTED, RULE, Sheet, duration_label, label_axes, seeds_note, share_axis
from .tables import ResultTables

_SAME = 0.03  # Of a time: values nearer than this are told as equal.
_SAME_SHARE = 0.01
_NAMES_FROM = 1.012  # In widths of the axes.
_LEFT = 0.105
_RIGHT = 0.83  # Right of it the lines are named.
_LEAST_APART = 0.075  # Of the axes' height, between two names.


def percentile_lines(results: ResultTables, by: str | None = None, ranks: Sequence[float] = RANKS) -> Figure:
    """Percentiles of the time to first byte over the values of `by`, one line per percentile.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.
    ranks
        Percentiles, each above 0 and at most 100.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, no such parameter, or a rank is out of range.

    Notes
    -----
    A visit counts from the start of its first attempt. Percentiles are taken within each seed; lines are
    means over seeds.
    """
    grouping = group_by(results, by)
    quantities = [first_byte(rank) for rank in sorted(ranks)]
    folded = fold(results)
    lines = {
        f"p{rank:g}": {group: quantity.by_seed(frame) for group, frame in grouping.split(folded)}
        for rank, quantity in zip(sorted(ranks), quantities, strict=True)
    }
    sheet = Sheet(
        title=_finding(grouping, lines, quantities),
        subtitle=f"Percentiles of the time to first byte over the {grouping.title or 'batch'}",
        note=f"{visits_told(folded)}. {seeds_note(results, grouping, 'ribbons')}",
    )
    axes = sheet.axes(left=_LEFT, right=_RIGHT, above=0.1)
    colours = dict(zip(lines, _colours(len(lines)), strict=True))
    estimates = {name: _estimates(line, quantities[0]) for name, line in lines.items()}
    _latency_axis(axes, estimates)
    _draw(axes, grouping, estimates, colours)
    label_axes(axes, x=grouping.title, y="time to first byte")
    return sheet.figure


def quantity_lines(
    results: ResultTables, of: str = "resumed_share", by: str | None = None, per: str | None = None
) -> Figure:
    """A quantity over the values of `by`, one line per value of `per`.

    Parameters
    ----------
    results
        A batch.
    of
        A quantity of the summary: `resumed_share`, `first_byte_p50`, `first_byte_p95`,
        `first_byte_p99`, `failed_share` or `server_compute`.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.
    per
        Likewise. None: the second parameter with several values, or one line.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, no such parameter or quantity.
    """
    quantity = quantity_named(of)
    grouping = group_by(results, by)
    others = [name for name in grouping.pooled if name != grouping.column]
    if per is None and others:
        per = others[0]
    split = group_by(results, per) if per is not None else Grouping(column=None, groups=_one_line())
    if split.column is not None and split.column == grouping.column:
        raise ValueError(f"per: {per!r} is on the axis already; name another parameter")
    folded = fold(results)
    lines = {
        line.label: {group: quantity.by_seed(frame) for group, frame in grouping.split(part)}
        for line, part in split.split(folded)
    }
    pooled = tuple(name for name in grouping.pooled if name != split.column)
    shown = Grouping(column=grouping.column, groups=grouping.groups, pooled=pooled)
    sheet = Sheet(
        title=_finding(grouping, lines, [quantity] * len(lines), split.title),
        subtitle=f"{quantity.axis.capitalize()}, over the {grouping.title or 'batch'}",
        note=f"{visits_told(folded)}. {seeds_note(results, shown, 'ribbons')}",
    )
    axes = sheet.axes(left=_LEFT, right=_RIGHT, above=0.3 if split.title else 0.1)
    colours = {group.label: group.colour for group in split.groups}
    estimates = {name: _estimates(line, quantity) for name, line in lines.items()}
    if quantity.is_share:
        share_axis(axes, (estimate.mean for line in estimates.values() for estimate in line.values()))
    else:
        _latency_axis(axes, estimates)
    _draw(axes, grouping, estimates, colours)
    if split.title:
        axes.text(_NAMES_FROM, 1.04, split.title, transform=axes.transAxes, color=MUTED, fontsize=10, va="bottom")
    label_axes(axes, x=grouping.title, y=quantity.axis)
    return sheet.figure


Line = dict[Group, "pd.Series[float]"]  # The value of each seed.


def _one_line() -> tuple[Group, ...]:
    return (Group(value=None, label="", phrase="", colour=OKABE_ITO[0]),)


def _colours(count: int) -> Sequence[str]:
    # The tail is the finding more often than the middle, so it has the loudest colour.
    return [OKABE_ITO[(5, 0, 1)[i]] if count == 3 else OKABE_ITO[i % len(OKABE_ITO)] for i in range(count)]


def _estimates(line: Line, quantity: Quantity) -> dict[Group, Estimate]:
    most = 1.0 if quantity.is_share else float("inf")
    return {group: over_seeds(values).within(0.0, most) for group, values in line.items()}


def _draw(axes: Axes, grouping: Grouping, lines: dict[str, dict[Group, Estimate]], colours: dict[str, str]) -> None:
    places, to_scale = positions([group.value for group in grouping.groups])
    ends: list[tuple[float, str]] = []
    for i, (name, line) in enumerate(lines.items()):
        means = np.array([line[group].mean for group in grouping.groups])
        lows, highs = (np.array([getattr(line[group], end) for group in grouping.groups]) for end in ("low", "high"))
        axes.fill_between(places, lows, highs, color=colours[name], alpha=0.18, linewidth=0)
        # The first is a little wider, so that lines which coincide are still seen to be there.
        width = 2.0 + 1.6 * (1 - i / max(len(lines) - 1, 1))
        axes.plot(places, means, "o-", color=colours[name], linewidth=width, markersize=4 + width, label=name)
        known = means[~np.isnan(means)]
        if name and len(known):
            ends.append((float(known[-1]), name))
    axes.set_xlim(-0.04, 1.04)
    labels = [group.label for group in grouping.groups]
    axes.set_xticks(places, labels)
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    if not to_scale and len(places) > 2:
        axes.annotate(
            "values evenly spaced, not to scale", (1.0, 0.0), xycoords="axes fraction", xytext=(-4, 4),
            textcoords="offset points", ha="right", va="bottom", fontsize=9, color=MUTED,
        )  # fmt: skip
    _name(axes, ends, colours)


def _name(axes: Axes, ends: list[tuple[float, str]], colours: dict[str, str]) -> None:
    """Names at the ends of the lines, pushed apart where lines meet."""
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = sorted((float(to_axes.transform((1.0, value))[1]), name) for value, name in ends)
    places: list[float] = []
    for height, _ in heights:
        places.append(max(height, places[-1] + _LEAST_APART) if places else max(height, 0.02))
    if places and places[-1] > 0.98:
        places[-1] = 0.98
        for i in range(len(places) - 2, -1, -1):
            places[i] = min(places[i], places[i + 1] - _LEAST_APART)
    for y, (_, name) in zip(places, heights, strict=True):
        axes.text(
            _NAMES_FROM, y, name, transform=axes.transAxes, color=colours[name] or INK, fontsize=12,
            fontweight="bold", va="center",
        )  # fmt: skip


def _latency_axis(axes: Axes, lines: dict[str, dict[Group, Estimate]]) -> None:
    estimates = [estimate for line in lines.values() for estimate in line.values() if estimate.mean > 0]
    least, most = _reach(estimates) if estimates else (0.1, 1.0)
    if most > 3 * least:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(ticker.LogLocator(base=10, subs=(1, 2, 5), numticks=40))
        axes.yaxis.set_minor_locator(ticker.NullLocator())
        axes.set_ylim(least * 0.85, most * 1.18)
    else:
        air = max((most - least) * 0.15, least * 0.02)
        axes.set_ylim(least - air, most + air)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(6))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda seconds, _: duration_label(seconds)))
    axes.grid(axis="y", color=RULE, linewidth=0.8)


def _reach(estimates: Sequence[Estimate]) -> tuple[float, float]:
    """From the least to the most to be shown: intervals, unless they are so wide that lines would be flattened."""
    least, most = (choose(estimate.mean for estimate in estimates) for choose in (min, max))
    known = [estimate for estimate in estimates if estimate.has_interval]
    low = min((estimate.low for estimate in known), default=least)
    high = max((estimate.high for estimate in known), default=most)
    return min(least, max(low, least / 1.5)), max(most, min(high, most * 1.5))


def _finding(grouping: Grouping, lines: dict[str, Line], quantities: Sequence[Quantity], per: str = "") -> str:
    """The line that the parameter moves most, from where to where; and that the first one stays, if it does."""
    moves: list[tuple[float, str, Quantity, Group, Group]] = []
    for (name, line), quantity in zip(lines.items(), quantities, strict=True):
        if moved := _move(line, quantity):
            moves.append((moved[0], name, quantity, *moved[1:]))
    if len(grouping.groups) < 2 or not any(len(series) for line in lines.values() for series in line.values()):
        first = next(iter(lines.values()), {})
        values = [over_seeds(series).mean for series in first.values()]
        told = quantities[0].label(values[0]) if values else "unknown"
        return f"{quantities[0].phrase} is {told}"
    if not moves:
        # One quantity with several lines is told as one.
        several = len({quantity.name for quantity in quantities}) > 1
        what = "no percentile of the time to first byte measurably depends" if several else None
        what = what or f"{quantities[0].phrase} does not measurably depend"
        return f"{what} on the {grouping.title}"
    _, name, quantity, start, end = max(moves, key=lambda move: move[0])
    values = [over_seeds(lines[name][group]).mean for group in (start, end)]
    where = f" with {per} {name}" if per else ""
    if per and len({(move[2].label(move[0]), move[3], move[4]) for move in moves}) == 1 == len(moves) / len(lines):
        where = f", whatever the {per}"
    up = "rises" if values[1] > values[0] else "falls"
    return (
        f"{quantity.phrase} {up} from {quantity.label(values[0])} ({grouping.title} {start.label}) "
        f"to {quantity.label(values[1])} ({end.label}){where}"
    )


def _move(line: Line, quantity: Quantity) -> tuple[float, Group, Group] | None:
    """How far a line goes from its first extreme to its second; None where chance explains it."""
    known = {group: series for group, series in line.items() if series.notna().any()}
    if len(known) < 2:
        return None
    order = list(known)
    low, high = (choose(known, key=lambda group: over_seeds(known[group]).mean) for choose in (min, max))
    apart = over_seeds(known[high] - known[low])
    most, least = (over_seeds(known[group]).mean for group in (high, low))
    how_far = (most - least) if quantity.is_share else (most / least - 1 if least else float("inf"))
    enough = _SAME_SHARE if quantity.is_share else _SAME
    one_seed = not apart.has_interval
    if how_far < enough or not (one_seed or apart.excludes(0.0)):
        return None
    start, end = sorted((low, high), key=order.index)
    return how_far, start, end
