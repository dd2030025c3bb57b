"""After an outage everybody comes at once, with a full handshake each: what keeps the crowd from being the next outage?

For two minutes nobody gets through, and the ticket keys are gone. When the servers are back the news is out: visits
come at seven times the usual rate, which falls back within a few minutes. Three cores could serve all of them if they
resumed, and half of them with full handshakes. The wait for a core grows beyond the clients' patience, the work is
done for nobody, nobody gets a ticket, and whoever gave up comes back.

- Users feel an outage that goes on for minutes after the repair: every visit fails until the cores have worked through
  what nobody waits for any more. The crowd itself is long gone then.
- The operator sees servers at 100 % and no answers. What tells is how old a connection is when its turn comes, beside
  the clients' patience.
- Keys that survive the outage help most: the crowd resumes, at a third of the cost, and is none for the servers. Else
  servers help that refuse whoever has waited for too long, and serve the others in time; then clients that try again
  less often (a budget). Jitter spreads retries and spares none of them.

Notes
-----
A model to scale, as in `handshake_storm`: each core has 1/600 of the speed of a server core, so that ten visits per
second load it as 6,000 do a real one. There the usual load with its retries is too much for full handshakes, and the
state holds itself up; here it is not, the backlog drains, and the question is for how long it hurts. Servers forget
connections that have been silent for a minute (``idle_timeout``), which bounds the backlog. The reckoning is that of a
fluid: `reckoned`. Backoff and its jitters: Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
"""  # noqa: D400 - it is a question

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reshake.scenarios._playbook import draw, run, visits_between

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd

Remedy = Literal["none", "jitter", "retry budget", "admission", "both", "keys kept"]

