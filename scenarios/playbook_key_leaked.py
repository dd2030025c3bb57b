"""A ticket key has leaked: must it go at once, what does that cost users, and what does waiting expose?

Four servers share a ticket key that lasts twelve hours and is honoured for as long again. An hour into its time it
leaks. Whoever has it can impersonate a server to any client that holds one of its tickets, read early data, and,
where TLS 1.2 or PSK-only is spoken, everything (RFC 8446 sections 2.3 and 8.1, RFC 5077 section 5). That ends
when no server honours it any more. The operator waits for the usual rotation (``response="wait"``); or gives all
servers new keys at once (``"at once"``) or one server after the other, ten minutes apart (``"one by one"``).

- Users feel a lost round trip once, at their next visit: early data goes back to a handshake first. Nothing fails.
- The operator sees resumption fall to nothing at once, and come back as clients visit. One by one the fall is half
  as deep and lasts three times as long: a balancer sends clients back and forth between old keys and new ones.
- Doing it at once helps most. It needs cores for full handshakes only, which this fleet should have in any case.
"""  # noqa: D400 - it is a question

import sys
from pathlib import Path
from typing import Literal

from reshake.scenarios._playbook import draw, phones, run, server_tls, visits_between

import reshake as rs

Response = Literal["wait", "at once", "one by one"]

GRID = {"response": ["wait", "at once", "one by one"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""


def scenario(
    response: Response = "at once",
    every: str = "12h",
    keep_previous: int = 1,
    mean_gap: str = "10min",
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "rsa-2048",
) -> rs.Scenario:
    """Three hours of 200 phones at a site whose ticket key leaks after the first.

    Parameters
    ----------
    response
        Whether servers get new keys, as reloads with `Deploy`, and in which order.
    every
        Time between two rotations, at least 1 s.
    keep_previous
        Old keys that still open tickets, 0 to 1,000.
    mean_gap
        Between two visits of a phone.
    certificate
        Key type of the servers' certificates. It decides what a full handshake costs them.

    Examples
    --------
    >>> scenario(response="wait").faults
    ()
    """
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        servers_per_site=4,
        tickets=rs.Tickets(lifetime="2h", rotation=rs.StekRotation(every=every, keep_previous=keep_previous)),
        tls=server_tls(certificate=certificate),
    )
    at_once = response == "at once"
    new_keys = rs.Deploy(
        fleet="edge", start="1h", keys="lost", servers_at_once=4 if at_once else 1, every="0s" if at_once else "10min"
    )
    return rs.Scenario(
        duration="3h", clients=[phones(200, mean_gap)], fleets=[edge], faults=[] if response == "wait" else [new_keys]
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The incident first."""
    return draw(results, out_dir, also=["fallback_reasons", "key_lines"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    import pandas as pd

    leak = pd.Timedelta(hours=1)
    keys = results.ticket_keys
    leaked = keys[keys["issued_from"] < leak]
    opens = leaked.assign(opens=leaked["opens_until"].dt.total_seconds()).groupby("response", observed=True)["opens"]
    exposed = opens.max() / 3_600 - 1
    by = visits_between(results, "1h", "2h").groupby("response", observed=True)
    resumed, felt = by["resumed"].mean(), by["ms"].mean()
    return (
        f"Waiting leaves the leaked key good for another {exposed['wait']:.0f} hours; new keys at once end that at "
        f"once, for {felt['at once'] - felt['wait']:.0f} ms more to the first byte in the mean of the next hour, in "
        f"which {100 * resumed['at once']:.0f} % of visits resume instead of {100 * resumed['wait']:.0f} %; one "
        f"server after the other takes {60 * exposed['one by one']:.0f} minutes, and costs "
        f"{felt['one by one'] - felt['wait']:.0f} ms ({100 * resumed['one by one']:.0f} %)."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
