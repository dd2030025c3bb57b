"""A session cache of its own: machines on the network that keep TLS sessions for a fleet's servers."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ABoolean, ADuration, AnInteger, Choice, DurationLike
from .link import Link

CacheScope = Literal["shared", "per-site"]
Eviction = Literal["lru", "fifo"]
CacheKeyScope = Literal["session-id", "tenant", "sni", "alpn"]


@value
class SessionCache:
    """Machines that keep the sessions of a fleet's servers, and are asked while a handshake waits.

    Servers use it where tickets are references: with ``ServerTls(session_ticket=False)``, or with early
    data and OpenSSL's single-use tickets. It stands at ``"edge/cache"`` (``"edge/ams/cache"`` if there is
    one per site; ``"…/replica-1"``), where a `Partition` can cut it off and a `Restart` can stop and
    empty it.

    Parameters
    ----------
    scope
        Whose sessions one cache keeps: ``"shared"`` by the whole fleet, or ``"per-site"``.
    replicas
        Each holds everything, 1 to 16. A server asks the one that answered last; when it is silent, the
        next. What is stored goes to all, and nobody waits for it.
    capacity
        Entries of each replica, 1 to 100,000,000.
    ttl
        How long an entry is kept, 1 s to 7 d. None: as long as its session may be used.
    eviction
        Which entry goes when the cache is full: the one that was stored or found the longest ago
        (``"lru"``), or the one that was stored the longest ago (``"fifo"``).
    key_scope
        What a session is found by: its ``"session-id"`` alone; that, at the ``"tenant"`` that it was made
        for; that, under the host name (``"sni"``); or that, and for the application protocol (``"alpn"``).
    encrypted_at_rest
        Servers seal what they store (AES-256-GCM) under keys of the fleet, one per tenant; the cache sees
        opaque bytes.
    check_policy
        Servers do not use a session that today's policy would not have issued: older than today's
        `Tickets.lifetime` or `Tickets.max_chain_age`, or of a cipher suite that is no longer allowed.
        OpenSSL itself looks at none of these.
    link
        All that lies between the cache and any server: delay, rate, loss, queue.
    service_time
        Of one request, 0 s to 60 s. Requests are served one after the other; when more than Linux's
        default receive buffer holds are waiting, further ones are lost.
    lookup_timeout
        How long a server waits for a replica, 100 us to 60 s. After the last replica it makes a full
        handshake.
    failure_limit
        After so many lookups in a row that a replica left without an answer, a server leaves it alone; 0:
        never. When it leaves all alone it makes full handshakes at once.
    retry_timeout
        For how long, 1 ms to 1 d; then one silent lookup more is enough.

    Notes
    -----
    Requests are datagrams and are not repeated: a `store` that is lost is a session that will not be found.
    With single-use tickets a lookup takes the entry out of the cache (there is one replica then), so that
    no other server accepts the same early data; a lost answer costs the session. The defaults of
    `failure_limit` and `retry_timeout` are twemproxy's (server_failure_limit, server_retry_timeout).

    Examples
    --------
    >>> import reshake as rs
    >>> rs.SessionCache(capacity=10_000, link=rs.Link(delay="1ms")).lookup_timeout
    Duration('50ms')
    """

    scope: CacheScope = field(Choice(CacheScope), default="shared")
    replicas: int = field(AnInteger(at_least=1, at_most=16), default=1)
    capacity: int = field(AnInteger(at_least=1, at_most=100_000_000), default=100_000)
    ttl: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="1s", at_most="7d"), default=None)
    eviction: Eviction = field(Choice(Eviction), default="lru")
    key_scope: CacheKeyScope = field(Choice(CacheKeyScope), default="tenant")
    encrypted_at_rest: bool = field(ABoolean(), default=True)
    check_policy: bool = field(ABoolean(), default=True)
    link: Link = field(A(Link), default=Link(delay="250us"))
    service_time: Takes[DurationLike, Duration] = field(
        ADuration(at_least="0s", at_most="60s"), default=Duration("20us")
    )
    lookup_timeout: Takes[DurationLike, Duration] = field(
        ADuration(at_least="100us", at_most="60s"), default=Duration("50ms")
    )
    failure_limit: int = field(AnInteger(at_least=0, at_most=1_000_000), default=2)
    retry_timeout: Takes[DurationLike, Duration] = field(
        ADuration(at_least="1ms", at_most="1d"), default=Duration("30s")
    )
