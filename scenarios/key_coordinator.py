"""Keys are rotated by a coordinator: what do clock skew, a lost coordinator, or a partition do?

Four servers behind a load balancer have their ticket keys from one coordinator, which pushes each new key or is
polled, or derive them from their own clocks and need no coordinator at all. Then one thing goes wrong for four
hours: the clocks of two servers are off (``trouble="skew"``), the coordinator is gone (``"no leader"``), or it
cannot be reached from two servers (``"partition"``). Keys change every hour and one old one is kept, so that a
server that gets no new key has none after two hours at most.

A coordinator that is gone costs nothing for as long as its last key is honoured, and everybody's resumption
afterwards. A partition from two servers of four costs two thirds of it: a visit resumes only where this server
and the one before are among the two that have keys. Keys derived from clocks know neither, and fail at once where
a clock is off by more than the periods that servers accept (``--set skew=20min`` does no harm); keys that carry
their dates fail too, since servers whose clocks are ahead retire them early.

Notes
-----
Asked in public, for example in h2o#523, h2o#1444, hitch#16 and deis#3915. h2o gives each new key a date 60 s in
the future, from which on it seals: here that is ``pre_distribution``.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Keys = Literal["push", "poll", "derived"]
Trouble = Literal["none", "skew", "no leader", "partition"]

GRID = {"trouble": ["none", "skew", "no leader", "partition"], "keys": ["push", "poll", "derived"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

FIGURE = "resumption_over_time"
"""The figure that shows the answer."""


def scenario(
    trouble: Trouble = "partition",
    keys: Keys = "push",
    skew: str = "90min",
    lasts: str = "4h",
    pre_distribution: str = "5min",
) -> rs.Scenario:
    """Nine hours of phones at one site of four servers.

    Parameters
    ----------
    trouble
        What goes wrong at 2 h 30 min. Without a coordinator, ``"no leader"`` and ``"partition"`` are nothing.
    keys
        Pushed by the coordinator, polled every 4 minutes, or derived from each server's clock.
    skew
        By how much the clocks of two servers are ahead, or behind if negative.
    lasts
        How long the trouble lasts.
    pre_distribution
        A key is handed out for so long before it begins to seal, at most 1 h.

    Examples
    --------
    >>> scenario(trouble="skew", keys="derived").faults[0].offset
    Duration('90min')
    """
    some = ("edge/ams/server-1", "edge/ams/server-2")
    faults: dict[Trouble, list[rs.ClockSkew | rs.Restart | rs.Partition]] = {
        "none": [],
        "skew": [rs.ClockSkew(where=each, offset=skew, start="150min", lasts=lasts) for each in some],
        "no leader": [rs.Restart(where="edge/keys", start="150min", lasts=lasts)],
        "partition": [rs.Partition(between=(each, "edge/keys"), start="150min", lasts=lasts) for each in some],
    }
    distribution: rs.KeyCoordinator | rs.ClockDerived = rs.ClockDerived()
    if keys != "derived":
        distribution = rs.KeyCoordinator(delivery=keys, pre_distribution=pre_distribution, poll_interval="4min")
    elif trouble != "skew":
        faults[trouble] = []
    phones = rs.Clients(
        "phones",
        count=45,
        access=rs.Link(rate="12Mbps", delay="25ms"),
        arrivals=rs.Poisson(mean_gap="30min"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=4,
        tickets=rs.Tickets(
            lifetime="6h",
            rotation=rs.StekRotation(every="1h", keep_previous=1),
            distribution=distribution,
        ),
    )
    return rs.Scenario(duration="9h", clients=[phones], fleets=[edge], faults=faults[trouble])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Resumption over time first, by what goes wrong."""
    from reshake.analysis import report_figures

    return report_figures(results, out_dir, figures=["resumption_over_time", "fallback_reasons", "over_parameter"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    import pandas as pd
    from reshake.analysis import visits

    folded = visits(results)
    begin, end = pd.Timedelta(minutes=270), pd.Timedelta(minutes=390)  # The last two of the four hours.
    during = folded[(folded["started"] >= begin) & (folded["started"] < end)]
    share = during.groupby(["trouble", "keys"], observed=True)["resumed"].mean()
    return (
        f"In the last two hours of the trouble, where {share['none', 'push']:.0%} of visits would resume, "
        f"{share['partition', 'push']:.0%} do with two of four servers cut off from the coordinator, "
        f"{share['no leader', 'push']:.0%} without a coordinator, and with two clocks 90 minutes ahead "
        f"{share['skew', 'push']:.0%} where keys are pushed and {share['skew', 'derived']:.0%} where they are derived."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/key_coordinator")
    figures(results, "results/key_coordinator")
    rich.print(answer(results))
    rich.print(summary_table(results))
