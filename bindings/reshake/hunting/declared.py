"""What a hunt is told, and what it tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem, ScenarioError
from ..units import spell
from ..values.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """Where `hunt` looks for a violation; the seed is always part of it.

    Parameters
    ----------
    faults
        Kinds that are made up, as the table of faults calls them (``"partition"``, ``"clock_skew"``).
        None: every kind that the scenario can have. Empty: none, only its own.
    places
        Paths that they may name. Empty: all there are.
    max_faults
        That are made up at most, at least 0.
    parameters
        For parameters of the scenario function, a pair for a range of numbers, durations or rates, or a
        list of values.

    Examples
    --------
    >>> Hunt(faults=["partition"], places=["phones", "edge/ams"], parameters={"loss": (0.0, 0.1)}).max_faults
    3
    """

    faults: Sequence[str] | None = None
    places: Sequence[str] = ()
    max_faults: int = 3
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        for name in ("faults", "places"):
            given = getattr(self, name)
            if given is not None and not _are_names(given):
                problems.append(Problem(f"Hunt.{name}", f"{spell(given)} is no list of names"))
        count: object = self.max_faults
        parameters: object = self.parameters
        if not is_whole(count, at_least=0):
            expected = "expected a whole number, at least 0"
            problems.append(Problem("Hunt.max_faults", f"{spell(count)} is out of range; {expected}"))
        if not isinstance(parameters, Mapping):
            problems.append(Problem("Hunt.parameters", f"{spell(parameters)} is no dict of names and ranges"))
        if problems:
            raise ScenarioError(problems)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try."""

    scenario: Scenario
    seed: int
    #: What the scenario function was given.
    parameters: Mapping[str, Any]


def is_whole(given: object, *, at_least: int) -> bool:
    """Whether something is a whole number that large."""
    return isinstance(given, int) and not isinstance(given, bool) and given >= at_least


def _are_names(given: object) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(each, str) for each in given)
