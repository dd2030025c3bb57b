"""A fleet: servers in sites that answer for one name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..units import Duration
from .admission import Admission
from .device import Device
from .fields import Takes, field, value
from .health_check import HealthCheck
from .kinds import A, ABoolean, ADuration, AnInteger, ANumber, AText, Choice, DurationLike, ListOf
from .outlier_detection import OutlierDetection
from .session_cache import SessionCache
from .tenants import Tenant, TenantIsolation
from .tls_settings import ServerTls, Tickets

Balancing = Literal["random", "round-robin", "least-connections", "consistent-hash", "sticky"]
EarlyRequests = Literal["answer", "wait", "too-early"]
FastOpenKeyScope = Literal["shared", "per-server"]

_REACH = ADuration(at_least="0s", at_most="60s")


@value
class Site:
    """A point of presence. Clients are at home in one site and reach it after `distance`.

    Parameters
    ----------
    name
        As in paths: ``"ams"`` in ``"edge/ams"``.
    distance
        One way, between the access links of its clients and its servers, 0 s to 60 s.
    share
        Of the clients that are at home here, relative to the other sites, 0 to 1,000,000.

    Examples
    --------
    >>> Site("ams", distance="8ms").share
    1.0
    """

    name: str = field(AText("a name"), kw_only=False)
    distance: Takes[DurationLike, Duration] = field(_REACH, default=Duration("0s"))
    share: float = field(ANumber(at_least=0.0, at_most=1e6), default=1.0)


@value
class Fleet:
    """Servers in sites that answer for one name.

    Parameters
    ----------
    name
        As in paths: ``"edge"`` in ``"edge/ams"``.
    sites
        At least one; a `Site`, or just its name.
    servers_per_site
        1 to 10,000.
    between_sites
        One way, 0 s to 60 s, added to the distance of a client's home when it goes elsewhere.
    balancing
        How the server of an attempt is picked within a site: at ``"random"``; in turn
        (``"round-robin"``, by the order in which all attempts at the site begin); the one with the
        fewest attempts under way (``"least-connections"``, in turn among equals); by client
        (``"consistent-hash"``, always the same one of as many servers); or ``"sticky"``, at random and
        then the same. It is picked when the attempt begins.
    sticky_lifetime
        Since a client's last attempt at the site, for how long ``"sticky"`` keeps its server, 1 s to 30 d.
    health_check
        Servers that are down are ejected in time. None: nobody checks, and a server that is down is
        picked and refuses.
    outlier_detection
        Servers at which attempts keep failing are ejected for a while. None: nobody looks.
    admission
        Whom a server takes in, and what becomes of the others. None: it takes in everybody at once.
    tickets, tls, device
        What every server issues, how it is set, and what it computes on.
    session_cache
        Machines that keep the servers' sessions. None: each server keeps its own in its memory.
    early_requests
        What the application does with a request that came as early data (RFC 8470 section 3):
        ``"answer"`` at once, ``"wait"`` for the end of the handshake, or refuse it as
        ``"too-early"`` (425), so that the client sends it again.
    tcp_nodelay
        TCP_NODELAY, as servers set it; False: small segments wait for an ACK (Nagle, RFC 896).
    tcp_fast_open
        Grant Fast Open cookies and take data in SYNs that carry one (RFC 7413; bit 2 of
        net.ipv4.tcp_fastopen).
    tcp_fast_open_keys
        Who can check a cookie: ``"shared"``, every server of the site that granted it, or
        ``"per-server"``, as when each kernel draws its own key at boot.
    idle_timeout
        A silent connection is closed after it, 1 s to 1 d.
    tenants
        A `Tenant`, or just its name. None: the fleet has one name, ``edge.example``.
    tenant_isolation
        When a server turns to the tenant that a ClientHello names (SNI), and what keeps sessions apart.
        OpenSSL decides on resumption before its servername callback, with the keys, the cache and the session
        id context of the first tenant. ``"context-switch"`` selects the tenant's context in that callback, as
        many servers do: sessions of one tenant resume at another (CVE-2025-23419). ``"client-hello"`` selects it
        in the ClientHello callback, before resumption; ``"session-id-context"`` only names the tenant's session
        id context there; ``"servername-check"`` aborts the handshake (access_denied) where a session is another
        tenant's, as nginx does.

    Examples
    --------
    >>> edge = Fleet("edge", sites=["ams", Site("nrt", distance="12ms")], servers_per_site=2)
    >>> [site.name for site in edge.sites]
    ['ams', 'nrt']
    """

    name: str = field(AText("a name"), kw_only=False)
    sites: Takes[Sequence[Site | str], tuple[Site, ...]] = field(ListOf(A(Site, shorthand=str)))
    servers_per_site: int = field(AnInteger(at_least=1, at_most=10_000), default=1)
    between_sites: Takes[DurationLike, Duration] = field(_REACH, default=Duration("40ms"))
    balancing: Balancing = field(Choice(Balancing), default="random")
    sticky_lifetime: Takes[DurationLike, Duration] = field(
        ADuration(at_least="1s", at_most="30d"), default=Duration("1h")
    )
    health_check: HealthCheck | None = field(A(HealthCheck), default=None)
    outlier_detection: OutlierDetection | None = field(A(OutlierDetection), default=None)
    admission: Admission | None = field(A(Admission), default=None)
    tickets: Tickets = field(A(Tickets), default=Tickets())
    tls: ServerTls = field(A(ServerTls), default=ServerTls())
    session_cache: SessionCache | None = field(A(SessionCache), default=None)
    early_requests: EarlyRequests = field(Choice(EarlyRequests), default="answer")
    device: Device = field(A(Device), default=Device(cores=4, slowdown=1.0))
    tcp_nodelay: bool = field(ABoolean(), default=True)
    tcp_fast_open: bool = field(ABoolean(), default=False)
    tcp_fast_open_keys: FastOpenKeyScope = field(Choice(FastOpenKeyScope), default="shared")
    idle_timeout: Takes[DurationLike, Duration] = field(
        ADuration(at_least="1s", at_most="1d"), default=Duration("1min")
    )
    tenants: Takes[Sequence[Tenant | str], tuple[Tenant, ...]] = field(ListOf(A(Tenant, shorthand=str)), default=())
    tenant_isolation: TenantIsolation = field(Choice(TenantIsolation), default="client-hello")
