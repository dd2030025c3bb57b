"""`first:last:step` on the command line: the values of a range, its last one included."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from ..units import Duration, Rate

EXPECTED: Final = "first:last:step, or first:last:xfactor"
_LONGEST: Final = 10_000


def spread(kind: object, text: str) -> list[str] | None:
    """The texts of a range of numbers, durations or rates; None where `text` is none.

    `ValueError` says what is wrong with one. Steps are exact: no value is off by a rounding.

    Examples
    --------
    >>> spread(float, "0:0.1:0.05"), spread(Duration, "1h:8h:x2"), spread(str, "a:b:c")
    (['0', '0.05', '0.1'], ['1h', '2h', '4h', '8h'], None)
    """
    parts = text.split(":")
    if len(parts) != 3:
        return None
    if kind in (int, float):
        return _values(parts, _number, _number_text)
    if kind is Duration:
        return _values(parts, _duration, lambda amount: str(Duration.of_nanoseconds(_whole(amount))))
    if kind is Rate:
        return _values(parts, _rate, lambda amount: str(Rate.of_bits_per_second(_whole(amount))))
    return None


def _values(parts: list[str], read: Callable[[str], Fraction], write: Callable[[Fraction], str]) -> list[str]:
    first, last = read(parts[0]), read(parts[1])
    by = parts[2].strip()
    grows = by.startswith("x")
    step = _number(by[1:]) if grows else read(by)
    if (grows and (step <= 1 or first <= 0)) or (not grows and step <= 0) or last < first:
        raise ValueError(f"never gets from its first to its last value; expected {EXPECTED}")
    found = []
    at = first
    while at <= last:
        found.append(write(at))
        at = at * step if grows else at + step
        if len(found) > _LONGEST:
            raise ValueError(f"has more than {_LONGEST:,} values")
    return found


def _number(text: str) -> Fraction:
    try:
        return Fraction(Decimal(text.strip()))
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"is no range of numbers; expected {EXPECTED}") from None


def _number_text(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else str(Decimal(amount.numerator) / amount.denominator)


def _duration(text: str) -> Fraction:
    return Fraction(Duration.parse(text))


def _rate(text: str) -> Fraction:
    return Fraction(Rate.parse(text))


def _whole(amount: Fraction) -> int:
    if amount.denominator != 1:
        raise ValueError("has values between two units")
    return amount.numerator
