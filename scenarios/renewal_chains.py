"""Tickets are renewed for ever: how long can one authentication live, and what does a cap on it cost?

Each resumption brings a new ticket that rests on the old one, so that a client which comes back in time
never again proves anything but that it holds the last secret, and never again looks at the server's
certificate: the chain of renewals outlives rotated and revoked certificates. A ticket's lifetime bounds
the gap between two visits, not the chain. A server that writes the time of the full handshake into its
tickets can cap it (``max_chain_age``), or it can stop renewing (``--set renew=false``): then the lifetime
is the cap.

Notes
-----
Asked in public, for example in openssl#32227, openssl#31395, s2n-tls#2513 and vault#13518. RFC 8446
section 4.6.1 leaves the cumulative lifetime to the implementation. Revocation is not simulated here.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

GRID = {"max_chain_age": ["none", "3d", "1d", "8h", "2h"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)


def scenario(
    max_chain_age: str = "none",
    ticket_lifetime: str = "1d",
    renew: bool = True,
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "rsa-2048",
) -> rs.Scenario:
    """A week of phones that come every two hours in the mean.

    Parameters
    ----------
    max_chain_age
        Since the full handshake at the head of a chain of renewals, at least 1 s; ``"none"``.
    ticket_lifetime
        Of each ticket, 1 s to 7 d.
    renew
        A resumption brings a new ticket.
    certificate
        Key type of the servers' certificates. It decides what a full handshake costs.

    Examples
    --------
    >>> scenario(max_chain_age="1d").fleets[0].tickets.max_chain_age
    Duration('1d')
    """
    phones = rs.Clients(
        "phones",
        count=30,
        access=rs.Link(rate="12Mbps", delay="45ms"),
        arrivals=rs.Poisson(mean_gap="2h"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(
            lifetime=ticket_lifetime,
            renew=renew,
            max_chain_age=None if max_chain_age == "none" else max_chain_age,
        ),
        tls=rs.ServerTls(certificate=certificate),
    )
    return rs.Scenario(duration="7d", clients=[phones], fleets=[edge])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, with the age of what is resumed."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("oldest_chain", "resumed_share", "server_compute")
    return report_figures(results, out_dir, instead={"over_parameter": over_parameter(results, quantities=shown)})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    table = numbers(results, ["oldest_chain", "resumed_share", "server_compute"])
    days, share, cpu = table["oldest_chain"] / 86_400, table["resumed_share"], table["server_compute"]

    def cost(cap: str) -> str:
        points = 100 * (share["none"] - share[cap])
        return f"{points:.1f} points of the visits that resume ({100 * (cpu[cap] / cpu['none'] - 1):+.0f} % server CPU)"

    return (
        f"Without a cap an authentication is still in use after {days['none']:.1f} days of a run of seven, although no "
        f"ticket lives longer than a day: it can live for ever; with clients that come every two hours, a cap of a day "
        f"costs {cost('1d')}, one of two hours {cost('2h')}."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/renewal_chains")
    figures(results, "results/renewal_chains")
    rich.print(answer(results))
    rich.print(summary_table(results))
