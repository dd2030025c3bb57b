"""Clients open six connections at once: how many tickets must a server issue before they run out?

A TLS 1.3 ticket should be used once, so six connections at once use up six tickets. If resumption
renews them, as OpenSSL does, every connection leaves a ticket for its successor and one is enough. If it
does not, n tickets per full handshake last for n visits: n of n + 1 visits resume, and the next pays for
all of them. A client that keeps two tickets, as browsers do for each host, makes full handshakes with
the other four connections, whatever the server sends.

Notes
-----
Asked in public, for example in seastar#3688, nodejs-rs-driver#549, openssl#25077 and rustls#2187.
Browsers open six connections with HTTP/1.1; with HTTP/2 they open one.
"""  # noqa: D400 - it is a question

from typing import Literal

import reshake as rs

Habit = Literal["renewed", "not renewed", "two kept"]

GRID = {"habit": ["renewed", "not renewed", "two kept"], "num_tickets": [0, 1, 2, 4]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)


def scenario(num_tickets: int = 2, habit: Habit = "renewed", connections: int = 6) -> rs.Scenario:
    """A day of clients whose visits open several connections at once.

    Parameters
    ----------
    num_tickets
        That a server sends after a full handshake, 0 to 100.
    habit
        A resumption brings a new ticket; or it does not; or it does, and clients keep the last two tickets.
    connections
        That a visit opens at once, 1 to 100.

    Examples
    --------
    >>> scenario(num_tickets=4).fleets[0].tickets.num_tickets
    4
    """
    browsers = rs.Clients(
        "browsers",
        count=10,
        access=rs.Link(rate="20Mbps", delay="15ms"),
        arrivals=rs.Poisson(mean_gap="1h"),
        connections=connections,
        tickets=rs.TicketStorage(capacity=2 if habit == "two kept" else None),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime="1d", num_tickets=num_tickets, renew=habit != "not renewed"),
    )
    return rs.Scenario(duration="1d", clients=[browsers], fleets=[edge])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    share = 100 * numbers(results, ["resumed_share"])["resumed_share"]
    without = ", ".join(f"{n}: {share['not renewed', n]:.0f} %" for n in (1, 2, 4))
    return (
        f"Where resumption renews tickets one is enough ({share['renewed', 1]:.0f} % of connections resume, with four "
        f"{share['renewed', 4]:.0f} %); where it does not, more tickets last longer ({without} of connections resume, "
        f"n/(n+1) of the visits that follow); and clients that keep two tickets resume {share['two kept', 4]:.0f} % "
        f"whatever the server sends."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import report_figures, summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/parallel_connections")
    report_figures(results, "results/parallel_connections")
    rich.print(answer(results))
    rich.print(summary_table(results))
