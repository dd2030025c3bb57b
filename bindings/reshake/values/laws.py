"""Laws of times and of sizes: what is drawn where something lasts, or has a length."""

from __future__ import annotations

import dataclasses

from ..errors import Problem
from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, ANumber, APath, AText, DurationLike, PathLike
from .recordings import check_digest, read_size_law, read_time_law

#: Application bytes of a request or a response.
MESSAGE = AnInteger(at_least=16, at_most=64 * 1024 * 1024)
_TIME = ADuration(at_least="0s", at_most="3650d", above=True)


@value
class Exponential:
    """Times without memory: what is left does not depend on what has passed.

    Parameters
    ----------
    mean
        Above 0 s and at most 3,650 d.

    Examples
    --------
    >>> Exponential(mean="20min")
    Exponential(mean=Duration('20min'))
    """

    mean: Takes[DurationLike, Duration] = field(_TIME)


@value
class Weibull:
    """Times of which exp(-(t / scale)^shape) are longer than t.

    Parameters
    ----------
    scale
        Above 0 s and at most 3,650 d.
    shape
        0.1 to 100. Below 1, what has lasted for long will last; 1 is `Exponential`; above, times are alike.

    Notes
    -----
    The mean is scale times Γ(1 + 1 / shape).

    Examples
    --------
    >>> Weibull(scale="10min", shape=0.6).shape
    0.6
    """

    scale: Takes[DurationLike, Duration] = field(_TIME)
    shape: float = field(ANumber(at_least=0.1, at_most=100.0))


@value
class Pareto:
    """Times of which (least / t)^shape are longer than t: a heavy tail.

    Parameters
    ----------
    least
        Above 0 s and at most 3,650 d.
    shape
        Above 1, so that there is a mean, and at most 100. Up to 2 the variance is infinite.

    Notes
    -----
    The mean is least times shape / (shape - 1).

    Examples
    --------
    >>> Pareto(least="1min", shape=1.5).least
    Duration('1min')
    """

    least: Takes[DurationLike, Duration] = field(_TIME)
    shape: float = field(ANumber(at_least=1.0, at_most=100.0, above=True))


@value
class LogNormal:
    """Times whose logarithm is normally distributed.

    Parameters
    ----------
    median, p90
        Half, and nine of ten, are not longer; above 0 s and at most 3,650 d. `p90` may not be below `median`.

    Examples
    --------
    >>> LogNormal(median="4min", p90="25min").p90
    Duration('25min')
    """

    median: Takes[DurationLike, Duration] = field(_TIME)
    p90: Takes[DurationLike, Duration] = field(_TIME)


@value
class Constant:
    """Always the same time.

    Parameters
    ----------
    time
        Above 0 s and at most 3,650 d.

    Examples
    --------
    >>> Constant(time="30s")
    Constant(time=Duration('30s'))
    """

    time: Takes[DurationLike, Duration] = field(_TIME)


@value
class Empirical:
    r"""Times by a cumulative distribution of your own. Equal when the content of the file is equal.

    Parameters
    ----------
    path
        A CSV file of ``value,cumulative`` rows, with or without that header, read at once: seconds from 0
        to 315,360,000, and the share of times that are not longer, ending with 1. Neither falls. Between
        two rows the distribution is a straight line; what the first row says has exactly that value.
    sha256
        Hexadecimal digest that the file must have. Empty: whatever it has; then filled in.

    Examples
    --------
    >>> with open("gaps.csv", "w") as file:
    ...     _ = file.write("value,cumulative\n0,0\n60,0.5\n3600,1\n")
    >>> Empirical("gaps.csv").cumulative
    (0.0, 0.5, 1.0)
    """

    path: Takes[PathLike, str] = field(APath(), kw_only=False, identity=False)
    sha256: str = field(AText("a digest"), default="")
    #: Nanoseconds.
    times: tuple[int, ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)
    cumulative: tuple[float, ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)

    def _complete(self, problems: list[Problem]) -> None:
        read = read_time_law(self.path, "Empirical.path", problems)
        check_digest(self, self.path, read.sha256, problems)
        object.__setattr__(self, "times", tuple(value for value, _ in read.content))
        object.__setattr__(self, "cumulative", tuple(share for _, share in read.content))


TimeLaw = Exponential | Weibull | Pareto | LogNormal | Constant | Empirical


@value
class LogNormalBytes:
    """Sizes whose logarithm is normally distributed.

    Parameters
    ----------
    median, p90
        Half, and nine of ten, are not larger; 16 to 67,108,864 bytes. `p90` may not be below `median`.

    Examples
    --------
    >>> LogNormalBytes(median=4096, p90=65536).median
    4096
    """

    median: int = field(MESSAGE)
    p90: int = field(MESSAGE)


@value
class ParetoBytes:
    """Sizes of which (least / s)^shape are larger than s. Draws above 67,108,864 bytes are so many.

    Parameters
    ----------
    least
        16 to 67,108,864 bytes.
    shape
        0.1 to 100.

    Examples
    --------
    >>> ParetoBytes(least=9000, shape=1.2).shape
    1.2
    """

    least: int = field(MESSAGE)
    shape: float = field(ANumber(at_least=0.1, at_most=100.0))


@value
class EmpiricalBytes:
    r"""Sizes by a cumulative distribution of your own. Equal when the content of the file is equal.

    Parameters
    ----------
    path, sha256
        As of `Empirical`; values are bytes, 0 to 67,108,864. Draws below 16 bytes are 16.

    Examples
    --------
    >>> with open("sizes.csv", "w") as file:
    ...     _ = file.write("400,0.2\n5000,0.7\n2000000,1\n")
    >>> EmpiricalBytes("sizes.csv").sizes
    (400.0, 5000.0, 2000000.0)
    """

    path: Takes[PathLike, str] = field(APath(), kw_only=False, identity=False)
    sha256: str = field(AText("a digest"), default="")
    sizes: tuple[float, ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)
    cumulative: tuple[float, ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)

    def _complete(self, problems: list[Problem]) -> None:
        read = read_size_law(self.path, "EmpiricalBytes.path", problems)
        check_digest(self, self.path, read.sha256, problems)
        object.__setattr__(self, "sizes", tuple(value for value, _ in read.content))
        object.__setattr__(self, "cumulative", tuple(share for _, share in read.content))


SizeLaw = LogNormalBytes | ParetoBytes | EmpiricalBytes
