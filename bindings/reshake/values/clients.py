"""A population of clients: how many, how they reach the network, when they come, what they ask."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import Duration
from .arrivals import Arrivals
from .churn import AppRestarts, Churn, DeviceChange
from .device import Device
from .fields import Takes, field, value
from .handover import Handover
from .kinds import A, ABoolean, ADuration, AnInteger, AText, DurationLike, ListOf, OneOf
from .laws import MESSAGE, SizeLaw
from .loss import PROBABILITY
from .middlebox import Middlebox
from .phases import ClientAccess
from .retry import Retry
from .rounds import Rounds
from .tls_settings import ClientTls, TicketStorage

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
        `Link`, `TraceLink`, or `Phases` of a day; or `Wifi` or `Lte`, a cell that all of them share.
    handovers
        From one cell, or one network, to another. Empty: none.
    middleboxes
        `Nat`, `Firewall`, `BlackHole`, `ResetInjection`, behind the access link; the first is the nearest.
    arrivals
        `Poisson`, `Diurnal`, `Renewal`, `FlashCrowd` or `Trace`.
    rounds
        Of connections in a visit, with time to think in between. None: one.
    churn
        `OnOff` or `Alternating`. None: always reachable.
    restarts
        Of the app. None: it restarts with the device.
    device_change
        New devices, with empty stores. None: people keep theirs.
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
    request_sizes, response_sizes
        Laws in the place of those two, drawn for each request: `LogNormalBytes`, `ParetoBytes` or
        `EmpiricalBytes`.
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
    handshake_timeout
        For the TLS handshake, from TCP's on, 1 ms to 1 h. None: as `attempt_timeout` says.
    attempt_timeout
        For everything up to the response, 1 ms to 1 h.
    retry
        How a connection that got no response is tried again. None: it is not.

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
    access: ClientAccess = field(OneOf(ClientAccess))
    handovers: Takes[Sequence[Handover], tuple[Handover, ...]] = field(ListOf(A(Handover)), default=())
    middleboxes: Takes[Sequence[Middlebox], tuple[Middlebox, ...]] = field(ListOf(OneOf(Middlebox)), default=())
    arrivals: Arrivals = field(OneOf(Arrivals))
    rounds: Rounds | None = field(A(Rounds), default=None)
    churn: Churn | None = field(OneOf(Churn), default=None)
    restarts: AppRestarts | None = field(A(AppRestarts), default=None)
    device_change: DeviceChange | None = field(A(DeviceChange), default=None)
    tls: ClientTls = field(A(ClientTls), default=ClientTls())
    tickets: TicketStorage = field(A(TicketStorage), default=TicketStorage())
    early_safe: float = field(PROBABILITY, default=1.0)
    device: Device = field(A(Device), default=Device(cores=1, slowdown=4.0))
    tenants: Takes[Sequence[str], tuple[str, ...]] = field(ListOf(AText("the name of a tenant")), default=())
    connections: int = field(AnInteger(at_least=1, at_most=100), default=1)
    request_bytes: int = field(MESSAGE, default=200)
    response_bytes: int = field(MESSAGE, default=4096)
    request_sizes: SizeLaw | None = field(OneOf(SizeLaw), default=None)
    response_sizes: SizeLaw | None = field(OneOf(SizeLaw), default=None)
    linger: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", at_most="1h"), default=Duration("0s"))
    vanish: float = field(PROBABILITY, default=0.0)
    tcp_nodelay: bool = field(ABoolean(), default=True)
    tcp_fast_open: bool = field(ABoolean(), default=False)
    connect_timeout: Takes[DurationLike, Duration] = field(_PATIENCE, default=Duration("10s"))
    handshake_timeout: Takes[DurationLike | None, Duration | None] = field(_PATIENCE, default=None)
    attempt_timeout: Takes[DurationLike, Duration] = field(_PATIENCE, default=Duration("30s"))
    retry: Retry | None = field(A(Retry), default=None)
