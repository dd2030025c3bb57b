"""A change goes to 1, 10, 50 and 100 % of the clients and is judged on the way: what is stopped, what is spared?

A fleet of four cells, each with its own clients, gets new settings cell by cell. At the end of each stage the run
itself compares the cells that have the change with those that have not, over the time of that stage: attempts that
fail, that resume, the time to first byte. The next stage follows unless one of them is worse by more than a margin,
beyond chance; then all changed cells have their former settings and keys back at once.

Four changes: none at all, so that an alarm is a false one; tickets that live 12 hours instead of 2; a template that
forgets to distribute the ticket keys, so that each server has its own; and TLS 1.2 only, which clients that send early
data do not survive. Each goes out twice: judged, and pushed through whatever it does.

- What a change does to one cell in a hundred nobody sees in the average. The comparison over the same time does.
- One per cent of the clients says little about what is rare: margins are then undecided, and the change goes on to a
  stage that can tell. ``rs.CanaryAnalysis(undecided="wait")`` bakes until it can.
- A rollback has an aftermath: what clients were given under the change (tickets under keys that are gone, or of another
  version of TLS) costs each of them one full handshake more.
- Cells are what makes the two arms independent. Behind one balancer clients carry tickets from changed servers to the
  others and back, both get worse, and the difference understates the harm.

Notes
-----
The verdict is about one run, as an operator has one reality: seeds only tell how often it is the same. Each verdict is
a row of the table `rollout`. A run that is stopped is the same as the one that is pushed through up to the rollback, to
the byte, and what was spared is counted against the run without a change, which meets the same clients and times. The
last stage leaves no cell to compare with: it is not judged.

How often is an alarm false? An interval of 99 % lies above the truth once in 200 times. Nothing at all, rolled out to
40 cells one after the other (400 phones, 8 % of packets lost), was worse beyond chance in 8 of 781 verdicts of seven
runs: 1.0 % instead of 0.5 %, all of them with fewer than 100 attempts on a side. Such arms are not normal, and attempts
of one client are not independent. Margins make it rarer: with those of this scenario there was none.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd

Change = Literal["nothing", "longer tickets", "own keys", "TLS 1.2 only"]
Rollout = Literal["judged", "pushed through"]

GRID = {
    "change": ["nothing", "longer tickets", "own keys", "TLS 1.2 only"],
    "rollout": ["judged", "pushed through"],
}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The figure that shows the answer."""

CELLS = {"cell-1": 1, "cell-2": 9, "cell-3": 40, "cell-4": 50}
"""In the order of the rollout, with percent of the clients."""

BEGIN = 30
"""Minutes until the first stage."""

MARGINS = rs.CanaryAnalysis(failed_share=0.01, resumed_share=0.05, first_byte_mean="20ms")
"""One point of failures, five of resumption, 20 ms to the first byte."""


