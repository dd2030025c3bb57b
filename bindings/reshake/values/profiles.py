"""Profiles of devices: tables of what cryptography costs, in files that say where they come from."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

from ..errors import Problem, ScenarioError
from ..units import spell
from .kinds import from_text, nearest

Operation = Literal[
    "sign",
    "verify",
    "keygen",
    "derive",
    "encapsulate",
    "decapsulate",
    "kdf",
    "cipher",
    "handshake_message",
    "certificate",
]

#: The profiles that come with Reshake.
SHIPPED: Final = ("server-core", "laptop", "phone-mid", "phone-low")

_OPERATIONS: Final[tuple[str, ...]] = get_args(Operation)
_TEXTS: Final = ("name", "cpu", "source", "date", "openssl")
_LARGEST: Final = 1e9


class CostLine(NamedTuple):
    """What one operation costs; the first line of an operation that fits counts.

    Parameters
    ----------
    operation
        What is done.
    algorithm
        How its name starts; empty: any.
    up_to
        The largest size the line is for, in bytes; None: any.
    microseconds, nanoseconds_per_byte
        CPU time: a fixed part, and a part per byte of the operation's size.
    origin
        Where the figures come from.
    """

    operation: str
    algorithm: str
    up_to: int | None
    microseconds: float
    nanoseconds_per_byte: float
    origin: str

    def fits(self, operation: str, algorithm: str, size: int) -> bool:
        """Whether the line is for such an operation, should none before it be."""
        within = self.up_to is None or size <= self.up_to
        return operation == self.operation and algorithm.startswith(self.algorithm) and within

    def cost(self, size: int) -> float:
        """Microseconds of CPU time for an operation of `size` bytes."""
        return self.microseconds + self.nanoseconds_per_byte * size / 1e3


Table = tuple[CostLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a profile's file says."""

    name: str
    cpu: str
    source: str
    date: str
    openssl: str
    table: Table

    def to_text(self) -> str:
        """The file: JSON with a line for each line of the table."""
        head = {each: getattr(self, each) for each in _TEXTS}
        text = json.dumps(head, indent=2, ensure_ascii=False).removesuffix("\n}")
        rows = (json.dumps(_row(line), ensure_ascii=False) for line in self.table)
        return text + ',\n  "lines": [\n    ' + ",\n    ".join(rows) + "\n  ]\n}\n"


def sha256_of(table: Table) -> str:
    """Digest of what a table says, whatever its file says besides."""
    rows = [[line.operation, line.algorithm, line.up_to, *map(float, line[3:5])] for line in table]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def line_for(table: Sequence[CostLine], operation: str, algorithm: str, size: int) -> CostLine:
    """The line that such an operation is charged by."""
    return next(line for line in table if line.fits(operation, algorithm, size))


def read_profile(name: str, field: str, problems: list[Problem]) -> Profile | None:
    """The profile of that name or in that file; else None, with a problem more."""
    if name in SHIPPED:
        return _shipped(name)
    try:
        return parse_profile(Path(name).read_text())
    except OSError as error:
        if os.sep in name or Path(name).suffix:
            sentence = f"cannot read {name}: {error.strerror}"
        else:
            known = nearest(name, SHIPPED) or f"; the shipped ones are {', '.join(SHIPPED)}"
            sentence = f"{spell(name)} is neither a shipped profile nor a file{known}"
        problems.append(Problem(field, sentence))
    except UnicodeDecodeError:
        problems.append(Problem(field, f"{name}: is not a text file"))
    except ScenarioError as error:
        problems.extend(Problem(field, f"{name}, {each}") for each in error.problems)
    return None


@functools.cache
def _shipped(name: str) -> Profile:
    return parse_profile((Path(__file__).parent.parent / "profiles" / f"{name}.json").read_text())


