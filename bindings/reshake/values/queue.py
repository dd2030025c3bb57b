"""What a link's queue drops, and when."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, DurationLike

_WAIT = ADuration(at_least="0s", at_most="60s", above=True)


@value
class DropTail:
    """Drops what the queue has no room for.

    Examples
    --------
    >>> from reshake import Link, OneWay
    >>> link = Link(rate="20Mbps", delay="10ms", queue=CoDel(), up=OneWay(rate="2Mbps", queue=DropTail()))
    """


@value
class CoDel:
    """Controlled delay: one queue, which drops before it is full when packets wait in it for too long.

    Parameters
    ----------
    target
        Tolerable wait, above 0 s, at most 60 s.
    interval
        For how long every packet may wait longer than that, above 0 s, at most 60 s.

    Notes
    -----
    RFC 8289, without ECN. Evaluated when the line can take the next packet: an empty queue costs nothing.

    Examples
    --------
    >>> CoDel().interval
    Duration('100ms')
    """

    target: Takes[DurationLike, Duration] = field(_WAIT, default=Duration("5ms"))
    interval: Takes[DurationLike, Duration] = field(_WAIT, default=Duration("100ms"))


@value
class FqCoDel:
    """A queue with CoDel per connection, served in turn; connections that send little go first.

    Parameters
    ----------
    target, interval
        As in `CoDel`.
    flows
        Queues, to which connections are hashed, 1 to 65,536.
    quantum
        Bytes of a turn, 256 to 1,000,000.

    Notes
    -----
    RFC 8290, without ECN. Linux's fq_codel has these defaults, and room for 10,240 packets.

    Examples
    --------
    >>> FqCoDel(quantum=300).flows
    1024
    """

    target: Takes[DurationLike, Duration] = field(_WAIT, default=Duration("5ms"))
    interval: Takes[DurationLike, Duration] = field(_WAIT, default=Duration("100ms"))
    flows: int = field(AnInteger(at_least=1, at_most=65_536), default=1024)
    quantum: int = field(AnInteger(at_least=256, at_most=1_000_000), default=1514)


Queue = DropTail | CoDel | FqCoDel
