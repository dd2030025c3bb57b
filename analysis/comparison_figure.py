"""What B is more than A, as lines one can read in ten seconds: how far from 0, how sure, and which way is better."""

import math
from collections.abc import Sequence

from matplotlib import ticker
from matplotlib.figure import Figure

from .comparison import Row, finding, interval_label, note
from .style import INK, MUTED, RULE, Sheet, label_axes

_COLOURS = {"better": "#009E73", "worse": "#D55E00"}
_UNDECIDED = "#999999"
_WORDS = {"better": "B is better", "worse": "B is worse", "no difference shown": "no difference shown"}


def comparison_figure(rows: Sequence[Row], a: str = "A", b: str = "B") -> Figure:
    """Each quantity's relative difference with its interval.

    Parameters
    ----------
    rows
        From `compare`.
    a, b
        What the batches are called.

    Raises
    ------
    ValueError
        If there is nothing to compare.
    """
    known = [row for row in rows if not math.isnan(row.found.relative.mean)]
    if not known:
        raise ValueError("no quantity has a value in both batches")
    several = len({row.said_where for row in known}) > 1
    sheet = Sheet(
        title=finding(known),
        subtitle=f"A: {a}. B: {b}. Difference B - A as a share of A.",
        note=note(known),
        height=2.9 + 0.42 * len(known) + (0.3 * len({row.said_where for row in known}) if several else 0),
    )
    axes = sheet.axes(left=0.30, right=0.80, above=0.3)
    at = 0.0
    ticks, labels = [], []
    where = None
    widest = 0.0
    for row in known:
        if several and row.said_where != where:
            where = row.said_where
            axes.text(-0.02, at, where, transform=axes.get_yaxis_transform(), ha="right", va="center", color=MUTED)
            at -= 1
        relative = row.found.relative
        colour = _COLOURS.get(row.verdict, _UNDECIDED)
        if relative.has_interval:
            axes.plot(
                [100 * relative.low, 100 * relative.high], [at, at], color=colour, linewidth=3, solid_capstyle="butt"
            )
            widest = max(widest, abs(relative.low), abs(relative.high))
        marker = {"better": "^", "worse": "v"}.get(row.verdict, "o")
        axes.plot(100 * relative.mean, at, marker=marker, markersize=9, color=colour, markeredgecolor="white")
        widest = max(widest, abs(relative.mean))
        axes.text(
            1.02,
            at,
            f"{interval_label(row)}",
            transform=axes.get_yaxis_transform(),
            va="center",
            color=INK,
            fontsize=10.5,
        )
        ticks.append(at)
        labels.append(row.quantity.title)
        at -= 1
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(ticks, labels)
    axes.set_ylim(at + 0.3, 0.7)
    reach = 100 * (widest or 0.01) * 1.12
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:+g} %" if value else "0"))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    label_axes(axes, x="difference B - A, % of A")
    seen = dict.fromkeys(row.verdict for row in known)
    for verdict, word in _WORDS.items():
        if verdict in seen:
            marker = {"better": "^", "worse": "v"}.get(verdict, "o")
            axes.plot([], [], marker=marker, color=_COLOURS.get(verdict, _UNDECIDED), linewidth=3, label=word)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False, fontsize=10, borderaxespad=0.2)
    return sheet.figure
