"""What keeps packets from passing between two groups, or from passing well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .jitter import Jitter
from .kinds import A, ADuration, ANumber, AText, Choice, DurationLike, ListOf
from .loss import PROBABILITY

Ways = Literal["both", "first-to-second", "second-to-first"]

_BETWEEN = ListOf(AText('the path of a group, such as "edge/ams"'), length=2)


@value
class Flapping:
    """What comes and goes: it is on for the first share of each period.

    Parameters
    ----------
    period
        From one coming to the next, above 0 s; the first is the fault's start.
    share
        Of each period, above 0, at most 1.

    Notes
    -----
    Evaluated when a packet passes: a link that flaps every millisecond for a year costs nothing by itself.
    Health checks do not see what flaps.

    Examples
    --------
    >>> Flapping(period="20s", share=0.3).period
    Duration('20s')
    """

    period: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    share: float = field(ANumber(at_least=0.0, at_most=1.0, above=True), default=0.5)


@value
class Partition:
    """No packet passes between two groups for a while.

    Parameters
    ----------
    between
        Two paths: a population (``"phones"``), a fleet (``"edge"``), a site (``"edge/ams"``), a
        server (``"edge/ams/server-1"``, counted from 1), a session cache (``"edge/cache"``) or a key
        coordinator (``"edge/keys"``).
    start
        Since the start of the run, at least 0 s.
    lasts
        Above 0 s.
    ways
        ``"both"``, or only packets from the first group to the second (``"first-to-second"``) or from
        the second to the first (``"second-to-first"``) do not pass.
    flapping
        None: the way is closed all the time. Otherwise it opens again and again.

    Notes
    -----
    A packet passes if its way is open both when it leaves and when it arrives. Faults whose times
    overlap add up.

    Examples
    --------
    >>> Partition(between=("phones", "edge/ams"), start="30h", lasts="2h").start
    Duration('30h')
    >>> Partition(between=("edge/ams", "edge/cache"), start="1h", lasts="1h", ways="second-to-first").ways
    'second-to-first'
    """

    between: Takes[Sequence[str], tuple[str, str]] = field(_BETWEEN)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    ways: Ways = field(Choice(Ways), default="both")
    flapping: Flapping | None = field(A(Flapping), default=None)


@value
class GreyFailure:
    """Packets pass between two groups, but late, or not all of them.

    Parameters
    ----------
    between, start, lasts, ways
        As in `Partition`.
    loss
        Share of the packets that are lost, 0 to 1, each by itself.
    delay
        Beyond what their way takes anyway, 0 s to 60 s.
    jitter
        Beyond that. None: the delay is constant. Where order is kept, a packet waits for those before it
        that go from the same machine to the same machine.
    flapping
        None: all the time.

    Notes
    -----
    Health checks do not see it, which is what makes it grey (Huang et al., "Gray Failure: The
    Achilles' Heel of Cloud-Scale Systems", HotOS 2017). What has left before it began is not touched.

    Examples
    --------
    >>> GreyFailure(between=("edge/ams", "edge/cache"), start="1h", lasts="1h", loss=0.3, delay="200ms").loss
    0.3
    """

    between: Takes[Sequence[str], tuple[str, str]] = field(_BETWEEN)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    loss: float = field(PROBABILITY, default=0.0)
    delay: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", at_most="60s"), default=Duration("0s"))
    jitter: Jitter | None = field(A(Jitter), default=None)
    ways: Ways = field(Choice(Ways), default="both")
    flapping: Flapping | None = field(A(Flapping), default=None)
