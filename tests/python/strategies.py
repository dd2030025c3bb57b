"""Hypothesis strategies from the fields of values: whatever their kinds and bounds allow."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reshake.units import Duration, Rate
from reshake.values.device import DeviceProfile
from reshake.values.kinds import A, ABoolean, ADuration, AnInteger, ANumber, ARate, Choice, Kind, ListOf, described
from reshake.values.profiles import SHIPPED

NAMES = st.text("abcdefgh-0123456789", min_size=1, max_size=8)
_LARGEST = 2**60


def held_by(kind: Kind, *, without: tuple[type, ...] = ()) -> st.SearchStrategy[Any]:
    """Anything that a field of this kind can hold, drawn from the kind's own bounds.

    Parameters
    ----------
    without
        Classes that are not drawn where there is a choice, such as those that need a file.
    """
    match kind:
        case ADuration():
            return _whole(kind).map(Duration.of_nanoseconds)
        case ARate():
            return _whole(kind).map(Rate.of_bits_per_second)
        case ANumber():
            return st.floats(
                kind.at_least, kind.at_most, exclude_min=kind.above, allow_nan=False, allow_infinity=False
            )  # fmt: skip
        case ABoolean():
            return st.booleans()
        case AnInteger():
            return _whole(kind)
        case Choice():
            return st.sampled_from(kind.choices or ())
        case ListOf():
            length = kind.length
            return st.lists(held_by(kind.item, without=without), min_size=length or 0, max_size=length or 2)
        case A() if DeviceProfile in kind.classes.values():
            return st.sampled_from(SHIPPED).map(DeviceProfile)
        case A():
            return st.one_of([values(cls, without=without) for cls in kind.classes.values() if cls not in without])
    return NAMES


def values(cls: type, *, without: tuple[type, ...] = ()) -> st.SearchStrategy[Any]:
    """Any value of a class that its constructor takes."""
    fields = {}
    for name, field in described(cls).items():
        held = held_by(field.kind, without=without)
        fields[name] = st.none() | held if field.optional else held
    return st.fixed_dictionaries(fields).map(lambda given: cls(**given))


def _whole(kind: ADuration | ARate | AnInteger) -> st.SearchStrategy[int]:
    at_most = kind.at_most if kind.at_most is not None else _LARGEST
    return st.integers(int(kind.at_least or 0) + kind.above, int(at_most))
