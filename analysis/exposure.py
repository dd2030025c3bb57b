"""What a stolen ticket key exposes, and what exposing less costs in resumption."""

from dataclasses import dataclass
from itertools import cycle

import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .estimates import over_seeds
from .groups import OKABE_ITO, called, label_of
from .style import INK, MUTED, RULE, Sheet, label_axes, percent_axis, share_label
from .tables import ResultTables, visits
from .timeline import span_label

_HOUR = 3_600.0
_SLACK = pd.Timedelta(seconds=2)  # Between the end of a handshake and its ticket's receipt, far below any visit's gap.

_TICKS = (0.5, 1, 2, 3, 6, 12, 24, 48, 72, 168, 336)  # Hours.
_APART = 0.045  # Of the axis: names nearer than this run into each other.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    """A point of the figure."""

    first: str
    label: str
    hours: float
    resumed: float


def exposure(results: ResultTables) -> pd.DataFrame:
    """Per ticket key the connections whose secrets lie in tickets that it has sealed.

    Parameters
    ----------
    results
        A batch.

    Returns
    -------
    pandas.DataFrame
        One row per run and key that sealed a ticket, with the run's columns (parameters, `seed`), `key`, and

        - `connections`: that were sent a ticket sealed by it, or resumed with one;
        - `hours`: from the first of them to the last;
        - `honoured`: hours from when it first sealed to when the last server stops opening with it.

    Notes
    -----
    Under TLS 1.2 whoever has the key and a recording reads all of these connections; under TLS 1.3 with PSK-DHE the
    same thief reads only their 0-RTT data, but can pose as the server to clients that come back while the key is
    honoured.
    """
    attempts, keys = results.attempts, results.ticket_keys
    run = [name for name in (*results.parameters, "seed") if name in attempts.columns]
    of_run = dict(list(keys.groupby(run, observed=True)))
    rows = [
        _of_run(frame, of_run[name]).assign(**{str(each): frame[each].iloc[0] for each in run})
        for name, frame in attempts.groupby(run, observed=True)
        if name in of_run
    ]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["key", "connections", "hours"])
    for name in run:  # In the order of the grid.
        table[name] = table[name].astype(attempts[name].dtype)
    return table[[*run, *(each for each in table.columns if each not in run)]]


def _of_run(attempts: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    done = attempts[attempts["handshake"].notna()].copy()
    done["at"] = done["started"] + done["connect"] + done["handshake"]
    done["connection_id"] = range(len(done))
    done["sealed_by"] = _sealing(done, keys)
    sent = done[done["tickets_received"] > 0]
    resumed = done[done["resumed"] & done["ticket_age"].notna()].copy()
    # The ticket came with the connection of this client that had just ended its handshake then.
    resumed["from"] = resumed["started"] + resumed["connect"] - resumed["ticket_age"] + _SLACK
    client = ["population", "client"]
    origin = pd.merge_asof(
        resumed[[*client, "from", "at", "connection_id"]].sort_values("from"),
        sent[[*client, "at", "sealed_by"]].rename(columns={"at": "from"}).sort_values("from"),
        on="from",
        by=client,
    )
    exposed = pd.concat([sent[["sealed_by", "at", "connection_id"]], origin[["sealed_by", "at", "connection_id"]]])
    exposed = exposed.dropna(subset=["sealed_by"])
    by_key = exposed.groupby("sealed_by")
    hours = (by_key["at"].max() - by_key["at"].min()).dt.total_seconds() / _HOUR
    life = keys.dropna(subset=["issued_from"]).groupby("key")
    honoured = (life["opens_until"].max() - life["issued_from"].min()).dt.total_seconds() / _HOUR
    table = pd.DataFrame({"connections": by_key["connection_id"].nunique(), "hours": hours})
    table["honoured"] = honoured.reindex(table.index)
    return table.rename_axis("key").reset_index().astype({"key": int})


def _sealing(done: pd.DataFrame, keys: pd.DataFrame) -> pd.Series:
    """The key that each connection's server sealed with when its handshake was done."""
    sealing = pd.Series(float("nan"), index=done.index)
    for _, row in keys.dropna(subset=["issued_from"]).iterrows():
        there = (done["at"] >= row["issued_from"]) & (done["at"] < row["issued_until"])
        if not pd.isna(row["site"]):
            there &= done["site"] == row["site"]
        if row["server"] >= 0:
            there &= done["server"] == row["server"]
        sealing[there] = row["key"]
    return sealing


def exposure_front(results: ResultTables) -> Figure:
    """Share of answered visits that resume against hours of traffic that one stolen key exposes, policy by policy.

    Parameters
    ----------
    results
        A batch whose grid varies the policy.

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
    Hours are those of the key that exposes most in a run, in the mean over seeds. A policy is on the front if no other
    exposes less and resumes as much.
    """
    folded = visits(results)
    varied = [name for name, values in results.parameters.items() if len(values) > 1]
    points = _points(results, folded, varied)
    front = _front(points)
    sheet = Sheet(
        title=_finding(front, varied),
        subtitle="Share of answered visits that resume, against the hours of connections that one stolen key exposes",
        note=f"Means over {folded['seed'].nunique()} seeds. Under TLS 1.2 a thief with a recording reads all of "
        "it; under TLS 1.3 with PSK-DHE only 0-RTT data, but can pose as the server while the key is honoured.",
    )
    axes = sheet.axes(right=0.97)
    _draw(axes, points, front)
    if varied:
        axes.legend(title=called(varied[0]), loc="lower right", frameon=False, fontsize=10)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(ticker.FixedLocator(_TICKS))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda hours, _: span_label(hours * _HOUR)))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    percent_axis(axes, "y")
    label_axes(axes, x="exposed by one stolen key", y="share of answered visits that resume")
    return sheet.figure


