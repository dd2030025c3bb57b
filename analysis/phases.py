"""The phases of an attempt as pieces that add up to the time to first byte, and the figure that stacks them."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import over_seeds
from .opening import open_by
from .style import INK, MUTED, RULE, duration_label, label_axes, share_label
from .tables import ResultTables

PHASES = {
    "connect": ("connect", "#56B4E9"),
    "client_hello": ("ClientHello", "#CC79A7"),
    "server_hello": ("ServerHello", "#0072B2"),
    "server_flight": ("server's flight", "#009E73"),
    "finished": ("Finished", "#E69F00"),
    "response": ("response", "#B8B8B8"),
}
"""Name and colour of each, in the order in which they pass."""

_CLAUSES = {
    "connect": "connecting",
    "client_hello": "making the ClientHello",
    "server_hello": "waiting for the ServerHello",
    "server_flight": "the rest of the server's flight",
    "finished": "verification and Finished",
    "response": "the request's round trip",
}
_KINDS = {"early": "early data", "resumed": "resumed", "full": "full"}
_LEAST_TOLD = 0.08  # Of the widest bar: a narrower piece has no room for its number.


def phases(attempts: pd.DataFrame) -> pd.DataFrame:
    """Seconds of each phase, a column each, for attempts that got their first byte; NaN for the others.

    Parameters
    ----------
    attempts
        Rows of the batch's table.

    Notes
    -----
    What is left between the phases that the table names is the making of the ClientHello. Early data makes the
    response overlap the handshake: the piece after it is then what is left of the wait, never less than 0.
    """
    known = ("connect", "server_hello", "server_flight", "finished", "handshake", "first_byte")
    seconds = {name: attempts[name].dt.total_seconds() for name in known}
    reached = seconds["first_byte"].notna()
    pieces = {name: seconds[name].fillna(0.0) for name in ("connect", "server_hello", "server_flight", "finished")}
    named = pieces["server_hello"] + pieces["server_flight"] + pieces["finished"]
    pieces["client_hello"] = (seconds["handshake"].fillna(named) - named).clip(lower=0.0)
    pieces["response"] = (seconds["first_byte"] - pieces["connect"] - pieces["client_hello"] - named).clip(lower=0.0)
    return pd.DataFrame({name: pieces[name].where(reached) for name in PHASES})


def kind_of(attempts: pd.DataFrame) -> "pd.Series[str]":
    """`early` (accepted early data), `resumed` or `full` of each attempt."""
    kind = pd.Series("full", index=attempts.index).mask(attempts["resumed"].astype(bool), "resumed")
    if "no_early_data" in attempts.columns:
        kind = kind.mask(attempts["no_early_data"] == "accepted", "early")
    return kind


def phase_stacks(results: ResultTables, by: str | None = None) -> Figure:
    """Mean phases of attempts on top of each other, per value of `by`, full, resumed and early data apart.

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
    Of attempts that got their first byte. Means, because only they add up; a few long waits for lost packets are part
    of them. CPU and queueing lie within the phases.
    """
    opening = open_by(results, by)
    attempts = results.attempts
    attempts = attempts.assign(kind=kind_of(attempts), **phases(attempts))
    known = attempts[attempts["first_byte"].notna()]
    bars: list[tuple[str, str, dict[str, float], str]] = []
    for group, frame in opening.grouping.split(known):
        kinds = [kind for kind in _KINDS if (frame["kind"] == kind).any()]
        for kind in kinds:
            part = frame[frame["kind"] == kind]
            means = {name: over_seeds(part.groupby("seed")[name].mean()).mean for name in PHASES}
            bars.append((group.label if kind == kinds[0] else "", _KINDS[kind], means, _compute(part)))
    sheet = opening.sheet(
        title=_finding(bars),
        subtitle="Mean time from the start of an attempt to the first byte, by phase, and what of it is CPU time",
        of=f"{len(known):,} attempts with a first byte",
        height=2.7 + 0.36 * max(len(bars), 3),
    )
    axes = sheet.axes(left=0.25, right=0.75, above=0.42)
    widest = max((sum(means.values()) for _, _, means, _ in bars), default=1.0)
    for row, (label, kind, means, compute) in enumerate(bars):
        _draw_bar(axes, row, means, widest, compute)
        axes.text(-0.18, row, label, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=11.5,
                  fontweight="bold", color=INK)  # fmt: skip
        axes.text(-0.01, row, kind, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=10.5,
                  color=MUTED)  # fmt: skip
    axes.set_yticks([])
    axes.set_ylim(max(len(bars), 1) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.02)
    axes.xaxis.set_major_formatter(lambda seconds, _: duration_label(seconds))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    label_axes(axes, x="mean time since the start of the attempt")
    _legend(axes)
    return sheet.figure


def _compute(part: pd.DataFrame) -> str:
    sums = {
        side: part[[f"{side}_compute", f"{side}_queueing"]].apply(lambda column: column.dt.total_seconds()).mean()
        for side in ("client", "server")
    }
    computed = [duration_label(float(sums[side][f"{side}_compute"])) for side in sums]
    waited = sum(float(sums[side][f"{side}_queueing"]) for side in sums)
    queue = f", queued {duration_label(waited)}" if waited > 1e-5 else ""
    return f"{computed[0]} + {computed[1]}{queue}"


def _draw_bar(axes: Axes, row: int, means: dict[str, float], widest: float, compute: str) -> None:
    left = 0.0
    for name, (told, colour) in PHASES.items():
        width = means[name]
        axes.barh(row, width, left=left, height=0.78, color=colour, edgecolor="white", linewidth=0.6,
                  label=told if row == 0 else None)  # fmt: skip
        if width >= _LEAST_TOLD * widest:
            ink = "white" if name in ("server_hello", "server_flight") else INK
            axes.text(left + width / 2, row, duration_label(width), ha="center", va="center", color=ink, fontsize=10)
        left += width
    axes.text(1.01, row, f"{duration_label(left)}", transform=axes.get_yaxis_transform(), va="center", color=INK,
              fontsize=10.5, fontweight="bold")  # fmt: skip
    axes.text(1.15, row, compute, transform=axes.get_yaxis_transform(), va="center", color=MUTED, fontsize=9)
    if row == 0:
        axes.text(1.15, row - 0.62, "CPU of client + server", transform=axes.get_yaxis_transform(), va="bottom",
                  color=MUTED, fontsize=9)  # fmt: skip


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.19, 1.005), ncols=6, frameon=False, fontsize=10, handlelength=1.0,
            handleheight=1.0, columnspacing=1.1, handletextpad=0.4, borderaxespad=0.2,
        )  # fmt: skip


def _finding(bars: list[tuple[str, str, dict[str, float], str]]) -> str:
    if not bars:
        return "No attempt got a first byte"
    totals: dict[str, float] = dict.fromkeys(PHASES, 0.0)
    for _, _, means, _ in bars:
        for name, mean in means.items():
            totals[name] += mean / len(bars)
    whole = sum(totals.values())
    first, second = sorted(totals, key=lambda name: totals[name], reverse=True)[:2]
    return (
        f"of {duration_label(whole)} to the first byte, {share_label(totals[first] / whole)} go into {_CLAUSES[first]} "
        f"and {share_label(totals[second] / whole)} into {_CLAUSES[second]}"
    )
