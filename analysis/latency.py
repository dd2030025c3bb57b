"""The figure of latency: time to first byte as a distribution, resumed and full handshakes apart."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import CONFIDENCE, Estimate, ecdf, over_seeds, percentile, percentile_error
from .groups import Group, Grouping
from .opening import open_by
from .style import (
    INK,
    LEFT,
    MUTED,
    NOTHING,
    RIGHT,
    duration_label,
    label_axes,
    latency_axis,
    percent_axis,
    share_label,
)
from .tables import ResultTables

_RANKS = (50, 95, 99)
_TOLD = {50: "median", 95: "95th percentile"}  # What the title may speak of.
_APART = 1.1  # Medians of values that differ by less are not the finding.
_KINDS = {True: "Resumed", False: "Full handshake"}


def latency_cdf(results: ResultTables, by: str | None = None) -> Figure:
    """Time to first byte as a CDF, one curve per value of `by`, resumed and full handshakes apart.

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
    A visit counts from the start of its first attempt, so that the wait for a site that cannot be
    reached is part of it. Visits that failed before their first byte are left out, and the note
    says how many. Percentiles are means over seeds.
    """
    opening = open_by(results, by)
    grouping, answered = opening.grouping, opening.answered
    known = answered[answered["first_byte"].notna()]
    known = known.assign(seconds=known["first_byte"].dt.total_seconds())
    sheet = opening.sheet(
        title=_finding(known, grouping),
        subtitle="Share of visits that have the first byte of the response after a given time since they started",
        after=_note(opening.visits),
    )
    middle = (LEFT + RIGHT) / 2
    panels = {
        True: sheet.axes(right=middle - 0.012, above=0.3),
        False: sheet.axes(left=middle + 0.012, above=0.3),
    }
    for resumed, axes in panels.items():
        of_kind = known[known["resumed"] == resumed]
        axes.set_title(_KINDS[resumed], fontsize=13, fontweight="bold", color=INK, loc="left")
        _draw_other_kind(axes, known[known["resumed"] != resumed], _KINDS[not resumed])
        _draw_curves(axes, grouping, of_kind)
        _draw_table(axes, grouping, of_kind, answered)
        if len(known):
            # The last visit in a thousand must not push all others to the left edge.
            latency_axis(axes, known["seconds"].min(), percentile(known["seconds"], 99.9))
        else:
            axes.set_xticks([])
        percent_axis(axes, "y")
        label_axes(axes, x="time to first byte")
    panels[False].set_yticklabels([])
    label_axes(panels[True], x="time to first byte", y="share of visits")
    return sheet.figure


def _note(folded: pd.DataFrame) -> str:
    note = "Share of answered visits; p50, p95, p99: percentiles of the time to first byte, means over seeds."
    failed = int((folded["first_byte"].isna() & folded["failed"]).sum())
    if failed:
        note = f"{failed:,} of {len(folded):,} visits failed before their first byte and are left out. {note}"
    return note


def _finding(known: pd.DataFrame, grouping: Grouping) -> str:
    if known.empty:
        return "No visit got a first byte"
    if difference := _difference(known, grouping):
        return difference
    groups = len(grouping.groups)
    median = duration_label(percentile(known["seconds"], 50))
    if not known["resumed"].any():
        return f"No visit resumed; the median time to first byte is {median}"
    if known["resumed"].all():
        return f"Every visit resumed; the median time to first byte is {median}"
    told = []
    for rank, name in _TOLD.items():
        saved = _saving(known, rank, groups)
        if saved.excludes(0.0):
            of_full = abs(saved.mean) / percentile(known.loc[~known["resumed"].astype(bool), "seconds"], rank)
            sooner = "sooner" if saved.mean > 0 else "later"
            told.append(f"{_two_digits(abs(saved.mean))} ({share_label(of_full)}) {sooner} at the {name}")
    if not told:
        return f"Resumed visits get their first byte no sooner, as far as these seeds can tell; the median is {median}"
    return f"Resumed visits get their first byte {' and '.join(told)}"


def _difference(known: pd.DataFrame, grouping: Grouping) -> str | None:
    """What sets the fastest value apart from the slowest at the median; nothing where little does."""
    medians = {group: frame.groupby("seed")["seconds"].median() for group, frame in grouping.split(known) if len(frame)}
    if len(medians) < 2:
        return None
    fastest, slowest = (choose(medians, key=lambda group: medians[group].mean()) for choose in (min, max))
    apart = over_seeds(medians[slowest] - medians[fastest])
    if medians[slowest].mean() < _APART * medians[fastest].mean() or not apart.excludes(0.0):
        return None
    low, high = (duration_label(float(medians[group].mean())) for group in (fastest, slowest))
    return f"{fastest.phrase}: first byte after {low} at the median; {slowest.phrase}: {high}"


def _two_digits(seconds: float) -> str:
    return duration_label(float(f"{seconds:.1e}"))


def _saving(known: pd.DataFrame, rank: float, groups: int) -> Estimate:
    # What resuming saves at this percentile. Differences are taken within seeds: both kinds meet the same weather.
    confidence = 1 - (1 - CONFIDENCE) / len(_TOLD)
    resumed = known["resumed"].astype(bool)
    ranks = known.groupby(["seed", resumed])["seconds"].agg(lambda seconds: percentile(seconds, rank)).unstack()
    # A few seeds can agree by chance, so the visits must bear it out too. Equal seeds meet the same weather under every
    # value, so that the visits of one value count, not those of all.
    errors = [
        percentile_error(of_kind, rank, confidence, visits=max(len(of_kind) / groups, 1.0))
        for of_kind in (known.loc[resumed, "seconds"], known.loc[~resumed, "seconds"])
    ]
    return over_seeds(ranks[False] - ranks[True], confidence).at_least_as_wide_as(math.hypot(*errors))


def _draw_other_kind(axes: Axes, other: pd.DataFrame, name: str) -> None:
    if len(other):
        x, y = ecdf(other["seconds"])
        axes.step(
            x,
            y,
            where="post",
            color=MUTED,
            linewidth=1.2,
            linestyle=(0, (2, 2)),
            zorder=4,
            label=f"_{name}",
        )
        axes.annotate(
            f"dashed: {name.lower()}, all together",
            (1.0, 1.01),
            xycoords="axes fraction",
            ha="right",
            va="bottom",
            fontsize=10,
            color=MUTED,
        )


def _draw_curves(axes: Axes, grouping: Grouping, of_kind: pd.DataFrame) -> None:
    if of_kind.empty:
        axes.text(0.5, 0.6, "no visits", transform=axes.transAxes, ha="center", color=MUTED, fontsize=12)
    for place, (group, frame) in enumerate(grouping.split(of_kind)):
        if len(frame):
            x, y = ecdf(frame["seconds"])
            # The first is the widest, so that curves which coincide are still seen to be there.
            width = 1.6 + 2.4 * (1 - place / max(len(grouping.groups) - 1, 1))
            axes.step(
                [x[0], *x],
                [0.0, *y],
                where="post",
                color=group.colour,
                linewidth=width,
                label=group.label,
            )


def _draw_table(axes: Axes, grouping: Grouping, of_kind: pd.DataFrame, answered: pd.DataFrame) -> None:
    # Below and right of a CDF there is room: the legend takes it, and tells the numbers that one
    # would read off.
    of_group = {group: len(frame) for group, frame in grouping.split(answered)}
    rows: list[tuple[Group, list[str]]] = []
    for group, frame in grouping.split(of_kind):
        share = share_label(len(frame) / of_group[group]) if of_group[group] else NOTHING
        by_seed = [seconds for _, seconds in frame.groupby("seed")["seconds"]]
        ranks = [over_seeds(percentile(seconds, rank) for seconds in by_seed).mean for rank in _RANKS]
        rows.append((group, [share, *map(duration_label, ranks)]))
    columns = (0.53, 0.69, 0.85, 0.99)
    step = min(0.062, 0.7 / (len(rows) + 1))
    y = 0.045 + step * len(rows)
    # Long names begin further left, where curves still climb.
    shift = -0.12 if grouping.has_long_labels else 0.0
    axes.axhspan(0, y + step, xmin=0.15 + shift, color="white", alpha=0.8, linewidth=0, zorder=4.5)

    def write(x: float, text: str, size: float, colour: str, *, ha: str = "right", weight: str = "normal") -> None:
        axes.text(
            x,
            y,
            text,
            transform=axes.transAxes,
            fontsize=size,
            color=colour,
            ha=ha,
            va="center",
            fontweight=weight,
            zorder=5,
        )

    write(0.215 + shift, grouping.title, 9.5, MUTED, ha="left")
    for x, head in zip(columns, ("share", *(f"p{rank}" for rank in _RANKS)), strict=True):
        write(x, head, 9.5, MUTED)
    for group, cells in rows:
        y -= step
        axes.plot(
            [0.16 + shift, 0.2 + shift],
            [y, y],
            transform=axes.transAxes,
            color=group.colour,
            linewidth=4,
            solid_capstyle="butt",
            zorder=5,
            label=f"_{group.label}",
        )
        write(0.215 + shift, group.label, 10.5, INK, ha="left", weight="bold")
        for x, cell in zip(columns, cells, strict=True):
            write(x, cell, 10.5, INK)
