"""What one run may use, before it is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ..errors import Problem, ScenarioError
from ..units import Duration, UnitError, above_zero, parse_size, spell, spell_size

MEMORY_EXPECTED: Final = 'an amount of memory with its unit (kB, MB, GB, KiB, MiB, GiB), such as "2GiB"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of each run; None: no limit.

    Attributes
    ----------
    memory
        Resident bytes of its process, of which about 70 MiB are there before it begins.
    time
        Nanoseconds of wall time.
    """

    memory: int | None = None
    time: int | None = None

    def __bool__(self) -> bool:
        return self.memory is not None or self.time is not None

    @property
    def memory_said(self) -> str:
        """The limit of memory in a message."""
        return spell_size(self.memory or 0)

    @property
    def time_said(self) -> str:
        """The limit of time in a message."""
        return str(Duration.of_nanoseconds(self.time or 0))


def checked_workers(workers: int | None) -> int | None:
    """What may be said of how many runs run at a time."""
    if workers is not None and (isinstance(workers, bool) or workers < 1):
        raise ScenarioError([Problem("workers", f"{workers!r} is out of range; expected a whole number, at least 1")])
    return workers


def limits_of(memory_limit: str | None, time_limit: str | timedelta | Duration | None) -> Limits:
    """The limits that a user gave; a `ScenarioError` with all that is wrong with them."""
    problems: list[Problem] = []
    memory = time = None
    if memory_limit is not None:
        try:
            memory = above_zero(parse_size(memory_limit))
        except UnitError as error:
            problems.append(Problem("memory_limit", f"{spell(memory_limit)} {error}; expected {MEMORY_EXPECTED}"))
    if time_limit is not None:
        try:
            time = above_zero(Duration.parse(time_limit))
        except UnitError as error:
            problems.append(Problem("time_limit", f"{spell(time_limit)} {error}; expected {Duration.EXPECTED}"))
    if problems:
        raise ScenarioError(problems)
    return Limits(memory=memory, time=time)
