"""The radio's states: what a cellular modem needs before it can send, after a time of silence."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, DurationLike

_MINUTE = ADuration(at_least="0s", at_most="60s")


@value
class Radio:
    """A link whose radio falls idle: the first packet after a silence waits until it is connected again.

    Parameters
    ----------
    promotion
        From idle to connected, 0 s to 60 s. Packets behind the first wait too.
    inactivity
        Without a packet in either direction, until the radio is idle, 0 s to 1 d.
    paging
        A device that is idle listens once in so much, 0 s to 60 s: what comes to it waits for that first,
        evenly spread. What it sends does not.

    Notes
    -----
    RRC_IDLE and RRC_CONNECTED of 3GPP TS 36.331 (LTE) and 38.331 (5G). At the start of a run radios are idle.

    Examples
    --------
    >>> Radio(promotion="260ms", inactivity="11.6s").paging
    Duration('0s')
    """

    promotion: Takes[DurationLike, Duration] = field(_MINUTE)
    inactivity: Takes[DurationLike, Duration] = field(
        ADuration(at_least="0s", at_most="86400s"), default=Duration("10s")
    )
    paging: Takes[DurationLike, Duration] = field(_MINUTE, default=Duration("0s"))