def scenario(
    change: Change = "own keys",
    rollout: Rollout = "judged",
    stage: int = 20,
    count: int = 1_000,
    mean_gap: str = "10min",
) -> rs.Scenario:
    """Two hours of phones that send early data; the change goes out from half an hour on.

    Parameters
    ----------
    change
        Of the servers' settings.
    rollout
        Judged at the end of each stage, and taken back where it does harm; or pushed through.
    stage
        Minutes that each stage bakes.
    count
        Phones, 1 to 2,000,000.
    mean_gap
        Between two visits of a phone.

    Examples
    --------
    >>> [stage.sites for stage in scenario().faults[0].stages]
    [('cell-1',), ('cell-2',), ('cell-3',), ('cell-4',)]
    >>> scenario(rollout="pushed through").faults[0].analysis is None
    True
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
        sites=[rs.Site(cell, distance="5ms", share=share) for cell, share in CELLS.items()],
        servers_per_site=2,
        tickets=rs.Tickets(lifetime="2h"),
        tls=_tls("TLSv1.3"),
    )
    goes_out = rs.StagedRollout(
        fleet="edge",
        start=f"{BEGIN}min",
        stages=[rs.RolloutStage(sites=[cell], bake=f"{stage}min") for cell in CELLS],
        tls=_tls("TLSv1.2" if change == "TLS 1.2 only" else "TLSv1.3"),
        tickets=rs.Tickets(
            lifetime="12h" if change == "longer tickets" else "2h",
            keys="per-server" if change == "own keys" else "shared",
        ),
        keys="lost" if change == "own keys" else "kept",
        analysis=MARGINS if rollout == "judged" else None,
    )
    return rs.Scenario(duration=f"{BEGIN + 4 * stage + 10}min", clients=[phones], fleets=[edge], faults=[goes_out])


def _tls(version: Literal["TLSv1.2", "TLSv1.3"]) -> rs.ServerTls:
    return rs.ServerTls(
        max_early_data=16_384, anti_replay="client-hello-record", groups="X25519:P-256", max_protocol=version
    )


def stops(results: rs.Results) -> "pd.Series[str]":
    """After which stage each judged run was stopped, such as ``"1 %"``, or ``"never"``; by `change` and `seed`."""
    import itertools

    import pandas as pd

    reached = [f"{share} %" for share in itertools.accumulate(CELLS.values())]
    stopped = results.rollout[results.rollout["verdict"] == "roll_back"]
    runs = pd.MultiIndex.from_product([results.parameters["change"], results.seeds], names=["change", "seed"])
    stage = stopped.groupby(["change", "seed"], observed=True)["stage"].first()
    return stage.map(lambda number: reached[number - 1]).reindex(runs, fill_value="never")


def harm(results: rs.Results) -> "pd.DataFrame":
    """What a change costs in the mean of a run, against the same run without one; by `change` and `rollout`.

    Columns are `failed`, visits, and `lost`, visits that would have resumed.
    """
    from reshake.analysis.quantities import fold

    folded = fold(results)
    sums = folded.groupby(["change", "rollout", "seed"], observed=True)[["failed", "was_resumed"]].sum()
    means = sums.groupby(["change", "rollout"], observed=True).mean()
    worse = means.sub(means.loc["nothing"], level="rollout")
    return worse.assign(lost=-worse["was_resumed"])[["failed", "lost"]].clip(lower=0.0)


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Resumption judged and pushed through, one above the other; then the usual figures."""
    import itertools

    from reshake.analysis import RESUMED, among, incident, report_figures

    panels = [(rollout, among(RESUMED, "rollout", [rollout], "of all clients")) for rollout in GRID["rollout"]]
    stage = (results.runs[0].scenario.faults[0]).stages[0].bake.nanoseconds / 1e9  # type: ignore[union-attr]
    marks = [
        (60.0 * BEGIN + number * stage, f"{share} %")
        for number, share in enumerate(itertools.accumulate(CELLS.values()))
    ]
    cost = harm(results)["lost"]
    told = "; ".join(
        f"{change} {cost[change, 'judged']:,.0f} and {cost[change, 'pushed through']:,.0f}"
        for change in ("own keys", "TLS 1.2 only")
        if change in results.parameters["change"]
    )
    drawn = incident(
        results, by="change", panels=panels, window=300, since=60.0 * (BEGIN - 10), marks=marks, apart=["rollout"],
        title=f"resumptions lost where stages are judged, and where nobody judges: {told}" if told else None,
    )  # fmt: skip
    return report_figures(results, out_dir, figures=["fallback_reasons", "over_parameter"], instead={"incident": drawn})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    stopped, cost = stops(results), harm(results)
    passed, told = [], []
    for change in results.parameters["change"]:
        found = list(stopped[change])
        caught = [stage for stage in found if stage != "never"]
        stages = sorted(set(caught), key=lambda each: int(each.split()[0]))
        where = " and ".join(f"at {stage} in {caught.count(stage)}" for stage in stages)
        if not caught:
            passed.append(f"{change!r}")
            continue
        judged, pushed = cost.loc[change, "judged"], cost.loc[change, "pushed through"]
        costs = [
            f"{judged[name]:,.0f} of the {pushed[name]:,.0f} {what}"
            for name, what in (("failed", "failed visits"), ("lost", "lost resumptions"))
            if pushed[name] >= 1
        ]
        told.append(
            f"{change!r} is stopped {where} of {len(found)} runs, after {' and '.join(costs)} that it costs pushed "
            "through"
        )
    verb = "passes" if len(passed) == 1 else "pass"
    return f"{' and '.join(passed)} {verb} every stage; {'; '.join(told)}."


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/staged_rollout")
    figures(made, "results/staged_rollout")
    rich.print(answer(made))
    rich.print(summary_table(made))
