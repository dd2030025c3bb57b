"""A hunt: the fleet survives a partition from its key coordinator, and it survives a deploy; what breaks it?

Four servers have their ticket keys from a coordinator, and go on with the newest key that they hold when no other
comes (``without_key="keep-sealing"``). Cut off from the coordinator, all of them still seal with the same stale
key, and users notice nothing. A deploy gives every server a new process, which asks the coordinator for the keys,
and has them before the next visit. The promise is that a quarter of the visits resume in every five minutes.

The hunt finds what a review of either part does not: a deploy while the coordinator cannot be reached. The new
processes know no key, not even the stale one, and nobody resumes until the partition heals. ``trouble`` runs the
parts by hand.

Notes
-----
The mend is to keep the keys over a deploy (``--set keys=kept``): processes hand them to their successors.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Trouble = Literal["none", "partition", "deploy", "both"]

GRID = {"trouble": ["none", "partition", "deploy", "both"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

HUNT = rs.Hunt(faults=["partition", "deploy"], places=["edge", "edge/ams", "edge/keys"])
"""Where `reshake hunt` looks."""

FIGURE = "resumption_over_time"
"""The figure that shows the answer."""


def scenario(trouble: Trouble = "none", keys: Literal["lost", "kept"] = "lost", servers: int = 4) -> rs.Scenario:
    """Forty minutes of phones at one site whose keys come from a coordinator.

    Parameters
    ----------
    trouble
        What goes wrong: the coordinator cannot be reached from 15 to 35 min, a deploy begins at 20 min, or both.
    keys
        What becomes of a server's keys in the deploy of ``trouble``, ``"lost"`` or ``"kept"``.
    servers
        At the site, 1 to 10,000.

    Examples
    --------
    >>> [type(fault).__name__ for fault in scenario(trouble="both").faults]
    ['Partition', 'Deploy']
    """
    phones = rs.Clients("phones", count=12, access=rs.Link(delay="25ms"), arrivals=rs.Poisson(mean_gap="2min"))
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=servers,
        tickets=rs.Tickets(
            lifetime="20min",
            rotation=rs.StekRotation(every="10min"),
            distribution=rs.KeyCoordinator(without_key="keep-sealing"),
        ),
    )
    cut = rs.Partition(between=("edge", "edge/keys"), start="15min", lasts="20min")
    deploy = rs.Deploy(fleet="edge", start="20min", every="1s", keys=keys)
    faults: dict[Trouble, list[rs.Partition | rs.Deploy]] = {
        "none": [],
        "partition": [cut],
        "deploy": [deploy],
        "both": [cut, deploy],
    }
    return rs.Scenario(
        duration="40min",
        clients=[phones],
        fleets=[edge],
        faults=faults[trouble],
        invariants=[rs.ResumedShare(at_least=0.25, since="10min", window="5min")],
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Resumption over time first: it is where the weakness shows."""
    from reshake.analysis import report_figures

    return report_figures(results, out_dir, figures=["resumption_over_time", "fallback_reasons", "key_lines"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    attempts = results.attempts
    minutes = attempts["started"].dt.total_seconds() / 60
    during = attempts[(minutes >= 21) & (minutes < 35) & (attempts["outcome"] == "ok")]
    share = during.groupby("trouble", observed=True)["resumed"].mean()
    return (
        f"A partition from the coordinator alone leaves {share['partition']:.0%} of visits resuming, a deploy alone "
        f"{share['deploy']:.0%}, as without trouble ({share['none']:.0%}); a deploy during the partition "
        f"{share['both']:.0%}."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/hunt_stale_key")
    figures(results, "results/hunt_stale_key")
    rich.print(answer(results))
    rich.print(summary_table(results))
