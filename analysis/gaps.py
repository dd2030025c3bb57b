"""The figure of returning: how the chance to resume depends on how long a client was away."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import Estimate, over_seeds
from .groups import Group, Grouping
from .opening import Opening, open_by
from .style import BAND, MUTED, label_axes, percent_axis, share_label
from .tables import ResultTables
from .timeline import span_label

_HOUR = 3_600.0
_MINUTE = 60.0
_EDGES = (
    *(1.0, 3.0, 10.0, 30.0),
    *(_MINUTE * minutes for minutes in (1, 2, 5, 10, 20, 40)),
    *(_HOUR * hours for hours in (1, 2, 4, 6, 8, 10, 12, 16, 24, 36, 48, 72, 96)),
    *(24 * _HOUR * days for days in (7, 14, 30)),
)
_TICKS = (
    1.0,
    10.0,
    *(_MINUTE * minutes for minutes in (1, 5, 10, 20)),
    *(_HOUR * h for h in (1, 2, 4, 8, 12, 24, 48, 168)),
)
_NEAREST = 0.05  # Of the axis: ticks whose names would touch.
_BEFORE = 4  # Bins that are drawn before the first in which a value falls behind.
_SHORT = 4  # Bins of less than a minute, in which a client's own connections are in each other's way.
_FEWEST = 10  # Visits of one value in a bin, all seeds together: fewer show chance.
_SAME = 0.01  # Shares nearer than this are told as equal.


def resumption_by_gap(results: ResultTables, by: str | None = None) -> Figure:
    """Share of visits that resume, by the time since the client's last visit, one line per value of `by`.

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
    Bars behind the lines show how many visits come after such a gap. A first visit has no gap, and connections that a
    visit opens besides its first are not counted. Bins with fewer than ten visits of a line are left out.
    """
    opening = open_by(results, by)
    grouping, returning = opening.grouping, _returning(opening)
    lines = {group: _line(frame) for group, frame in grouping.split(returning) if len(frame)}
    shown = _shown(returning, lines)
    sheet = opening.sheet(
        title=_finding(grouping, returning),
        subtitle="Share of answered visits that resumed, by the time since the client's last visit",
        intervals="ribbons",
        of=f"{len(returning):,} returning visits",
        after=_note(returning, shown),
    )
    axes = sheet.axes(right=0.84, above=0.3)
    percent_axis(axes, "y")
    axes.set_ylim(0, 1.015)
    label_axes(axes, x="time since the client's last visit", y="share of visits that resumed")
    if returning.empty:
        axes.text(0.5, 0.5, "no client came twice", transform=axes.transAxes, ha="center", color=MUTED, fontsize=12)
        axes.set_xticks([])
        return sheet.figure
    axes.set_xscale("log")
    _draw_bars(axes, returning, shown)
    ends = []
    for group, line in lines.items():
        inside = [(number, share) for number, share in line if number in shown]
        places = [math.sqrt(math.prod(_edges(number))) for number, _ in inside]
        shares = [share for _, share in inside]
        lows, highs = [share.low for share in shares], [share.high for share in shares]
        axes.fill_between(places, lows, highs, color=group.colour, alpha=0.16, linewidth=0)
        means = [share.mean for share in shares]
        axes.plot(places, means, color=group.colour, linewidth=2.2, marker="o", markersize=3.5, label=group.label)
        frame = next(of for candidate, of in grouping.split(returning) if candidate == group)
        ends.append((group, over_seeds(frame.groupby("seed")["resumed"].mean()).mean))
    head = f"{grouping.title},\nreturning visits" if grouping.title else "returning visits"
    axes.text(1.015, 1.04, head, transform=axes.transAxes, color=MUTED, fontsize=10, va="bottom")
    for row, (group, share) in enumerate(ends):
        look: dict[str, Any] = {"transform": axes.transAxes, "color": group.colour, "fontsize": 12, "va": "center"}
        axes.text(1.015, 0.95 - 0.075 * row, group.label, fontweight="bold", **look)
        axes.text(1.195, 0.95 - 0.075 * row, share_label(share), ha="right", **look)
    return sheet.figure


def _returning(opening: Opening) -> pd.DataFrame:
    folded = opening.visits
    folded = folded[folded["connection"] == 0]
    run = (*opening.results.parameters, "seed")
    client = [name for name in (*run, "population", "client") if name in folded.columns]
    gap = folded.groupby(client, observed=True)["started"].diff().dt.total_seconds()
    folded = folded.assign(gap=gap, resumed=folded["resumed"].astype(float))
    folded = folded[folded["answered"] & folded["gap"].notna()]
    return folded.assign(bin=np.digitize(folded["gap"], _EDGES))


def _line(frame: pd.DataFrame) -> list[tuple[int, Estimate]]:
    counts = frame["bin"].value_counts()
    return [
        (
            number,
            over_seeds(of["resumed"].mean() for _, of in frame[frame["bin"] == number].groupby("seed")).within(0, 1),
        )
        for number in sorted(int(number) for number in counts[counts >= _FEWEST].index)
    ]


def _edges(number: int) -> tuple[float, float]:
    low = _EDGES[number - 1] if number > 0 else _EDGES[0] / 3
    return low, _EDGES[number] if number < len(_EDGES) else _EDGES[-1] * 3


def _shown(returning: pd.DataFrame, lines: dict[Group, list[tuple[int, Estimate]]]) -> range:
    """The bins to draw: from a little before the lines part to the last that one of them has."""
    drawn = {number for line in lines.values() for number, _ in line}
    if not drawn:
        drawn = {int(number) for number in returning["bin"]}
    if not drawn:
        return range(0)
    worst: dict[int, float] = {}
    for line in lines.values():
        for number, share in line:
            worst[number] = min(share.mean, worst.get(number, 1.0))
    fallen = [number for number in sorted(worst) if worst[number] < 1 - _SAME and number >= _SHORT]
    first = max(min(drawn), min(fallen) - _BEFORE) if fallen else min(drawn)
    return range(first, max(drawn) + 1)


def _note(returning: pd.DataFrame, shown: range) -> str:
    text = "Bars: share of returning visits after such a gap."
    before = returning[returning["bin"] < shown.start] if shown else returning.iloc[:0]
    if len(before):
        share, resumed = share_label(len(before) / len(returning)), share_label(float(before["resumed"].mean()))
        text += f" Not drawn: gaps of less than {span_label(_edges(shown.start)[0])}, {share} of returning visits, of"
        text += f" which {resumed} resume."
    return text


def _draw_bars(axes: Axes, returning: pd.DataFrame, shown: range) -> None:
    shares = returning["bin"].value_counts(normalize=True)
    edges = [_edges(number) for number in shown]
    axes.bar(
        [low for low, _ in edges],
        [float(shares.get(number, 0.0)) for number in shown],
        width=[high - low for low, high in edges],
        align="edge",
        color=BAND,
        edgecolor="white",
        linewidth=0.8,
        zorder=0,
    )
    least, most = edges[0][0], edges[-1][1]
    axes.set_xlim(least, most)
    ticks: list[float] = []
    for tick in _TICKS:
        apart = not ticks or math.log(tick / ticks[-1]) >= _NEAREST * math.log(most / least)
        if least <= tick <= most and apart:
            ticks.append(tick)
    axes.xaxis.set_major_locator(ticker.FixedLocator(ticks))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda seconds, _: span_label(seconds)))


def _finding(grouping: Grouping, returning: pd.DataFrame) -> str:
    told = [
        (float(over_seeds(frame.groupby("seed")["resumed"].mean()).mean), group, _reach(frame))
        for group, frame in grouping.split(returning)
        if len(frame)
    ]
    if not told:
        return "No client came twice"
    best = max(share for share, _, _ in told)
    # The first value that does as well as the best is the one an operator looks for.
    chosen = next(entry for entry in told if best - entry[0] < _SAME)
    worst = min(told, key=lambda entry: entry[0])
    if best - worst[0] < _SAME:
        whatever = f", whatever the {grouping.title}" if len(told) > 1 else ""
        return f"{share_label(best)} of returning visits resume, {_gaps(chosen[2])}{whatever}"
    clauses = [
        f"{group.phrase} resume {share_label(share)}{of}, {_gaps(reach)}"
        for (share, group, reach), of in ((chosen, " of returning visits"), (worst, ""))
    ]
    return "; ".join(clauses)


def _reach(frame: pd.DataFrame) -> float:
    """The end of the first stretch of gaps after which half of the visits resume."""
    reach = 0.0
    for place, (number, share) in enumerate(_line(frame)):
        if share.mean < 0.5:
            break
        reach = _edges(number)[1] if place + 1 < len(_line(frame)) else math.inf
    return reach


def _gaps(reach: float) -> str:
    if math.isinf(reach):
        return "after whatever gap"
    return f"those after gaps of up to {span_label(reach)}" if reach else "after no gap most of them"
