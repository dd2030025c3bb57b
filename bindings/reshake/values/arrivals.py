"""When clients come: a random process, or a recording."""

from __future__ import annotations

import dataclasses

from ..errors import Problem
from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, APath, AText, DurationLike, PathLike
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


Arrivals = Poisson | Trace
