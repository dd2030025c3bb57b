"""Files of recorded behaviour: what they must look like, and reading them with a line to blame."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import Problem
from ..units import spell

_MILLISECONDS = re.compile(r"\d{1,9}", re.ASCII)
_SECONDS = re.compile(r"(\d{1,9})(?:\.(\d{0,9})\d*)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}(?:\.\d{0,18})?", re.ASCII)
#: Ten years, and 64 MiB.
_LONGEST = 3650 * 86_400
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recording:
    """A file's content, and the digest of its bytes."""

    sha256: str
    content: tuple[Any, ...]


def read_delivery_trace(path: str, field: str, problems: list[Problem]) -> Recording:
    """One whole number of milliseconds per line, never falling."""
    text, digest = _read(path, field, problems)
    opportunities: list[int] = []
    for number, line in _lines(text):
        where = f"{path}, line {number}"
        if not _MILLISECONDS.fullmatch(line):
            reason = "is no whole number of milliseconds"
        elif opportunities and int(line) < opportunities[-1]:
            reason = f"goes back in time, after {opportunities[-1]}"
        else:
            opportunities.append(int(line))
            continue
        problems.append(Problem(field, f"{where}: {spell(line)} {reason}"))
        return Recording(digest, ())
    if digest and not (opportunities and opportunities[-1] > 0):
        sentence = f"{path}: holds no delivery opportunity after 0 ms"
        problems.append(Problem(field, sentence))
    return Recording(digest, tuple(opportunities))


def read_visits(path: str, field: str, problems: list[Problem]) -> Recording:
    """Rows of client and seconds: per client, in order of first appearance, its sorted visits."""
    text, digest = _read(path, field, problems)
    visits: dict[str, list[int]] = {}
    for number, line in _lines(text):
        cells = [cell.strip() for cell in line.split(",")]
        if number == 1 and [cell.lower() for cell in cells] == ["client", "seconds"]:
            continue
        time = _SECONDS.fullmatch(cells[1]) if len(cells) == 2 and cells[0] else None
        if time is None:
            sentence = f'{path}, line {number}: {spell(line)} is not "client,seconds"'
            problems.append(Problem(field, f"{sentence}, seconds from 0 since the start of the run"))
            return Recording(digest, ())
        whole, fraction = time.groups()
        nanoseconds = int(whole) * 10**9 + int((fraction or "").ljust(9, "0"))
        visits.setdefault(cells[0], []).append(nanoseconds)
    if digest and not visits:
        problems.append(Problem(field, f"{path}: holds no visit"))
    return Recording(digest, tuple(tuple(sorted(each)) for each in visits.values()))


def read_time_law(path: str, field: str, problems: list[Problem]) -> Recording:
    """Rows of seconds and the share of times that are not longer: nanoseconds and shares."""
    return _read_law(path, field, "seconds", _LONGEST, lambda value: round(value * 10**9), problems)


def read_size_law(path: str, field: str, problems: list[Problem]) -> Recording:
    """Rows of bytes and the share of sizes that are not larger."""
    return _read_law(path, field, "bytes", _LARGEST, float, problems)


def _read_law(
    path: str, field: str, unit: str, most: int, held: Callable[[Fraction], Any], problems: list[Problem]
) -> Recording:
    text, digest = _read(path, field, problems)
    rows: list[tuple[Fraction, Fraction]] = []
    for number, line in _lines(text):
        cells = [cell.strip() for cell in line.split(",")]
        if number == 1 and [cell.lower() for cell in cells] == ["value", "cumulative"]:
            continue
        if len(cells) != 2 or not all(_NUMBER.fullmatch(cell) for cell in cells):
            reason = f'is not "value,cumulative", {unit} and a share from 0 to 1'
        else:
            value, share = map(Fraction, cells)
            if value > most:
                reason = f"is out of range; values go up to {most:,} {unit}"
            elif share > 1:
                reason = "has a share above 1"
            elif rows and (value < rows[-1][0] or share < rows[-1][1]):
                reason = "falls: neither values nor shares may"
            else:
                rows.append((value, share))
                continue
        problems.append(Problem(field, f"{path}, line {number}: {spell(line)} {reason}"))
        return Recording(digest, ())
    if digest and not (rows and rows[-1][1] == 1):
        problems.append(Problem(field, f"{path}: does not end with a share of 1"))
    elif digest and held(rows[-1][0]) == 0:
        problems.append(Problem(field, f"{path}: holds no value above 0"))
    return Recording(digest, tuple((held(value), float(share)) for value, share in rows))


def check_digest(value: Any, file: str, found: str, problems: list[Problem]) -> None:
    """Fills in the digest of a value that was read, or refuses a file that is not the one meant."""
    if value.sha256 and found and value.sha256 != found:
        sentence = f"{file} has the digest {found}, not {value.sha256}: the file has changed"
        problems.append(Problem(f"{type(value).__name__}.sha256", sentence))
    object.__setattr__(value, "sha256", found)


def _read(path: str, field: str, problems: list[Problem]) -> tuple[str, str]:
    try:
        raw = Path(path).read_bytes()
        return raw.decode(), hashlib.sha256(raw).hexdigest()
    except OSError as error:
        problems.append(Problem(field, f"cannot read {path}: {error.strerror}"))
    except UnicodeDecodeError:
        problems.append(Problem(field, f"{path}: is not a text file"))
    except ValueError as error:
        problems.append(Problem(field, f"cannot read {spell(path)}: {error}"))
    return "", ""


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        yield number, line.strip()
