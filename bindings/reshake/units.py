"""Durations and rates as people write them, exact to the nanosecond and to the bit per second."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar, Self

from .errors import Problem, ScenarioError

# Far below what int64 nanoseconds hold (292 years), so that a sum of a few cannot overflow.
_LARGEST = 2**62

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([^\W\d_]*)\s*", re.ASCII | re.IGNORECASE)


class UnitError(ValueError):
    """Why a text is no quantity; the caller knows the field and says so."""


def above_zero(amount: int) -> int:
    """The same amount; a `UnitError` where it is none."""
    if amount <= 0:
        raise UnitError("is out of range")
    return amount


def _parse(text: str, units: dict[str, int]) -> int:
    match = _QUANTITY.fullmatch(text.replace("µ", "u").replace("μ", "u"))
    if match is None:
        raise UnitError("is not a number with a unit")
    number, unit = match.groups()
    if not unit:
        raise UnitError("has no unit")
    if unit not in units:
        raise UnitError(f'has an unknown unit "{unit}"')
    exact = Fraction(number) * units[unit]
    if exact.denominator != 1:
        raise UnitError(f"is not a whole number of {next(iter(units))}")
    if abs(exact.numerator) > _LARGEST:
        raise UnitError("is too large")
    return exact.numerator


def _text(amount: int, units: dict[str, int]) -> str:
    """The largest unit that divides `amount`: short, exact, and the same for equal amounts."""
    smallest = next(iter(units))
    unit = next((u for u in reversed(units) if amount % units[u] == 0), smallest) if amount else None
    if unit is None:
        unit = "s" if "s" in units else smallest
    return f"{amount // units[unit]}{unit}"


def _refuse(quantity: type, given: object, reason: str, expected: str) -> ScenarioError:
    return ScenarioError([Problem(quantity.__name__, f"{spell(given)} {reason}; expected {expected}")])


def spell(given: object) -> str:
    """What the user gave, as he would write it."""
    if isinstance(given, str):
        return f'"{given}"'
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True, slots=True, order=True, init=False, repr=False)
class Duration:
    """A length of time.

    Parameters
    ----------
    given
        Text with a unit (``ns``, ``us``, ``ms``, ``s``, ``min``, ``h``, ``d``), a `timedelta`, or
        a duration. A bare number is refused: 45 of what?

    Notes
    -----
    Held as whole nanoseconds. ``str()`` gives the largest unit that says it exactly.

    Examples
    --------
    >>> Duration("1.5h")
    Duration('90min')
    >>> Duration("250us") < Duration("1ms")
    True
    >>> Duration("45ms").nanoseconds
    45000000
    """

    nanoseconds: int

    UNITS: ClassVar[dict[str, int]] = {
        "ns": 1,
        "us": 1_000,
        "ms": 1_000_000,
        "s": 1_000_000_000,
        "min": 60 * 1_000_000_000,
        "h": 3_600 * 1_000_000_000,
        "d": 86_400 * 1_000_000_000,
    }
    EXPECTED: ClassVar[str] = 'a duration with its unit (ns, us, ms, s, min, h, d), such as "45ms"'

    def __init__(self, given: str | timedelta | Duration) -> None:
        try:
            nanoseconds = self.parse(given)
        except UnitError as error:
            raise _refuse(Duration, given, str(error), self.EXPECTED) from None
        object.__setattr__(self, "nanoseconds", nanoseconds)

    @classmethod
    def parse(cls, given: object) -> int:
        """The nanoseconds that `given` says; `UnitError` says why it says none."""
        if isinstance(given, Duration):
            return given.nanoseconds
        if isinstance(given, str):
            return _parse(given, cls.UNITS)
        if isinstance(given, timedelta):
            microseconds = (given.days * 86_400 + given.seconds) * 1_000_000 + given.microseconds
            # A pandas Timedelta is a timedelta that also counts nanoseconds.
            return microseconds * 1_000 + int(getattr(given, "nanoseconds", 0))
        if isinstance(given, int | float):
            raise UnitError("has no unit")
        raise UnitError("is not a duration")

    @classmethod
    def of_nanoseconds(cls, nanoseconds: int) -> Self:
        """The duration of so many nanoseconds."""
        made = cls.__new__(cls)
        object.__setattr__(made, "nanoseconds", int(nanoseconds))
        return made

    @property
    def seconds(self) -> float:
        """The same in seconds, rounded to the nearest float."""
        return self.nanoseconds / 1e9

    def __str__(self) -> str:
        return _text(self.nanoseconds, self.UNITS)

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"


@dataclass(frozen=True, slots=True, order=True, init=False, repr=False)
class Rate:
    """What a link carries per second.

    Parameters
    ----------
    given
        Text with a unit (``bps``, ``kbps``, ``Mbps``, ``Gbps``, ``Tbps``; bits, powers of ten), or
        a rate.

    Examples
    --------
    >>> Rate("1Gbps")
    Rate('1Gbps')
    >>> Rate("1.5Mbps").bits_per_second
    1500000
    """

    bits_per_second: int

    UNITS: ClassVar[dict[str, int]] = {
        "bps": 1,
        "kbps": 10**3,
        "Mbps": 10**6,
        "Gbps": 10**9,
        "Tbps": 10**12,
    }
    EXPECTED: ClassVar[str] = 'a rate with its unit (bps, kbps, Mbps, Gbps, Tbps), such as "12Mbps"'

    def __init__(self, given: str | Rate) -> None:
        try:
            bits_per_second = self.parse(given)
        except UnitError as error:
            raise _refuse(Rate, given, str(error), self.EXPECTED) from None
        object.__setattr__(self, "bits_per_second", bits_per_second)

    @classmethod
    def parse(cls, given: object) -> int:
        """The bits per second that `given` says; `UnitError` says why it says none."""
        if isinstance(given, Rate):
            return given.bits_per_second
        if isinstance(given, str):
            return _parse(given, cls.UNITS)
        if isinstance(given, int | float):
            raise UnitError("has no unit")
        raise UnitError("is not a rate")

    @classmethod
    def of_bits_per_second(cls, bits_per_second: int) -> Self:
        """The rate of so many bits per second."""
        made = cls.__new__(cls)
        object.__setattr__(made, "bits_per_second", int(bits_per_second))
        return made

    def __str__(self) -> str:
        return _text(self.bits_per_second, self.UNITS)

    def __repr__(self) -> str:
        return f"Rate({str(self)!r})"


_SIZES = {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}


def parse_size(given: object) -> int:
    """The bytes that a text with a unit says; `UnitError` says why it says none.

    Examples
    --------
    >>> parse_size("1.5GiB")
    1610612736
    """
    if isinstance(given, str):
        return _parse(given, _SIZES)
    raise UnitError("has no unit" if isinstance(given, int | float) else "is not an amount of memory")


def spell_size(size: int) -> str:
    """An amount of memory for a reader.

    Examples
    --------
    >>> spell_size(2**31), spell_size(300_000_000)
    ('2 GiB', '286 MiB')
    """
    gibibytes = size / 2**30
    return f"{gibibytes:.3g} GiB" if gibibytes >= 1 else f"{size / 2**20:.0f} MiB"
