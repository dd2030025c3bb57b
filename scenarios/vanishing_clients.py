"""Clients vanish without close_notify, in tunnels or by a crash: how much resumption is lost?

It depends on who holds the session. A ticket that has reached the client survives the end of its
connection; only a client library that drops the tickets of unclean connections loses it
(``client="drop"``). A session in the server's memory (``sessions="memory"``) does not survive:
OpenSSL drops it when its connection ends without close_notify.

Notes
-----
Asked in public, for example in openssl#11378, openssl#16066 and s2n-tls#4818.
"""  # noqa: D400 - it is a question

from typing import Literal

import reshake as rs

GRID = {"case": ["tickets, kept", "tickets, dropped", "memory, kept"], "vanish": [0.0, 0.1, 0.3, 0.6]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)


def scenario(
    case: Literal["tickets, kept", "tickets, dropped", "memory, kept"] = "tickets, kept", vanish: float = 0.3
) -> rs.Scenario:
    """A day of clients of which a share vanishes once it has the response.

    Parameters
    ----------
    case
        Where sessions live (in tickets, or in the server's memory), and what the client does with
        tickets of a connection that ended uncleanly.
    vanish
        Probability that a client ends a visit without a close, 0 to 1.

    Examples
    --------
    >>> scenario(case="memory, kept").fleets[0].tls.session_ticket
    False
    """
    sessions, client = case.split(", ")
    phones = rs.Clients(
        "phones",
        count=40,
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.01)),
        arrivals=rs.Poisson(mean_gap="1h"),
        vanish=vanish,
        tickets=rs.TicketStorage(after_unclean_end="drop" if client == "dropped" else "keep"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime="12h"),
        tls=rs.ServerTls(session_ticket=sessions == "tickets"),
    )
    return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    share = 100 * numbers(results, ["resumed_share"])["resumed_share"]

    def lost(case: str, vanish: float) -> str:
        return f"{share[case, 0.0] - share[case, vanish]:.0f}"

    return (
        f"Where 30 % of visits end without close_notify, clients that keep their tickets lose nothing "
        f"({share['tickets, kept', 0.3]:.0f} % of visits resume, as without), clients that drop them "
        f"{lost('tickets, dropped', 0.3)} points of resumption, and sessions in the server's memory "
        f"{lost('memory, kept', 0.3)}; where 60 % do, it is {lost('tickets, dropped', 0.6)} and "
        f"{lost('memory, kept', 0.6)}."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import report_figures, summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/vanishing_clients")
    report_figures(results, "results/vanishing_clients")
    rich.print(answer(results))
    rich.print(summary_table(results))
