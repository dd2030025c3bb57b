"""Packet loss of a link."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, ANumber, DurationLike, ListOf

PROBABILITY = ANumber(at_least=0.0, at_most=1.0)


@value
class Bernoulli:
    """Every packet is lost independently.

    Parameters
    ----------
    loss
        Probability that a packet is lost, 0 to 1.

    Examples
    --------
    >>> Bernoulli(loss=0.02)
    Bernoulli(loss=0.02)
    """

    loss: float = field(PROBABILITY)


@value
class GilbertElliott:
    """Bursty loss from a two-state chain that steps once per packet.

    Parameters
    ----------
    mean_loss
        Long-run share of packets lost, from `loss_good` to `loss_bad`.
    mean_burst
        Mean stay in the bad state, in packets, at least 1.
    loss_good, loss_bad
        Probability of loss in either state, 0 to 1.

    Notes
    -----
    Gilbert, BSTJ 39(5), 1960; Elliott, BSTJ 42(5), 1963. While a sender backs off this chain stands
    still: a burst ends only when packets have passed. `GilbertElliottInTime` runs on.

    Examples
    --------
    >>> GilbertElliott(mean_loss=0.02, mean_burst=4).loss_bad
    1.0
    """

    mean_loss: float = field(PROBABILITY)
    mean_burst: float = field(ANumber(at_least=1.0))
    loss_good: float = field(PROBABILITY, default=0.0)
    loss_bad: float = field(PROBABILITY, default=1.0)


@value
class GilbertElliottInTime:
    """Bursty loss from a two-state chain that runs in time, whether or not packets pass.

    Parameters
    ----------
    mean_loss
        Long-run share of time weighted by loss, from `loss_good` to `loss_bad`.
    mean_burst
        Mean stay in the bad state, above 0 s.
    loss_good, loss_bad
        Probability of loss in either state, 0 to 1.

    Notes
    -----
    The chain of `GilbertElliott`, in continuous time: waiting helps.

    Examples
    --------
    >>> GilbertElliottInTime(mean_loss=0.02, mean_burst="200ms").mean_burst
    Duration('200ms')
    """

    mean_loss: float = field(PROBABILITY)
    mean_burst: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    loss_good: float = field(PROBABILITY, default=0.0)
    loss_bad: float = field(PROBABILITY, default=1.0)


@value
class DropPackets:
    """Exactly these packets are lost.

    Parameters
    ----------
    numbers
        Counted from 1 in each direction, and anew with each attempt of the client, 1 to 4,294,967,295.

    Examples
    --------
    The third packet from the server:

    >>> from reshake import Link, OneWay
    >>> Link(delay="20ms", down=OneWay(loss=DropPackets(numbers=[3]))).down.loss
    DropPackets(numbers=(3,))
    """

    numbers: Takes[Sequence[int], tuple[int, ...]] = field(ListOf(AnInteger(at_least=1, at_most=4_294_967_295)))


Loss = Bernoulli | GilbertElliott | GilbertElliottInTime | DropPackets
