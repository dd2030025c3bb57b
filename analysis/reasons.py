"""The figure of fallback: what became of each visit's handshake, and why it was a full one."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import Estimate, over_seeds
from .groups import Group, Grouping
from .opening import open_by
from .share_bars import draw_share_bars, shares_of
from .style import INK, label_axes, share_label
from .tables import ResultTables

_RESUMED = "resumed"
# In the order of the closed set. Resumption is pale, so that the reasons stand out.
_NAMES = {
    _RESUMED: ("resumed", "#CFE3F1"),
    "first_visit": ("first visit", "#9A9A9A"),
    "expired_at_client": ("ticket expired", "#E69F00"),
    "all_used": ("all tickets used", "#CC79A7"),
    "in_use": ("all tickets in use", "#E6B8D3"),
    "store_lost": ("client's store lost", "#8C6D31"),
    "store_full": ("client's store full", "#C7B377"),
    "dropped_at_client": ("dropped by the client", "#7B4173"),
    "clock_skew": ("a clock was off", "#A6761D"),
    "expired_at_server": ("expired at the server", "#D55E00"),
    "key_retired": ("key retired", "#0072B2"),
    "unknown_key": ("key unknown to the server", "#009E73"),
    "other_context": ("other session id context", "#C51B8A"),
    "chain_too_old": ("renewed for too long", "#8C3B00"),
    "not_cached": ("not in the server's cache", "#56B4E9"),
    "evicted": ("evicted from the cache", "#1F77B4"),
    "spent": ("single use spent", "#6B6ECF"),
    "unclean_close": ("dropped after an unclean close", "#3D3D7A"),
    "version_changed": ("TLS version changed", "#637939"),
    "cipher_changed": ("cipher suite changed", "#B5CF6B"),
    "cache_timeout": ("cache silent", "#A50F15"),
    "expired_in_cache": ("past the cache's TTL", "#FDAE6B"),
    "policy_changed": ("policy changed", "#BCBDDC"),
    "key_damaged": ("key damaged", "#E7298A"),
    "revoked": ("session revoked", "#525252"),
    "refused": ("refused", "#F0E442"),
    "no_handshake": ("no handshake", "#000000"),
}
# The end of a sentence that begins "of visits fall back because ".
_CLAUSES = {
    "first_visit": "the client has no ticket yet",
    "expired_at_client": "the ticket has expired",
    "all_used": "all tickets have been used",
    "in_use": "other connections use all tickets",
    "store_lost": "the client has lost its tickets",
    "store_full": "the client has no room for tickets",
    "dropped_at_client": "the client dropped its tickets after an unclean close",
    "clock_skew": "a clock that is off makes the ticket look too old",
    "expired_at_server": "the server finds the ticket expired",
    "key_retired": "the ticket's key has been retired",
    "unknown_key": "the server never had the ticket's key",
    "other_context": "the session is another tenant's",
    "chain_too_old": "the ticket has been renewed for too long",
    "not_cached": "the server does not have the session",
    "evicted": "the server's cache was full",
    "spent": "the ticket's single use is over",
    "unclean_close": "the server dropped the session after an unclean close",
    "version_changed": "the server speaks another version of TLS",
    "cipher_changed": "the server chooses another cipher suite",
    "cache_timeout": "the session cache does not answer in time",
    "expired_in_cache": "the session cache no longer keeps the session",
    "policy_changed": "today's policy would not have issued the session",
    "key_damaged": "the server's key of that name does not fit the ticket",
    "revoked": "the session has been revoked",
    "refused": "the server refuses the ticket",
    "no_handshake": "the handshake fails",
}
# White text reads better on these.
_DARK = {
    "key_retired",
    "no_handshake",
    "unknown_key",
    "expired_at_server",
    "chain_too_old",
    "other_context",
    "evicted",
    "spent",
    "unclean_close",
    "cache_timeout",
    "revoked",
    "dropped_at_client",
    "store_lost",
    "version_changed",
}
_ROOMY = 5  # More names need smaller letters to fit on the sheet.
_LEAST_SEEN = 0.003  # A narrower piece is not seen.


def fallback_reasons(results: ResultTables, by: str | None = None) -> Figure:
    """Shares of visits that resumed, or did not and why, as one bar per value of `by`.

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
    Of visits that a server answered. Shares are means over seeds; the whisker is the interval of
    the resumed share.
    """
    opening = open_by(results, by)
    grouping, folded, answered = opening.grouping, opening.visits, opening.answered
    shares = {group: shares_of(frame, "not_resumed") for group, frame in grouping.split(answered)}
    note = ""
    if unanswered := len(folded) - len(answered):
        note += (
            f"{unanswered:,} of {len(folded):,} visits got no answer from any server, or an alert, and are left out."
        )
    most = {reason: max((table.get(reason, 0.0) for table in shares.values()), default=0.0) for reason in _NAMES}
    present = [reason for reason, share in most.items() if share >= _LEAST_SEEN]
    for reason, share in most.items():
        if 0 < share < _LEAST_SEEN:
            note += f" Too few to be seen: {_NAMES[reason][0]} ({share_label(share)} at most)."
    sheet = opening.sheet(
        title=_finding(grouping.title, shares),
        subtitle="What became of each answered visit: resumed, or a full handshake and why",
        intervals="whiskers",
        after=note,
        height=2.6 + 0.62 * len(shares),
    )
    axes = sheet.axes(left=0.19 if grouping.has_long_labels else 0.12, above=0.22)
    looks = {reason: _NAMES[reason] for reason in present}
    labels = [group.label for group in shares]
    draw_share_bars(axes, shares, looks, _DARK, labels=labels, nothing="no answered visits")
    for row, group in enumerate(shares):
        _draw_whisker(axes, row, _resumed_share(answered, grouping, group))
    label_axes(axes, x="share of visits", y=grouping.title)
    if present:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.01, 0.99),
            ncols=len(present),
            frameon=False,
            fontsize=10.5 if len(present) <= _ROOMY else 9.0,
            handlelength=1.0,
            handleheight=1.0,
            columnspacing=1.4,
            handletextpad=0.5,
            borderaxespad=0.2,
        )
    return sheet.figure


def _resumed_share(answered: pd.DataFrame, grouping: Grouping, group: Group) -> Estimate:
    frame = next(frame for candidate, frame in grouping.split(answered) if candidate == group)
    return over_seeds(frame["resumed"].astype(float).groupby(frame["seed"]).mean()).within(0.0, 1.0)


def _draw_whisker(axes: Axes, row: int, resumed: Estimate) -> None:
    if resumed.has_interval and resumed.high > resumed.low:
        axes.plot(
            [resumed.low, resumed.high],
            [row + 0.27] * 2,
            color=INK,
            linewidth=1.4,
            solid_capstyle="butt",
        )
        axes.plot([resumed.low, resumed.high], [row + 0.27] * 2, "|", color=INK, markersize=6)


def _finding(title: str, shares: dict[Group, dict[str, float]]) -> str:
    known = {group: table for group, table in shares.items() if table}
    if not known:
        return "No server answered any visit"
    # The two ends say how far the parameter reaches.
    ranked = sorted(known, key=lambda group: known[group].get(_RESUMED, 0.0))
    told: list[str] = []
    for group in dict.fromkeys((ranked[0], ranked[-1])):
        name = f"{group.phrase}: " if group.value is not None else ""
        reasons = {reason: share for reason, share in known[group].items() if reason != _RESUMED and share > 0}
        if not reasons:
            told.append(f"{name}every visit resumes")
            continue
        reason = max(reasons, key=lambda key: reasons[key])
        if told and share_label(reasons[reason]) in told[0] and told[0].endswith(_CLAUSES[reason]):
            return f"{told[0].removeprefix(f'{ranked[0].phrase}: ')}, whatever the {title}"
        fall = " of visits fall back" if not told else ""
        told.append(f"{name}{share_label(reasons[reason])}{fall} because {_CLAUSES[reason]}")
    return "; ".join(told)
