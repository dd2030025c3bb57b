"""A fleet loses its ticket keys at peak: with which certificate, how many cores and which retries does it survive?

Before and after, the load is the same: three cores, a third busy with resumed handshakes. For half a minute the site
is silent, and when it is back its keys are gone. Everybody makes a full handshake, and those who could not get
through come back at once. Where the wait for a core grows beyond the clients' patience, the servers work for clients
that have left; nobody gets a ticket, everybody tries again, and each try costs a full handshake. That state holds
itself up: nothing is broken any more, and nothing works.

- Users feel an outage of half a minute that does not end with the repair: every visit fails until somebody sheds load.
- It can hold itself up where visits x tries x cost of a full handshake exceeds what the cores can do. Three tries
  with RSA-2048 ask for 2.6 times these three cores, one try for 0.85 times, three tries with ECDSA P-256 for 1.2
  times. Below 1 the queue drains, whatever happened. Above 1 it depends on how much comes at once: that is the
  hysteresis. A longer backoff changes the wait between two tries, not their number.
- What ends it is less work per visit (an ECDSA certificate; eight cores), fewer tries (a retry budget), or a server
  that refuses those who have waited for too long, or serves the newest first: it then works for clients that are
  still there, each of whom resumes the next time.
- The operator sees servers at 100 % and no answers. The number that tells is the time from a connection's arrival to
  its first work, beside the clients' timeout.

Notes
-----
A model to scale: each core has 1/600 of the speed of a server core, so that ten visits per second load it as 6,000
do a real one. Costs of handshakes are the measured ones: 159 us of a server core for a resumed one, 426 us for a full
one with RSA-2048, 197 us with ECDSA P-256. Clients give up a handshake after 5 s. Behind the name of such states:
Bronson et al., "Metastable Failures in Distributed Systems" (HotOS 2021). Asked in public, for example in
haproxy#2454, haproxy#3086 and openssl#23388.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Any, Literal

import reshake as rs

Change = Literal["nothing", "no retries", "retry budget", "long backoff", "ECDSA", "8 cores", "queue limit", "LIFO"]

GRID = {"change": ["nothing", "long backoff", "retry budget", "ECDSA", "8 cores", "queue limit"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

FIGURE = "incident"
"""The one that shows the answer."""

PEAK = 10.0
"""Visits per second."""

SCALE = 600.0
"""How much slower a core is than a server core."""


def scenario(
    change: Change = "nothing",
    outage: str = "30s",
    certificate: Literal["ecdsa-p256", "rsa-2048", "rsa-3072", "ml-dsa-65"] = "rsa-2048",
    cores: int = 3,
    tries: int = 3,
    backoff: str = "2s",
    handshake_timeout: str = "5s",
) -> rs.Scenario:
    """Eight minutes of 400 phones at a site that is silent from the second minute on, and has new keys after that.

    Parameters
    ----------
    change
        What is different from the fleet that the other parameters describe: its clients do not try again, or have
        a budget for it, or wait ten times as long; its certificate is ECDSA P-256; it has eight cores; it refuses
        who has waited for 2 s; or it serves the newest first.
    outage
        How long nobody gets through. After it the fleet has other ticket keys.
    certificate
        Key type of the servers' certificates.
    cores
        Of the site, each for 6,000 visits per second and 1,000 of them, as it were.
    tries
        Of a visit, the first included, 1 to 100.
    backoff
        Of the clients, doubled each time, with full jitter.
    handshake_timeout
        The clients' patience, 1 ms to 1 h.

    Examples
    --------
    >>> scenario("retry budget").clients[0].retry.budget.per_visit
    0.1
    """
    retries: dict[str, Any] = {"max_tries": tries, "backoff": "20s" if change == "long backoff" else backoff}
    if change == "retry budget":
        retries["budget"] = rs.RetryBudget(per_visit=0.1, reserve=1)
    phones = rs.Clients(
        "phones",
        count=round(40 * PEAK),
        access=rs.Link(rate="12Mbps", delay="20ms"),
        arrivals=rs.Poisson(mean_gap="40s"),
        device=rs.Device(slowdown=0.0),
        connect_timeout="3s",
        handshake_timeout=handshake_timeout,
        attempt_timeout="10s",
        retry=None if change == "no retries" else rs.Retry(**retries),
    )
    admissions = {"queue limit": rs.Admission(max_wait="2s"), "LIFO": rs.Admission(order="lifo")}
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime="1h"),
        tls=rs.ServerTls(certificate="ecdsa-p256" if change == "ECDSA" else certificate),
        device=rs.Device(cores=8 if change == "8 cores" else cores, slowdown=SCALE),
        admission=admissions.get(change),
    )
    silence = rs.Partition(between=("phones", "edge"), start="2min", lasts=outage)
    keys = rs.Restart(where="edge", start="2min", lasts=outage, memory="lost", keys="lost")
    return rs.Scenario(duration="8min", clients=[phones], fleets=[edge], faults=[silence, keys])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The incident first."""
    from reshake.analysis import report_figures

    return report_figures(results, out_dir, figures=["incident", "over_parameter"])


def back_after(results: rs.Results) -> dict[str, float | None]:
    """Seconds from the end of the outage until fewer than one in twenty visits fail, for good; None: never."""
    from reshake.analysis import visits

    folded = visits(results)
    end = results.faults["ended"].max().total_seconds()
    window = 10.0
    folded = folded[folded["outcome"].isin(["ok"]) | folded["failed"]]
    after = (folded["started"].dt.total_seconds() - end) // window
    shares = folded[after >= 0].groupby(["change", after[after >= 0]], observed=True)["failed"].mean()
    back: dict[str, float | None] = {}
    for change, of in shares.groupby(level=0, observed=True):
        bad = of[of > 0.05].index.get_level_values(1)
        last = of.index.get_level_values(1).max()
        until = float(window * (bad.max() + 1)) if len(bad) else 0.0
        # The last visits that began have not given up yet: of them only the successful ones are known.
        back[str(change)] = None if until > float(window * (last - 6)) else until
    return back


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    import pandas as pd

    attempts = results.attempts
    cost = attempts[attempts["outcome"] == "ok"].assign(cpu=lambda rows: rows["server_compute"].dt.total_seconds())
    usual = cost[cost["change"] == "nothing"].groupby("resumed")["cpu"].mean()
    busy = {kind: 100 * PEAK * usual[resumed] / 3 for kind, resumed in (("resumed", True), ("full", False))}
    stuck = attempts[(attempts["change"] == "nothing") & (attempts["started"] > pd.Timedelta(minutes=5))]
    wasted = stuck.loc[stuck["outcome"] != "ok", "server_compute"].sum() / stuck["server_compute"].sum()
    back = back_after(results)
    told = {change: "never" if at is None else f"within {at + 10:.0f} s" for change, at in back.items()}
    return (
        f"Three cores are busy to {busy['resumed']:.0f} % with resumed handshakes, and to {busy['full']:.0f} % with "
        f"full ones. With RSA-2048 and three tries they are never back after the outage ({100 * wasted:.0f} % of their "
        f"work is then for clients that have left), nor with a tenfold backoff ({told['long backoff']}); with a retry "
        f"budget of a tenth they are back {told['retry budget']}, with an ECDSA certificate {told['ECDSA']}, with "
        f"eight cores {told['8 cores']}, and where who has waited for 2 s is refused {told['queue limit']}."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/handshake_storm")
    figures(results, "results/handshake_storm")
    rich.print(answer(results))
    rich.print(summary_table(results))
