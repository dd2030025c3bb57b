"""Access over a full radio model: an access point or a base station, and the stations around it."""

from __future__ import annotations

from typing import Literal

from ..units import Rate
from .fields import Takes, field, value
from .kinds import AnInteger, ANumber, ARate, Choice, RateLike

_DISTANCE = ANumber(at_least=1.0, at_most=20_000.0)
_SPEED = ANumber(at_least=0.0, at_most=150.0)
_NEIGHBOURS = AnInteger(at_least=0, at_most=100)
_LOAD = ARate(at_least="1kbps", at_most="1Gbps")

WifiChannelWidth = Literal["20MHz", "40MHz", "80MHz"]
LteBandwidth = Literal["5MHz", "10MHz", "20MHz"]


@value
class Wifi:
    """All clients of a population at one access point of IEEE 802.11ax, in the band of 5 GHz.

    The radio itself is simulated (ns-3's wifi module), for as long as the run lasts, whether or not packets
    pass. It needs a set-up with ``RESHAKE_RADIO=1``.

    Parameters
    ----------
    distance
        Of each station from the access point as the run begins, 1 to 20,000 m. Stations stand around it evenly.
    speed
        Of the clients, straight away from the access point, 0 to 150 m/s.
    farthest
        There they turn back, and at `distance` they turn away again. None: they go on for ever.
    channel_width
        ``"20MHz"``, ``"40MHz"`` or ``"80MHz"``.
    neighbours
        Further stations that stand still and download without a pause, 0 to 100; with the clients at most 100.
    neighbour_rate
        What each of them is sent, 1kbps to 1Gbps, in packets of 1,500 bytes.

    Notes
    -----
    Path loss is log-distance, 46.7 dB in the first metre and an exponent of 3; rates are chosen by Minstrel.

    Examples
    --------
    >>> Wifi(distance=10, speed=1.5, farthest=60).channel_width
    '80MHz'
    """

    distance: float = field(_DISTANCE)
    speed: float = field(_SPEED, default=0.0)
    farthest: float | None = field(_DISTANCE, default=None)
    channel_width: WifiChannelWidth = field(Choice(WifiChannelWidth), default="80MHz")
    neighbours: int = field(_NEIGHBOURS, default=0)
    neighbour_rate: Takes[RateLike, Rate] = field(_LOAD, default=Rate("5Mbps"))


@value
class Lte:
    """All clients of a population in one cell of LTE, in the band of 2.1 GHz, with its core network.

    The radio itself is simulated (ns-3's lte module), subframe by subframe of a millisecond, whether or not
    packets pass. It needs a set-up with ``RESHAKE_RADIO=1``. One population of a scenario can have it.

    Parameters
    ----------
    distance
        Of each station from the eNodeB as the run begins, 1 to 20,000 m. Stations stand around it evenly.
    speed, farthest
        As in `Wifi`.
    bandwidth
        Of either direction, ``"5MHz"``, ``"10MHz"`` or ``"20MHz"``.
    neighbours, neighbour_rate
        As in `Wifi`; with the clients at most 39.

    Notes
    -----
    Path loss is that of 3GPP TR 36.814 for a macro cell without line of sight, 128.1 + 37.6 log10 of
    kilometres; a sender has 46 dBm in the eNodeB and 23 dBm in a station. Stations never fall idle.

    Examples
    --------
    >>> Lte(distance=300, neighbours=5, neighbour_rate="2Mbps").bandwidth
    '10MHz'
    """

    distance: float = field(_DISTANCE)
    speed: float = field(_SPEED, default=0.0)
    farthest: float | None = field(_DISTANCE, default=None)
    bandwidth: LteBandwidth = field(Choice(LteBandwidth), default="10MHz")
    neighbours: int = field(_NEIGHBOURS, default=0)
    neighbour_rate: Takes[RateLike, Rate] = field(_LOAD, default=Rate("5Mbps"))
