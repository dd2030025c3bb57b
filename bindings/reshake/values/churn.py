"""Clients that come and go, and apps that restart."""

from __future__ import annotations

from ..units import Duration
from .device import Device
from .fields import Takes, field, value
from .kinds import A, ADuration, DurationLike, OneOf
from .laws import TimeLaw
from .loss import PROBABILITY


@value
class OnOff:
    """A device that is reachable and unreachable in turn, for exponentially distributed times.

    While it is down it visits nobody; when it goes down, its open connections vanish without a FIN
    or close_notify.

    Parameters
    ----------
    mean_up, mean_down
        Mean time in either state, above 0 s.

    Examples
    --------
    >>> OnOff(mean_up="4h", mean_down="20min")
    OnOff(mean_up=Duration('4h'), mean_down=Duration('20min'))
    """

    mean_up: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    mean_down: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))


@value
class Alternating:
    """As `OnOff`, for times by any law. The run begins in the middle of a stay.

    Parameters
    ----------
    up, down
        Of the times in either state: `Exponential`, `Weibull`, `Pareto`, `LogNormal`, `Constant` or `Empirical`.

    Examples
    --------
    >>> from reshake import LogNormal, Weibull
    >>> Alternating(up=Weibull(scale="2h", shape=0.6), down=LogNormal(median="3min", p90="1h")).up.shape
    0.6
    """

    up: TimeLaw = field(OneOf(TimeLaw))
    down: TimeLaw = field(OneOf(TimeLaw))


Churn = OnOff | Alternating


@value
class DeviceChange:
    """People get a new device, again and again.

    It holds nothing that the former one held: no tickets, not even persistent ones, and no Fast Open
    cookies. Connections of the former one vanish as it is put away. The person, the access link and
    external PSKs stay the same.

    Parameters
    ----------
    gap
        From one change to the next: `Exponential`, `Weibull`, `Pareto`, `LogNormal`, `Constant` or `Empirical`.
    device
        What the client computes on from the first change on. None: on one like the first.

    Examples
    --------
    >>> from reshake import Weibull
    >>> DeviceChange(gap=Weibull(scale="900d", shape=2), device=Device(profile="phone-mid")).device.cores
    1
    """

    gap: TimeLaw = field(OneOf(TimeLaw))
    device: Device | None = field(A(Device), default=None)


@value
class AppRestarts:
    """The app restarts, again and again, after exponentially distributed times.

    What it had in memory is gone, and its connections are cut (RST). The device stays reachable: that is
    `OnOff`, which then loses no memory.

    Parameters
    ----------
    mean_gap
        Mean time between two restarts, above 0 s.
    reinstalls
        Share of restarts after which the persistent store is gone too, 0 to 1.

    Examples
    --------
    >>> AppRestarts(mean_gap="12h").reinstalls
    0.0
    """

    mean_gap: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    reinstalls: float = field(PROBABILITY, default=0.0)
