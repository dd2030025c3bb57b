"""The figure of one visit: each phase of each of its attempts where it lay in time, and who kept it waiting."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .phases import PHASES
from .style import INK, RULE, Sheet, duration_label, label_axes
from .tables import ResultTables, column_of, of_run, visits

_STEPS = {
    "connect": "TCP connect",
    "client_hello": "ClientHello made",
    "server_hello": "ClientHello to ServerHello",
    "server_flight": "rest of the server's flight",
    "finished": "checks, client's Finished",
    "response": "request, first byte",
}
_WAITS = {
    "client CPU": "#E69F00",
    "client queue": "#F2CF8B",
    "server CPU": "#0072B2",
    "server queue": "#8CC1E3",
    "network, and repairs of loss": "#B8B8B8",
}
_GAVE_UP = "#D55E00"
_LANE = 0.36  # Inches.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch of a visit's time, in seconds since it started."""

    step: str
    told: str
    began: float
    lasted: float


def worst_visits(results: ResultTables, count: int = 10) -> pd.DataFrame:
    """The visits that users would complain about: those that failed after the longest wait, then the slowest.

    Parameters
    ----------
    results
        A batch.
    count
        At most so many rows, at least 1.

    Returns
    -------
    pandas.DataFrame
        Rows of `visits`, worst first; half of them failed ones where there are so many.
    """
    folded = visits(results)
    ended = folded[~folded["outcome"].isin(("unfinished", "vanished", "moved"))]
    failed = (
        ended[ended["outcome"] != "ok"].sort_values("total", ascending=False, kind="stable").head(max(count // 2, 1))
    )
    slow = ended[ended["outcome"] == "ok"].sort_values("first_byte", ascending=False, kind="stable")
    return pd.concat([failed, slow.head(count - len(failed))])


def waterfall(results: ResultTables, visit: "pd.Series | None" = None, by: str | None = None) -> Figure:
    """One visit from its start to its first byte: phases in time, and what the wait was made of.

    Parameters
    ----------
    results
        A batch.
    visit
        A row of `visits` or `worst_visits`. None: the slowest visit that succeeded.
    by
        Not used: the figure is of one visit.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts.

    Notes
    -----
    Attempts know how much each side computed and queued, not when. So the last lane adds up; it is no sequence. What is
    left is propagation, transmission, and waiting for what was lost. Where the scenario's `records` name ``"compute"``,
    a lane for each side shows when it computed, and, pale, waited for a core.
    """
    del by
    if visit is None:
        folded = visits(results)
        reached = folded[folded["first_byte"].notna()]
        order = (reached if len(reached) else folded).sort_values(
            "first_byte" if len(reached) else "total", ascending=False, kind="stable"
        )
        visit = order.iloc[0]
    rows = attempts_of(results, visit)
    pieces = [piece for _, row in rows.iterrows() for piece in _pieces(row, rows.iloc[0]["started"])]
    end = max((piece.began + piece.lasted for piece in pieces), default=0.0)
    last = rows.iloc[-1]
    work = _work_of(results, rows)
    lanes = len(pieces) + len(work) + 1
    sheet = Sheet(
        title=_finding(visit, last, pieces, end),
        subtitle=_told(visit, rows),
        note=_note(results, visit, last) + (" Pale above it: waiting for a core." if work else ""),
        height=2.5 + _LANE * lanes,
    )
    axes = sheet.axes(left=0.29, right=0.9, above=0.05)
    several = len(rows) > 1
    for row, piece in enumerate(pieces):
        colour = PHASES[piece.step][1] if piece.step in PHASES else _GAVE_UP
        # The edge shows even what is narrower than a pixel.
        (bar,) = axes.barh(row, piece.lasted, left=piece.began, height=0.7, color=colour, label=f"_{piece.step}")
        bar.set_edgecolor(colour)
        beyond = piece.began + piece.lasted
        right = beyond < 0.8 * end
        within = not right and piece.began < 0.2 * end  # There is no room to its left.
        axes.text(piece.began if not (right or within) else beyond, row, f" {duration_label(piece.lasted)} ",
                  va="center", ha="left" if right else "right", color=INK, fontsize=10.5)  # fmt: skip
        axes.text(-0.012, row, piece.told if several else piece.told.split(": ", 1)[-1], ha="right", va="center",
                  transform=axes.get_yaxis_transform(), color=INK, fontsize=10.5)  # fmt: skip
    for row, (side, own) in enumerate(work.items(), start=len(pieces)):
        _draw_work(axes, row, side, own, end)
    _draw_waits(axes, lanes - 1, rows, end)
    axes.set_ylim(lanes - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xlim(0, end * 1.01 or 1.0)
    axes.xaxis.set_major_formatter(lambda seconds, _: duration_label(seconds))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    label_axes(axes, x="time since the visit started")
    return sheet.figure


def attempts_of(results: ResultTables, visit: "pd.Series") -> pd.DataFrame:
    """The attempts of a visit in their order."""
    attempts = results.attempts
    names = [name for name in (*results.parameters, "seed") if name in attempts.columns]
    chosen = pd.Series(True, index=attempts.index)
    for name in (*names, "population", "client", "visit", "connection"):
        chosen &= attempts[name] == visit[name]
    return attempts[chosen].sort_values("attempt", kind="stable")


def _pieces(row: "pd.Series", began: pd.Timedelta) -> list[_Piece]:
    def seconds(name: str) -> float:
        return 0.0 if pd.isna(row[name]) else float(row[name].total_seconds())

    at = float((row["started"] - began).total_seconds())
    where = f"{row['site']}: "
    named = {name: seconds(name) for name in ("connect", "server_hello", "server_flight", "finished")}
    handshake = named["server_hello"] + named["server_flight"] + named["finished"]
    lasting = {**named, "client_hello": max(seconds("handshake") - handshake, 0.0) if seconds("handshake") else 0.0}
    done = sum(lasting.values())
    lasting["response"] = max(seconds("first_byte") - done, 0.0) if not pd.isna(row["first_byte"]) else 0.0
    pieces = []
    offset = 0.0
    for step, told in _STEPS.items():
        if lasting[step] > 0:
            pieces.append(_Piece(step=step, told=where + told, began=at + offset, lasted=lasting[step]))
            offset += lasting[step]
    if row["outcome"] != "ok" and (left := seconds("total") - offset) > 0:
        told = str(row["outcome"]).replace("_", " ")
        pieces.append(_Piece(step=told, told=f"{where}until {told}", began=at + offset, lasted=left))
    return pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What a core did, in seconds since the visit started."""

    queued: float
    began: float
    done: float


def _work_of(results: ResultTables, rows: pd.DataFrame) -> dict[str, list[_Work]]:
    """By side, where compute was recorded."""
    recorded = results.compute
    if recorded.empty:
        return {}
    first = rows.iloc[0]
    run = {name: first[column_of(name, rows)] for name in (*results.parameters, "seed")
           if column_of(name, rows) in rows.columns}  # fmt: skip
    own = of_run(recorded, run)
    for name in ("population", "client", "visit", "connection"):
        own = own[own[name].astype(object) == first[name]]
    done = own["paid"].fillna(own["began"] + own["cpu"])
    times = [(at - first["started"]).dt.total_seconds() for at in (own["queued"], own["began"], done)]
    found: dict[str, list[_Work]] = {"client": [], "server": []}
    for side, queued, began, ended in zip(own["side"].astype(str), *times, strict=True):
        found[side].append(_Work(queued=queued, began=began, done=ended))
    return {side: work for side, work in found.items() if work}


def _draw_work(axes: Axes, row: int, side: str, work: list[_Work], end: float) -> None:
    for each in work:
        if each.queued >= end:
            continue  # Tickets and the close, after the first byte.
        for left, right, what in ((each.queued, each.began, "queue"), (each.began, each.done, "CPU")):
            colour = _WAITS[f"{side} {what}"]
            if right > left:
                (bar,) = axes.barh(row, min(right, end) - left, left=left, height=0.7, color=colour,
                                   label=f"_{side} {what}")  # fmt: skip
                bar.set_edgecolor(colour)
    axes.text(-0.012, row, f"{side} computes", ha="right", va="center", transform=axes.get_yaxis_transform(),
              color=INK, fontsize=10.5)  # fmt: skip


def _draw_waits(axes: Axes, row: int, rows: pd.DataFrame, end: float) -> None:
    columns = ("client_compute", "client_queueing", "server_compute", "server_queueing")
    sums = [float(rows[name].dt.total_seconds().sum()) for name in columns]
    parts = dict(zip(_WAITS, [*sums, max(end - sum(sums), 0.0)], strict=True))
    left = 0.0
    for name, lasted in parts.items():
        axes.barh(row, lasted, left=left, height=0.7, color=_WAITS[name], label=f"_{name}")
        left += lasted
    told = " · ".join(f"{name} {duration_label(lasted)}" for name, lasted in parts.items() if lasted > 0)
    axes.text(-0.012, row, "of all this", ha="right", va="center", transform=axes.get_yaxis_transform(), color=INK,
              fontsize=10.5, fontweight="bold")  # fmt: skip
    axes.text(0.01, row, told, va="center", transform=axes.get_yaxis_transform(), color=INK, fontsize=9.5)


def _finding(visit: "pd.Series", last: "pd.Series", pieces: list[_Piece], end: float) -> str:
    if not pieces:
        return "Nothing happened in this visit"
    longest = max(pieces, key=lambda piece: piece.lasted)
    step = longest.told.split(": ", 1)[-1]
    whole = f"first byte after {duration_label(end)}"
    if last["outcome"] != "ok" and pd.isna(visit["first_byte"]):
        whole = f"{str(last['outcome']).replace('_', ' ')} after {duration_label(end)}"
    return f"{whole}, {duration_label(longest.lasted)} of it {_gerund(step)} at {longest.told.split(': ', 1)[0]}"


def _gerund(step: str) -> str:
    return {
        "TCP connect": "in TCP connect",
        "ClientHello made": "making the ClientHello",
        "ClientHello to ServerHello": "waiting for the ServerHello",
        "rest of the server's flight": "waiting for the rest of the server's flight",
        "checks, client's Finished": "checking certificates",
        "request, first byte": "waiting for the response",
    }.get(step, f"{step.removeprefix('until ')} without an answer")


def _told(visit: "pd.Series", rows: pd.DataFrame) -> str:
    client = f"{visit['population']}/{visit['client']}, visit {visit['visit']}"
    tried = f"{len(rows)} sites tried" if len(rows) > 1 else f"at {visit['site']}"
    return f"Visit of {client}, {tried}, {_clock(visit['started'])} into the run"


def _clock(since: pd.Timedelta) -> str:
    hours, rest = divmod(since.total_seconds(), 3_600)
    return f"{hours:.0f} h {rest // 60:.0f} min {rest % 60:.3f} s"


def _note(results: ResultTables, visit: "pd.Series", last: "pd.Series") -> str:
    known = [name for name in (*results.parameters, "seed") if name in visit.index]
    run = ", ".join(f"{name.replace('_', ' ')} {visit[name]}" for name in known)
    resumed = "resumed" if last["resumed"] else f"not resumed: {str(last['not_resumed']).replace('_', ' ')}"
    return f"One visit of the run with {run}; {resumed}. The last lane adds up shares of the wait; it is no sequence."
