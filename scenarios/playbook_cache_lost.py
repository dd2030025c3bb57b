"""The shared session cache dies at peak and comes back empty: what do users feel, and what would have helped?

Four servers keep their sessions in one cache, and clients send their requests as early data. For ten minutes the
cache is gone. Every handshake that offers a session waits for it as long as ``lookup_timeout`` says, then is a full
one; its early data is rejected and sent again. When the cache is back it is empty, so that each client pays for one
more full handshake, however long ago the outage was: that tail ends with the last client's next visit, not with
the repair.

- Users feel the timeout on top of the lost round trip; nothing fails.
- The operator sees resumption fall to nothing at once, and the servers' CPU per visit rise with it. The timeout
  does not show there: look at the handshake's time waiting for the cache.
- A replica helps: with it one lookup per server waits. A short timeout, which costs nothing, takes away the wait but
  not the round trip that early data would have saved. Repairing the cache sooner helps least: it comes back empty.
"""  # noqa: D400 - it is a question

import sys
from pathlib import Path
from typing import Literal

from reshake.scenarios._playbook import draw, phones, run, server_tls, visits_between

import reshake as rs

Remedy = Literal["none", "short timeout", "replica"]

GRID = {"remedy": ["none", "short timeout", "replica"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""


def scenario(
    remedy: Remedy = "none",
    lasts: str = "10min",
    lookup_timeout: str = "250ms",
    mean_gap: str = "10min",
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "rsa-2048",
) -> rs.Scenario:
    """An hour and a half of 300 phones at a site whose cache is gone from the 40th minute on.

    Parameters
    ----------
    remedy
        None: one cache and `lookup_timeout`; or a ``"short timeout"`` of 10 ms; or a ``"replica"`` that stays.
    lasts
        How long the cache is gone.
    lookup_timeout
        How long a handshake waits for an answer, 100 us to 60 s.
    mean_gap
        Between two visits of a phone.
    certificate
        Key type of the servers' certificates. It decides what a full handshake costs them.

    Examples
    --------
    >>> scenario(remedy="replica").fleets[0].session_cache.replicas
    2
    """
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        servers_per_site=4,
        tickets=rs.Tickets(lifetime="1h"),
        tls=server_tls(session_ticket=False, certificate=certificate),
        session_cache=rs.SessionCache(
            lookup_timeout="10ms" if remedy == "short timeout" else lookup_timeout,
            replicas=2 if remedy == "replica" else 1,
            failure_limit=0,  # Its servers ask every time.
        ),
    )
    outage = rs.Restart(where="edge/cache/replica-1", start="40min", lasts=lasts)
    return rs.Scenario(duration="90min", clients=[phones(300, mean_gap)], fleets=[edge], faults=[outage])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The incident first."""
    return draw(results, out_dir, also=["fallback_reasons", "over_parameter"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    during = visits_between(results, "40min", "50min")
    usual = visits_between(results, "30min", "40min").groupby("remedy", observed=True)["ms"].mean()
    felt = during.groupby("remedy", observed=True)["ms"].mean() - usual
    tail = visits_between(results, "50min", "60min").groupby("remedy", observed=True)["resumed"].mean()
    failed = float(during["failed"].mean())
    return (
        f"While the cache is gone visits wait {felt['none']:.0f} ms longer for the first byte in the mean, "
        f"{felt['short timeout']:.0f} ms with a lookup timeout of 10 ms, and {felt['replica']:.0f} ms with a replica; "
        f"{100 * failed:.0f} % fail; and in the ten minutes after the repair only {100 * tail['none']:.0f} % resume, "
        f"because it comes back empty."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
