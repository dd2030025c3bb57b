"""Round numbers, and the way from a number to simpler ones."""

from __future__ import annotations

from typing import Final

_STEPS: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45)
_MS, _S = 10**6, 10**9
_UNITS: Final = (_MS, 10 * _MS, 100 * _MS, _S, 60 * _S, 3_600 * _S, 86_400 * _S)

#: Durations that people say, in nanoseconds, up to 45 days.
ROUND_TIMES: Final = tuple(
    sorted(
        {step * unit for unit in _UNITS for step in _STEPS if unit in (_S, 60 * _S) or step < 10}
        | {12 * 3_600 * _S, 6 * 3_600 * _S, 4 * 3_600 * _S}
    )
)
ROUND_COUNTS: Final = tuple(step * 10**power for power in range(7) for step in (1, 2, 3, 5, 7))


def round_times(least: int, most: int) -> list[int]:
    """The round durations from `least` to `most`, in nanoseconds; at least one amount, whatever it is.

    Examples
    --------
    >>> [each // 10**9 for each in round_times(10**9, 30 * 10**9)]
    [1, 2, 3, 5, 10, 15, 20, 30]
    """
    return [each for each in ROUND_TIMES if least <= each <= most] or [most]


def shorter(nanoseconds: int) -> tuple[int, ...]:
    """Durations to try in the place of one, from the shortest round one to itself.

    Examples
    --------
    >>> [each / 10**9 for each in shorter(7 * 10**9)][-4:]
    [2.0, 3.0, 5.0, 7.0]
    """
    return (*(each for each in ROUND_TIMES if each < nanoseconds), nanoseconds)


def fewer(count: int) -> tuple[int, ...]:
    """Counts to try in the place of one, from 1 to itself.

    Examples
    --------
    >>> fewer(25)
    (1, 2, 3, 5, 7, 10, 20, 25)
    """
    return (*(each for each in ROUND_COUNTS if each < count), count)


def rounder(nanoseconds: int) -> tuple[int, ...]:
    """The same point in time cut off to days, hours and so on, down to itself.

    Examples
    --------
    >>> [each / 10**9 for each in rounder(3_754_500_000_000)]
    [0.0, 3600.0, 3720.0, 3750.0, 3754.0, 3754.5]
    """
    day, hour, minute = 86_400 * _S, 3_600 * _S, 60 * _S
    units = (day, hour, 30 * minute, 10 * minute, 5 * minute, minute, 30 * _S, 10 * _S, 5 * _S, _S, 100 * _MS)
    return tuple(dict.fromkeys([0, *(nanoseconds // unit * unit for unit in units), nanoseconds]))


def plainer(number: float) -> tuple[float, ...]:
    """The same number with one and two digits, and as it is.

    Examples
    --------
    >>> plainer(0.01384)
    (0.01, 0.014, 0.01384)
    """
    return tuple(dict.fromkeys([float(f"{number:.1g}"), float(f"{number:.2g}"), number]))
