"""Clients open six connections at once: how many tickets must a server issue before they run out?

A TLS 1.3 ticket should be used once, so six connections at once use up six tickets. If resumption
renews them (``--set renew=true``, OpenSSL's habit), every connection leaves a ticket for its successor
and one is enough. If it does not, n tickets per full handshake last for n visits: n of n + 1 visits
resume, and the next pays for all of them. A client that keeps few tickets (``--set store=2``) makes
full handshakes with the other connections of every visit, whatever the server sends.

Notes
-----
Asked in public, for example in seastar#3688, nodejs-rs-driver#549, openssl#25077 and rustls#2187.
"""  # noqa: D400 - it is a question

import reshake as rs

GRID = {"num_tickets": [0, 1, 2, 4]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)


def scenario(num_tickets: int = 2, renew: bool = False, store: int | None = None, connections: int = 6) -> rs.Scenario:
    """A day of clients whose visits open several connections at once.

    Parameters
    ----------
    num_tickets
        That a server sends after a full handshake, 0 to 100.
    renew
        A resumption brings a new ticket.
    store
        Tickets that a client keeps, 0 to 1,000,000. None: all.
    connections
        That a visit opens at once, 1 to 100.

    Examples
    --------
    >>> scenario(num_tickets=4).fleets[0].tickets.num_tickets
    4
    """
    browsers = rs.Clients(
        "browsers",
        count=15,
        access=rs.Link(rate="20Mbps", delay="15ms"),
        arrivals=rs.Poisson(mean_gap="1h"),
        connections=connections,
        tickets=rs.TicketStorage(capacity=store),
    )
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="1d", num_tickets=num_tickets, renew=renew))
    return rs.Scenario(duration="1d", clients=[browsers], fleets=[edge])


if __name__ == "__main__":
    import rich
    from reshake.analysis import report_figures, summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/parallel_connections")
    report_figures(results, "results/parallel_connections")
    rich.print(summary_table(results))
