"""The access link of a client: a rate, or a recorded cellular trace, with delay, queue and loss."""

from __future__ import annotations

import dataclasses
import os

from ..errors import Problem
from ..units import Duration, Rate
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, APath, ARate, AText, DurationLike, OneOf, PathLike, RateLike
from .loss import Loss
from .recordings import check_digest, read_delivery_trace

_DELAY = ADuration(at_least="0s", at_most="60s")
_QUEUE = AnInteger(at_least=1, at_most=1_000_000)


@value
class Link:
    """A link with a fixed rate. Both directions are alike, each with its own queue and loss.

    Parameters
    ----------
    rate
        1kbps to 1Tbps. None: serialisation takes no time.
    delay
        Propagation, one way, 0 s to 60 s.
    loss
        Met after the queue. None: nothing is lost.
    queue_packets
        Drop-tail, 1 to 1,000,000; the packet on the line counts.

    Examples
    --------
    >>> from reshake import GilbertElliott
    >>> lte = Link(rate="12Mbps", delay="45ms", loss=GilbertElliott(mean_loss=0.02, mean_burst=4))
    >>> lte.delay
    Duration('45ms')
    """

    rate: Takes[RateLike | None, Rate | None] = field(ARate(at_least="1kbps", at_most="1Tbps"), default=None)
    delay: Takes[DurationLike, Duration] = field(_DELAY)
    loss: Loss | None = field(OneOf(Loss), default=None)
    queue_packets: int = field(_QUEUE, default=100)


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
    queue_packets
        Drop-tail, 1 to 1,000,000; the packet on the line counts.

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


Access = Link | TraceLink
