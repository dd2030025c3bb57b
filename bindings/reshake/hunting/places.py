"""What can be done to whom: the places that each kind of fault takes in a scenario, found by asking `validate`."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from ..errors import Problem, ScenarioError
from ..values.faults import Fault
from ..values.kinds import (
    ABoolean,
    ADuration,
    AnInteger,
    ANumber,
    AText,
    Choice,
    Described,
    Kind,
    ListOf,
    described,
    nearest,
)
from ..values.policy_faults import PolicyFlip
from ..values.scenario import Scenario
from ..values.staged_rollout import StagedRollout

_SERVERS: Final = 3
"""Of a site: those after them are as good."""

KINDS: Final[Mapping[str, type]] = {
    "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_"): cls
    for cls in get_args(Fault)
    if cls not in (PolicyFlip, StagedRollout)
}
"""Those that can be made up, by the names that the table of faults has. Other policies would be another question."""


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A kind of fault, and the fields that say to whom it happens."""

    kind: type
    at: Mapping[str, Any]


def places(scenario: Scenario) -> list[str]:
    """The paths that faults may name, those that a scenario has not among them."""
    found = [each.name for each in scenario.clients]
    for fleet in scenario.fleets:
        found += [fleet.name, f"{fleet.name}/keys", f"{fleet.name}/cache"]
        for site in fleet.sites:
            path = f"{fleet.name}/{site.name}"
            servers = min(fleet.servers_per_site, _SERVERS)
            found += [path, f"{path}/cache", *(f"{path}/server-{n}" for n in range(1, servers + 1))]
    return found


def kinds_of(names: Sequence[str]) -> list[type]:
    """The classes of faults that are called so; all of them where none is named."""
    _refuse_unknown("faults", names, KINDS, "is no kind of fault", "the kinds are")
    return [KINDS[name] for name in names] if names else list(KINDS.values())


def check_places(scenario: Scenario, given: Sequence[str]) -> None:
    """Refuses places that a scenario has not."""
    _refuse_unknown("places", given, places(scenario), "is no place of the scenario", "the places are")


def _refuse_unknown(path: str, given: Sequence[str], known: Collection[str], sentence: str, all_are: str) -> None:
    all_of = f"; {all_are} {', '.join(known)}"
    unknown = [each for each in given if each not in known]
    if unknown:
        raise ScenarioError(Problem(path, f'"{each}" {sentence}{nearest(each, known) or all_of}') for each in unknown)


def targets(scenario: Scenario, kinds: Sequence[type], only: Sequence[str]) -> list[Target]:
    """All that can happen in a scenario, by kind and place.

    Parameters
    ----------
    only
        The places that may be named; empty: all there are.
    """
    allowed = [each for each in places(scenario) if not only or each in only]
    return [Target(kind, at) for kind in kinds for at in _spots(kind, allowed) if _is_possible(scenario, kind, at)]


def _spots(kind: type, allowed: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Every way to fill in the fields of a kind that name places."""
    fields = {name: each for name, each in described(kind).items() if names_places(each)}
    choices = [_choices(each, allowed) for each in fields.values()]
    for choice in itertools.product(*choices):
        yield dict(zip(fields, choice, strict=True))


def names_places(field: Described) -> bool:
    """Whether a field holds paths."""
    kind = field.kind.item if isinstance(field.kind, ListOf) else field.kind
    return isinstance(kind, AText) and field.required


def _choices(field: Described, allowed: Sequence[str]) -> list[Any]:
    if not isinstance(field.kind, ListOf):
        return list(allowed)
    if field.kind.length is None:
        return [(each,) for each in allowed]
    return list(itertools.combinations(allowed, field.kind.length))


def _is_possible(scenario: Scenario, kind: type, at: Mapping[str, Any]) -> bool:
    fault = example(kind, at)
    if fault is None:
        return False
    errors, _ = dataclasses.replace(scenario, faults=[fault]).problems()
    return not any(each.path.startswith("faults") for each in errors)


def example(kind: type, at: Mapping[str, Any]) -> Any:
    """Some fault of a kind, there; None where there is none without knowing more."""
    named: dict[str, Any] = dict(at)
    for name, each in described(kind).items():
        if name not in named and (each.required or isinstance(each.kind, ADuration)) and not each.optional:
            some = _some(each.kind)
            if some is None:
                return None
            named[name] = some
    try:
        return kind(**named)
    except ScenarioError:
        return None


def _some(kind: Kind) -> Any:
    """Something that a field can hold and that is not nothing, where its kind alone can tell."""
    match kind:
        case ADuration():
            return "1s"
        case ANumber() if kind.at_least is not None and kind.at_most is not None:
            return (kind.at_least + kind.at_most) / 2
        case AnInteger():
            return int(kind.at_least or 0)
        case Choice():
            return (kind.choices or (None,))[0]
        case ABoolean():
            return True
    return None
