"""Home Wi-Fi, train, LTE, office: in which part of a commuter's day do tickets and early data save how much?

A day made of phases, each with a link of its own: at home until half past seven, on a train for an hour, ten minutes
of that in a tunnel, at the office, and back over LTE. Whenever the network is another one the client has another
address, and whatever was connected is dead. Clients make full handshakes (``resume="never"``), resume with tickets
(``"tickets"``), or send their requests as early data (``"early data"``).

- Tickets alone save users hardly anything anywhere: bytes, and on a fast link a millisecond of computing. What costs
  time is round trips, and a resumption has as many as a full handshake.
- Early data saves one, which is worth what it takes there: a sixtieth of a second at the office, a tenth on LTE.
- Whoever is unlucky on the train feels none of it: in the slowest visits losses decide, not round trips. In the tunnel
  hardly anybody gets through.
- Tickets do not care for addresses. What was issued at home resumes on the train; of a change of network users feel the
  connections that die, and nothing else.

Notes
-----
Links are those of `rs.mobile`, each number with its source in `docs/access_networks.md`; the office is a wire of 3 ms.
Radios fall idle between visits, and wake for a price that is part of the time to first byte.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd

Resume = Literal["never", "tickets", "early data"]

GRID = {"resume": ["never", "tickets", "early data"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""

PARTS = {"home": (0.0, 7.5), "train": (7.5, 8.0), "tunnel": (8.0, 8.17), "office": (8.5, 17.5), "LTE": (17.5, 18.5)}
"""Hours of the day, from and to. After the tunnel the train goes on, and after LTE it is home again."""


def scenario(resume: Resume = "early data", mean_gap: str = "10min", lifetime: str = "12h") -> rs.Scenario:
    """A day of 60 phones that go to work and back.

    Parameters
    ----------
    resume
        What clients do with tickets.
    mean_gap
        Between two visits of a client, by night as by day.
    lifetime
        Of tickets, whole seconds, 1 s to 7 d.

    Examples
    --------
    >>> [phase.start.seconds / 3_600 for phase in scenario().clients[0].access.phases if phase.new_address]
    [0.0, 7.5, 8.5, 17.5, 18.5]
    """
    office = rs.Link(rate="200Mbps", delay="3ms")
    day = rs.Phases(
        phases=[
            rs.DayPhase(start="0h", access=rs.mobile("home-wifi")),
            rs.DayPhase(start="7.5h", access=rs.mobile("train")),
            rs.DayPhase(start="8h", access=rs.mobile("tunnel"), new_address=False),
            rs.DayPhase(start="490min", access=rs.mobile("train"), new_address=False),
            rs.DayPhase(start="8.5h", access=office),
            rs.DayPhase(start="17.5h", access=rs.mobile("lte")),
            rs.DayPhase(start="18.5h", access=rs.mobile("home-wifi")),
        ]
    )
    phones = rs.Clients(
        "commuters",
        count=60,
        access=day,
        arrivals=rs.Poisson(mean_gap=mean_gap),
        linger="2s",
        tls=rs.ClientTls(groups="X25519:P-256", early_data=resume == "early data"),
        tickets=rs.TicketStorage(capacity=0 if resume == "never" else None),
    )
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        tickets=rs.Tickets(lifetime=lifetime),
        tls=rs.ServerTls(groups="X25519:P-256", max_early_data=16_384, anti_replay="client-hello-record"),
    )
    return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The day, half hour by half hour; then the usual figures."""
    from reshake.analysis import first_byte, incident, report_figures

    felt = waits(results)
    lte, office = (felt[part, "never"] - felt[part, "early data"] for part in ("LTE", "office"))
    day = incident(
        results,
        panels=[("commuters", first_byte(50)), ("the unluckiest of them", first_byte(95))],
        window=900,
        title=f"Early data saves {lte:.0f} ms on LTE, {office:.0f} ms at the office, tickets hardly any",
        marks=[(3_600 * PARTS[part][0], part) for part in ("home", "train", "office", "LTE")] + [(66_600, "home")],
    )
    return report_figures(results, out_dir, figures=["latency_cdf", "over_parameter"], instead={"incident": day})


def waits(results: rs.Results) -> "pd.Series[float]":
    """Milliseconds to the first byte in the mean, by part of the day and `resume`."""
    import pandas as pd

    attempts = results.attempts
    hour = attempts["started"].dt.total_seconds() / 3_600
    part = pd.Series("", index=attempts.index)
    for name, (since, until) in PARTS.items():
        part[(hour >= since) & (hour < until)] = name
    waited = attempts["first_byte"].dt.total_seconds() * 1e3
    means: pd.Series[float] = waited.groupby([part.rename("part"), attempts["resume"]], observed=True).mean()
    return means


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    felt = waits(results)

    def told(part: str) -> str:
        return ", ".join(f"{felt[part, resume]:.0f}" for resume in GRID["resume"])

    saved = felt["office", "tickets"] - felt["office", "early data"]
    return (
        f"With full handshakes, tickets and early data the first byte takes {told('home')} ms at home in the mean, "
        f"{told('train')} ms on the train, {told('office')} ms at the office and {told('LTE')} ms on LTE. Early data "
        f"saves {saved:.1f} ms at the office, where a round trip takes 16."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/commuters_day")
    figures(made, "results/commuters_day")
    rich.print(answer(made))
    rich.print(summary_table(made))
