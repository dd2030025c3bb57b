"""A hunt: resumption comes back after every outage of the key coordinator; does it after everything?

Two servers have their ticket keys from a coordinator, a new one every five minutes, and issue no tickets when they
have no key that may still seal. The coordinator may be cut off, or be down, for as long as it likes: when it is back,
so are keys and resumption. The promise is just that: a quarter of an hour after any fault, a
quarter of the visits resume.

The hunt finds what breaks it: the coordinator's clock jumps ahead, for as little as it takes to make one key. That
key is dated in the future, the clock is put right, and the coordinator, which has made all keys up to that date,
makes none until then. Tickets that clients hold go on to resume for ten minutes, so that an alarm comes late; after
them nothing resumes for as long as the jump was far. ``trouble`` runs some by hand.

Notes
-----
The mend is that servers go on with the newest key that they hold (``--set without_key=keep-sealing``): keys are then
older than they should be, and users notice nothing. A clock that falls back is harmless once it is right again.
h2o#523 and h2o#1444 tell of dates in keys.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Trouble = Literal["none", "outage", "behind", "ahead"]

GRID = {"trouble": ["none", "outage", "behind", "ahead"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

HUNT = rs.Hunt(faults=["partition", "restart", "clock_skew"], places=["edge", "edge/keys"], max_faults=1)
"""Where `reshake hunt` looks."""

FIGURE = "resumption_over_time"
"""The figure that shows the answer."""


def scenario(
    trouble: Trouble = "none",
    jump: str = "1h",
    without_key: Literal["no-tickets", "keep-sealing"] = "no-tickets",
) -> rs.Scenario:
    """An hour of phones at one site whose keys come from a coordinator.

    Parameters
    ----------
    trouble
        What goes wrong from 10 to 15 min: the coordinator is down, or its clock is behind or ahead.
    jump
        How far the clock is off.
    without_key
        What servers do that have no key which may still seal, ``"no-tickets"`` or ``"keep-sealing"``.

    Examples
    --------
    >>> scenario(trouble="ahead").faults[0].where
    'edge/keys'
    """
    phones = rs.Clients("phones", count=8, access=rs.Link(delay="25ms"), arrivals=rs.Poisson(mean_gap="2min"))
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=2,
        tickets=rs.Tickets(
            lifetime="10min",
            rotation=rs.StekRotation(every="5min"),
            distribution=rs.KeyCoordinator(without_key=without_key),
        ),
    )
    start, lasts = "10min", "5min"
    faults: dict[Trouble, list[rs.Restart | rs.ClockSkew]] = {
        "none": [],
        "outage": [rs.Restart(where="edge/keys", start=start, lasts=lasts)],
        "behind": [rs.ClockSkew(where="edge/keys", offset=f"-{jump}", start=start, lasts=lasts)],
        "ahead": [rs.ClockSkew(where="edge/keys", offset=jump, start=start, lasts=lasts)],
    }
    return rs.Scenario(
        duration="1h",
        clients=[phones],
        fleets=[edge],
        faults=faults[trouble],
        invariants=[rs.Recovery(at_least=0.25, within="15min", over="10min")],
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Resumption over time first: it is where the weakness shows."""
    from reshake.analysis import report_figures

    return report_figures(results, out_dir, figures=["resumption_over_time", "fallback_reasons", "key_lines"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    import pandas as pd

    attempts = results.attempts
    after = attempts[(attempts["started"] >= pd.Timedelta(minutes=30)) & (attempts["outcome"] == "ok")]
    share = after.groupby("trouble", observed=True)["resumed"].mean()
    return (
        f"From a quarter of an hour after the trouble on, {share['outage']:.0%} of visits resume where the coordinator "
        f"was down, {share['behind']:.0%} where its clock was an hour behind, and {share['ahead']:.0%} where it was an "
        f"hour ahead for five minutes ({share['none']:.0%} without trouble)."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/hunt_clock_jump")
    figures(results, "results/hunt_clock_jump")
    rich.print(answer(results))
    rich.print(summary_table(results))
