"""The intermediate certificate has expired: who notices, for how long do tickets hide it, and what helps?

Whoever makes a full handshake verifies the chain, finds it expired and ends the handshake with an alert; whoever
holds a ticket verifies nothing and goes on (RFC 8446 section 2.2), with a new ticket from each visit. So it is not
everybody's outage at once. Each client falls out by itself, when it stays away for longer than its ticket lives, and
cannot come back. Nobody renews the certificate (``remedy="none"``); somebody replaces the chain an hour later
(``"replacement"``); somebody restarts everything first, as one does, and the ticket keys are gone
(``"restart"``); or the fleet had tickets that live for twelve hours (``"longer tickets"``).

- Users who come often feel nothing for hours. Those who come every few hours are locked out at once, two in three,
  and all of them by and by: the page is broken for them and for nobody else.
- The operator sees a few per cent of errors that do not go away, and servers at less work than usual. A probe that
  keeps tickets sees nothing. One that makes full handshakes fails in the first minute, and nothing else is as early.
- A new chain ends it at once, for everybody. Tickets that live longer hide it for longer, which buys time to whoever
  knows, and takes it from whoever does not. A restart that loses the keys makes it everybody's outage.

Notes
-----
What is told of users is so of clients that verify as OpenSSL does. Some clients cache intermediates or build another
chain, and notice nothing at all; they are not simulated.
"""  # noqa: D400 - it is a question

import math
import sys
from pathlib import Path
from typing import Any, Literal

from reshake.scenarios._playbook import draw, phones, run, server_tls, visits_between

import reshake as rs

Remedy = Literal["none", "replacement", "restart", "longer tickets"]

GRID = {"remedy": ["none", "replacement", "restart", "longer tickets"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""


def scenario(
    remedy: Remedy = "none",
    which: Literal["intermediate", "leaf"] = "intermediate",
    lifetime: str = "2h",
    frequent_gap: str = "20min",
    rare_gap: str = "4h",
) -> rs.Scenario:
    """Eighteen hours of phones that come often, and rarely; after twelve of them the certificate has expired.

    Parameters
    ----------
    remedy
        A new chain an hour later; or a restart of everything after 30 minutes, with which the keys are lost; or tickets
        that have lived for twelve hours all along.
    which
        Of the chain's certificates.
    lifetime
        Of tickets, whole seconds, 1 s to 7 d, unless the remedy says it.
    frequent_gap, rare_gap
        Between two visits of a phone of either kind.

    Examples
    --------
    >>> [type(fault).__name__ for fault in scenario("replacement").faults]
    ['CertificateExpiry', 'CertificateReplacement']
    """
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        servers_per_site=2,
        tickets=rs.Tickets(lifetime="12h" if remedy == "longer tickets" else lifetime),
        tls=server_tls(),
    )
    faults: list[Any] = [rs.CertificateExpiry(where="edge", start="12h", which=which)]
    if remedy == "replacement":
        faults.append(rs.CertificateReplacement(where="edge", start="13h"))
    if remedy == "restart":
        faults.append(rs.KeyWipe(where="edge", start="750min"))
    clients = [phones(150, frequent_gap, "frequent"), phones(150, rare_gap, "rare")]
    return rs.Scenario(duration="18h", clients=clients, fleets=[edge], faults=faults)


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """Failures of both kinds of users and of all, and resumption; then the usual figures."""
    from reshake.analysis import FAILED, RESUMED, among

    panels = [
        ("users", among(FAILED, "population", ["frequent"], "of those who come every 20 minutes")),
        ("users", among(FAILED, "population", ["rare"], "of those who come every four hours")),
        ("operator", FAILED),
        ("operator", RESUMED),
    ]
    return draw(
        results, out_dir, also=["fallback_reasons", "over_parameter"], panels=panels, window=1_800, since=36_000
    )


def locked_out(gap: float, lifetime: float, since: float, steps: int = 400) -> float:
    """The share of a population's visits that fail some time after the expiry, as renewal theory has it.

    Parameters
    ----------
    gap
        Mean of the exponential gaps between the visits of a client.
    lifetime
        Of its tickets, in the same unit.
    since
        Since the expiry.
    steps
        Per lifetime.

    Notes
    -----
    A visit succeeds if no gap since the last visit before the expiry was longer than the lifetime: looking back from
    it, S(u) = [exp(-u/g) - exp(-L/g)]+ + (1/g) integral of exp(-x/g) S(u - x) over x from 0 to min(u, L).

    Examples
    --------
    >>> round(locked_out(4.0, 2.0, 0.0), 4), round(math.exp(-0.5), 4)
    (0.6065, 0.6065)
    """
    step = lifetime / steps
    succeeds: list[float] = []
    for n in range(round(since / step) + 1):
        value = max(math.exp(-n * step / gap) - math.exp(-lifetime / gap), 0.0)
        reach = min(n, steps)
        # The trapezoidal rule; the term of x = 0 has the unknown itself in it.
        for k in range(1, reach + 1):
            weight = 0.5 if k == reach else 1.0
            value += weight * step / gap * math.exp(-k * step / gap) * succeeds[n - k]
        succeeds.append(value / (1 - 0.5 * step / gap) if reach else value)
    return 1 - succeeds[-1]


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""

    def failing(remedy: Remedy, hour: int, *populations: str) -> float:
        began = visits_between(results, f"{hour}h", f"{hour + 1}h")
        chosen = (began["remedy"] == remedy) & began["population"].isin(populations or ["frequent", "rare"])
        return 100 * float(began.loc[chosen, "failed"].mean())

    def expected(gap: float, lifetime: float, hour: int) -> float:
        return 100 * sum(locked_out(gap, lifetime, hour + at / 8) for at in range(9)) / 9

    return (
        f"In the first hour {failing('none', 12):.1f} % of visits fail, in the sixth {failing('none', 17):.1f} %: of "
        f"those who come every 20 minutes {failing('none', 12, 'frequent'):.1f} and "
        f"{failing('none', 17, 'frequent'):.1f} % (by renewal theory {expected(1 / 3, 2, 0):.1f} and "
        f"{expected(1 / 3, 2, 5):.1f} %), of those who come every four hours {failing('none', 12, 'rare'):.0f} and "
        f"{failing('none', 17, 'rare'):.0f} % ({expected(4, 2, 0):.0f} and {expected(4, 2, 5):.0f} %). With tickets of "
        f"twelve hours it is {failing('longer tickets', 12):.1f} and {failing('longer tickets', 17):.1f} %, after a "
        f"restart that loses the keys {failing('restart', 17):.0f} %, with a new chain after an hour "
        f"{failing('replacement', 17):.1f} %."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
