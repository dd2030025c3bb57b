"""A hunt: a record of ClientHellos refuses copies of early data; is there a way around it?

Clients send requests as early data, in the SYN where TCP Fast Open lets them, and the server keeps a record of each
ClientHello, so that a copy is refused. The promise is that no copy of early data is executed.

The hunt finds a way: a SYN with a ClientHello arrives and its request is executed, and a partition swallows the
answer. While the client repeats its SYN, the server's process restarts, and its record is gone; the ticket keys are
not. When the partition heals, the same ClientHello arrives at the new process, and OpenSSL accepts its early data
once more. Neither the partition nor the restart does it alone. ``trouble`` runs the parts by hand.

Notes
-----
RFC 8446 section 8.2 asks for servers that refuse 0-RTT after they have started, for as long as the record would have
to reach back. The mends are tickets for single use, which are gone with the process (``--set anti_replay=single-use``),
or a record that outlives it (``--set memory=kept``). Both refuse the copy. Neither keeps the request from being
executed twice: a client whose early data are refused sends it again (RFC 8446 section 8, the second class of
attacks), which is what `ExecutedOnce` speaks of. Against that help servers that wait for the handshake
(``--set early_requests=wait``, RFC 8470 section 3), and no early data in a SYN (RFC 7413 section 2.1).
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Trouble = Literal["none", "partition", "restart", "both"]

GRID = {"trouble": ["none", "partition", "restart", "both"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)

HUNT = rs.Hunt(faults=["partition", "restart"], places=["phones", "edge"])
"""Where `reshake hunt` looks."""

FIGURE = "incident"
"""The figure that shows the answer."""


def scenario(
    trouble: Trouble = "none",
    memory: Literal["lost", "kept"] = "lost",
    anti_replay: Literal["client-hello-record", "single-use"] = "client-hello-record",
    early_requests: Literal["answer", "wait"] = "answer",
) -> rs.Scenario:
    """Ten seconds of busy clients at one server.

    Parameters
    ----------
    trouble
        What goes wrong: a partition from clients at 4 s for 3 s, a restart at 5 s for half a second, or both.
    memory
        What becomes of the record of ClientHellos in the restart of ``trouble``, ``"lost"`` or ``"kept"``.
    anti_replay
        How the server refuses copies, ``"client-hello-record"`` or ``"single-use"``.
    early_requests
        Whether it executes early data before the handshake is complete, ``"answer"``, or not, ``"wait"``.

    Examples
    --------
    >>> scenario().fleets[0].tls.anti_replay
    'client-hello-record'
    """
    phones = rs.Clients(
        "phones",
        count=6,
        access=rs.Link(delay="195ms"),
        arrivals=rs.Poisson(mean_gap="600ms"),
        linger="1s",
        tcp_fast_open=True,
        tls=rs.ClientTls(early_data=True, groups="X25519"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime="9s"),
        tls=rs.ServerTls(max_early_data=16_384, anti_replay=anti_replay, groups="X25519"),
        early_requests=early_requests,
        tcp_fast_open=True,
    )
    cut = rs.Partition(between=("phones", "edge"), start="4s", lasts="3s")
    restart = rs.Restart(where="edge", start="5s", lasts="500ms", memory=memory)
    faults: dict[Trouble, list[rs.Partition | rs.Restart]] = {
        "none": [],
        "partition": [cut],
        "restart": [restart],
        "both": [cut, restart],
    }
    return rs.Scenario(
        duration="10s",
        clients=[phones],
        fleets=[edge],
        faults=faults[trouble],
        invariants=[rs.NoReplay()],
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Second by second: when copies are executed, and that users notice no more than the partition."""
    from reshake.analysis import FAILED, REPLAYED, incident, report_figures

    panels = [("operator", REPLAYED), ("users", FAILED)]
    drawn = incident(results, panels=panels, window=1, title=answer(results).rstrip("."))
    return report_figures(results, out_dir, figures=["fallback_reasons"], instead={"incident": drawn})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    requests = results.attempts.groupby("trouble", observed=True)["early_executions"]
    copies = requests.agg(lambda executions: int((executions > 1).sum()))
    return (
        f"Of {len(results.attempts):,} requests {copies['both']} were executed from a copy where a restart fell into a "
        f"partition; {copies['partition']} in a partition alone and {copies['restart']} around a restart alone."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/hunt_replay")
    figures(results, "results/hunt_replay")
    rich.print(answer(results))
    rich.print(summary_table(results))
