"""Which ticket lifetime fits users who come back after a night's sleep?

People come in bursts by day and not at all at night, so gaps between visits have two humps: minutes to
hours, and a night. A lifetime that lies between them buys little more than one that ends the first; one
that spans the night keeps the morning's first visit from being a full handshake. Renewal counts too:
every resumption brings a new ticket, so that the lifetime must span a gap, not a day.

Notes
-----
Asked in public, for example in envoyproxy/envoy#9149 and eve#2333. The nights are as long as
``night``, bedtimes differ by up to two hours to either side.
"""  # noqa: D400 - it is a question

from pathlib import Path

import reshake as rs

GRID = {"ticket_lifetime": ["1h", "4h", "8h", "12h", "1d"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)


def scenario(ticket_lifetime: str = "12h", night: str = "8h", away: str = "3h", burst: float = 3.0) -> rs.Scenario:
    """Five days of people with phones.

    Parameters
    ----------
    ticket_lifetime
        Of the tickets that the servers issue, 1 s to 7 d.
    night
        How long people sleep, 0 h to 23 h.
    away
        Mean waking time between two bursts of visits, above 0 s.
    burst
        Visits of a burst in the mean, at least 1. The pauses in it have a median of two minutes.

    Examples
    --------
    >>> scenario(night="9h").clients[0].arrivals.night
    Duration('9h')
    """
    people = rs.Clients(
        "people",
        count=30,
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.005)),
        arrivals=rs.Diurnal(away=away, burst=burst, night=night),
    )
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime=ticket_lifetime))
    return rs.Scenario(duration="5d", clients=[people], fleets=[edge])


FIGURE = "resumption_by_gap"
"""The one that shows the answer."""


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, and the share that resumes by the time that people were away."""
    from reshake.analysis import report_figures, resumption_by_gap

    return report_figures(results, out_dir, instead={FIGURE: resumption_by_gap(results)})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers, visits

    share = numbers(results, ["resumed_share"])["resumed_share"]
    folded = visits(results)
    gap = folded.groupby(["ticket_lifetime", "seed", "client"], observed=True)["started"].diff()
    hours = gap.dt.total_seconds() / 3_600
    night = hours > _NIGHT
    resumed = 100 * folded[night].groupby("ticket_lifetime", observed=True)["resumed"].mean()
    return (
        f"Of people who sleep eight hours the median night away lasts {hours[night].median():.0f}: after it tickets "
        f"of 8 hours let {resumed['8h']:.0f} % of visits resume, of 12 hours {resumed['12h']:.0f} %, of a day "
        f"{resumed['1d']:.0f} %; one return in {hours.notna().sum() / night.sum():.0f} is such a visit, so that of all "
        f"visits {100 * share['8h']:.0f}, {100 * share['12h']:.0f} and {100 * share['1d']:.0f} % resume."
    )


_NIGHT = 7.0  # Hours. Hardly a pause by day is as long.


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/night_sleep")
    figures(results, "results/night_sleep")
    rich.print(answer(results))
    rich.print(summary_table(results))
