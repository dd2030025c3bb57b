"""Which values a figure compares, what they are called, and in which colour they are drawn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib
import pandas as pd

from .tables import ResultTables

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7700DD")
"""Colours that all common kinds of colour vision tell apart (Okabe and Ito, 2008), for values without an order.

Theirs, with a violet for their yellow, which cannot be read on white: one of those with a contrast of 3 that lie
farthest from the seven in CIELAB, whichever kind of cone is missing (Machado, Oliveira and Fernandes, 2009).
"""

_LONGEST = 14  # Characters for which every legend has room.
_USUAL = 10  # Characters that fit where most labels are numbers.
_QUANTITY = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([A-Za-zµ]+)?$")
# How a title says "visits under this value" where the plain "ticket lifetime 6 h" would read
# stiffly.
_PHRASES: dict[str, str] = {"ticket_lifetime": "{} tickets", "loss": "{} loss", "keys": "{} keys"}
_UNITS = ("m", "km", "s", "ms")  # What numbers may be of whose parameter's name ends so: distance_m.


def is_called(value: object, text: str) -> bool:
    """Whether somebody who writes `text` means this value of a parameter.

    Examples
    --------
    >>> is_called(0.0, "0"), is_called("10min", "10min"), is_called("10min", "10"), is_called(True, "true")
    (True, True, False, True)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text == str(value) or (isinstance(value, bool) and text == str(value).lower())


def called(name: str) -> str:
    """What a parameter is called for a reader: without the unit that its name may end in.

    Examples
    --------
    >>> called("ticket_lifetime"), called("distance_m"), called("m")
    ('ticket lifetime', 'distance', 'm')
    """
    return _without_unit(name)[0].replace("_", " ")


def _without_unit(name: str) -> tuple[str, str]:
    stem, _, unit = name.rpartition("_")
    return (stem, unit) if stem and unit in _UNITS else (name, "")


def label_of(value: object, of: str = "") -> str:
    """How a value of a parameter is written for a reader; of a path, the file's name.

    Parameters
    ----------
    value
        As in the grid.
    of
        The parameter's name: numbers have the unit that it ends in.

    Examples
    --------
    >>> label_of("10min"), label_of(0.02), label_of("per-site"), label_of("traces/train.down")
    ('10 min', '0.02', 'per-site', 'train.down')
    >>> label_of(45, of="distance_m"), label_of(None, of="farthest_m")
    ('45 m', 'None')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        number = f"{value:g}" if isinstance(value, float) else str(value)
        return f"{number} {_without_unit(of)[1]}".rstrip()
    match = _QUANTITY.match(str(value))
    if match and match.group(2):
        return f"{match.group(1)} {match.group(2)}"
    name = str(value).rsplit("/", 1)[-1]
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def is_quantity(value: object) -> bool:
    """Whether a value has an amount: a number, a duration or a rate."""
    return isinstance(value, int | float) or _QUANTITY.match(str(value)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One of the values that a figure compares.

    Parameters
    ----------
    value
        As in the table's column; None where nothing is compared.
    label
        For axes and legends.
    phrase
        For titles: the label and what it is a value of.
    colour
        Hexadecimal RGB.
    """

    value: object
    label: str
    phrase: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """A partition of the rows of a table by the values of one column.

    Parameters
    ----------
    column
        None: one group with all rows.
    groups
        In the order of the grid.
    pooled
        Other parameters of the grid that have several values: a group mixes them.
    """

    column: str | None
    groups: tuple[Group, ...]
    pooled: tuple[str, ...] = ()

    @property
    def has_long_labels(self) -> bool:
        """Whether a label needs more room than a number with its unit."""
        return any(len(group.label) > _USUAL for group in self.groups)

    @property
    def title(self) -> str:
        """What the groups are values of, for axes and legends."""
        return called(self.column or "")

    def split(self, frame: pd.DataFrame) -> Iterator[tuple[Group, pd.DataFrame]]:
        """Each group with its rows of `frame`, which may be none."""
        for group in self.groups:
            yield group, frame if self.column is None else frame[frame[self.column] == group.value]


def _colours(values: list[object]) -> list[str]:
    if len(values) == 1:
        return [OKABE_ITO[0]]
    if not all(is_quantity(value) for value in values) and len(values) <= len(OKABE_ITO):
        return list(OKABE_ITO[: len(values)])
    # An order is shown as one: from light to dark. Names are written in these colours, and the lightest end of the map
    # cannot be read on white.
    scale = matplotlib.colormaps["plasma"]
    return [matplotlib.colors.to_hex(scale(0.68 - 0.66 * i / (len(values) - 1))) for i in range(len(values))]


def group_by(results: ResultTables, by: str | None) -> Grouping:
    """The groups of a batch.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or a column of names (`population`, `home`, `site`, `tenant`). None: the
        first parameter with several values, or all rows together.

    Raises
    ------
    ValueError
        If there is no such parameter or column.
    """
    parameters = results.parameters
    several = [name for name, values in parameters.items() if len(values) > 1]
    if by is None:
        by = next(iter([*several, *parameters]), None)
    if by is None:
        return Grouping(
            column=None,
            groups=(Group(value=None, label="all", phrase="all together", colour=OKABE_ITO[0]),),
        )
    attempts = results.attempts
    named = [name for name in ("population", "home", "site", "tenant") if name in attempts.columns]
    if by not in parameters and by not in named:
        raise ValueError(f"by: no parameter {by!r} in these results; there is {', '.join([*parameters, *named])}")
    values = list(attempts[by].cat.categories)
    pattern = _PHRASES.get(by, called(by) + " = {}")
    labels = [label_of(value, of=by) for value in values]
    groups = tuple(
        Group(value=value, label=label, phrase=pattern.format(label), colour=colour)
        for value, label, colour in zip(values, labels, _colours(values), strict=True)
    )
    return Grouping(column=by, groups=groups, pooled=tuple(name for name in several if name != by))


def under(grouping: Grouping, group: Group) -> str:
    """The end of a clause about one of the values, as " with 6 h tickets"; empty where nothing is compared."""
    if grouping.column is None or len(grouping.groups) < 2:
        return ""
    if is_quantity(group.value):
        return f" with {group.phrase}"
    return f" without a {grouping.title}" if group.label == "none" else f" with “{group.label}”"
