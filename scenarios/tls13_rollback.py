"""TLS 1.3 must be rolled back while clients hold tickets that allow early data: which connections fail?

Every one that still sends early data: a server that only speaks TLS 1.2 cannot read it, and the connection
ends with an alert (RFC 8446 appendix D.3). So a rollback takes two steps. First the servers stop early data
and go on with TLS 1.3: what clients send as early data is rejected and sent again by itself, and no new
ticket allows any. When the tickets of before have expired, TLS 1.3 can go.

With OpenSSL's clients that never comes while tickets are renewed: the session of a renewed ticket is made
from the one before, and keeps its permission, whatever the server says in it. Renewal has to stop in the
first step too; then a ticket lifetime is enough.

Notes
-----
RFC 8446 appendix D.3 asks for the two steps. The clients here do not try again; browsers do, without early
data, and pay a second connection. What a client other than OpenSSL makes of a renewed ticket is its own.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

GRID = {"first_step": ["0-RTT", "0-RTT, renewal"], "wait": ["0s", "1h", "125min"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(5)


def scenario(
    first_step: Literal["0-RTT", "0-RTT, renewal"] = "0-RTT, renewal",
    wait: str = "125min",
    ticket_lifetime: str = "2h",
    servers: int = 2,
) -> rs.Scenario:
    """Ten hours of phones; after six of them TLS 1.3 is rolled back, server by server.

    Parameters
    ----------
    first_step
        What the servers stop first.
    wait
        From this first step to the rollback, at most 5 h. With 0 s the servers roll back at once.
    ticket_lifetime
        Whole seconds, 1 s to 7 d.
    servers
        1 to 10,000.

    Examples
    --------
    >>> [deploy.start for deploy in scenario(wait="1h").faults]
    [Duration('5h'), Duration('6h')]
    >>> len(scenario(wait="0s").faults)
    1
    """
    ready = rs.ServerTls(max_early_data=16_384, anti_replay="client-hello-record", groups="X25519:P-256")
    without_early = rs.ServerTls(anti_replay="client-hello-record", groups="X25519:P-256")
    old = rs.ServerTls(anti_replay="client-hello-record", groups="X25519:P-256", max_protocol="TLSv1.2")
    rollback = rs.Duration("6h").nanoseconds
    first = rs.Duration.of_nanoseconds(rollback - rs.Duration(wait).nanoseconds)
    phones = rs.Clients(
        "phones",
        count=60,
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.01)),
        arrivals=rs.Poisson(mean_gap="40min"),
        linger="1s",
        tls=rs.ClientTls(early_data=True, groups="X25519:P-256"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=servers,
        tickets=rs.Tickets(lifetime=ticket_lifetime),
        tls=ready,
    )
    steps = [rs.Deploy(fleet="edge", start="6h", every="20s", tls=old)]
    if first.nanoseconds < rollback:
        tickets = rs.Tickets(lifetime=ticket_lifetime, renew=first_step == "0-RTT")
        steps.insert(0, rs.Deploy(fleet="edge", start=first, every="20s", tls=without_early, tickets=tickets))
    return rs.Scenario(duration="10h", clients=[phones], fleets=[edge], faults=steps)


def figures(results: rs.Results, out: str | Path) -> list[Path]:
    """What fails, and what early data still saves, over how long it had been off; and the usual figures."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("failed_share", "early_share", "first_byte_mean")
    return report_figures(results, out, instead={"over_parameter": over_parameter(results, quantities=shown)})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    attempts = results.attempts
    ended = attempts[(attempts["outcome"] == "alert") & (attempts["early_bytes"] > 0)]
    count = ended.groupby(["first_step", "wait"], observed=False).size() / len(results.seeds)
    renewed, stopped = GRID["first_step"]
    longest = GRID["wait"][-1]
    return (
        f"Of 60 clients that come every 40 minutes in the mean, a rollback with early data on fails "
        f"{count[stopped, '0s']:.0f} connections; {count[stopped, '1h']:.0f} an hour after early data and renewal have "
        f"ended, and {count[stopped, longest]:.0f} after a ticket lifetime of two hours, but "
        f"{count[renewed, longest]:.0f} then if tickets are still renewed."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/tls13_rollback")
    figures(made, "results/tls13_rollback")
    rich.print(answer(made))
    rich.print(summary_table(made))
