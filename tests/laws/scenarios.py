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
)

CLIENT_TLS = st.builds(
    rs.ClientTls,
    groups=GROUPS,
    max_protocol=st.sampled_from(["TLSv1.3", "TLSv1.3", "TLSv1.2"]),
    early_data=st.booleans(),
    allow_no_dhe_kex=st.booleans(),
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

POPULATIONS = st.builds(
    rs.Clients,
    st.just("phones"),
    count=st.integers(1, 4),
    access=st.builds(rs.Link, delay=st.sampled_from(["1ms", "45ms", "2s"]), loss=rarely(LOSSES)),
    arrivals=st.builds(rs.Poisson, mean_gap=seconds(120, 600)),
    churn=rarely(st.just(rs.OnOff(mean_up="15min", mean_down="1min"))),
    tls=CLIENT_TLS,
    tickets=STORAGES,
    early_safe=st.sampled_from([1.0, 0.5]),
    connections=st.sampled_from([1, 1, 3]),
    linger=st.sampled_from(["0s", "3s"]),
    vanish=st.sampled_from([0.0, 0.3]),
    tcp_fast_open=st.just(False),
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
)

FATES = st.sampled_from(["lost", "kept"])


def faults_of(fleet: rs.Fleet) -> SearchStrategy[Any]:
    site = st.sampled_from([f"edge/{site.name}" for site in fleet.sites])
    start, lasts = seconds(0, HOUR), seconds(1, 10 * MINUTES)
    partitions = st.builds(
        lambda a, b, start, lasts: rs.Partition(between=(a, b), start=start, lasts=lasts),
        st.sampled_from(["phones", "edge"]), site, start, lasts,
    )  # fmt: skip
    restarts = st.builds(
        rs.Restart, where=site | st.just("edge/ams/server-1"), start=start, lasts=lasts, memory=FATES, keys=FATES
    )
    deploys = st.builds(
        rs.Deploy, fleet=st.just("edge"), start=start, every=seconds(0, 120),
        lasts=st.sampled_from(["0s", "20s"]), drain=st.sampled_from(["0s", "10s"]),
        tls=rarely(SERVER_TLS.map(lambda tls: with_certificate(tls, fleet.tls.certificate))), tickets=rarely(TICKETS),
        keys=FATES,
    )  # fmt: skip
    return partitions | restarts | deploys


def with_certificate(tls: rs.ServerTls, certificate: Any) -> rs.ServerTls:
    return dataclasses.replace(tls, certificate=certificate)


@st.composite
def scenarios(draw: Draw[Any]) -> rs.Scenario:
    """An hour of a few clients."""
    fleet = draw(FLEETS)
    faults = draw(st.lists(faults_of(fleet), max_size=3))
    scenario = rs.Scenario(
        duration="1h",
        clients=[draw(POPULATIONS)],
        fleets=[fleet],
        faults=faults,
        tcp=draw(st.sampled_from(["linux-6", "linux-4", "ns3"])),
        ip=draw(st.sampled_from(["ipv4", "ipv6"])),
        audit=True,
    )
    errors, _ = scenario.problems()
    assume(not errors)
    return scenario
