"""Clients that come and go."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, DurationLike


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
