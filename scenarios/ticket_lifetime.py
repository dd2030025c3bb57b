"""How long should session tickets live at a three-site edge with mobile clients?

Which ticket lifetime fits users who come back after hours or a night's sleep, when the ticket keys
rotate every day and one old key is kept? A longer lifetime lets more visits resume, and lets a
stolen key open more traffic; beyond what the rotation honours, it buys nothing.

Two hundred and forty phones visit for three days, each every four and a half hours in the mean, over lossy
cellular links whose fades last a tenth of a second or so. They lose coverage for twenty minutes
every few hours. Each is at home in one of three sites with two servers each. From the 30th to the
32nd hour no phone reaches the site `ams`: those at home there wait for a connection that does not
come, then go to another site. With ticket keys shared by the fleet they resume there; with keys of
its own at each site (``--set keys=per-site``) they cannot.

Notes
-----
Asked by operators in public, for example in envoyproxy/envoy#9149, aws/s2n-tls#242 and
nghttp2/nghttp2#1461.
"""  # noqa: D400 - it is a question

from typing import Literal

import reshake as rs

GRID = {"ticket_lifetime": ["10min", "1h", "6h", "1d", "2d"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)


def scenario(
    ticket_lifetime: str = "6h",
    keys: Literal["shared", "per-site"] = "shared",
    loss: float = 0.02,
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "ecdsa-p256",
    arrivals: str | None = None,
    access: str | None = None,
) -> rs.Scenario:
    """Three days of mobile clients at an edge with three sites.

    Parameters
    ----------
    ticket_lifetime
        Of the tickets that the servers issue, 1 s to 7 d.
    keys
        Ticket keys are the same in the whole fleet, or each site has its own.
    loss
        Long-run share of packets lost on the access links, each way, 0 to 1.
    certificate
        Key type of the servers' certificates. It decides what resuming saves.
    arrivals
        A CSV file of recorded visits, rows of ``client,seconds``. None: each phone visits at
        exponentially distributed intervals. Recorded clients do not lose coverage: their recording
        says when they came.
    access
        A recording of a cellular link in mahimahi's format. None: 12 Mbit/s.

    Examples
    --------
    >>> scenario(ticket_lifetime="1d").fleets[0].tickets.lifetime
    Duration('1d')
    """
    fades = rs.GilbertElliottInTime(mean_loss=loss, mean_burst="100ms")
    recorded = rs.Trace(arrivals) if arrivals is not None else None
    phones = rs.Clients(
        "phones",
        count=recorded.clients if recorded is not None else 240,
        access=(
            rs.TraceLink(downlink=access, delay="45ms", loss=fades)
            if access is not None
            else rs.Link(rate="12Mbps", delay="45ms", loss=fades)
        ),
        arrivals=recorded if recorded is not None else rs.Poisson(mean_gap="4.5h"),
        churn=rs.OnOff(mean_up="4h", mean_down="20min") if recorded is None else None,
    )
    edge = rs.Fleet(
        "edge",
        sites=[
            rs.Site("ams", distance="5ms"),
            rs.Site("iad", distance="12ms"),
            rs.Site("nrt", distance="20ms"),
        ],
        servers_per_site=2,
        between_sites="60ms",
        tickets=rs.Tickets(
            lifetime=ticket_lifetime,
            keys=keys,
            rotation=rs.StekRotation(every="1d", keep_previous=1),
        ),
        tls=rs.ServerTls(certificate=certificate),
    )
    return rs.Scenario(
        duration="3d",
        clients=[phones],
        fleets=[edge],
        faults=[rs.Partition(between=("phones", "edge/ams"), start="30h", lasts="2h")],
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import report_figures, summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/ticket_lifetime")
    report_figures(results, "results/ticket_lifetime")
    rich.print(summary_table(results))