def parse_profile(text: str) -> Profile:
    """The profile that a file's text says.

    Raises
    ------
    ScenarioError
        With everything that is missing, unknown, out of range or without effect.
    """
    content = from_text(text)
    problems: list[Problem] = []
    if not isinstance(content, Mapping):
        raise ScenarioError([Problem("file", "is not a JSON object")])
    fields = (*_TEXTS, "lines")
    problems.extend(Problem(each, "missing") for each in fields if each not in content)
    for each, given in content.items():
        if each not in fields:
            known = nearest(each, fields) or f"; the fields are {', '.join(fields)}"
            problems.append(Problem(each, f"no such field{known}"))
        elif each != "lines" and not isinstance(given, str):
            problems.append(Problem(each, f"{spell(given)} is not text"))
    rows = content.get("lines", [])
    if not isinstance(rows, list):
        problems.append(Problem("lines", f"{spell(rows)} is not a list"))
        rows = []
    table = tuple(_line(row, f"lines[{i}]", problems) for i, row in enumerate(rows))
    if not problems:
        _check_order(table, problems)
    if problems:
        raise ScenarioError(problems)
    return Profile(table=table, **{each: content[each] for each in _TEXTS})


def _row(line: CostLine) -> dict[str, Any]:
    row: dict[str, Any] = {"operation": line.operation, "algorithm": line.algorithm, "up_to": line.up_to}
    row["microseconds"] = line.microseconds
    if line.nanoseconds_per_byte:
        row["nanoseconds_per_byte"] = line.nanoseconds_per_byte
    return row | {"from": line.origin}


def _line(row: object, path: str, problems: list[Problem]) -> CostLine:
    """A line of the table; what is wrong with it becomes problems."""
    given = dict(row) if isinstance(row, Mapping) else {}
    if not isinstance(row, Mapping):
        problems.append(Problem(path, f"{spell(row)} is not an object"))
    operation = given.pop("operation", None)
    if operation not in _OPERATIONS:
        expected = f"expected one of {', '.join(_OPERATIONS)}"
        problems.append(Problem(f"{path}.operation", f"{spell(operation)} is no operation; {expected}"))
    algorithm, origin = given.pop("algorithm", ""), given.pop("from", "")
    for name, text in {"algorithm": algorithm, "from": origin}.items():
        if not isinstance(text, str):
            problems.append(Problem(f"{path}.{name}", f"{spell(text)} is not text"))
    up_to = given.pop("up_to", None)
    if up_to is not None and (not isinstance(up_to, int) or isinstance(up_to, bool) or not 0 <= up_to < 2**63):
        problems.append(Problem(f"{path}.up_to", f"{spell(up_to)} is no size; expected whole bytes, or null for any"))
    microseconds = _cost(given.pop("microseconds", None), f"{path}.microseconds", problems)
    per_byte = _cost(given.pop("nanoseconds_per_byte", 0.0), f"{path}.nanoseconds_per_byte", problems)
    problems.extend(Problem(f"{path}.{each}", "no such field") for each in given)
    return CostLine(str(operation), str(algorithm), up_to, microseconds, per_byte, str(origin))


def _cost(given: object, path: str, problems: list[Problem]) -> float:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if is_number and math.isfinite(given) and 0 <= given <= _LARGEST:  # type: ignore[arg-type,operator]
        return float(given)  # type: ignore[arg-type]
    reason = "missing" if given is None else f"{spell(given)} is no cost"
    problems.append(Problem(path, f"{reason}; expected a number from 0 to {_LARGEST:,.0f}"))
    return 0.0


def _check_order(table: Table, problems: list[Problem]) -> None:
    """Each line can be reached, and each operation has a line for whatever is not named."""
    for i, line in enumerate(table):
        for j, earlier in enumerate(table[:i]):
            if earlier.fits(line.operation, line.algorithm, 0) and (
                earlier.up_to is None or (line.up_to is not None and line.up_to <= earlier.up_to)
            ):
                problems.append(Problem(f"lines[{i}]", f"is never reached: lines[{j}] takes all that it could"))
                break
    for operation in _OPERATIONS:
        if not any(line[:3] == (operation, "", None) for line in table):
            sentence = f'no line for every {operation}, with algorithm "" and up_to null'
            problems.append(Problem("lines", sentence))
