"""Small valid scenarios of every kind, for Hypothesis to draw from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import reshake as rs

T = TypeVar("T")
Draw = Callable[[SearchStrategy[T]], T]

MINUTES = 60
HOUR = 60 * MINUTES


def seconds(least: int, most: int) -> SearchStrategy[str]:
    return st.integers(least, most).map("{}s".format)


def rarely(value: SearchStrategy[T]) -> SearchStrategy[T | None]:
    return st.none() | st.none() | value


GROUPS = st.sampled_from(["X25519:P-256", "P-256:X25519", "P-256"])

ROTATIONS = st.builds(rs.StekRotation, every=seconds(60, 20 * MINUTES), keep_previous=st.integers(0, 3))

#: Of fleets that rotate keys.
DISTRIBUTIONS = st.builds(rs.ClockDerived, accept_next=st.integers(0, 2)) | st.builds(
    rs.KeyCoordinator,
    delivery=st.sampled_from(["push", "poll"]),
    link=st.builds(rs.Link, delay=st.just("5ms"), loss=rarely(st.just(rs.Bernoulli(loss=0.3)))),
    pre_distribution=seconds(0, 60),
    without_key=st.sampled_from(["no-tickets", "own-key", "keep-sealing", "fail"]),
)

CACHES = st.builds(
    rs.SessionCache,
    scope=st.sampled_from(["shared", "per-site"]),
    capacity=st.sampled_from([3, 100_000]),
    ttl=rarely(seconds(60, 20 * MINUTES)),
    eviction=st.sampled_from(["lru", "fifo"]),
    key_scope=st.sampled_from(["session-id", "tenant", "sni", "alpn"]),
    encrypted_at_rest=st.booleans(),
    link=st.builds(rs.Link, delay=st.just("1ms"), loss=rarely(st.just(rs.Bernoulli(loss=0.2)))),
    failure_limit=st.integers(0, 2),
)

TICKETS = st.builds(
    rs.Tickets,
    lifetime=seconds(20, HOUR),
    keys=st.sampled_from(["shared", "per-site", "per-server"]),
    rotation=rarely(ROTATIONS),
    num_tickets=st.integers(0, 4),
    renew=st.sampled_from([True, True, False]),
    max_chain_age=rarely(seconds(60, 20 * MINUTES)),
)

SERVER_TLS = st.builds(
    rs.ServerTls,
    certificate=st.sampled_from(["ecdsa-p256", "rsa-2048"]),
    groups=GROUPS,
    ciphersuites=rarely(st.just("TLS_AES_128_GCM_SHA256")),
    max_protocol=st.sampled_from(["TLSv1.3", "TLSv1.3", "TLSv1.2"]),
    max_early_data=st.sampled_from([0, 16_384]),
    anti_replay=st.sampled_from(["single-use", "client-hello-record", "none"]),
    session_ticket=st.sampled_from([True, True, False]),
    session_cache_size=st.sampled_from([3, 20_480]),
    allow_no_dhe_kex=st.booleans(),
    extended_master_secret=st.sampled_from([True, True, False]),
    alpn=st.sampled_from([[], [], ["h2", "http/1.1"], ["http/1.1"]]),
    alpn_mismatch=st.sampled_from(["alert-fatal", "noack"]),
)

CLIENT_TLS = st.builds(
    rs.ClientTls,
    groups=GROUPS,
    max_protocol=st.sampled_from(["TLSv1.3", "TLSv1.3", "TLSv1.2"]),
    early_data=st.booleans(),
    allow_no_dhe_kex=st.booleans(),
    alpn=st.sampled_from([[], ["h2", "http/1.1"], ["h2"]]),
)

STORAGES = st.builds(
    rs.TicketStorage,
    capacity=rarely(st.integers(0, 3)),
    reuse=st.sampled_from(["never", "TLSv1.2", "always"]),
    persistent=st.booleans(),
    after_unclean_end=st.sampled_from(["keep", "drop"]),
)

LOSSES = st.builds(rs.Bernoulli, loss=st.floats(0.0, 0.2)) | st.just(
    rs.GilbertElliottInTime(mean_loss=0.1, mean_burst="10s")
)

QUEUES = st.builds(rs.CoDel, target=st.sampled_from(["5ms", "100ms"])) | st.just(rs.FqCoDel()) | st.just(rs.DropTail())

MIDDLEBOXES = (
    st.builds(rs.Nat, tcp_timeout=seconds(1, 600), on_forgotten=st.sampled_from(["drop", "reset"]))
    | st.builds(rs.Firewall, tcp_idle_timeout=rarely(seconds(1, 100)), on_forgotten=st.sampled_from(["drop", "reset"]))
    | st.builds(rs.BlackHole, larger_than=st.integers(200, 1500), ways=st.sampled_from(["both", "up", "down"]))
    | st.builds(rs.ResetInjection, probability=st.floats(0.0, 0.5), after_bytes=st.integers(1, 5000))
)

TIME_LAWS = st.sampled_from(
    [
        rs.Exponential(mean="5min"), rs.Weibull(scale="4min", shape=0.5), rs.Pareto(least="90s", shape=1.5),
        rs.LogNormal(median="3min", p90="15min"), rs.Constant(time="4min"),
    ]
)  # fmt: skip

ARRIVALS = (
    st.builds(rs.Poisson, mean_gap=seconds(120, 600))
    | st.builds(rs.Renewal, gap=TIME_LAWS)
    | st.builds(rs.FlashCrowd, gap=TIME_LAWS, start=seconds(0, HOUR), peak=st.just(9.0), decay=seconds(0, 300))
)

CHURN = st.just(rs.OnOff(mean_up="15min", mean_down="1min")) | st.builds(
    rs.Alternating,
    up=st.just(rs.Weibull(scale="15min", shape=0.6)),
    down=st.just(rs.LogNormal(median="20s", p90="3min")),
)

SHAPES = st.builds(
    rs.Link,
    rate=rarely(st.just("300kbps")),
    delay=st.sampled_from(["1ms", "45ms", "2s"]),
    loss=rarely(LOSSES),
    queue=rarely(QUEUES),
    queue_packets=st.sampled_from([3, 100]),
    duplication=st.sampled_from([0.0, 0.0, 0.1]),
    corruption=st.sampled_from([0.0, 0.0, 0.1]),
    down=rarely(st.builds(rs.OneWay, queue=QUEUES)),
)

LINKS = st.builds(
    rs.Link,
    delay=st.sampled_from(["1ms", "45ms", "2s"]),
    loss=rarely(LOSSES),
    radio=rarely(st.just(rs.Radio(promotion="500ms", inactivity="5s", paging="1s"))),
)

DAYS = st.builds(
    lambda home, train, tunnel, keeps, shift: rs.Phases(
        every="20min",
        phases=[
            rs.DayPhase(start="2min", access=home),
            rs.DayPhase(start="9min", access=train),
            rs.DayPhase(start="12min", access=tunnel, new_address=keeps),
        ],
        shift=shift,
    ),
    LINKS, LINKS, LINKS, st.booleans(), rarely(st.just(rs.Exponential(mean="5min"))),
)  # fmt: skip

HANDOVERS = st.builds(
    rs.Handover,
    gap=TIME_LAWS,
    interruption=st.sampled_from(["50ms", "3s"]),
    drops=st.booleans(),
    new_address=st.booleans(),
    to=st.lists(LINKS, max_size=2),
)

RETRIES = st.builds(
    rs.Retry,
    max_tries=st.integers(2, 4),
    backoff=st.sampled_from(["0s", "1s", "10s"]),
    multiplier=st.sampled_from([1.0, 2.0, 3.0]),
    jitter=st.sampled_from(["none", "full", "equal", "decorrelated"]),
    max_elapsed=rarely(st.just("30s")),
    budget=rarely(st.builds(rs.RetryBudget, reserve=st.just(2))),
)

ADMISSIONS = st.builds(
    rs.Admission,
    backlog=st.sampled_from([1, 511]),
    syn_cookies=st.booleans(),
    max_connections=rarely(st.just(2)),
    max_handshakes=rarely(st.just(1)),
    max_wait=rarely(st.just("50ms")),
    abort_on_close=st.booleans(),
    order=st.sampled_from(["fifo", "lifo"]),
)

OUTLIERS = st.builds(
    rs.OutlierDetection, consecutive_failures=st.just(2), max_ejected_share=st.sampled_from([0.1, 1.0])
)

POPULATIONS = st.builds(
    rs.Clients,
    st.just("phones"),
    count=st.integers(1, 4),
    access=LINKS | SHAPES | DAYS,
    middleboxes=st.lists(MIDDLEBOXES, max_size=2),
    handovers=st.just([]) | st.just([]) | st.lists(HANDOVERS, max_size=2),
    arrivals=ARRIVALS,
    rounds=rarely(st.builds(rs.Rounds, mean=st.just(2.0), think=st.just(rs.LogNormal(median="5s", p90="1min")))),
    churn=rarely(CHURN),
    device_change=rarely(st.builds(rs.DeviceChange, gap=TIME_LAWS)),
    tls=CLIENT_TLS,
    tickets=STORAGES,
    early_safe=st.sampled_from([1.0, 0.5]),
    connections=st.sampled_from([1, 1, 3]),
    request_sizes=rarely(st.just(rs.LogNormalBytes(median=300, p90=3000))),
    response_sizes=rarely(st.just(rs.ParetoBytes(least=1000, shape=2.5))),
    linger=st.sampled_from(["0s", "3s"]),
    vanish=st.sampled_from([0.0, 0.3]),
    tcp_fast_open=st.just(False),
    handshake_timeout=rarely(st.just("5s")),
    retry=rarely(RETRIES),
    connect_timeout=st.just("8s"),
    attempt_timeout=st.just("20s"),
)

FLEETS = st.builds(
    rs.Fleet,
    st.just("edge"),
    sites=st.sampled_from([["ams"], ["ams", "iad"]]),
    servers_per_site=st.integers(1, 3),
    balancing=st.sampled_from(["random", "round-robin", "least-connections", "consistent-hash", "sticky"]),
    tickets=TICKETS,
    tls=SERVER_TLS,
    tenants=st.sampled_from([[], [], ["shop", "bank"]]),
    tenant_isolation=st.sampled_from(["client-hello", "session-id-context", "servername-check"]),
    early_requests=st.sampled_from(["answer", "wait", "too-early"]),
    outlier_detection=rarely(OUTLIERS),
    admission=rarely(ADMISSIONS),
)

WAYS = st.sampled_from(["both", "first-to-second", "second-to-first"])

FLAPPING = st.builds(rs.Flapping, period=seconds(1, 100), share=st.floats(0.1, 1.0))

JITTERS = st.builds(rs.Jitter, mean=st.sampled_from(["5ms", "500ms"]), reorders=st.booleans())

FATES = st.sampled_from(["lost", "kept"])


def faults_of(fleet: rs.Fleet) -> SearchStrategy[Any]:
    site = st.sampled_from([f"edge/{site.name}" for site in fleet.sites])
    start, lasts = seconds(0, HOUR), seconds(1, 10 * MINUTES)
    groups = st.tuples(st.sampled_from(["phones", "edge"]), site | st.just("edge/ams/server-1"))
    grey_failures = st.builds(
        rs.GreyFailure, between=groups, start=start, lasts=lasts, ways=WAYS, flapping=rarely(FLAPPING),
        loss=st.floats(0.0, 1.0), delay=st.sampled_from(["0s", "3s"]), jitter=rarely(JITTERS),
    )  # fmt: skip
    restarts = st.builds(
        rs.Restart, where=site | st.just("edge/ams/server-1"), start=start, lasts=lasts, memory=FATES, keys=FATES
    )
    deploys = st.builds(
        rs.Deploy, fleet=st.just("edge"), start=start, every=seconds(0, 120),
        lasts=st.sampled_from(["0s", "20s"]), drain=st.sampled_from(["0s", "10s"]),
        tls=rarely(SERVER_TLS.map(lambda tls: with_certificate(tls, fleet.tls.certificate))),
        tickets=rarely(TICKETS) if fleet.tickets.distribution is None else st.none(),
        keys=FATES,
    )  # fmt: skip
    drains = st.builds(
        rs.Drain, where=site | st.just("edge/ams/server-1"), start=start, grace=seconds(0, 60), lasts=lasts,
        memory=FATES, keys=FATES,
    )  # fmt: skip
    skews = st.builds(
        rs.ClockSkew, where=site | st.sampled_from(["edge", "edge/ams/server-1"]),
        offset=st.integers(-1800, 1800).map("{}s".format), drift_ppm=st.sampled_from([0.0, 100.0, -5000.0]),
        start=start, lasts=lasts,
    )  # fmt: skip
    parted = partitions(groups)
    return parted | grey_failures | restarts | deploys | drains | skews | server_faults(fleet)


def partitions(between: SearchStrategy[tuple[str, str]]) -> SearchStrategy[rs.Partition]:
    return st.builds(
        rs.Partition, between=between, start=seconds(0, HOUR), lasts=seconds(1, 10 * MINUTES), ways=WAYS,
        flapping=rarely(FLAPPING),
    )  # fmt: skip


def server_faults(fleet: rs.Fleet) -> SearchStrategy[Any]:
    servers = st.sampled_from([f"edge/{site.name}" for site in fleet.sites] + ["edge/ams/server-1"])
    start, lasts = seconds(0, HOUR), seconds(1, 10 * MINUTES)
    forever = st.none() | lasts
    tickets = TICKETS.map(
        lambda other: dataclasses.replace(other, keys=fleet.tickets.keys, rotation=fleet.tickets.rotation)
    )
    tls = SERVER_TLS.map(lambda other: with_certificate(other, fleet.tls.certificate))
    return (
        st.builds(rs.Crash, where=servers, start=start, lasts=lasts, keys=FATES)
        | st.builds(rs.Freeze, where=servers, start=start, lasts=lasts)
        | st.builds(rs.Overload, where=servers, start=start, lasts=lasts, load=st.floats(0.1, 0.999))
        | st.builds(rs.ClockSkew, where=servers | st.just("phones"), start=start, lasts=forever,
                    offset=st.sampled_from(["-1h", "5s", "2h"]), drift_ppm=st.sampled_from([0.0, 200.0]))
        | st.builds(rs.CacheLoss, where=servers, start=start)
        | st.builds(rs.KeyWipe, where=servers, start=start)
        | st.builds(rs.KeyDesync, where=servers, start=start, lasts=forever, keys=st.sampled_from(["old", "other"]))
        | st.builds(rs.KeyCorruption, where=servers, start=start, lasts=forever)
        | st.builds(rs.CertificateExpiry, where=servers, start=start, lasts=forever)
        | st.builds(rs.CertificateReplacement, where=servers, start=start, lasts=forever,
                    certificate=st.sampled_from([None, "ecdsa-p384", "rsa-2048"]),
                    not_after=st.sampled_from([None, "-1h"]))
        | st.builds(rs.Revocation, where=servers, start=start, population=st.sampled_from([None, "phones"]))
        | st.builds(rs.PolicyFlip, where=servers, start=start, lasts=forever, tls=tls, tickets=st.none() | tickets)
    )  # fmt: skip


def with_certificate(tls: rs.ServerTls, certificate: Any) -> rs.ServerTls:
    return dataclasses.replace(tls, certificate=certificate)


@st.composite
def scenarios(draw: Draw[Any], min_faults: int = 0) -> rs.Scenario:
    """An hour of a few clients."""
    fleet = draw(FLEETS)
    if fleet.tickets.rotation is not None:
        tickets = dataclasses.replace(fleet.tickets, distribution=draw(rarely(DISTRIBUTIONS)))
        fleet = dataclasses.replace(fleet, tickets=tickets)
    fleet = dataclasses.replace(fleet, session_cache=draw(rarely(CACHES)))
    faults = draw(st.lists(faults_of(fleet), min_size=min_faults, max_size=3))
    scenario = rs.Scenario(
        duration="1h",
        clients=[draw(POPULATIONS)],
        fleets=[fleet],
        faults=faults,
        tcp=draw(st.sampled_from(["linux-6", "linux-4", "ns3"])),
        ip=draw(st.sampled_from(["ipv4", "ipv6"])),
        audit=True,
        records=["requests", "tickets", "compute"],
    )
    errors, _ = scenario.problems()
    assume(not errors)
    return scenario
