"""The figure of tickets: when clients got each, whether they offered it, what came of that, and what ended it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .faults import bands_of
from .style import INK, MUTED, RULE, Sheet, label_axes, share_label
from .tables import ResultTables, of_run, run_of, visits
from .timeline import draw_bands, end_of_run, time_axis, turn_names_inwards

_USABLE, _TOO_OLD = "#8CC1E3", "#E6E6E6"
_RESUMED, _REFUSED, _MIXED = "#0072B2", "#D55E00", "#CC79A7"
_MARKS = {"resumed": ("o", _RESUMED), "refused": ("X", _REFUSED), "some": ("D", _MIXED)}
_MEANINGS = {
    "resumed": "offered, resumed",
    "refused": "offered, did not resume",
    "some": "offered again and again, resumed at times",
}
_MOST_CLIENTS, _MOST_OF_CLIENT = 4, 8
_LANE = 0.22  # Inches.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    """A ticket's life, in seconds since the start of the run."""

    received: float
    usable_until: float
    ended: float
    end: str
    offers: Sequence[float]
    came_of_it: str


def ticket_lines(results: ResultTables, by: str | None = None) -> Figure:
    """Life lines of the tickets of a few clients of one run, from receipt to end, marked where they were offered.

    Parameters
    ----------
    results
        A batch of scenarios whose `records` name ``"tickets"``.
    by
        Not used: clients of the batch's first run are shown, those first whose tickets came to most different ends.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, or no tickets were recorded.

    Notes
    -----
    A ticket that may be offered again has a mark at its first offer and at its last.
    """
    del by
    folded = visits(results)
    if results.tickets.empty:
        raise ValueError('results: no tickets were recorded; Scenario(records=["tickets"]) does that')
    run = run_of(results, results.tickets)
    tickets = of_run(results.tickets, run)
    end = end_of_run(results, folded)
    clients = _chosen(tickets)
    shown = [(name, lane) for name, own in clients for lane in _lanes(own, end)]
    end = max(lane.ended for _, lane in shown)
    bands = [band for band in bands_of(of_run(results.faults, run), end) if band.began < end]
    sheet = Sheet(
        title=_finding(results.tickets),
        subtitle="Each line is a ticket in a client's store, from its receipt to its end",
        note=_note(results, run, len(clients), tickets),
        height=2.9 + _LANE * max(len(shown), 6),
    )
    axes = sheet.axes(left=0.13, right=0.9, above=0.62)
    draw_bands(axes, bands)
    turn_names_inwards(axes, end)
    named = ""
    for row, (name, lane) in enumerate(shown):
        _draw(axes, row, lane, end)
        if name != named:
            if named:
                axes.axhline(row - 0.5, color=RULE, linewidth=0.8)
            named = name
            axes.text(-0.012, row, name, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=10,
                      fontweight="bold", color=INK)  # fmt: skip
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks([])
    time_axis(axes, end)
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    label_axes(axes, x=axes.get_xlabel())
    _explain(sheet, axes, [lane for _, lane in shown])
    return sheet.figure


def _chosen(tickets: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The clients to show, by name, with their first tickets: those that came to most different ends."""
    first = tickets.sort_values("received", kind="stable").groupby(["population", "client"], observed=True)
    few = first.head(_MOST_OF_CLIENT)
    came = few.assign(
        population=few["population"].astype(str),
        fate=few["end"].astype(str) + (few["resumptions"] == few["offers"]).astype(str),
        offered=few["offers"] > 0,
    )
    grouped = came.groupby(["population", "client"])
    variety = grouped.agg(fates=("fate", "nunique"), offers=("offered", "sum"), count=("fate", "size"))
    ordered = variety.sort_values(["fates", "offers", "count"], ascending=[False, False, True], kind="stable")
    best = sorted(ordered.index[:_MOST_CLIENTS])
    return [(f"{population}/{client}", grouped.get_group((population, client))) for population, client in best]


def _lanes(own: pd.DataFrame, end: float) -> list[_Lane]:
    ordered = own.sort_values("received", kind="stable")
    times = {
        name: ordered[name].dt.total_seconds()
        for name in ("received", "lifetime", "first_offered", "last_offered", "ended")
    }
    came_of_it = [
        "resumed" if resumed == offers else "some" if resumed else "refused"
        for offers, resumed in zip(ordered["offers"], ordered["resumptions"], strict=True)
    ]
    return [
        _Lane(
            received=received,
            usable_until=received + lifetime,
            ended=end if math.isnan(ended) else ended,
            end=why,
            offers=[] if math.isnan(first) else sorted({first, last}),
            came_of_it=came,
        )
        for received, lifetime, first, last, ended, why, came in zip(
            *times.values(), ordered["end"].astype(str), came_of_it, strict=True
        )
    ]


def _draw(axes: Axes, row: int, lane: _Lane, end: float) -> None:
    usable = min(lane.usable_until, lane.ended, end)
    ended = min(lane.ended, end)
    # The edge shows even what is narrower than a pixel.
    (bar,) = axes.barh(row, usable - lane.received, left=lane.received, height=0.55, color=_USABLE)
    bar.set_edgecolor(_USABLE)
    if ended > usable:
        axes.barh(row, ended - usable, left=usable, height=0.55, color=_TOO_OLD)
    marker, colour = _MARKS[lane.came_of_it]
    for at in lane.offers:
        axes.plot(at, row, marker=marker, color=colour, markersize=7, linestyle="none", markeredgewidth=0,
                  clip_on=False, zorder=4)  # fmt: skip
    if lane.end not in ("kept", "used_up"):
        axes.annotate(lane.end, (ended, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
                      color=MUTED, annotation_clip=False)  # fmt: skip


def _explain(sheet: Sheet, axes: Axes, lanes: Sequence[_Lane]) -> None:
    handles: list[Patch | Line2D] = [Patch(color=_USABLE, label="within its lifetime")]
    if any(min(lane.ended, axes.get_xlim()[1]) > lane.usable_until for lane in lanes):
        handles.append(Patch(color=_TOO_OLD, label="too old, not noticed yet"))
    for name, (marker, colour) in _MARKS.items():
        if any(lane.came_of_it == name and lane.offers for lane in lanes):
            handles.append(Line2D([], [], marker=marker, color=colour, markersize=7, linestyle="none",
                                  markeredgewidth=0, label=_MEANINGS[name]))  # fmt: skip
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.125, sheet.top + 0.015),
        bbox_transform=sheet.figure.transFigure, ncols=len(handles), frameon=False, fontsize=10, handlelength=1.0,
        borderaxespad=0.1, columnspacing=1.4,
    )  # fmt: skip


def _finding(tickets: pd.DataFrame) -> str:
    offers, never = tickets["offers"].sum(), float((tickets["offers"] == 0).mean())
    if offers == 0:
        return "no ticket was ever offered"
    resumed = float(tickets["resumptions"].sum() / offers)
    return f"{share_label(never)} of all tickets were never offered; {share_label(resumed)} of the offers resumed"


def _note(results: ResultTables, run: dict[str, object], shown: int, tickets: pd.DataFrame) -> str:
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in run.items())
    clients = len(tickets[["population", "client"]].drop_duplicates())
    seeds = results.attempts["seed"].nunique() if "seed" in results.attempts.columns else 1
    return (
        f"Shares are of {len(results.tickets):,} tickets, {seeds} {'seed' if seeds == 1 else 'seeds'}. Shown: {shown} "
        f"of the {clients:,} clients with tickets in the run with {told}, those whose first {_MOST_OF_CLIENT} tickets "
        "came to most different ends; a line that stops at a mark is used up."
    )
