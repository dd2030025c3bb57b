"""Values that come with their sources, in JSON files of the package: a file for each thing that has a name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .errors import Problem, ScenarioError
from .units import spell
from .values.kinds import nearest


class CitedValue(NamedTuple):
    """One value and where it comes from.

    Parameters
    ----------
    field
        Of the class that takes it, such as ``"linger"`` or ``"tickets.capacity"``.
    value
        As in the JSON of that field.
    source
        Which documentation, code or measurement says so; ``"assumed"``, perhaps with a reason, where we found none.
    note
        How the value follows from it, or what it cannot say; may be empty.
    """

    field: str
    value: Any
    source: str
    note: str

    @property
    def assumed(self) -> bool:
        """Whether no source stands behind it."""
        return self.source.startswith("assumed")


def names_in(directory: Path) -> tuple[str, ...]:
    """Of what has a file there, sorted."""
    return tuple(sorted(path.stem for path in directory.glob("*.json")))


def read(directory: Path, name: str, *, asked: str, kind: str) -> Mapping[str, Any]:
    """The content of a file, with its lines as `CitedValue`.

    Parameters
    ----------
    directory
        Where the files are.
    name
        As the user gave it.
    asked, kind
        For the error: the function that was called, and what it knows by name.

    Raises
    ------
    ScenarioError
        If there is no such file.
    """
    names = names_in(directory)
    if name not in names:
        known = nearest(name, names) or f"; there is {', '.join(names)}"
        raise ScenarioError([Problem(asked, f"{spell(name)} is no {kind} that comes with Reshake{known}")])
    content = json.loads((directory / f"{name}.json").read_text())
    lines = tuple(
        CitedValue(line["field"], line["value"], line["from"], line.get("note", "")) for line in content["lines"]
    )
    return {**content, "lines": lines}


def by_group(lines: Iterable[CitedValue], groups: Sequence[str] = ()) -> dict[str, Any]:
    """Values by field; those of a field with a dot in a dictionary of their own.

    Parameters
    ----------
    lines
        As read.
    groups
        Of which there is a dictionary, even an empty one.

    Examples
    --------
    >>> by_group([CitedValue("linger", "10s", "RFC", ""), CitedValue("tls.early_data", True, "RFC", "")], ["tickets"])
    {'tickets': {}, 'linger': '10s', 'tls': {'early_data': True}}
    """
    values: dict[str, Any] = {group: {} for group in groups}
    for line in lines:
        group, _, field = line.field.rpartition(".")
        (values.setdefault(group, {}) if group else values)[field] = line.value
    return values
