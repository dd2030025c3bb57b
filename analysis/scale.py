"""Where the values of a parameter stand on an axis."""

import itertools
import math
import re
from collections.abc import Sequence

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "bps": 1.0,
    "kbps": 1e3,
    "Mbps": 1e6,
    "Gbps": 1e9,
    "Tbps": 1e12,
}
_RATES = {"bps", "kbps", "Mbps", "Gbps", "Tbps"}
_QUANTITY = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([A-Za-zµ]*)$")
_LEAST_GAP = 0.055  # Of the axis: labels nearer than this run into each other.


def number_of(value: object) -> tuple[str, float] | None:
    """What kind of quantity a value is, and how much in the base unit; None for a name.

    Examples
    --------
    >>> number_of("10min"), number_of(0.02), number_of("5Mbps"), number_of("per-site")
    (('time', 600.0), ('number', 0.02), ('rate', 5000000.0), None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return "number", float(value)
    match = _QUANTITY.match(str(value))
    if match is None:
        return None
    unit = match.group(2)
    if not unit:
        return "number", float(match.group(1))
    if unit not in _UNITS:
        return None
    return ("rate" if unit in _RATES else "time"), float(match.group(1)) * _UNITS[unit]


def positions(values: Sequence[object]) -> tuple[list[float], bool]:
    """Places from 0 to 1 of a parameter's values, in their order, and whether they are to scale.

    Linear where the values span less than a factor of 20, logarithmic where they span more; evenly spaced, and not to
    scale, where they are names, stand in no order, or would be too near each other for their labels.

    Examples
    --------
    >>> positions(["10min", "1h", "6h"])
    ([0.0, 0.5, 1.0], True)
    >>> positions(["shared", "per-site"])
    ([0.0, 1.0], False)
    """
    even = [i / max(len(values) - 1, 1) for i in range(len(values))]
    known = [number_of(value) for value in values]
    numbers = [each[1] for each in known if each is not None]
    kinds = {each[0] for each in known if each is not None}
    if len(numbers) < len(values) or len(kinds) != 1 or len(values) < 2:
        return even, False
    least, most = min(numbers), max(numbers)
    if least > 0 and most / least > 20:
        numbers = [math.log(number) for number in numbers]
    elif least < 0 or numbers != sorted(numbers):
        return even, False
    first, last = numbers[0], numbers[-1]
    if last <= first:
        return even, False
    places = [round((number - first) / (last - first), 9) for number in numbers]
    near = min(after - before for before, after in itertools.pairwise(places))
    return (even, False) if near < _LEAST_GAP else (places, True)
