"""The figure of resumption over time: seeds as ribbons, faults as bands, key rotations as marks."""

import datetime
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .estimates import Estimate, over_seeds
from .faults import Band, bands_of, effect_of
from .groups import Group, Grouping
from .opening import open_by
from .panels import window_of
from .style import INK, MUTED, in_widths_of, label_axes, percent_axis, share_label
from .tables import ResultTables
from .timeline import draw_bands, end_of_run, span_label, time_axis

_MOST_WINDOWS = 48  # As many points as a line of 1000 pixels shows apart.
_LEAST_VISITS = 20  # Of one line and seed in a window, in the mean: fewer show chance, not change.
_SAME = 0.01  # Shares nearer than this are told as equal.
_RIGHT = 0.84  # Right of it the lines are named.
_FOR_LONG = 0.04  # More room for long names.
_NAMES_FROM, _EDGE = 1.015, 0.9872  # In widths of the axes; where numbers end, in widths of the sheet.


def resumption_over_time(
    results: ResultTables, by: str | None = None, window: str | datetime.timedelta | None = None
) -> Figure:
    """Share of visits that resume, over the run's time, one line per value of `by`.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.
    window
        Length of the windows in which shares are taken ("1h", a timedelta). None: the shortest of
        a few round lengths that gives at most 48, and 20 visits to a line and seed in the mean.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, no such parameter, or the window is no positive duration.

    Notes
    -----
    Visits count in the window in which they started. A window without an answered visit is a gap
    in the line. The title compares, during a fault, the clients at home in its sites with the others.
    """
    opening = open_by(results, by)
    grouping = opening.grouping
    folded = opening.visits.assign(at=opening.visits["started"].dt.total_seconds())
    answered = folded[folded["answered"]]
    answered = answered.assign(resumed=answered["resumed"].astype(float))
    end = end_of_run(results, folded)
    width = (
        _seconds_of(window)
        if window is not None
        else window_of(end, _visits_of_a_line(answered, len(grouping.groups)), _MOST_WINDOWS, _LEAST_VISITS)
    )
    bands = bands_of(results.faults, end)
    outages = {group: at for group, frame in grouping.split(folded) if (at := _outage(frame, width)) is not None}
    sheet = opening.sheet(
        title=_finding(grouping, answered, bands),
        subtitle=f"Share of answered visits that resumed, by when they started (windows of {span_label(width)})",
        intervals="ribbons",
        before="▲ a new ticket key begins." if _rotates(results.ticket_keys) else "",
        after="✕ from then on nobody gets an answer." if outages else "",
    )
    right = _RIGHT - _FOR_LONG if grouping.has_long_labels else _RIGHT
    axes = sheet.axes(right=right, above=0.36)
    draw_bands(axes, bands)
    ends: list[tuple[float, Group, Estimate]] = []
    for group, frame in grouping.split(answered):
        if len(frame):
            last = _draw_line(axes, group, frame, width, end)
            ends.append((last, group, _share(frame)))
    for last, group, _ in ends:
        if group in outages:
            axes.plot([outages[group]], [last], "x", color=group.colour, markersize=11, markeredgewidth=2.8,
                      clip_on=False, zorder=5, label=f"_{group.label}")  # fmt: skip
    _name_lines(axes, grouping, ends, outages)
    _mark_rotations(axes, results.ticket_keys, end)
    percent_axis(axes, "y")
    axes.set_ylim(0, 1.015)
    time_axis(axes, end)
    label_axes(axes, x=axes.get_xlabel(), y="share of visits that resumed")
    return sheet.figure


def _seconds_of(window: object) -> float:
    refusal = f"window: {window!r} given, a positive duration such as '1h' or a timedelta allowed"
    if not isinstance(window, str | datetime.timedelta):
        raise ValueError(refusal)
    try:
        # pandas would take a bare number for nanoseconds.
        seconds = -1.0 if str(window).strip().isdecimal() else pd.Timedelta(window).total_seconds()
    except ValueError:
        seconds = -1.0
    if not seconds > 0:
        raise ValueError(refusal)
    return seconds


def _visits_of_a_line(answered: pd.DataFrame, lines: int) -> float:
    # Connections that a visit opens at once share its luck, so they count once.
    seeds = max(answered["seed"].nunique(), 1)
    return float((answered["connection"] == 0).sum()) / (max(lines, 1) * seeds)


def _share(frame: pd.DataFrame) -> Estimate:
    return over_seeds(frame.groupby("seed")["resumed"].mean()).within(0.0, 1.0)


def _draw_line(axes: Axes, group: Group, frame: pd.DataFrame, width: float, end: float) -> float:
    windows = math.ceil(end / width)
    placed = frame.assign(window=(frame["at"] // width).clip(upper=windows - 1).astype(int))
    shares = placed.pivot_table(index="window", columns="seed", values="resumed", aggfunc="mean")
    rows = shares.reindex(range(windows)).to_numpy(dtype=float)
    estimates = [over_seeds(row).within(0.0, 1.0) for row in rows]
    middles = (np.arange(windows) + 0.5) * width
    middles[-1] = ((windows - 1) * width + end) / 2

    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(estimate, name) for estimate in estimates])

    axes.fill_between(middles, column("low"), column("high"), color=group.colour, alpha=0.16, linewidth=0)
    axes.plot(middles, column("mean"), color=group.colour, linewidth=2.2, label=group.label)
    known = column("mean")[~np.isnan(column("mean"))]
    return float(known[-1])


