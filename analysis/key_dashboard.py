"""The figure of ticket keys as an operator watches them: their age, how many open tickets, and whom they fail."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import over_seeds
from .faults import Band, bands_of
from .groups import Group, Grouping, group_by, under
from .opening import visits_told
from .panels import draw_means, height_of, line_width, means_of, share_time, shares_by_window, stack, window_of
from .style import INK, RULE, Sheet, seeds_note, share_axis, share_label
from .tables import ResultTables, column_of, judged_offers, visits
from .timeline import end_of_run, span_label

UNUSABLE = {
    "unknown_key": "offered tickets whose key the server does not know (share)",
    "key_retired": "offered tickets whose key the server has retired (share)",
    "key_damaged": "offered tickets whose key is damaged at the server (share)",
}
"""Why a key does not open a ticket, and what the panel of it shows."""

_MOST_WINDOWS = 48
_LEAST = 20  # Offered tickets of a line and run in a window, in the mean: fewer show chance, not change.
_SOME = 0.01  # Smaller shares, and differences of shares, are told as none.


def shows_keys(results: ResultTables) -> bool:
    """Whether keys change in a run, or some did not open a ticket."""
    keys = results.ticket_keys
    changes = not keys.empty and keys["generation"].nunique() > 1
    return changes or bool(results.attempts["not_resumed"].isin(UNUSABLE).any())


def key_dashboard(results: ResultTables, by: str | None = None) -> Figure:
    """The age of the key that seals, how many keys open tickets, and tickets that no key opens, over the run's time.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with several values.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution, panels that share the time.

    Raises
    ------
    ValueError
        If there are no attempts, no such parameter, or no ticket keys.

    Notes
    -----
    Keys are those of one run of each value: of one server a line, those that have the same keys one upon another. A
    line of ages that ends is a server that has no key to seal with. A key's age counts from when it first sealed
    anywhere. Shares are of answered attempts that offered a ticket, computed within a seed; lines are means over seeds.
    """
    grouping = group_by(results, by)
    folded = visits(results)
    keys = results.ticket_keys
    if keys.empty:
        raise ValueError("results: no ticket keys, so there is nothing to show")
    end = end_of_run(results, folded)
    bands = bands_of(results.faults, end)
    offers = judged_offers(results)
    seeds = sorted(results.attempts["seed"].unique())
    width = window_of(end, len(offers) / (len(grouping.groups) * len(seeds)), _MOST_WINDOWS, _LEAST)
    failing = [reason for reason in UNUSABLE if (offers["not_resumed"] == reason).any()]
    of_run, told = _one_run_each(results, grouping)
    unit = _unit(max((_oldest(keys, end) for keys in of_run.values()), default=0.0))
    heads = [
        f"age of the key that each server seals with ({unit[1]})",
        "keys that open tickets at each server (number)",
        *(UNUSABLE[reason] for reason in failing),
    ]
    sheet = Sheet(
        title=_finding(grouping, offers, of_run, bands, end),
        subtitle=f"Shares by when the ticket was offered, in windows of {span_label(width)}",
        note=f"{visits_told(folded)}. {seeds_note(results, grouping, 'ribbons')} {told}{_without(failing)}",
        height=height_of(len(heads), grouping),
    )
    ages, numbers, *shares = stack(sheet, heads, grouping, bands)
    for place, (group, frame) in enumerate(of_run.items()):
        _draw_keys(ages, numbers, group, frame, end, line_width(place, len(of_run)))
    _scale_ages(ages, unit[0])
    numbers.set_ylim(0, None)
    numbers.yaxis.set_major_locator(ticker.MaxNLocator(4, integer=True))
    for axes in (ages, numbers):
        axes.grid(axis="y", color=RULE, linewidth=0.8)
    for axes, reason in zip(shares, failing, strict=True):
        means = []
        for place, (group, frame) in enumerate(grouping.split(offers)):
            rows = shares_by_window(frame, frame["not_resumed"] == reason, seeds, width, end)
            draw_means(axes, group, rows, width, end, most=1.0, linewidth=line_width(place, len(grouping.groups)))
            means.append(means_of(rows))
        share_axis(axes, np.concatenate(means))
    share_time([ages, numbers, *shares], end)
    return sheet.figure


def _one_run_each(results: ResultTables, grouping: Grouping) -> tuple[dict[Group, pd.DataFrame], str]:
    """The keys of the first run of each value, and a sentence that says which run that is."""
    keys = results.ticket_keys
    column = None if grouping.column is None else column_of(grouping.column, keys)
    split = Grouping(column=column, groups=grouping.groups)
    if column is not None and (column not in keys.columns or grouping.column not in results.parameters):
        alone = Group(value=None, label="all", phrase="all together", colour=INK)
        split = Grouping(column=None, groups=(alone,))
    fixed = [name for name in (*results.parameters, "seed") if column_of(name, keys) in keys.columns]
    chosen = {}
    told = ""
    for group, frame in split.split(keys):
        others = [name for name in fixed if column_of(name, keys) != split.column]
        first = frame
        for name in others:
            column = column_of(name, keys)
            first = first[first[column] == first[column].min()]
        if len(first):
            chosen[group] = first
            told = told or ", ".join(
                f"{name.replace('_', ' ')} {first[column_of(name, keys)].iloc[0]}" for name in others
            )
    return chosen, f"Keys: of the run with {told}." if told else "Keys: of one run."


def _rings(keys: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of each ring: of whom `site`, `server` and `fault` name, where its number is not there."""
    named = [name for name in ("site", "server", "fault", "ring") if name in keys.columns]
    yield from (ring for _, ring in keys.groupby(named, observed=True, dropna=False, sort=True))


