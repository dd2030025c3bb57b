"""The figure of ticket keys: when each seals tickets, for how long it opens them, and who has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory

from .faults import bands_of
from .style import INK, RULE, Sheet, label_axes, text_width
from .tables import ResultTables, of_run, run_of, visits
from .timeline import draw_bands, end_of_run, span_label, time_axis, turn_names_inwards

_SEALS, _OPENS = "#0072B2", "#A9CDE6"
_MOST_LANES = 40
_LANE = 0.3  # Inches.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    """A key's life, in seconds since the start of the run."""

    ring: str
    generation: int
    key: int
    arrived: float
    began: float
    until: float
    opens: float


def key_lines(results: ResultTables, by: str | None = None) -> Figure:
    """Life lines of the ticket keys of one run: sealing in dark, opening only in pale.

    Parameters
    ----------
    results
        A batch.
    by
        Not used: the keys of the batch's first run are shown.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, or no ticket keys.
    """
    del by
    folded = visits(results)
    run = run_of(results, results.ticket_keys)
    keys = of_run(results.ticket_keys, run)
    if keys.empty:
        raise ValueError("results: no ticket keys, so there is nothing to show")
    end = end_of_run(results, folded)
    faults = of_run(results.faults, run)
    lanes = _lanes(keys, faults)
    shown = lanes[:_MOST_LANES]
    sheet = Sheet(
        title=_finding(lanes, end),
        subtitle="When each ticket key (STEK) seals new tickets, and for how long it still opens old ones",
        note=_note(run, len(lanes) - len(shown)),
        height=2.7 + _LANE * max(len(shown), 3),
    )
    left = 0.125 + max(text_width(lane.ring, size=10, weight="bold") for lane in shown)
    axes = sheet.axes(left=left, right=0.97, above=0.5)
    draw_bands(axes, bands_of(faults, end))
    turn_names_inwards(axes, end)
    beside = blended_transform_factory(sheet.figure.transFigure, axes.transData)
    named = ""
    for row, lane in enumerate(shown):
        axes.barh(row, min(lane.opens, end) - lane.arrived, left=lane.arrived, height=0.62, color=_OPENS)
        axes.barh(row, min(lane.until, end) - lane.began, left=lane.began, height=0.62, color=_SEALS)
        axes.text(left - 0.008, row, f"key {lane.generation}", transform=beside, ha="right", va="center", fontsize=10,
                  color=INK)  # fmt: skip
        if lane.ring != named:
            named = lane.ring
            axes.text(0.02, row, named, transform=beside, va="center", fontsize=10, fontweight="bold", color=INK)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks([])
    time_axis(axes, end)
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    label_axes(axes, x=axes.get_xlabel())
    axes.legend(
        handles=[Patch(color=_SEALS, label="seals and opens tickets"), Patch(color=_OPENS, label="only opens tickets")],
        loc="upper left", bbox_to_anchor=(left - 0.005, sheet.top + 0.02), bbox_transform=sheet.figure.transFigure,
        ncols=2, frameon=False, fontsize=10, handlelength=1.0, borderaxespad=0.1,
    )  # fmt: skip
    return sheet.figure


def _ring(row: "pd.Series", kinds: Mapping[int, str]) -> str:
    """Who shares the key, and the kind of fault that has brought it."""
    site = row.get("site")
    shared = site is None or pd.isna(site) or site == -1
    server, fault = int(row.get("server", -1)), int(row.get("fault", -1))
    place = "fleet" if shared else str(site)
    place += f" server {server}" if server >= 0 else ""
    return place + (f", after {kinds.get(fault, 'fault').replace('_', ' ')}" if fault >= 0 else "")


def _names(keys: pd.DataFrame, faults: pd.DataFrame) -> list[str]:
    """Of each row, its ring's name; rings of the same servers after the same kind of fault are counted."""
    kinds = dict(zip(faults["fault"], faults["kind"].astype(str), strict=True)) if "fault" in faults.columns else {}
    of_name: dict[str, list[int]] = {}
    numbers = keys["ring"].fillna(0).astype(int) if "ring" in keys.columns else [0] * len(keys)  # Older batches.
    names = []
    for (_, row), ring in zip(keys.iterrows(), numbers, strict=True):
        name = _ring(row, kinds)
        rings = of_name.setdefault(name, [])
        if ring not in rings:
            rings.append(ring)
        place = rings.index(ring)
        names.append(f"{name} ({place + 1})" if place else name)
    return names


def _lanes(keys: pd.DataFrame, faults: pd.DataFrame) -> list[_Lane]:
    lanes = [
        _Lane(
            ring=name,
            generation=int(row["generation"]),
            key=int(row.get("key", number)),
            arrived=row.get("arrived", row["issued_from"]).total_seconds(),
            began=row["issued_from"].total_seconds(),
            until=row["issued_until"].total_seconds(),
            opens=row["opens_until"].total_seconds(),
        )
        for number, ((_, row), name) in enumerate(zip(keys.iterrows(), _names(keys, faults), strict=True))
        if not pd.isna(row["issued_from"])
    ]
    first: dict[str, float] = {}
    for lane in lanes:
        first[lane.ring] = min(lane.began, first.get(lane.ring, lane.began))
    return sorted(lanes, key=lambda lane: (first[lane.ring], lane.ring, lane.generation, lane.began))


def _finding(lanes: list[_Lane], end: float) -> str:
    rings = {lane.ring for lane in lanes}
    # Rings that have had the same keys are one set, whoever holds them.
    sets = {frozenset(lane.key for lane in lanes if lane.ring == ring) for ring in rings}
    longest = max(lane.opens - lane.began for lane in lanes)
    at_once = max(len({other.key for other in lanes if other.began <= lane.began < other.opens}) for lane in lanes)
    shared = rings == {"fleet"} or (len(sets) == 1 and len(rings) > 1)
    sharing = "the whole fleet shares them" if shared else f"{len(sets)} sets of keys"
    whole = "for the whole run" if longest >= end else f"for up to {span_label(longest)}"
    number = "one key opens" if at_once == 1 else f"up to {at_once} keys open"
    return f"whoever steals a ticket key can use it {whole}; {number} tickets at a time, {sharing}"


def _note(run: Mapping[str, Any], hidden: int) -> str:
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in run.items())
    more = f" {hidden} more keys are not shown." if hidden > 0 else ""
    return f"Keys of the run with {told}.{more}" if told else f"Keys of one run.{more}"
