"""A population of clients: how many, how they reach the network, when they come, what they ask."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import Duration
from .arrivals import Arrivals
from .churn import AppRestarts, OnOff
from .device import Device
from .fields import Takes, field, value
from .kinds import A, ABoolean, ADuration, AnInteger, AText, DurationLike, ListOf, OneOf
from .link import Access
from .loss import PROBABILITY
from .tls_settings import ClientTls, TicketStorage

_MESSAGE = AnInteger(at_least=16, at_most=64 * 1024 * 1024)
_PATIENCE = ADuration(at_least="1ms", at_most="1h")


@value
class Clients:
    """Clients that are alike. Each has its own link, tickets and random streams.

    Parameters
    ----------
    name
        As in paths, such as ``"phones"``.
    count
        1 to 2,000,000.
    access
        `Link` or `TraceLink`.
    arrivals
        `Poisson`, `Diurnal` or `Trace`.
    churn
        None: always reachable.
    restarts
        Of the app. None: it restarts with the device.
    tls, device
        How each client is set, and what it computes on; by default about a mid-range phone.
    tickets
        How its library stores session tickets.
    early_safe
        Share of requests that may travel as early data (RFC 8470 section 2.1), 0 to 1.
    tenants
        Names of the tenants that they visit, one at a time, at random. Empty: all that the fleet has.
    connections
        That a visit opens at once, each with the same request, 1 to 100. They compete for tickets.
    request_bytes, response_bytes
        Application bytes each way, 16 to 67,108,864.
    linger
        A connection stays open after the response for so long, 0 s to 1 h. Tickets that come later
        than the close are lost: after early data that is every ticket, unless the client lingers.
    vanish
        Probability that a client ends a finished visit without a close, 0 to 1.
    tcp_nodelay
        TCP_NODELAY, as TLS clients set it; False: small segments wait for an ACK (Nagle, RFC 896).
    tcp_fast_open
        Use TCP Fast Open (RFC 7413, TCP_FASTOPEN_CONNECT): ask each site for a cookie, and where one
        is held, let the ClientHello ride in the SYN. The cookie lives in the client's kernel: it
        outlasts its applications.
    connect_timeout
        For TCP, before another site is tried, 1 ms to 1 h.
    attempt_timeout
        For everything up to the response, 1 ms to 1 h.

    Examples
    --------
    >>> from reshake import Link, Poisson
    >>> phones = Clients("phones", count=300, access=Link(delay="45ms"),
    ...                  arrivals=Poisson(mean_gap="2h"))
    >>> phones.connect_timeout
    Duration('10s')
    """

    name: str = field(AText("a name"), kw_only=False)
    count: int = field(AnInteger(at_least=1, at_most=2_000_000))
    access: Access = field(OneOf(Access))
    arrivals: Arrivals = field(OneOf(Arrivals))
    churn: OnOff | None = field(A(OnOff), default=None)
    restarts: AppRestarts | None = field(A(AppRestarts), default=None)
    tls: ClientTls = field(A(ClientTls), default=ClientTls())
    tickets: TicketStorage = field(A(TicketStorage), default=TicketStorage())
    early_safe: float = field(PROBABILITY, default=1.0)
    device: Device = field(A(Device), default=Device(cores=1, slowdown=4.0))
    tenants: Takes[Sequence[str], tuple[str, ...]] = field(ListOf(AText("the name of a tenant")), default=())
    connections: int = field(AnInteger(at_least=1, at_most=100), default=1)
    request_bytes: int = field(_MESSAGE, default=200)
    response_bytes: int = field(_MESSAGE, default=4096)
    linger: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", at_most="1h"), default=Duration("0s"))
    vanish: float = field(PROBABILITY, default=0.0)
    tcp_nodelay: bool = field(ABoolean(), default=True)
    tcp_fast_open: bool = field(ABoolean(), default=False)
    connect_timeout: Takes[DurationLike, Duration] = field(_PATIENCE, default=Duration("10s"))
    attempt_timeout: Takes[DurationLike, Duration] = field(_PATIENCE, default=Duration("30s"))
