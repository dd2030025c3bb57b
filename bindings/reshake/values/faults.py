"""What goes wrong, when, for how long, and for whom."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AText, DurationLike, ListOf


@value
class Partition:
    """No packet passes between two groups for a while, either way.

    Parameters
    ----------
    between
        Two paths: a population (``"phones"``), a fleet (``"edge"``), a site (``"edge/ams"``) or a
        server (``"edge/ams/server-1"``, counted from 1).
    start
        Since the start of the run, at least 0 s.
    lasts
        Above 0 s.

    Examples
    --------
    >>> Partition(between=("phones", "edge/ams"), start="30h", lasts="2h").start
    Duration('30h')
    """

    between: Takes[Sequence[str], tuple[str, str]] = field(
        ListOf(AText('the path of a group, such as "edge/ams"'), length=2)
    )
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))


Fault = Partition