def _outage(frame: pd.DataFrame, width: float) -> float | None:
    """From when on every visit fails, if that is so for a window at least; None if some are answered to the end."""
    failed = frame[~frame["answered"] & frame["failed"]]
    served = frame.loc[frame["answered"], "at"].max()
    late = failed.loc[failed["at"] > served if not math.isnan(served) else failed["at"] >= 0, "at"]
    return float(late.min()) if len(late) and late.max() - late.min() >= width else None


def _name_lines(
    axes: Axes, grouping: Grouping, ends: list[tuple[float, Group, Estimate]], outages: Mapping[Group, float]
) -> None:
    # Names stand at the ends of the lines, pushed apart where lines meet; the head of the column
    # says what they are.
    gap = 0.085
    order = sorted(ends, key=lambda entry: (entry[0], entry[2].mean))
    places: list[float] = []
    for last, _, _ in order:
        places.append(max(last, places[-1] + gap) if places else max(last, 0.03))
    if places and places[-1] > 0.97:
        places[-1] = 0.97
        for i in range(len(places) - 2, -1, -1):
            places[i] = min(places[i], places[i + 1] - gap)
    size = 10.5 if grouping.has_long_labels else 12
    for y, (_, group, share) in zip(places, order, strict=True):
        look: dict[str, Any] = {"transform": axes.transAxes, "color": group.colour, "fontsize": size, "va": "center"}
        axes.text(_NAMES_FROM, y, group.label, fontweight="bold", **look)
        told = f"✕ {span_label(outages[group])}" if group in outages else share_label(share.mean)
        axes.text(in_widths_of(axes, _EDGE), y, told, ha="right", **look)
    head = f"{grouping.title},\nmean share" if grouping.title else "mean share"
    axes.text(_NAMES_FROM, 1.04, head, transform=axes.transAxes, color=MUTED, fontsize=10, va="bottom")


def _mark_rotations(axes: Axes, keys: pd.DataFrame, end: float) -> None:
    if keys.empty:
        return
    # To the second: a key that is handed out begins at each server at a slightly different moment.
    begins = sorted({at for at in keys["issued_from"].dt.total_seconds().round() if 0 < at < end})
    if 0 < len(begins) <= _MOST_WINDOWS:
        axes.plot(
            begins,
            [0.0] * len(begins),
            "^",
            color=INK,
            markersize=8,
            clip_on=False,
            transform=axes.get_xaxis_transform(),
        )


def _rotates(keys: pd.DataFrame) -> bool:
    return len(keys) > 0 and bool((keys["generation"] > 0).any())


def _finding(grouping: Grouping, answered: pd.DataFrame, bands: list[Band]) -> str:
    parts = {group: frame for group, frame in grouping.split(answered) if len(frame)}
    if not parts:
        return "No server answered any visit"
    told = _finding_of_shares(grouping, {group: _share(of).mean for group, of in parts.items()})
    if not bands:
        return told
    effects = [
        (band, group, effect)
        for band in bands
        for group, frame in parts.items()
        if (effect := effect_of(band, frame, len(parts) * len(bands))) is not None
    ]
    if not effects:
        return told
    band, group, worst = min(effects, key=lambda entry: entry[2].affected - entry[2].others)
    measured = [entry for entry in effects if entry[2].measurable]
    if not measured:
        return f"{told}; the {band.name} does not measurably change how often clients of {_listed(worst.sites)} resume"
    band, group, worst = min(measured, key=lambda entry: entry[2].affected - entry[2].others)
    under = f" with {group.phrase}" if len(parts) > 1 else ""
    return (
        f"{told}; during the {band.name} clients of {_listed(worst.sites)} resume "
        f"{share_label(worst.affected)}{under}, others {share_label(worst.others)}"
    )


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(names)


def _finding_of_shares(grouping: Grouping, shares: dict[Group, float]) -> str:
    best, worst = max(shares.values()), min(shares.values())
    if best - worst < _SAME:
        whatever = f", whatever the {grouping.title}" if len(shares) > 1 else ""
        return f"{share_label(best)} of visits resume{whatever}"
    # The first value that does as well as the best is the one an operator looks for.
    chosen, *others = [group for group, share in shares.items() if best - share < _SAME]
    last = min(shares, key=lambda group: shares[group])
    if grouping.column is not None and " = " in chosen.phrase:
        alike = " or ".join([chosen.phrase, *(other.label for other in others)])
        return f"{alike}: {share_label(shares[chosen])} of visits resume; {last.phrase}: {share_label(worst)}"
    more = f" and {others[-1].label} no more" if others else ""
    return f"{chosen.phrase} resume {share_label(shares[chosen])} of visits{more}, {last.label} {share_label(worst)}"
