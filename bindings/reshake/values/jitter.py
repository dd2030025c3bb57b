"""Delay that varies from packet to packet."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ABoolean, ADuration, Choice, DurationLike

JitterLaw = Literal["exponential", "uniform"]


@value
class Jitter:
    """What a packet's way takes beyond the link's delay.

    Parameters
    ----------
    mean
        Of the additional delay, 0 s to 60 s.
    law
        ``"exponential"``, or ``"uniform"`` between nothing and twice the mean.
    coherence
        Mean time for which a delay that was drawn lasts, at least 0 s; with 0 s each packet draws its
        own. Delays of packets t apart correlate by exp(-t / coherence).
    reorders
        Packets overtake each other. False: each waits for those before it.

    Examples
    --------
    >>> Jitter(mean="5ms", coherence="100ms").law
    'exponential'
    """

    mean: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", at_most="60s"))
    law: JitterLaw = field(Choice(JitterLaw), default="exponential")
    coherence: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"), default=Duration("0s"))
    reorders: bool = field(ABoolean(), default=False)
