"""A visit of more than one page: its connections come in rounds."""

from __future__ import annotations

from .fields import field, value
from .kinds import ANumber, OneOf
from .laws import TimeLaw


@value
class Rounds:
    """A visit opens its connections again and again, with time to think in between.

    Parameters
    ----------
    mean
        Rounds of a visit in the mean, 1 to 100; geometrically distributed.
    think
        From the end of a round's last connection to the next round: `Exponential`, `Weibull`, `Pareto`,
        `LogNormal`, `Constant` or `Empirical`. Who has gone offline meanwhile does not go on.

    Examples
    --------
    >>> from reshake import LogNormal
    >>> Rounds(mean=4, think=LogNormal(median="15s", p90="2min")).mean
    4.0
    """

    mean: float = field(ANumber(at_least=1.0, at_most=100.0))
    think: TimeLaw = field(OneOf(TimeLaw))
