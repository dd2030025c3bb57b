"""Which rotation interval, number of old keys kept and ticket lifetime keep resumption high and exposure low?

A key that is rotated often and forgotten soon exposes little when it is stolen, and ends the tickets of
clients that stay away for longer. Each policy is a point: the share of visits that resume, and the hours of
connections whose secrets lie in tickets that one key has sealed. What matters is for how long a key is
honoured, ``every * (1 + keep_previous)``, and whether tickets live that long: six keys of
four hours resume what two of twelve do, and expose as much.

Under TLS 1.2 whoever has the key and a recording reads all of those connections; under TLS 1.3 with
PSK-DHE the same thief reads only their 0-RTT data, but can pose as the server while the key is honoured.

Notes
-----
Asked in public, for example in s2n-tls#242, rpaas-operator#77 and nghttp2#1461.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

GRID = {"every": ["1h", "4h", "12h"], "keep_previous": [1, 5], "ticket_lifetime": ["2h", "12h", "1d"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

FIGURE = "exposure_front"
"""The figure that shows the answer."""


def scenario(
    every: str = "12h",
    keep_previous: int = 1,
    ticket_lifetime: str = "12h",
    version: Literal["TLSv1.2", "TLSv1.3"] = "TLSv1.3",
) -> rs.Scenario:
    """Three days of phones that come in bursts and stay away overnight, at a fleet of two servers.

    Parameters
    ----------
    every
        Time between two ticket keys, at least 1 s.
    keep_previous
        Old keys that still open tickets, 0 to 1,000.
    ticket_lifetime
        1 s to 7 d.
    version
        The newest that the servers speak. It does not change how many connections a key exposes, but what a thief
        can do to them.

    Examples
    --------
    >>> scenario(every="1h", keep_previous=5).fleets[0].tickets.rotation
    StekRotation(every=Duration('1h'), keep_previous=5)
    """
    phones = rs.Clients(
        "phones",
        count=25,
        access=rs.Link(rate="12Mbps", delay="25ms"),
        arrivals=rs.Poisson(mean_gap="4h"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=2,
        tickets=rs.Tickets(
            lifetime=ticket_lifetime, rotation=rs.StekRotation(every=every, keep_previous=keep_previous)
        ),
        tls=rs.ServerTls(max_protocol=version, groups="X25519:P-256"),
    )
    return rs.Scenario(duration="3d", clients=[phones], fleets=[edge])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The front first."""
    from reshake.analysis import exposure_front, report_figures

    return report_figures(
        results,
        out_dir,
        figures=["over_parameter", "fallback_reasons", "key_lines"],
        instead={"exposure_front": exposure_front(results)},
    )


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import exposure, numbers

    resumed = numbers(results, ["resumed_share"])["resumed_share"]
    by = ["every", "keep_previous", "ticket_lifetime"]
    hours = exposure(results).groupby([*by, "seed"], observed=True)["hours"].max().groupby(by, observed=True).mean()
    best, often, long = ("12h", 1, "1d"), ("4h", 5, "1d"), ("1h", 1, "2h")
    return (
        f"{resumed[best]:.0%} of visits resume with one-day tickets and two keys of twelve hours, of which one exposes "
        f"{hours[best]:.0f} hours of connections; {resumed[often]:.0%} with six keys of four hours "
        f"({hours[often]:.0f} hours); {resumed[long]:.0%} with two-hour tickets and two keys of an hour "
        f"({hours[long]:.1f} hours)."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/key_rotation")
    figures(results, "results/key_rotation")
    rich.print(answer(results))
    rich.print(summary_table(results))
