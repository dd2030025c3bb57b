"""When clients come: random processes, or a recording."""

from __future__ import annotations

import dataclasses

from ..errors import Problem
from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, ANumber, APath, AText, DurationLike, OneOf, PathLike
from .laws import TimeLaw
from .recordings import check_digest, read_visits


@value
class Poisson:
    """Visits of each client with exponentially distributed gaps.

    Parameters
    ----------
    mean_gap
        Mean time between two visits of one client, above 0 s.

    Examples
    --------
    >>> Poisson(mean_gap="2h")
    Poisson(mean_gap=Duration('2h'))
    """

    mean_gap: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))


@value
class Diurnal:
    """Visits of people: in bursts by day, and none at night. The run begins at midnight.

    Parameters
    ----------
    away
        Mean waking time from the end of a burst to the next, above 0 s; exponentially distributed.
    burst
        Visits of a burst in the mean, 1 to 1,000,000; geometrically distributed.
    pause_median, pause_p90
        Median and 90th percentile of the pauses between the visits of a burst, at least 1 ms; log-normal.
    night
        For how long a client does not come, every 24 hours, 0 h to 23 h. What is left of a pause in the
        evening goes on in the morning.
    bedtime
        When the night begins, since midnight, 0 h to 24 h.
    spread
        A client's bedtime is earlier or later by at most so much, 0 h to 12 h, the same every night.

    Notes
    -----
    Bursts with heavy-tailed gaps, by day: Barabási, Nature 435 (2005); Malmgren, Stouffer, Motter and
    Amaral, PNAS 105 (2008). `pause_p90` may not be below `pause_median`.

    Examples
    --------
    >>> Diurnal(away="3h", burst=4).night
    Duration('8h')
    """

    away: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    burst: float = field(ANumber(at_least=1.0, at_most=1e6), default=3.0)
    pause_median: Takes[DurationLike, Duration] = field(ADuration(at_least="1ms"), default=Duration("2min"))
    pause_p90: Takes[DurationLike, Duration] = field(ADuration(at_least="1ms"), default=Duration("20min"))
    night: Takes[DurationLike, Duration] = field(ADuration(at_least="0h", at_most="23h"), default=Duration("8h"))
    bedtime: Takes[DurationLike, Duration] = field(ADuration(at_least="0h", at_most="24h"), default=Duration("23h"))
    spread: Takes[DurationLike, Duration] = field(ADuration(at_least="0h", at_most="12h"), default=Duration("2h"))


@value
class Renewal:
    """Visits of each client with gaps by any law. The run begins in the middle of a gap.

    Parameters
    ----------
    gap
        `Exponential`, `Weibull`, `Pareto`, `LogNormal`, `Constant` or `Empirical`.

    Notes
    -----
    The first visit comes after what is left of a gap at a random moment, which for heavy tails is longer
    than a gap, so that on the average the same number comes in each hour of a run, the first included.

    Examples
    --------
    >>> from reshake import Weibull
    >>> Renewal(gap=Weibull(scale="2h", shape=0.7)).gap.shape
    0.7
    """

    gap: TimeLaw = field(OneOf(TimeLaw))


_PART = ADuration(at_least="0s", at_most="7d")


@value
class FlashCrowd:
    """Visits at a rate that is multiplied for a while: everybody comes at once.

    Parameters
    ----------
    gap
        As of `Renewal`: how it usually is.
    start
        Of the crowd, at least 0 s.
    peak
        By how much the rate is multiplied when it is highest, 1 to 1,000.
    ramp
        How long the factor takes to rise to it, in a straight line, 0 s to 7 d.
    lasts
        How long it stays there, 0 s to 7 d.
    decay
        Then the factor falls back to 1 as exp(-t / decay), 0 s to 7 d.

    Notes
    -----
    A time change: visits are those of `Renewal` on a clock that runs faster while the crowd is there. With
    `Exponential` gaps it is the Poisson process of that rate. In the mean the crowd brings
    (peak - 1) * (ramp / 2 + lasts + decay) / mean gap visits more of each client.

    Examples
    --------
    >>> from reshake import Exponential
    >>> sale = FlashCrowd(gap=Exponential(mean="6h"), start="8h", peak=50, ramp="2min", decay="20min")
    >>> sale.lasts
    Duration('0s')
    """

    gap: TimeLaw = field(OneOf(TimeLaw))
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    peak: float = field(ANumber(at_least=1.0, at_most=1000.0))
    ramp: Takes[DurationLike, Duration] = field(_PART, default=Duration("0s"))
    lasts: Takes[DurationLike, Duration] = field(_PART, default=Duration("0s"))
    decay: Takes[DurationLike, Duration] = field(_PART, default=Duration("0s"))


@value
class Trace:
    r"""Recorded visits. Equal when the content of the file is equal.

    Parameters
    ----------
    path
        A CSV file of ``client,seconds`` rows, with or without that header, read at once. A client
        is any name; seconds count from the start of the run, exact to the nanosecond.
    sha256
        Hexadecimal digest that the file must have. Empty: whatever it has; then filled in.

    Examples
    --------
    >>> with open("arrivals.csv", "w") as file:
    ...     _ = file.write("client,seconds\nann,0.5\nbob,1\nann,90\n")
    >>> recorded = Trace("arrivals.csv")
    >>> recorded.clients
    2
    >>> recorded.visits[0]
    (500000000, 90000000000)
    """

    path: Takes[PathLike, str] = field(APath(), kw_only=False, identity=False)
    sha256: str = field(AText("a digest"), default="")
    #: Nanoseconds since the start of the run, of each client in order of first appearance.
    visits: tuple[tuple[int, ...], ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)

    @property
    def clients(self) -> int:
        """The number of clients in the recording."""
        return len(self.visits)

    def _complete(self, problems: list[Problem]) -> None:
        read = read_visits(self.path, "Trace.path", problems)
        check_digest(self, self.path, read.sha256, problems)
        object.__setattr__(self, "visits", read.content)


Arrivals = Poisson | Diurnal | Renewal | FlashCrowd | Trace
