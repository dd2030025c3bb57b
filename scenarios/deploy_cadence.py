"""Every reload or deploy forgets the ticket keys: what does my deploy cadence cost in latency and CPU?

A process that draws its own ticket key when it starts opens none of its predecessor's tickets, so that
each reload turns the next visit of every client into a full handshake. What that costs depends on what
resuming saves: with TLS 1.2 a round trip and the server's signature, with TLS 1.3 the signature alone,
with early data a round trip more. Keys that outlive the process (``--set keys=kept``) end it.

Notes
-----
Asked in public, for example in phoneblock#351 (1.5 s instead of 0.2 s, once a day),
mozilla/server-side-tls#282 and openssl#19514. Connections that are open finish on the old process, as
with a reload of nginx or HAProxy; servers that are gone for a while are ``--set lasts=20s``.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Protocol = Literal["1.2, RSA", "1.3, ECDSA", "1.3, 0-RTT"]

GRID = {
    "protocol": ["1.2, RSA", "1.3, ECDSA", "1.3, 0-RTT"],
    "cadence": ["never", "12h", "4h", "1h", "15min"],
}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)


def scenario(
    cadence: str = "4h", protocol: Protocol = "1.2, RSA", keys: Literal["lost", "kept"] = "lost", lasts: str = "0s"
) -> rs.Scenario:
    """A day of phones at one site with two servers.

    Parameters
    ----------
    cadence
        From one reload of the fleet to the next, at least 1 min; ``"never"``.
    protocol
        Version of TLS and what resumes: TLS 1.2 with RSA-2048 certificates, TLS 1.3 with P-256, or that with early
        data, which each server protects by a record of ClientHellos.
    keys
        Of tickets: lost with the process, or kept.
    lasts
        How long each server is gone, 0 s to the cadence.

    Examples
    --------
    >>> len(scenario(cadence="4h").faults)
    5
    """
    early = protocol == "1.3, 0-RTT"
    phones = rs.Clients(
        "phones",
        count=40,
        access=rs.Link(rate="12Mbps", delay="45ms"),
        arrivals=rs.Poisson(mean_gap="1h"),
        linger="1s",
        tls=rs.ClientTls(early_data=early),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=2,
        tickets=rs.Tickets(lifetime="1d"),
        tls=rs.ServerTls(
            certificate="rsa-2048" if protocol == "1.2, RSA" else "ecdsa-p256",
            max_protocol="TLSv1.2" if protocol == "1.2, RSA" else "TLSv1.3",
            max_early_data=16_384 if early else 0,
            anti_replay="client-hello-record",
        ),
    )
    return rs.Scenario(duration=_RUN, clients=[phones], fleets=[edge], faults=_reloads(cadence, keys, lasts))


_RUN = rs.Duration("1d")


def _reloads(cadence: str, keys: Literal["lost", "kept"], lasts: str) -> list[rs.Deploy]:
    if cadence == "never":
        return []
    every = rs.Duration(cadence).nanoseconds
    starts = range(every, _RUN.nanoseconds, every) if every > 0 else range(0)
    return [rs.Deploy(fleet="edge", start=f"{start}ns", every="10s", lasts=lasts, keys=keys) for start in starts]


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, over the cadence."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("resumed_share", "first_byte_mean", "server_compute")
    return report_figures(results, out_dir, instead={"over_parameter": over_parameter(results, quantities=shown)})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    table = numbers(results, ["resumed_share", "first_byte_mean", "server_compute"])
    share, first, cpu = 100 * table["resumed_share"], 1e3 * table["first_byte_mean"], table["server_compute"]
    old, new, early = GRID["protocol"]
    never, often = "never", "15min"
    return (
        f"With clients that come every hour in the mean, a reload every hour leaves {share[new, '1h']:.0f} % of visits "
        f"resuming and one every quarter of an hour {share[new, often]:.0f} %, instead of {share[new, never]:.0f} %; "
        f"the latter costs "
        f"TLS 1.2 {first[old, often] - first[old, never]:.0f} ms per visit in the mean and "
        f"{cpu[old, often] / cpu[old, never]:.1f} times the server CPU, "
        f"early data {first[early, often] - first[early, never]:.0f} ms, and TLS 1.3 without it "
        f"{first[new, often] - first[new, never]:.0f} ms and {cpu[new, often] / cpu[new, never]:.1f} times "
        f"the CPU."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/deploy_cadence")
    figures(results, "results/deploy_cadence")
    rich.print(answer(results))
    rich.print(summary_table(results))
