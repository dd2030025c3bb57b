"""Days made of phases: at home, on the train, in a tunnel, at the office."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ABoolean, ADuration, DurationLike, ListOf, OneOf
from .laws import TimeLaw
from .link import Access, Link, TraceLink
from .radio_cell import Lte, Wifi


@value
class DayPhase:
    """A part of a client's day, until the next phase begins.

    Parameters
    ----------
    start
        Since the beginning of the day, at least 0 s.
    access
        `Link` or `TraceLink`.
    new_address
        Another network than before: as the phase begins, the client's connections are dead (outcome
        ``moved``). False: they go on over this link, as in a tunnel of the same network.

    Examples
    --------
    >>> from reshake import Link
    >>> DayPhase(start="7.5h", access=Link(delay="45ms")).start
    Duration('450min')
    """

    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    access: Access = field(OneOf(Access))
    new_address: bool = field(ABoolean(), default=True)


@value
class Phases:
    """How a client reaches the network at each time of its day: the `access` of commuters.

    Parameters
    ----------
    phases
        At least one, in the order of their starts. Before the first of a day the last of the day before
        goes on.
    every
        The length of a day, 1 s to 3,650 d; starts lie below it. The run begins at midnight.
    shift
        By how much a client's day is later, drawn once for each: `Exponential`, `Weibull`, `Pareto`,
        `LogNormal`, `Constant` or `Empirical`. None: all change at the same moment.

    Examples
    --------
    >>> from reshake import Exponential, Link, mobile
    >>> day = Phases(
    ...     phases=[
    ...         DayPhase(start="0h", access=mobile("home-wifi")),
    ...         DayPhase(start="7.5h", access=mobile("train")),
    ...         DayPhase(start="8h", access=mobile("tunnel"), new_address=False),
    ...         DayPhase(start="485min", access=mobile("train"), new_address=False),
    ...         DayPhase(start="8.5h", access=Link(rate="200Mbps", delay="3ms")),
    ...         DayPhase(start="17.5h", access=mobile("lte")),
    ...         DayPhase(start="18.5h", access=mobile("home-wifi")),
    ...     ],
    ...     shift=Exponential(mean="40min"),
    ... )
    >>> len(day.phases), day.every
    (7, Duration('1d'))
    """

    phases: Takes[Sequence[DayPhase], tuple[DayPhase, ...]] = field(ListOf(A(DayPhase)))
    every: Takes[DurationLike, Duration] = field(ADuration(at_least="1s", at_most="3650d"), default=Duration("24h"))
    shift: TimeLaw | None = field(OneOf(TimeLaw), default=None)


ClientAccess = Link | TraceLink | Phases | Wifi | Lte
