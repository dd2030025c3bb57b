"""What can be made simpler about a scenario: one knob each, from the simplest that may do to what was found."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import ScenarioError
from ..units import Duration
from ..values.clients import Clients
from ..values.fleet import Fleet, Site
from ..values.kinds import A, ADuration, AnInteger, ANumber, Described, ListOf, described
from ..values.scenario import Scenario
from .declared import Case
from .ladders import fewer, plainer, rounder, shorter

Path = tuple[str | int, ...]

GONE: Final = object()
"""In the place of a member of a list: it is left out."""

#: What is turned of these; of any other value all. What a fleet and its clients are meant to do is the question
#: and stays: with another policy something else would fail.
_TURNED: Final[Mapping[type, Sequence[str]]] = {
    Scenario: ("duration", "clients", "fleets", "faults"),
    Clients: ("count", "access", "churn", "restarts"),
    Fleet: ("sites", "servers_per_site"),
    Site: (),
}


@dataclass(frozen=True, slots=True)
class Knob:
    """A place in a scenario and what can stand there, from the simplest to what was found."""

    path: Path
    ladder: Sequence[Any]


_SHIFT: Final[Path] = ("shift",)
_SEED: Final[Path] = ("seed",)


def knobs(case: Case) -> list[Knob]:
    """All that can be turned about a case, what matters most to a reader first."""
    found = [*_walk(case.scenario, ())]
    starts = [each.start.nanoseconds for each in case.scenario.faults if hasattr(each, "start")]
    last = max(starts, default=0)
    if last > 0:
        # All of them earlier by so much: what depends on how they lie to each other still does.
        found.append(Knob(_SHIFT, [last, *(last - each for each in shorter(last))]))
    found.append(Knob(_SEED, tuple(dict.fromkeys([0, 1, 2, case.seed]))))
    turning = [each for each in found if len(each.ladder) > 1]
    return sorted(turning, key=_rank)


def turned(case: Case, all_of: Sequence[Knob], steps: Sequence[int]) -> Case | None:
    """The case with each knob at one of its steps; None where that is no valid scenario."""
    chosen = {
        knob.path: knob.ladder[step] for knob, step in zip(all_of, steps, strict=True) if step < len(knob.ladder) - 1
    }
    seed = chosen.pop(_SEED, case.seed)
    shift = chosen.pop(_SHIFT, 0)
    try:
        made: Scenario = _rebuilt(case.scenario, (), chosen)
        if shift > 0:
            made = dataclasses.replace(made, faults=[_earlier(each, shift) for each in made.faults])
        errors, _ = made.problems()
    except ScenarioError:
        return None
    return None if errors else Case(made, seed, case.parameters)


def _rank(knob: Knob) -> tuple[int, int]:
    """Faults first, then who takes part and for how long, then when, then settings."""
    path = knob.path
    if knob.ladder[0] is GONE:
        return (0 if path[0] == "faults" else 1, 0)
    if path in (("duration",), _SHIFT) or path[-1] == "count":
        return (2, 0)
    if path == _SEED:
        return (5, 0)
    return (3 if path[0] == "faults" else 4, len(path))


def _walk(held: Any, path: Path) -> Iterator[Knob]:
    for name, field in described(type(held)).items():
        if name in _TURNED.get(type(held), (name,)):
            yield from _of_field(field, getattr(held, name), (*path, name))


def _of_field(field: Described, held: Any, path: Path) -> Iterator[Knob]:
    differs = not field.required and held != field.default
    if isinstance(field.kind, ListOf):
        if isinstance(field.kind.item, A):
            for index, each in enumerate(held):
                yield Knob((*path, index), (GONE, each))
                yield from _walk(each, (*path, index))
        elif differs:
            yield Knob(path, (field.default, held))
        return
    first = [field.default] if differs else []
    if isinstance(field.kind, A):
        if held is None or (not field.required and not differs):
            return
        yield Knob(path, (*first, held))
        yield from _walk(held, path)
    elif field.required or differs:
        yield Knob(path, (*first, *_simpler(field, held, path)))


def _simpler(field: Described, held: Any, path: Path) -> Sequence[Any]:
    """Rungs from the simplest to what is held, beside a default."""
    match field.kind:
        case ADuration() if isinstance(held, Duration):
            amount = held.nanoseconds
            size = abs(amount)
            rungs = rounder(size) if path[-1] == "start" else shorter(size)
            return [Duration.of_nanoseconds(int(math.copysign(1, amount)) * each) for each in rungs]
        case AnInteger() if isinstance(held, int) and held > 0:
            return fewer(held)
        case ANumber() if isinstance(held, float) and held > 0:
            return plainer(held)
    return (held,)


def _rebuilt(held: Any, path: Path, chosen: Mapping[Path, Any]) -> Any:
    changes: dict[str, Any] = {}
    for name, field in described(type(held)).items():
        now = getattr(held, name)
        here = (*path, name)
        if here in chosen:
            changes[name] = chosen[here]
        elif isinstance(field.kind, ListOf) and isinstance(field.kind.item, A):
            members = [
                _rebuilt(each, (*here, index), chosen)
                for index, each in enumerate(now)
                if chosen.get((*here, index)) is not GONE
            ]
            changes[name] = members
        elif isinstance(field.kind, A) and now is not None and _below(here, chosen):
            changes[name] = _rebuilt(now, here, chosen)
    return dataclasses.replace(held, **changes) if changes else held


def _below(path: Path, chosen: Mapping[Path, Any]) -> bool:
    return any(each[: len(path)] == path for each in chosen)


def _earlier(fault: Any, shift: int) -> Any:
    if not hasattr(fault, "start"):
        return fault  # A rule by which others come.
    return dataclasses.replace(fault, start=Duration.of_nanoseconds(max(0, fault.start.nanoseconds - shift)))