GRID = {"remedy": ["none", "jitter", "retry budget", "admission", "keys kept"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""

SCALE = 600.0
"""How much slower a core is than a server core."""

CORES = 3
GAP, PEAK, DECAY = 130.0, 7.0, 60.0
"""Of the visits: seconds between two of a client, by how much the crowd multiplies them, and how it passes."""


def scenario(
    remedy: Remedy = "none",
    peak: float = PEAK,
    decay: str = "1min",
    outage: str = "2min",
    tries: int = 3,
    patience: str = "5s",
    max_wait: str = "2s",
) -> rs.Scenario:
    """Twelve minutes of 400 phones, with an outage from the third to the fifth and a crowd after it.

    Parameters
    ----------
    remedy
        None: clients try again after 3 s, and once more after 3 s. ``"jitter"``: after a random wait below 2 s, then
        below 4 s; ``"retry budget"``: the same, for one visit in ten; ``"admission"``: servers refuse whoever has
        waited for `max_wait`; ``"both"`` of these; ``"keys kept"``: tickets survive the outage.
    peak
        By how much the crowd multiplies visits at first, 1 to 1,000.
    decay
        The crowd passes as exp(-t / decay), 0 s to 7 d.
    outage
        How long nobody gets through.
    tries
        Of a visit, the first included, 1 to 100.
    patience
        Of a client with a handshake, 1 ms to 1 h.
    max_wait
        Of a server's, from 1 ms on.

    Examples
    --------
    >>> scenario("retry budget").clients[0].retry.budget.per_visit
    0.1
    >>> scenario("admission").fleets[0].admission.max_wait
    Duration('2s')
    """
    end = rs.Duration.of_nanoseconds(rs.Duration("3min").nanoseconds + rs.Duration(outage).nanoseconds)
    retry = rs.Retry(max_tries=tries, backoff="3s", multiplier=1, jitter="none")
    if remedy == "jitter":
        retry = rs.Retry(max_tries=tries, backoff="2s")
    if remedy in ("retry budget", "both"):
        retry = rs.Retry(max_tries=tries, backoff="2s", budget=rs.RetryBudget(per_visit=0.1, reserve=1))
    phones = rs.Clients(
        "phones",
        count=400,
        access=rs.Link(rate="12Mbps", delay="20ms"),
        arrivals=rs.FlashCrowd(gap=rs.Exponential(mean=f"{GAP:g}s"), start=end, peak=peak, decay=decay),
        device=rs.Device(slowdown=0.0),
        connect_timeout="3s",
        handshake_timeout=patience,
        attempt_timeout="10s",
        retry=retry,
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime="10min"),
        tls=rs.ServerTls(certificate="rsa-2048"),
        device=rs.Device(cores=CORES, slowdown=SCALE),
        admission=rs.Admission(max_wait=max_wait) if remedy in ("admission", "both") else None,
    )
    faults: list[Any] = [rs.Partition(between=("phones", "edge"), start="3min", lasts=outage)]
    if remedy != "keys kept":
        faults.append(rs.KeyWipe(where="edge", start="3min"))
    return rs.Scenario(duration="15min", clients=[phones], fleets=[edge], faults=faults)


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """What users feel from before the outage on, and when the operator sees tickets again."""
    from reshake.analysis import FAILED, RESUMED, first_byte

    panels = [("users", FAILED), ("users", first_byte(50)), ("operator", RESUMED)]
    back = back_after(results)
    told = (
        f"After the repair users are locked out for {back['none']:.0f} s more without a remedy, for "
        f"{back['retry budget']:.0f} s with a retry budget, for {back['admission']:.0f} s with admission"
    )
    return draw(results, out_dir, also=["over_parameter"], panels=panels, window=15, since=120, title=told)


def back_after(results: rs.Results) -> "pd.Series[float]":
    """Seconds from the end of the outage until fewer than one in twenty visits fail, for good; by `remedy`."""
    folded = visits_between(results, "5min", "14min")  # Who comes later may not have given up yet.
    window = ((folded["started"].dt.total_seconds() - 300) // 10).rename("window")
    shares = folded.groupby(["remedy", window], observed=True)["failed"].mean().unstack("window").fillna(0.0)
    return shares.apply(lambda of: 10 * (1 + max((at for at in of.index if of[at] > 0.05), default=-1)), axis=1)


def reckoned(cost: float, tries: int = 3, patience: float = 5.0, idle_timeout: float = 60.0) -> float:
    """Seconds after the outage until nobody waits longer than clients do, of a fluid without a remedy.

    Parameters
    ----------
    cost
        Seconds of a core for a handshake that nobody waits for any more.
    tries, patience, idle_timeout
        As in the scenario. Who would wait for longer than `idle_timeout` is forgotten, and costs nothing.

    Examples
    --------
    >>> reckoned(cost=0.01)
    0.0
    """
    step, wait, until = 0.1, 0.0, 0.0
    for n in range(9_000):
        rate = 400 / GAP * (1 + (PEAK - 1) * math.exp(-n * step / DECAY))
        if wait < idle_timeout:
            wait += rate * tries * cost / CORES * step
        wait = max(wait - step, 0.0)
        if wait > patience:
            until = n * step
    return until


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    back = back_after(results)
    after = visits_between(results, "5min", "14min")
    failed = 100 * after.groupby("remedy", observed=True)["failed"].mean()
    attempts = results.attempts
    wasted = attempts.loc[attempts["outcome"] == "handshake_timeout", "server_compute"].dt.total_seconds()
    expected = reckoned(cost=float(wasted[wasted > 0].mean()))
    return (
        f"The outage of two minutes goes on for {back['none']:.0f} s after the repair ({expected:.0f} s by "
        f"reckoning), with jitter for {back['jitter']:.0f} s, with a retry budget of a tenth for "
        f"{back['retry budget']:.0f} s, with servers that refuse who has waited for 2 s for {back['admission']:.0f} s, "
        f"and where the keys survive for {back['keys kept']:.0f} s; {failed['none']:.0f}, {failed['jitter']:.0f}, "
        f"{failed['retry budget']:.0f}, {failed['admission']:.0f} and {failed['keys kept']:.0f} % of visits in the "
        f"nine minutes after the repair fail."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
