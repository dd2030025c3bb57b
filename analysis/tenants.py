"""The figure of isolation: what became of tickets that were offered to another tenant."""

import pandas as pd
from matplotlib.figure import Figure

from .groups import Group, group_by
from .share_bars import draw_share_bars, shares_of
from .style import Sheet, label_axes, seeds_note, share_label
from .tables import ResultTables

# The hazard stands out; the other two are what mends it, and at what price.
_ENDS = {
    "crossed": ("resumed: the session crossed", "#D55E00"),
    "failed": ("connection failed", "#000000"),
    "apart": ("full handshake", "#CFE3F1"),
}
_WIDEST = 18  # Characters that fit beside the axes.


def offers_to_others(results: ResultTables) -> pd.DataFrame:
    """Attempts that offered a ticket of one tenant to another, and how each ended.

    Parameters
    ----------
    results
        A batch.

    Returns
    -------
    pandas.DataFrame
        Rows of `attempts` with a column `end`: ``"crossed"`` (the session resumed), ``"failed"`` (the
        connection did), or ``"apart"`` (a full handshake).
    """
    attempts = results.attempts
    if "ticket_tenant" not in attempts:
        return attempts.iloc[:0].assign(end="")
    known = attempts["ticket_tenant"].notna() & attempts["server_hello"].notna()
    failed = attempts["ticket_tenant"].notna() & (attempts["outcome"] == "alert")
    offers = attempts[known | failed]
    offers = offers[offers["ticket_tenant"].astype(str) != offers["tenant"].astype(str)]
    end = pd.Series("apart", index=offers.index).mask(offers["outcome"] == "alert", "failed")
    return offers.assign(end=end.mask(offers["resumed"], "crossed"))


def tenant_crossings(results: ResultTables, by: str | None = None) -> Figure:
    """Shares of the tickets offered to another tenant that resumed there, as one bar per value of `by`.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`, `tenant`. None: the first parameter
        with several values.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there is no such parameter.
    """
    grouping = group_by(results, by)
    offers = offers_to_others(results)
    shares = {group: shares_of(frame, "end") for group, frame in grouping.split(offers)}
    sheet = Sheet(
        title=_finding(shares),
        subtitle="What became of each ticket that was offered to another tenant than its own",
        note=f"{len(offers):,} such offers. {seeds_note(results, grouping, '')}",
        height=2.6 + 0.62 * len(grouping.groups),
    )
    axes = sheet.axes(left=0.21, above=0.22)
    present = [end for end in _ENDS if any(table.get(end, 0.0) > 0 for table in shares.values())]
    looks = {end: _ENDS[end] for end in present}
    labels = [_label(group) for group in shares]
    draw_share_bars(axes, shares, looks, {"crossed", "failed"}, labels=labels, nothing="no such offers")
    label_axes(axes, x="share of tickets offered to another tenant", y=grouping.title)
    if present:
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=len(present), frameon=False, fontsize=10.5)
    return sheet.figure


def _label(group: Group) -> str:
    whole = str(group.value)
    return whole if group.value is not None and len(whole) <= _WIDEST else group.label


def _finding(shares: dict[Group, dict[str, float]]) -> str:
    known = {group: table.get("crossed", 0.0) for group, table in shares.items() if table}
    leaks = {group: share for group, share in known.items() if share > 0}
    if not known:
        return "No ticket was offered to another tenant"
    if not leaks:
        return "No session crosses from one tenant to another"
    worst = max(leaks, key=lambda group: leaks[group])
    told = f"{worst.phrase}: {share_label(leaks[worst])} of tickets offered to another tenant resume there"
    if len(leaks) == len(known):
        return told if len(known) == 1 else f"{told}, and none of the others stops it"
    rest = len(known) - len(leaks)
    return f"{told}; with {'the other' if rest == 1 else f'the other {rest}'} none does"