def _sealing(keys: pd.DataFrame, end: float) -> Iterator[list[tuple[float, float]]]:
    """Of each ring, when and how old: corners of a line, with NaN where nothing seals."""
    born = keys["issued_from"] if "key" not in keys.columns else keys.groupby("key")["issued_from"].transform("min")
    for ring in _rings(keys.assign(born=born)):
        sealed = ring[ring["issued_from"].notna()].sort_values("issued_from")
        corners: list[tuple[float, float]] = []
        for began, until, since in zip(
            *(sealed[name].dt.total_seconds() for name in ("issued_from", "issued_until", "born")), strict=True
        ):
            if began >= min(until, end):
                continue
            if corners and began > corners[-1][0]:
                corners.append((began, np.nan))
            corners += [(began, began - since), (min(until, end), min(until, end) - since)]
        if corners:
            yield corners


def _opening(keys: pd.DataFrame, end: float) -> Iterator[list[tuple[float, int]]]:
    """Of each ring, from when on how many keys open tickets; to the moment when its last server has left it."""
    for ring in _rings(keys):
        arrived = ring["arrived"] if "arrived" in ring.columns else ring["issued_from"]
        arrived = arrived.fillna(ring["issued_from"]).dt.total_seconds()
        opens = ring["opens_until"].dt.total_seconds()
        kept = opens > arrived
        changes = sorted([*((at, 1) for at in arrived[kept]), *((at, -1) for at in opens[kept] if at < end)])
        number = 0
        steps: dict[float, int] = {}
        for at, change in changes:
            number += change
            steps[at] = number
        last = max(steps, default=end)
        if number == 0 and last in steps and _is_left(ring):
            del steps[last]
            yield [*steps.items(), (last, next(reversed(steps.values())))]
        else:
            yield [*steps.items(), (end, number)]


def _is_left(ring: pd.DataFrame) -> bool:
    """Whether one that opens nothing was left by its servers for another: keys by the clock never run out."""
    return "source" in ring.columns and bool((ring["source"] == "schedule").all())


def _draw_keys(ages: Axes, numbers: Axes, group: Group, keys: pd.DataFrame, end: float, linewidth: float) -> None:
    for corners in _sealing(keys, end):
        at, age = zip(*corners, strict=True)
        ages.plot(at, age, color=group.colour, linewidth=linewidth, alpha=0.9, label=f"_{group.label}")
    for steps in _opening(keys, end):
        at, number = zip(*steps, strict=True)
        numbers.step(
            at, number, where="post", color=group.colour, linewidth=linewidth, alpha=0.9, label=f"_{group.label}"
        )


def _unit(oldest: float) -> tuple[float, str]:
    """Seconds and name of what ages are told in."""
    units = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"))
    return next((each for each in units if oldest >= each[0]), (1.0, "seconds"))


def _scale_ages(axes: Axes, unit: float) -> None:
    top = axes.get_ylim()[1]
    steps = ticker.MaxNLocator(4, steps=[1, 2, 5, 10])
    axes.yaxis.set_major_locator(ticker.FixedLocator([unit * each for each in steps.tick_values(0, top / unit)]))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda age, _: f"{age / unit:g}"))
    axes.set_ylim(0, top)


def _without(failing: Sequence[str]) -> str:
    never = [UNUSABLE[reason].partition(" (")[0] for reason in UNUSABLE if reason not in failing]
    return f" Did not happen: {'; '.join(never)}." if never else ""


def _oldest(keys: pd.DataFrame, end: float) -> float:
    """Of all keys that seal, the oldest, in seconds."""
    return max((float(np.nanmax([age for _, age in corners])) for corners in _sealing(keys, end)), default=0.0)


def _finding(
    grouping: Grouping, offers: pd.DataFrame, of_run: Mapping[Group, pd.DataFrame], bands: Sequence[Band], end: float
) -> str:
    """What share of tickets no key opens, from the first fault on, and how old a key gets that seals."""
    after = offers[offers["at"] >= min((band.began for band in bands), default=0.0)]
    shares = {
        group: over_seeds(frame["not_resumed"].isin(UNUSABLE).groupby(frame["seed"]).mean()).mean
        for group, frame in grouping.split(after)
        if len(frame)
    }
    ages = {group: _oldest(keys, end) for group, keys in of_run.items()}
    oldest = max(ages, key=ages.__getitem__)
    differ = len(ages) > 1 and ages[oldest] > 1.1 * min(ages.values())
    told = f"a key seals for up to {span_label(ages[oldest])}{under(grouping, oldest) if differ else ''}"
    if not shares:
        return told
    worst, best = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
    if shares[worst] < _SOME:
        return f"{told}, and every ticket finds its key" if not shares[worst] else told
    kinds = {band.name for band in bands}
    when = f"from the {bands[0].name if len(kinds) == 1 else 'first fault'} on, " if bands else ""
    lost = f"{when}{share_label(shares[worst])} of offered tickets are of a key that their server cannot use"
    if shares[worst] - shares[best] >= _SOME:
        lost += f"{under(grouping, worst)}, {share_label(shares[best])}{under(grouping, best)}"
    return f"{lost}; {told}"
