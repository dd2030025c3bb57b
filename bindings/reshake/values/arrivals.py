"""When clients come: random processes, or a recording."""

from __future__ import annotations

import dataclasses

from ..errors import Problem
from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, ANumber, APath, AText, DurationLike, PathLike
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


Arrivals = Poisson | Diurnal | Trace