def _points(results: ResultTables, folded: pd.DataFrame, varied: list[str]) -> list[_Policy]:
    exposed = exposure(results)
    answered = folded[folded["answered"]]
    by = varied or ["seed"]
    shares = dict(list(answered.groupby(by, observed=True)))
    points = []
    for values, frame in exposed.groupby(by, observed=True):
        of = shares[values]
        points.append(
            _Policy(
                first=label_of(values[0], of=by[0]),
                label=", ".join(label_of(each, of=name) for name, each in zip(by, values, strict=True)),
                hours=over_seeds(frame.groupby("seed")["hours"].max()).mean,
                resumed=over_seeds(of["resumed"].astype(float).groupby(of["seed"]).mean()).mean,
            )
        )
    return points


def _front(points: list[_Policy]) -> list[_Policy]:
    """The policies that no other beats, from the least exposed to the most."""
    front: list[_Policy] = []
    for point in sorted(points, key=lambda point: (point.hours, -point.resumed)):
        if not front or point.resumed > front[-1].resumed:
            front.append(point)
    return front


def _draw(axes: Axes, points: list[_Policy], front: list[_Policy]) -> None:
    for colour, first in zip(cycle(OKABE_ITO), dict.fromkeys(point.first for point in points), strict=False):
        of = [point for point in points if point.first == first]
        axes.plot([p.hours for p in of], [p.resumed for p in of], "o", color=colour, markersize=7, label=first)
    axes.plot([p.hours for p in front], [p.resumed for p in front], color=MUTED, linewidth=1.4, zorder=0)
    last = -1.0
    for point in front:
        if point.resumed - last < _APART:
            continue  # Its name would lie on the one before.
        last = point.resumed
        axes.annotate(
            point.label, (point.hours, point.resumed), xytext=(-7, 4), textcoords="offset points", fontsize=9.5,
            color=INK, ha="right", va="bottom",
        )  # fmt: skip
    axes.margins(x=0.16)


def _finding(front: list[_Policy], varied: list[str]) -> str:
    if len(front) < 2:
        return "One policy exposes least and resumes most"
    least, most = front[0], front[-1]
    names = ", ".join(map(called, varied))
    return (
        f"{share_label(most.resumed)} resume where a stolen key exposes {span_label(round(most.hours) * _HOUR)} "
        f"({names}: {most.label}), {share_label(least.resumed)} where it exposes "
        f"{span_label(max(round(least.hours), 1) * _HOUR)} ({least.label})"
    )
