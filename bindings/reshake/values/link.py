"""The access link of a client: a rate, or a recorded cellular trace, with delay, queue and loss."""

from __future__ import annotations

import dataclasses
import os

from ..errors import Problem
from ..units import Duration, Rate
from .fields import Takes, field, value
from .jitter import Jitter
from .kinds import A, ADuration, AnInteger, APath, ARate, AText, DurationLike, OneOf, PathLike, RateLike
from .loss import PROBABILITY, Loss
from .queue import Queue
from .radio import Radio
from .recordings import check_digest, read_delivery_trace

_RATE = ARate(at_least="1kbps", at_most="1Tbps")
_DELAY = ADuration(at_least="0s", at_most="60s")
_QUEUE = AnInteger(at_least=1, at_most=1_000_000)
_MTU = AnInteger(at_least=576, at_most=1500)
_ROOM = AnInteger(at_least=1500, at_most=4_000_000_000)


@value
class OneWay:
    """What one direction of a link has of its own. None: as the link says.

    Parameters
    ----------
    rate, delay, loss, queue_packets, queue_bytes, queue, jitter, duplication, corruption
        As in `Link`. For no loss where the link has some: ``Bernoulli(loss=0)``. A `TraceLink` has no rate.

    Examples
    --------
    >>> Link(rate="50Mbps", delay="15ms", up=OneWay(rate="10Mbps")).up.rate
    Rate('10Mbps')
    """

    rate: Takes[RateLike | None, Rate | None] = field(_RATE, default=None)
    delay: Takes[DurationLike | None, Duration | None] = field(_DELAY, default=None)
    loss: Loss | None = field(OneOf(Loss), default=None)
    queue_packets: int | None = field(_QUEUE, default=None)
    queue_bytes: int | None = field(_ROOM, default=None)
    queue: Queue | None = field(OneOf(Queue), default=None)
    jitter: Jitter | None = field(A(Jitter), default=None)
    duplication: float | None = field(PROBABILITY, default=None)
    corruption: float | None = field(PROBABILITY, default=None)


@value
class Link:
    """A link with a fixed rate. Each direction has its own queue and its own draws.

    Parameters
    ----------
    rate
        1kbps to 1Tbps. None: serialisation takes no time.
    delay
        Propagation, one way, 0 s to 60 s.
    loss
        Met after the queue. None: nothing is lost.
    queue_packets
        The queue's room, 1 to 1,000,000; with drop-tail the packet on the line counts.
    queue_bytes
        The queue's room in bytes in the place of packets, 1,500 to 4,000,000,000. None: packets are counted.
    queue
        `CoDel` or `FqCoDel`. None: drop-tail.
    jitter
        Met after the queue. None: the delay is constant.
    duplication
        Probability that a packet arrives twice, 0 to 1: the copy right behind it.
    corruption
        Probability that a packet arrives spoilt, 0 to 1. It takes its way like any other; then a
        checksum is wrong, and it is dropped.
    mtu
        The largest IP packet in either direction, 576 to 1,500, with IPv6 at least 1,280. The client's
        TCP announces it (MSS), so that no larger segment is sent.
    up, down
        What the way from the client, or to it, has of its own.
    radio
        What it costs to wake the radio after a silence. None: it is always connected.

    Examples
    --------
    >>> from reshake import GilbertElliott
    >>> lte = Link(rate="12Mbps", delay="45ms", loss=GilbertElliott(mean_loss=0.02, mean_burst=4))
    >>> lte.delay
    Duration('45ms')
    """

    rate: Takes[RateLike | None, Rate | None] = field(_RATE, default=None)
    delay: Takes[DurationLike, Duration] = field(_DELAY)
    loss: Loss | None = field(OneOf(Loss), default=None)
    queue_packets: int = field(_QUEUE, default=100)
    queue_bytes: int | None = field(_ROOM, default=None)
    queue: Queue | None = field(OneOf(Queue), default=None)
    jitter: Jitter | None = field(A(Jitter), default=None)
    duplication: float = field(PROBABILITY, default=0.0)
    corruption: float = field(PROBABILITY, default=0.0)
    mtu: int = field(_MTU, default=1500)
    up: OneWay | None = field(A(OneWay), default=None)
    down: OneWay | None = field(A(OneWay), default=None)
    radio: Radio | None = field(A(Radio), default=None)


@value
class DeliveryTrace:
    r"""Recorded opportunities to deliver, repeated for ever. Equal when the content is equal.

    Parameters
    ----------
    path
        A file in mahimahi's format: one line per opportunity to deliver 1,504 bytes, a whole number
        of milliseconds since the start of the recording, never falling, the last one above 0. It is
        read at once.
    sha256
        Hexadecimal digest that the file must have. Empty: whatever it has; then filled in.

    Notes
    -----
    Netravali et al., "Mahimahi", USENIX ATC 2015.

    Examples
    --------
    >>> with open("train.trace", "w") as file:
    ...     _ = file.write("0\n3\n3\n40\n")
    >>> DeliveryTrace("train.trace").opportunities
    (0, 3, 3, 40)
    """

    path: Takes[PathLike, str] = field(APath(), kw_only=False, identity=False)
    sha256: str = field(AText("a digest"), default="")
    #: Milliseconds since the start of the recording.
    opportunities: tuple[int, ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)

    def _complete(self, problems: list[Problem]) -> None:
        read = read_delivery_trace(self.path, "DeliveryTrace.path", problems)
        check_digest(self, self.path, read.sha256, problems)
        object.__setattr__(self, "opportunities", read.content)


@value
class TraceLink:
    r"""A link whose capacity is a recording.

    Each client enters the recording at a place of its own, so that clients are not in step.

    Parameters
    ----------
    downlink
        The recording, or the path of its file.
    uplink
        The same for the other direction. None: the downlink's recording, entered elsewhere.
    delay
        Propagation, one way, 0 s to 60 s.
    loss
        Met after the queue. None: nothing is lost.
    queue_packets, queue_bytes, queue, jitter, duplication, corruption, mtu, radio
        As in `Link`.
    up, down
        What the way from the client, or to it, has of its own; but no rate, which is the recording's.

    Examples
    --------
    >>> with open("train.trace", "w") as file:
    ...     _ = file.write("0\n3\n3\n40\n")
    >>> TraceLink(downlink="train.trace", delay="20ms").downlink.path
    'train.trace'
    """

    downlink: Takes[DeliveryTrace | PathLike, DeliveryTrace] = field(A(DeliveryTrace, shorthand=(str, os.PathLike)))
    uplink: Takes[DeliveryTrace | PathLike | None, DeliveryTrace | None] = field(
        A(DeliveryTrace, shorthand=(str, os.PathLike)), default=None
    )
    delay: Takes[DurationLike, Duration] = field(_DELAY)
    loss: Loss | None = field(OneOf(Loss), default=None)
    queue_packets: int = field(_QUEUE, default=100)
    queue_bytes: int | None = field(_ROOM, default=None)
    queue: Queue | None = field(OneOf(Queue), default=None)
    jitter: Jitter | None = field(A(Jitter), default=None)
    duplication: float = field(PROBABILITY, default=0.0)
    corruption: float = field(PROBABILITY, default=0.0)
    mtu: int = field(_MTU, default=1500)
    up: OneWay | None = field(A(OneWay), default=None)
    down: OneWay | None = field(A(OneWay), default=None)
    radio: Radio | None = field(A(Radio), default=None)


Access = Link | TraceLink
