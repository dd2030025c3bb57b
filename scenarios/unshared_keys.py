"""My fleet has N servers that do not share ticket keys: what share of returning clients still resumes?

The folk answer is 1/N: a ticket opens at the server that sealed it and nowhere else, and random
balancing finds that server once in N times. It holds for however many tickets a client keeps, because
it offers the newest one and cannot know where it will land. Affinity repairs it for those who come
back while it lasts (``remedy="sticky"``), hashing by client for as long as the servers stay the same
(``"hash"``), and a key that all servers share for good (``"shared keys"``).

Notes
-----
Asked in public, for example in envoyproxy/gateway#8462, istio#20347, caddy#2298 and ingress-nginx#8563.
Clients keep their address here. Balancers that hash the address lose those who change networks.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Remedy = Literal["none", "sticky", "hash", "shared keys"]
Balancing = Literal["random", "sticky", "consistent-hash"]

GRID = {"remedy": ["none", "sticky", "hash", "shared keys"], "servers": [2, 4, 8]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)


def scenario(
    remedy: Remedy = "none",
    servers: int = 4,
    sticky_lifetime: str = "1h",
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "rsa-2048",
) -> rs.Scenario:
    """Half a day of phones at one site behind a load balancer.

    Parameters
    ----------
    remedy
        None: each server has ticket keys of its own, and is picked at random. Against it: sticky
        balancing, a consistent hash of the client, or ticket keys that all servers share.
    servers
        At the site, 1 to 10,000.
    sticky_lifetime
        How long the balancer remembers a client's server, 1 s to 30 d.
    certificate
        Key type of the servers' certificates. It decides what resuming saves.

    Examples
    --------
    >>> scenario(remedy="shared keys").fleets[0].tickets.keys
    'shared'
    """
    balancing: dict[Remedy, Balancing] = {"sticky": "sticky", "hash": "consistent-hash"}
    phones = rs.Clients(
        "phones",
        count=50,
        access=rs.Link(rate="12Mbps", delay="25ms"),
        arrivals=rs.Poisson(mean_gap="40min"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=servers,
        balancing=balancing.get(remedy, "random"),
        sticky_lifetime=sticky_lifetime,
        tickets=rs.Tickets(lifetime="12h", keys="shared" if remedy == "shared keys" else "per-server"),
        tls=rs.ServerTls(certificate=certificate),
    )
    return rs.Scenario(duration="12h", clients=[phones], fleets=[edge])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, with the folk answer drawn in."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("honoured_share", "first_byte_p50", "server_compute")
    folk = ("1/N", lambda servers: 1 / servers)
    return report_figures(
        results, out_dir, instead={"over_parameter": over_parameter(results, quantities=shown, reference=folk)}
    )


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    table = numbers(results, ["honoured_share", "server_compute"])
    share, cpu = table["honoured_share"], table["server_compute"]
    counts = sorted(results.parameters["servers"])
    told = ", ".join(f"{100 * share['none', n]:.1f} % with {n} servers (1/N: {100 / n:.1f} %)" for n in counts)
    most = counts[-1]
    return (
        f"Of the tickets that returning clients offer, {told}; with {most}, an affinity of an hour lifts that to "
        f"{100 * share['sticky', most]:.0f} %, hashing and shared keys to {100 * share['shared keys', most]:.0f} %, "
        f"which takes {100 * (1 - cpu['shared keys', most] / cpu['none', most]):.0f} % off the servers' CPU."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/unshared_keys")
    figures(results, "results/unshared_keys")
    rich.print(answer(results))
    rich.print(summary_table(results))
