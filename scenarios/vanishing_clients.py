"""Clients vanish without close_notify, in tunnels or by a crash: how much resumption is lost?

It depends on who holds the session. A ticket that has reached the client survives the end of its
connection (``session="ticket kept"``); only a client library that drops the tickets of unclean
connections loses it (``"ticket dropped"``). A session in the server's memory (``"server memory"``) does
not survive: OpenSSL drops it when its connection ends without close_notify.

Notes
-----
Asked in public, for example in openssl#11378, openssl#16066 and s2n-tls#4818.
"""  # noqa: D400 - it is a question

from typing import Literal

import reshake as rs

Session = Literal["ticket kept", "ticket dropped", "server memory"]

GRID = {"session": ["ticket kept", "ticket dropped", "server memory"], "vanish": [0.0, 0.1, 0.3, 0.6]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)


def scenario(session: Session = "ticket kept", vanish: float = 0.3) -> rs.Scenario:
    """A day of clients of which a share vanishes once it has the response.

    Parameters
    ----------
    session
        Where it lives, in a ticket or in the server's memory, and what the client does with tickets of a
        connection that ended uncleanly.
    vanish
        Probability that a client ends a visit without a close, 0 to 1.

    Examples
    --------
    >>> scenario(session="server memory").fleets[0].tls.session_ticket
    False
    """
    phones = rs.Clients(
        "phones",
        count=40,
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.01)),
        arrivals=rs.Poisson(mean_gap="1h"),
        vanish=vanish,
        tickets=rs.TicketStorage(after_unclean_end="drop" if session == "ticket dropped" else "keep"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime="12h"),
        tls=rs.ServerTls(session_ticket=session != "server memory"),
    )
    return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    share = 100 * numbers(results, ["resumed_share"])["resumed_share"]

    def lost(session: str, vanish: float) -> str:
        return f"{share[session, 0.0] - share[session, vanish]:.0f}"

    return (
        f"Where 30 % of visits end without close_notify, clients that keep their tickets lose nothing "
        f"({share['ticket kept', 0.3]:.0f} % of visits resume, as without), clients that drop them "
        f"{lost('ticket dropped', 0.3)} points of resumption, and sessions in the server's memory "
        f"{lost('server memory', 0.3)}; where 60 % do, it is {lost('ticket dropped', 0.6)} and "
        f"{lost('server memory', 0.6)}."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import report_figures, summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/vanishing_clients")
    report_figures(results, "results/vanishing_clients")
    rich.print(answer(results))
    rich.print(summary_table(results))
