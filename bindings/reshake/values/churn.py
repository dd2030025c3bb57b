"""Clients that come and go, and apps that restart."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, DurationLike
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
