"""A shared session cache: what size, TTL and latency does it need, and what happens when it is slow, full, or gone?

Servers that keep sessions to themselves resume one offer in N. A cache that they share makes them one
server again, for the price of its round trip in every handshake that offers a session. It needs room
for what is touched between two visits of a client: each visit touches the entry that it uses and
stores the next, so that an LRU cache of n entries remembers n / (2 x visits per second), and a TTL cuts
off those who come back later. When it is slow or gone, no handshake fails: each waits for the timeout
and is a full one. That timeout is what an outage costs, so it should be a small multiple of the round
trip. A replica takes over after one timeout per server.

Notes
-----
Asked in public, for example in h2o#1383, nghttp2#308, envoy#35014 and trafficserver#7373. To look at one of
the three by itself: ``--set cache=shared --set capacity=25,50,100,200,400``, or ``ttl=…``, or ``delay=…``.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Cache = Literal["none", "shared", "far", "short TTL", "small", "slow", "gone", "replica"]

GRID = {"cache": ["none", "shared", "far", "short TTL", "small", "slow", "gone", "replica"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "fallback_reasons"
"""The one that shows the answer."""


def scenario(
    cache: Cache = "shared",
    capacity: int = 1_000,
    ttl: str = "12h",
    delay: str = "250us",
    lookup_timeout: str = "50ms",
    servers: int = 4,
    version: Literal["TLSv1.2", "TLSv1.3"] = "TLSv1.3",
) -> rs.Scenario:
    """Half a day of 60 phones at a site whose servers keep sessions, not tickets.

    Parameters
    ----------
    cache
        None: each server keeps its sessions in its memory. Shared by them: with the settings below, or
        ``"far"`` (15 ms away), with a ``"short TTL"`` (30 min, half of the mean gap between visits), ``"small"``
        (30 entries for 60 clients), ``"slow"`` (on a line of 10 kbit/s, where a question alone takes longer than
        the timeout), ``"gone"`` from the 4th to the 8th hour and empty afterwards, or the same with a
        ``"replica"`` that stays.
    capacity
        Entries, 1 to 100,000,000.
    ttl
        1 s to 7 d.
    delay
        From a server to the cache, 0 s to 60 s.
    lookup_timeout
        100 us to 60 s.
    servers
        1 to 10,000.
    version
        The newest that clients speak: stateful tickets of TLS 1.3, or session ids of TLS 1.2.

    Examples
    --------
    >>> scenario(cache="small").fleets[0].session_cache.capacity
    30
    """
    phones = rs.Clients(
        "phones",
        count=60,
        access=rs.Link(rate="12Mbps", delay="20ms"),
        arrivals=rs.Poisson(mean_gap="1h"),
        tls=rs.ClientTls(groups="X25519:P-256", max_protocol=version),
    )
    settings = rs.SessionCache(
        capacity=30 if cache == "small" else capacity,
        ttl="30min" if cache == "short TTL" else ttl,
        link=rs.Link(delay="15ms" if cache == "far" else delay, rate="10kbps" if cache == "slow" else None),
        lookup_timeout=lookup_timeout,
        replicas=2 if cache == "replica" else 1,
        failure_limit=0,  # Its servers ask every time.
    )
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        servers_per_site=servers,
        tickets=rs.Tickets(lifetime="12h"),
        tls=rs.ServerTls(session_ticket=False, groups="X25519:P-256"),
        session_cache=None if cache == "none" else settings,
    )
    outage = rs.Restart(where="edge/cache/replica-1", start="4h", lasts="4h")
    return rs.Scenario(
        duration="12h", clients=[phones], fleets=[edge], faults=[outage] if cache in ("gone", "replica") else []
    )


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The usual figures, the reasons first."""
    from reshake.analysis import fallback_reasons, report_figures

    return report_figures(results, out_dir, instead={"fallback_reasons": fallback_reasons(results)})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import numbers

    share = numbers(results, ["honoured_share"])["honoured_share"]
    waits = results.attempts.groupby("cache", observed=True)["session_lookup"].mean().dt.total_seconds() * 1e3
    return (
        f"Of offered sessions {share['none']:.0%} resume when each of four servers keeps its own and "
        f"{share['shared']:.0%} with a shared cache, for {waits['shared']:.1f} ms per handshake ({waits['far']:.0f} ms "
        f"when it is far); half an entry per client leaves {share['small']:.0%}, a TTL of half the mean gap "
        f"{share['short TTL']:.0%}; a cache that is slower than its timeout gives {share['slow']:.0%} and costs "
        f"{waits['slow']:.0f} ms each, an outage of a third of the time leaves {share['gone']:.0%} without a "
        f"replica and {share['replica']:.0%} with one, and no handshake fails."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    results = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/session_cache")
    figures(results, "results/session_cache")
    rich.print(answer(results))
    rich.print(summary_table(results))
