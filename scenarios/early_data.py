"""0-RTT at several sites: what does each way to stop replays cost?

Early data saves a round trip, and may be sent again by somebody else (RFC 8446 section 8). OpenSSL's
way is single use: tickets then refer to sessions in one server's memory, so that a client that
reaches another server neither resumes nor saves anything. A record of each ClientHello leaves
tickets valid at all servers; it stops copies at the server that has seen the original, not
elsewhere. Delaying the answer, or 425 (Too Early), gives the round trip back.

Notes
-----
Asked in public, for example in openssl#6389, trafficserver#5341 and erlang/otp#6014. What a replaying
attacker achieves is not simulated here.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Protection = Literal["no early data", "single use", "record", "none", "record, 425"]

GRID = {"protection": ["no early data", "single use", "record", "none", "record, 425"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)


def scenario(
    protection: Protection = "record", servers: int = 2, loss: float = 0.01, linger: str = "1s"
) -> rs.Scenario:
    """A day of phones at two sites whose servers share their ticket keys.

    Parameters
    ----------
    protection
        Against replays; ``"record, 425"`` answers early requests with Too Early.
    servers
        Per site, 1 to 10,000.
    loss
        Share of packets lost on the access links, each way, 0 to 1.
    linger
        How long a client stays connected after the response, 0 s to 1 h. With 0 s it has gone before
        the ticket comes that would have renewed the one it used for early data.

    Examples
    --------
    >>> scenario(protection="single use").fleets[0].tls.anti_replay
    'single-use'
    """
    record = protection.startswith("record")
    phones = rs.Clients(
        "phones",
        count=40,
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss)),
        arrivals=rs.Poisson(mean_gap="1h"),
        linger=linger,
        tls=rs.ClientTls(early_data=protection != "no early data", groups="X25519:P-256"),
    )
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms"), rs.Site("iad", distance="12ms")],
        servers_per_site=servers,
        tickets=rs.Tickets(lifetime="12h"),
        tls=rs.ServerTls(
            max_early_data=0 if protection == "no early data" else 16_384,
            anti_replay="client-hello-record" if record else "none" if protection == "none" else "single-use",
            groups="X25519:P-256",
        ),
        early_requests="too-early" if protection == "record, 425" else "answer",
    )
    return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, with the share of requests that are early data."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("early_share", "resumed_share", "first_byte_mean")
    return report_figures(results, out_dir, instead={"over_parameter": over_parameter(results, quantities=shown)})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    table = numbers(results, ["early_share", "resumed_share", "first_byte_mean"])
    early, resumed, first = 100 * table["early_share"], 100 * table["resumed_share"], 1e3 * table["first_byte_mean"]
    saved = first["no early data"] - first
    return (
        f"With two servers at each of two sites, OpenSSL's single use lets {early['single use']:.0f} % of requests go "
        f"as early data and {resumed['single use']:.0f} % of visits resume, because its tickets work at "
        f"one server alone; a ClientHello record at each server keeps {early['record']:.0f} % of requests early and "
        f"saves {saved['record']:.0f} of {first['no early data']:.0f} ms to the first byte in the mean, as much as no "
        f"protection ({saved['none']:.0f} ms), single use {saved['single use']:.0f} ms; with 425 it is "
        f"{-saved['record, 425']:+.0f} ms."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/early_data")
    figures(results, "results/early_data")
    rich.print(answer(results))
    rich.print(summary_table(results))
