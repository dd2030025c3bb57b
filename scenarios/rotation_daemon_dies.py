"""The rotation daemon dies: when does slow degradation become an outage?

Ticket keys are rotated every hour by a daemon, and two old ones are kept. At some point it dies, and
nobody notices. For as long as the last key is honoured, three hours from when it began, nothing can be
seen at all. What comes then is up to the servers, which have no key left that may still seal: they stop
issuing tickets (``without_key="no ticket"``), so that every handshake is a full one; or each makes keys of
its own (``"own key"``), and one ticket in four meets the server that sealed it; or the old key lives on
(``"old key"``): users notice nothing for ever, and neither does the operator, while the key that
a thief would need opens more traffic every day; or handshakes fail (``"fail"``), as s2n's once did.

Notes
-----
Asked in public in s2n-tls#3040, where every handshake failed once all keys had expired, and s2n-tls#2912.
openlitespeed#379 tells of a key that lives on.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

WithoutKey = Literal["no ticket", "own key", "old key", "fail"]

Choice = Literal["no-tickets", "own-key", "keep-sealing", "fail"]

GRID = {"without_key": ["no ticket", "own key", "old key", "fail"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "resumption_over_time"
"""The figure that shows the answer."""


def scenario(
    without_key: WithoutKey = "no ticket",
    dies_at: str = "210min",
    every: str = "1h",
    keep_previous: int = 2,
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "rsa-2048",
) -> rs.Scenario:
    """Ten hours of phones at one site whose key coordinator dies.

    Parameters
    ----------
    without_key
        What servers do that have no key which may still seal.
    dies_at
        When the coordinator dies, for good.
    every
        Time between two keys, at least 1 s.
    keep_previous
        Old keys that still open tickets, 0 to 1,000.
    certificate
        Key type of the servers' certificates. It decides what a full handshake costs them.

    Examples
    --------
    >>> scenario(without_key="own key").faults[0].where
    'edge/keys'
    """
    choices: dict[WithoutKey, Choice] = {
        "no ticket": "no-tickets",
        "own key": "own-key",
        "old key": "keep-sealing",
        "fail": "fail",
    }
    phones = rs.Clients(
        "phones",
        count=60,
        access=rs.Link(rate="12Mbps", delay="25ms"),
        arrivals=rs.Poisson(mean_gap="30min"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=4,
        tickets=rs.Tickets(
            lifetime="6h",
            rotation=rs.StekRotation(every=every, keep_previous=keep_previous),
            distribution=rs.KeyCoordinator(pre_distribution="5min", without_key=choices[without_key]),
        ),
        tls=rs.ServerTls(certificate=certificate),
    )
    return rs.Scenario(
        duration="10h",
        clients=[phones],
        fleets=[edge],
        faults=[rs.Restart(where="edge/keys", start=dies_at, lasts="30d")],
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Resumption over time first: it is where the outage shows."""
    from reshake.analysis import report_figures

    return report_figures(
        results, out_dir, figures=["resumption_over_time", "fallback_reasons", "over_parameter", "key_lines"]
    )


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    import pandas as pd
    from reshake.analysis import visits

    gone = pd.Timedelta(hours=6)  # The last key began at 3 h, and is honoured for three hours.
    folded = visits(results)
    late = folded[(folded["started"] > gone + pd.Timedelta(minutes=30)) & (folded["outcome"] != "unfinished")]
    early = folded[(folded["started"] > pd.Timedelta(hours=1)) & (folded["started"] < gone)]
    by = late.groupby("without_key", observed=True)
    resumed = by["resumed"].mean()
    failed = late.assign(failed=late["outcome"].isin(["alert", "reset"])).groupby("without_key", observed=True)
    served = 1 - failed["failed"].mean()
    return (
        f"For two and a half hours after the daemon's death nothing changes ({early['resumed'].mean():.0%} of visits "
        f"resume); then, without tickets, {resumed['no ticket']:.0%} do, with keys of their own "
        f"{resumed['own key']:.0%}, with the old key for ever {resumed['old key']:.0%}, and servers that fail "
        f"for want of a key serve {served['fail']:.0%} of visits: that is the outage."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/rotation_daemon_dies")
    figures(results, "results/rotation_daemon_dies")
    rich.print(answer(results))
    rich.print(summary_table(results))
