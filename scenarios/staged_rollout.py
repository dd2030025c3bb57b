"""A change goes out to 5, 10, 50 and 100 % of the clients: where does the canary tell, and whom does that spare?

A fleet of four cells, each with its own clients, gets new settings cell by cell, one every half hour. At the end of
each stage the changed cells are compared with the others over the same half hour: visits that fail, that resume, the
time to first byte. The change goes on unless one of them is worse by more than a margin, beyond chance.

Four changes: none at all, so that an alarm is a false one; tickets that live 12 hours instead of 2; a template that
forgets to distribute the ticket keys, so that each server has its own; and TLS 1.2 only, which clients that send early
data do not survive.

- The verdict is about one run, as an operator has one reality: seeds only tell how often it is the same.
- Cells are what makes the two arms independent. Behind one balancer clients carry tickets from changed servers to the
  others and back, both get worse, and the difference understates the harm.

Notes
-----
The rollout runs to its end whatever the verdict; what a rollback spares is counted against the run without a change,
which meets the same clients, losses and times. The aftermath of a rollback (tickets under keys that are gone) is not
in it. In `playbook_bad_deploy` the former settings do come back.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd

Change = Literal["nothing", "longer tickets", "own keys", "TLS 1.2 only"]

GRID = {"change": ["nothing", "longer tickets", "own keys", "TLS 1.2 only"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)

FIGURE = "incident"
"""The figure that shows the answer."""

CELLS = {"cell-1": 5, "cell-2": 5, "cell-3": 40, "cell-4": 50}
"""In the order of the rollout, with percent of the clients."""

BEGIN, STAGE = 60, 30  # Minutes.


def scenario(change: Change = "own keys", count: int = 300, mean_gap: str = "8min") -> rs.Scenario:
    """Three and a half hours of phones that send early data; the rollout begins after one.

    Parameters
    ----------
    change
        Of the servers' settings.
    count
        Phones, 1 to 2,000,000.
    mean_gap
        Between two visits of a phone.

    Examples
    --------
    >>> [site.share for site in scenario().fleets[0].sites]
    [5.0, 5.0, 40.0, 50.0]
    >>> scenario(change="nothing").faults[0].start
    Duration('1h')
    """
    phones = rs.Clients(
        "phones",
        count=count,
        access=rs.Link(rate="12Mbps", delay="25ms"),
        arrivals=rs.Poisson(mean_gap=mean_gap),
        linger="1s",
        tls=rs.ClientTls(groups="X25519:P-256", early_data=True),
    )
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site(cell, share=share) for cell, share in CELLS.items()],
        servers_per_site=2,
        tickets=rs.Tickets(lifetime="2h"),
        tls=_tls("TLSv1.3"),
    )
    rollout = rs.Deploy(
        fleet="edge",
        start=f"{BEGIN}min",
        every=f"{STAGE}min",
        servers_at_once=2,
        tls=_tls("TLSv1.2" if change == "TLS 1.2 only" else "TLSv1.3"),
        tickets=rs.Tickets(
            lifetime="12h" if change == "longer tickets" else "2h",
            keys="per-server" if change == "own keys" else "shared",
        ),
        keys="lost" if change == "own keys" else "kept",
    )
    return rs.Scenario(duration="210min", clients=[phones], fleets=[edge], faults=[rollout])


def _tls(version: Literal["TLSv1.2", "TLSv1.3"]) -> rs.ServerTls:
    return rs.ServerTls(
        max_early_data=16_384, anti_replay="client-hello-record", groups="X25519:P-256", max_protocol=version
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """What users feel while the change goes out first."""
    from reshake.analysis import report_figures

    return report_figures(results, out_dir, figures=["incident", "fallback_reasons", "over_parameter"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import Stage, canary, first_rollback
    from reshake.analysis.quantities import fold

    cells, reached = list(CELLS), 0
    stages: list[Stage] = []
    for number, cell in enumerate(cells[:-1]):
        reached += CELLS[cell]
        began = 60.0 * (BEGIN + STAGE * number)
        stages.append(
            Stage(name=f"{reached} %", began=began, ended=began + 60.0 * STAGE, sites=tuple(cells[: number + 1]))
        )
    verdicts = first_rollback(canary(results.attempts, stages, by=["change", "seed"]), by=["change", "seed"])
    folded = fold(results)
    at = folded["started"].dt.total_seconds()
    usual = folded[folded["change"] == "nothing"]
    passed, told = [], []
    for change in results.parameters["change"]:
        found = [stage for (of, _), stage in verdicts.items() if of == change]
        caught = [stage for stage in found if stage != "never"]
        if not caught:
            passed.append(f"{change!r}")
            continue
        stage = max(caught, key=[each.name for each in stages].index)
        decided = next(each.ended for each in stages if each.name == stage)
        rows = folded["change"] == change
        whole, before = (_harm(folded[rows & chosen], usual) for chosen in (at >= 0, at < decided))
        told.append(
            f"{change!r} is stopped at {' or '.join(sorted(set(caught)))} in {len(caught)} of {len(found)} runs, after "
            + " and ".join(
                f"{of_stage:,.0f} of the {of_all:,.0f} {what} of a whole rollout"
                for of_stage, of_all, what in zip(before, whole, ("failed visits", "lost resumptions"), strict=True)
                if of_all >= 1
            )
        )
    return f"{' and '.join(passed)} pass every stage; {'; '.join(told)}."


def _harm(changed: "pd.DataFrame", usual: "pd.DataFrame") -> tuple[float, float]:
    """Visits that fail, and resumptions that are lost, in the mean of a run, against the same time without a change."""
    until = changed["started"].max()
    seeds = changed["seed"].nunique()
    same = usual[usual["started"] <= until]
    failed = (changed["failed"].sum() - same["failed"].sum()) / seeds
    lost = (same["was_resumed"].sum() - changed["was_resumed"].sum()) / seeds
    return max(failed, 0.0), max(lost, 0.0)


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/staged_rollout")
    figures(made, "results/staged_rollout")
    rich.print(answer(made))
    rich.print(summary_table(made))
