"""The figure of session caches: what lookups find and cost, and what entries go, over the run's time."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .estimates import over_seeds, percentile
from .faults import bands_of
from .groups import Group, Grouping, group_by, under
from .panels import (
    by_window,
    draw_means,
    height_of,
    line_width,
    means_of,
    share_time,
    shares_by_window,
    stack,
    window_of,
    windows_in,
)
from .style import RULE, Sheet, duration_label, seeds_note, share_axis, share_label
from .tables import ResultTables, column_of, judged_offers, visits
from .timeline import end_of_run, span_label

LOOKUPS = ("hit", "miss", "timeout")
"""How a lookup ends."""

_MISSING = {
    "not_cached": "offered sessions that the server's own memory did not have",
    "evicted": "offered sessions that the server's own memory had given up for want of room",
}
_MOST_WINDOWS = 48
_LEAST = 20  # Lookups of a line and run in a window, in the mean: fewer show chance, not change.
_SOME = 0.005  # A smaller share of lookups that time out is told after the share of hits.
_SAME = 0.01  # Shares nearer than this are told as equal.

Rows = NDArray[np.float64]


@dataclass(kw_only=True)
class _Panel:
    """What a panel shows: lines and, dashed, a second line of some."""

    head: str
    kind: Literal["share", "time", "rate"] = "share"
    lines: dict[Group, Rows] = field(default_factory=dict)
    dashed: dict[Group, Rows] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not any(np.nanmax(rows, initial=0.0) > 0 for rows in self.lines.values())


def shows_caches(results: ResultTables) -> bool:
    """Whether servers looked something up in a session cache, or missed a session in their own memory."""
    return _asks(results.cache) or bool(results.attempts["not_resumed"].isin(_MISSING).any())


def _asks(cache: pd.DataFrame) -> bool:
    return not cache.empty and bool(cache["operation"].isin(LOOKUPS).any())


def cache_dashboard(results: ResultTables, by: str | None = None) -> Figure:
    """What lookups in session caches find and cost, and the entries that go, over the run's time.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `site`: of the server that asks. None: the first parameter with several values.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution, panels that share the time. Where servers ask no session cache, what
        their own memories lack is shown instead. What never happened has no panel, and the note says so.

    Raises
    ------
    ValueError
        If there are no attempts or no such parameter, if lookups do not know it, or if there is nothing to show: no
        lookup in a session cache, and no session that was missing in a server's memory.

    Notes
    -----
    A lookup is of one replica: a server that asks a second after the first makes two. Values are computed within a
    seed; lines are means over seeds.
    """
    grouping = group_by(results, by)
    folded = visits(results)
    if not shows_caches(results):
        raise ValueError(
            "results: no lookups in a session cache, and no session that a server's memory lacked, "
            "so there is nothing to show"
        )
    cache = results.cache if _asks(results.cache) else results.cache.iloc[:0]
    cache = cache if cache.empty else cache.assign(at=cache["at"].dt.total_seconds())
    split = _grouping_of(grouping, cache)
    offers = judged_offers(results)
    end = max(end_of_run(results, folded), float(cache["at"].max()) if len(cache) else 0.0)
    lookups = cache[cache["operation"].isin(LOOKUPS)] if len(cache) else cache
    asking = {group for group, frame in split.split(lookups) if len(frame)}
    alone = {group: frame for group, frame in grouping.split(offers) if group not in asking and _lacks(frame)}
    seeds = sorted(results.attempts["seed"].unique())
    events = len(lookups) / max(len(asking), 1) or sum(map(len, alone.values())) / max(len(alone), 1)
    width = window_of(end, events / len(seeds), _MOST_WINDOWS, _LEAST)
    panels = _panels(grouping, split, cache, offers, alone, seeds, width, end)
    shown = [panel for panel in panels if not panel.empty or panel is panels[0]]
    bands = bands_of(results.faults, end)
    counted = f"{len(lookups):,} lookups" if len(lookups) else f"{sum(map(len, alone.values())):,} offered sessions"
    sheet = Sheet(
        title=_finding(grouping, split, lookups, alone),
        subtitle=f"By when it happened, in windows of {span_label(width)}",
        note=f"{counted}. {seeds_note(results, grouping, 'ribbons')}{_left_out(panels)}",
        height=height_of(len(shown), grouping),
    )
    drawn = stack(sheet, [panel.head for panel in shown], grouping, bands)
    for axes, panel in zip(drawn, shown, strict=True):
        _draw(axes, panel, width, end)
    share_time(drawn, end)
    return sheet.figure


def _lacks(offers: pd.DataFrame) -> bool:
    return bool(offers["not_resumed"].isin(_MISSING).any())


def _grouping_of(grouping: Grouping, cache: pd.DataFrame) -> Grouping:
    """The same values, of the column that the table of caches has for them."""
    if grouping.column is None or cache.empty:
        return grouping
    column = column_of(grouping.column, cache)
    if column not in cache.columns:
        raise ValueError(f"by: lookups in session caches do not know {grouping.column!r}; take a parameter, or 'site'")
    return Grouping(column=column, groups=grouping.groups, pooled=grouping.pooled)


def _panels(
    grouping: Grouping,
    split: Grouping,
    cache: pd.DataFrame,
    offers: pd.DataFrame,
    alone: Mapping[Group, pd.DataFrame],
    seeds: Sequence[int],
    width: float,
    end: float,
) -> list[_Panel]:
    panels = []
    if len(cache):
        panels = [
            _Panel(head="lookups that find the session (share)"),
            _Panel(head="lookups that time out (share)"),
            _Panel(head="time of a lookup (median; dashed: 95th percentile)", kind="time"),
            _Panel(head="entries given up for want of room (per hour)", kind="rate"),
            _Panel(head="offered sessions whose time in the cache was over (share)"),
        ]
        for group, frame in split.split(cache):
            lookups = frame[frame["operation"].isin(LOOKUPS)]
            if not len(lookups):
                continue
            waits = lookups.assign(value=lookups["latency"].dt.total_seconds())
            hits, timeouts, times, evictions, expiries = panels
            hits.lines[group] = shares_by_window(lookups, lookups["operation"] == "hit", seeds, width, end)
            timeouts.lines[group] = shares_by_window(lookups, lookups["operation"] == "timeout", seeds, width, end)
            times.lines[group] = by_window(waits, seeds, width, end, _ranked(50))
            times.dashed[group] = by_window(waits, seeds, width, end, _ranked(95))
            evictions.lines[group] = _rates(frame[frame["operation"] == "evict"], seeds, width, end)
            asked = next(rows for each, rows in grouping.split(offers) if each == group)
            expiries.lines[group] = shares_by_window(
                asked, asked["not_resumed"] == "expired_in_cache", seeds, width, end
            )
    if alone:
        own = [(reason, _Panel(head=f"{told} (share)")) for reason, told in _MISSING.items()]
        for reason, panel in own:
            for group, frame in alone.items():
                panel.lines[group] = shares_by_window(frame, frame["not_resumed"] == reason, seeds, width, end)
        panels += [panel for _, panel in own]
    return panels


def _ranked(rank: float) -> Callable[["pd.Series"], float]:
    return lambda values: percentile(values, rank)


def _rates(events: pd.DataFrame, seeds: Sequence[int], width: float, end: float) -> Rows:
    """Per hour."""
    count = windows_in(end, width)
    hours = np.full((count, 1), width / 3_600)
    hours[-1] = (end - (count - 1) * width) / 3_600
    counts = by_window(events.assign(value=1.0), seeds, width, end, lambda values: float(len(values)))
    rates: Rows = np.nan_to_num(counts) / hours
    return rates


def _draw(axes: Axes, panel: _Panel, width: float, end: float) -> None:
    for number, (group, rows) in enumerate(panel.lines.items()):
        linewidth = line_width(number, len(panel.lines))
        most = 1.0 if panel.kind == "share" else math.inf
        draw_means(axes, group, rows, width, end, most=most, linewidth=linewidth)
        if group in panel.dashed:
            draw_means(axes, group, panel.dashed[group], width, end, linewidth=linewidth, dashed=True)
    means = np.concatenate([means_of(rows) for rows in [*panel.lines.values(), *panel.dashed.values()]])
    means = means[~np.isnan(means)]
    if panel.kind == "share":
        share_axis(axes, means)
        return
    least, most = (float(means[means > 0].min()), float(means.max())) if (means > 0).any() else (1.0, 1.0)
    if panel.kind == "time" and most > 3 * least:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(ticker.LogLocator(base=10, numticks=5))
        axes.yaxis.set_minor_locator(ticker.NullLocator())
        axes.set_ylim(least * 0.7, most * 1.5)
    else:
        axes.set_ylim(0, 1.15 * most)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4))
    label = duration_label if panel.kind == "time" else lambda value: f"{value:g}"
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: label(value) if value else "0"))
    axes.grid(axis="y", color=RULE, linewidth=0.8)


def _left_out(panels: Sequence[_Panel]) -> str:
    """Sentences on what has no panel because it never happened."""
    never = [panel.head.partition(" (")[0] for panel in panels[1:] if panel.empty]
    return f" Did not happen: {'; '.join(never)}." if never else ""


def _finding(grouping: Grouping, split: Grouping, lookups: pd.DataFrame, alone: Mapping[Group, pd.DataFrame]) -> str:
    """What share of lookups finds the session, or else of sessions that a server's own memory lacks."""
    if not len(lookups):
        lacking = {group: _estimated(offers, offers["not_resumed"].isin(_MISSING)) for group, offers in alone.items()}
        worst, best = max(lacking, key=lacking.__getitem__), min(lacking, key=lacking.__getitem__)
        told = f"{share_label(lacking[worst])} of offered sessions are not in the memory of the server that gets them"
        if lacking[worst] - lacking[best] < _SAME:
            return told
        return f"{told}{under(grouping, worst)}, {share_label(lacking[best])}{under(grouping, best)}"
    frames = {group: frame for group, frame in split.split(lookups) if len(frame)}
    hits = {group: _estimated(frame, frame["operation"] == "hit") for group, frame in frames.items()}
    lost = {group: _estimated(frame, frame["operation"] == "timeout") for group, frame in frames.items()}
    best, worst = max(hits, key=hits.__getitem__), min(hits, key=hits.__getitem__)
    told = f"{share_label(hits[best])} of lookups find the session"
    timeouts = f"{share_label(lost[worst])} time out" if lost[worst] >= _SOME else ""
    if hits[best] - hits[worst] < _SAME:
        slow = duration_label(percentile(lookups["latency"].dt.total_seconds(), 95))
        return f"{told}, {timeouts}" if timeouts else f"{told}, and 95 % of them are answered within {slow}"
    told = f"{told}{under(grouping, best)}, {share_label(hits[worst])}{under(grouping, worst)}"
    return f"{told}, where {timeouts}" if timeouts else told


def _estimated(frame: pd.DataFrame, which: "pd.Series[bool]") -> float:
    return over_seeds(which.groupby(frame["seed"]).mean()).mean
