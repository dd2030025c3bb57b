"""Which of my clients' TLS stacks resume, and which cannot?

The same people, network and servers, and the session handling of real client stacks
(`rs.client_stack`, each value with its source). Some keep tickets for less than the server allows, some
lose them when the app is closed, and some keep none unless the application asks for it. Who does not
resume because of its stack cannot be helped by the servers' settings.

Notes
-----
Only session handling is each stack's own: all of them are OpenSSL underneath, with its ClientHello.
What a stack does not document keeps Reshake's default; docs/client_stacks.md says which fields these are.
"""  # noqa: D400 - it is a question

from pathlib import Path

import reshake as rs

GRID = {
    "stack": ["chrome-138", "firefox-140", "okhttp-4", "curl-8.12", "go-1.24", "go-1.24-cache"],
}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)


def scenario(stack: str = "chrome-138", ticket_lifetime: str = "1d", closed: str = "3h") -> rs.Scenario:
    """Three days of people whose app is closed now and then.

    Parameters
    ----------
    stack
        Of the clients, as in `rs.client_stack`.
    ticket_lifetime
        Of the tickets that the servers issue, 1 s to 7 d.
    closed
        How long the app stays closed in the mean, above 0 s, after eight hours in the mean. What it had in memory is
        lost then.

    Examples
    --------
    >>> scenario(stack="okhttp-4").clients[0].tickets.max_age
    Duration('8h')
    """
    people = rs.client_stack(stack).clients(
        "people",
        count=30,
        access=rs.Link(rate="12Mbps", delay="45ms"),
        arrivals=rs.Diurnal(away="2h"),
        churn=rs.OnOff(mean_up="8h", mean_down=closed),
        linger="1s",
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tickets=rs.Tickets(lifetime=ticket_lifetime),
        tls=rs.ServerTls(max_early_data=16_384, anti_replay="client-hello-record"),
    )
    return rs.Scenario(duration="3d", clients=[people], fleets=[edge])


FIGURE = "fallback_reasons"
"""The one that shows the answer."""


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    table = numbers(results, ["resumed_share", "early_share"])
    share, early = 100 * table["resumed_share"], 100 * table["early_share"]
    return (
        f"Of the same people's visits {share['chrome-138']:.0f} % resume with Chrome's session handling, "
        f"{share['okhttp-4']:.0f} % with OkHttp's on Android, which keeps tickets for eight hours, "
        f"{share['go-1.24-cache']:.0f} % with Go's cache and none without it; {early['chrome-138']:.0f} % of Chrome's "
        f"requests are early data."
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, why visits did not resume first."""
    from reshake.analysis import fallback_reasons, report_figures

    return report_figures(results, out_dir, instead={FIGURE: fallback_reasons(results)})


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/client_stacks")
    figures(results, "results/client_stacks")
    rich.print(answer(results))
    rich.print(summary_table(results))
