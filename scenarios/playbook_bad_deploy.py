"""A deploy locks out one client in ten: how many users does it hurt in stages, and how many all at once?

New settings refuse TLS 1.2, and a tenth of the clients speak nothing else. The deploy goes to everybody at once, or to
1, 10, 50 and 100 % of the clients, a cell with each stage. At the end of a stage the cells that have the settings are
compared with those that have not: visits that fail, that resume, the time to first byte. Where one of them is worse by
more than a margin, beyond chance, the former settings come back, in the run itself.

- Users of old clients meet an alert at every visit while their cell has the settings; tickets do not help them. The
  others feel nothing, then or after the rollback: their tickets hold on both sides.
- The operator sees almost nothing in the average: 0.1 % of visits fail in the first stage, 1 % in the second. What
  tells is the comparison of cells over the same time.
- Stages help as long as somebody judges them. A canary only tells of clients that are in it: one per cent is 15 clients
  here, one or two of them old, and by chance none at all in one case of five (0.9 to the power of 15). That stage ends
  undecided, and mostly does so even if it lasts for an hour (``--set stage=60``). Unjudged stages are worse than a
  deploy at once that somebody takes back.

Notes
-----
What an operator would have done is a run of its own: one for each stage after which the settings could be taken back,
and the verdict of the run that went on says which of them came true. They are the same up to the rollback, to the
byte. Whoever deploys at once is given as long to notice it as a stage takes. Behind one balancer the two arms are not
independent; see `staged_rollout`, with changes that do no harm and false alarms. With ``--set change="no tickets"`` no
visit fails, and the verdict comes after the same stage, by the share that resumes.
"""  # noqa: D400 - it is a question

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reshake.scenarios._playbook import draw, phones, run, server_tls, visits_between

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd

Rollout = Literal["at once", "in stages", "until 10 %", "until 1 %"]

GRID = {"rollout": ["at once", "in stages", "until 10 %", "until 1 %"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""

CELLS = {"cell-1": 1, "cell-2": 9, "cell-3": 40, "cell-4": 50}
"""In the order of the rollout, with percent of the clients."""

BEGIN = 30
"""Minutes until the first stage."""


def scenario(
    rollout: Rollout = "until 10 %",
    stage: int = 20,
    change: Literal["TLS 1.3 only", "no tickets"] = "TLS 1.3 only",
    legacy: float = 0.1,
    count: int = 1_500,
    mean_gap: str = "10min",
) -> rs.Scenario:
    """Two hours of clients in four cells, whose servers get new settings half an hour after the start.

    Parameters
    ----------
    rollout
        To all cells at once, and back after the time of a stage; or cell by cell, to the end or back from the end of
        the stage that is named.
    stage
        Minutes.
    change
        Of the servers' settings: one fails for clients that only speak TLS 1.2, the other only costs time.
    legacy
        Share of those clients, above 0 and below 1.
    count
        Clients of both kinds, 2 to 2,000,000.
    mean_gap
        Between two visits of a client.

    Examples
    --------
    >>> [(flip.where, str(flip.start)) for flip in scenario("until 1 %").faults]
    [('edge/cell-1', '30min')]
    >>> len(scenario("in stages").faults), scenario("at once").faults[0].lasts
    (4, Duration('20min'))
    """
    old = round(legacy * count)
    tls = server_tls()
    changed = server_tls(min_protocol="TLSv1.3") if change == "TLS 1.3 only" else tls
    tickets = rs.Tickets(lifetime="1h")
    none = rs.Tickets(lifetime="1h", num_tickets=0, renew=False)
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site(cell, distance="5ms", share=share) for cell, share in CELLS.items()],
        servers_per_site=2,
        tickets=tickets,
        tls=tls,
    )
    last = {"until 1 %": 1, "until 10 %": 2}.get(rollout, len(CELLS))
    flips = []
    for number, cell in enumerate(list(CELLS)[:last]):
        start = 0 if rollout == "at once" else number * stage
        end = {"at once": stage, "in stages": None}.get(rollout, last * stage)
        flips.append(
            rs.PolicyFlip(
                where=f"edge/{cell}",
                start=f"{BEGIN + start}min",
                lasts=None if end is None else f"{end - start}min",
                tls=changed,
                tickets=none if change == "no tickets" else tickets,
            )
        )
    clients = [
        phones(count - old, mean_gap, "current"),
        phones(old, mean_gap, "legacy", tls=rs.ClientTls(groups="X25519:P-256", max_protocol="TLSv1.2")),
    ]
    return rs.Scenario(duration=f"{BEGIN + 4 * stage + 10}min", clients=clients, fleets=[edge], faults=flips)


def failed_visits(results: rs.Results) -> "pd.DataFrame":
    """From the deploy on: how many, a row for each `rollout` and a column for each seed."""
    since = visits_between(results, f"{BEGIN}min", "1d")
    return since.groupby(["rollout", "seed"], observed=True)["failed"].sum().unstack("seed")


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Failures of all and of the first two cells, minute by minute; then the usual figures."""
    from reshake.analysis import FAILED, among

    first = among(FAILED, "home", list(CELLS)[:2], "in the cells of the first two stages")
    panels = [("users", FAILED), ("operator, comparing cells", first)]
    failed = failed_visits(results).mean(axis=1)
    told = (
        f"{failed['until 10 %']:.0f} visits fail until the comparison of cells says stop, {failed['at once']:.0f} all "
        f"at once, {failed['in stages']:.0f} in stages that nobody judges"
    )
    return draw(
        results, out_dir, also=["fallback_reasons", "over_parameter"], panels=panels, window=300, since=900, title=told
    )


def verdicts(results: rs.Results, stage: int = 20) -> list[str]:
    """After which stage each run would have been stopped, such as ``"1 %"``, or ``"never"``: judged as it went on."""
    from reshake.analysis import Stage, canary, first_rollback

    cells, reached = list(CELLS), 0
    stages = []
    for number, cell in enumerate(cells[:-1]):  # The last leaves nobody to compare with.
        reached += CELLS[cell]
        began = 60.0 * (BEGIN + stage * number)
        sites = tuple(cells[: number + 1])
        stages.append(Stage(name=f"{reached} %", began=began, ended=began + 60.0 * stage, sites=sites))
    attempts = results.attempts
    found = canary(attempts[attempts["rollout"] == "in stages"], stages)
    return list(first_rollback(found).values())


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    hurt = failed_visits(results)
    found = verdicts(results)
    stops = [f"until {stage}" if f"until {stage}" in GRID["rollout"] else "in stages" for stage in found]
    judged = [float(hurt[seed][stop]) for stop, seed in zip(stops, hurt.columns, strict=True)]
    told = ", ".join(f"at {stage} in {found.count(stage)} of {len(found)} runs" for stage in dict.fromkeys(found))
    mean = hurt.mean(axis=1)
    return (
        f"All at once, and back after 20 minutes, {mean['at once']:.0f} visits fail; in stages that nobody judges "
        f"{mean['in stages']:.0f}. The comparison of cells says stop {told}: {sum(judged) / len(judged):.0f} "
        f"visits fail then, {mean['until 1 %']:.0f} if it is after the first stage and "
        f"{mean['until 10 %']:.0f} if it is after the second."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
