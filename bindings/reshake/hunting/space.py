"""Hypothesis strategies of the cases of a hunt, from what was declared and from the fields of faults."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from ..errors import Problem, ScenarioError, gathered
from ..units import Duration, Rate, UnitError, spell
from ..values.faults import Fault
from ..values.kinds import (
    A,
    ABoolean,
    ADuration,
    AnInteger,
    ANumber,
    Choice,
    Described,
    Kind,
    described,
)
from ..values.scenario import Scenario
from ..values.tls_settings import ServerTls, Tickets
from .declared import Case, Hunt
from .ladders import round_times
from .places import Target, kinds_of, names_places, targets

_STARTS = 500
_SHORTEST = 300
"""Of a run's length: what is shorter hardly meets anybody."""


#: With others a fault would not be trouble, but another question.
_POLICIES: Final = {ServerTls, Tickets}


@dataclass(slots=True)
class Refusals:
    """Draws of parameters with which there is no valid scenario.

    Attributes
    ----------
    count
        How many there were.
    first
        The first of them, and what is wrong with it; empty where there was none.
    """

    count: int = 0
    first: str = ""

    def add(self, given: Mapping[str, Any], problem: Problem) -> None:
        """One more."""
        self.count += 1
        self.first = self.first or f"{', '.join(f'{name}={each}' for name, each in given.items())}: {problem}"


def cases(scenario: Callable[..., Scenario], space: Hunt, refusals: Refusals) -> st.SearchStrategy[Case]:
    """Draws from a space, all with seed 0; a `ScenarioError` with all that is wrong with it."""
    problems: list[Problem] = []
    parameters = {name: _drawn(name, given, problems) for name, given in space.parameters.items()}
    kinds: list[type] | None = None
    if space.faults is None or space.faults:
        with gathered(problems):
            kinds = kinds_of(space.faults or ())
    if problems:
        raise ScenarioError(problems)
    known: dict[str, list[Target]] = {}

    @st.composite
    def drawn(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Case:
        given = {name: draw(each) for name, each in parameters.items()}
        made = _scenario(scenario, given, refusals)
        if kinds is not None and space.max_faults > 0:
            plain = replace(made, faults=())
            name = plain.identity()
            if name not in known:
                known[name] = targets(plain, kinds, space.places)
            can = known[name]
            if can:
                faults = draw(_schedules(can, made.duration.nanoseconds, space.max_faults))
                made = replace(made, faults=[*made.faults, *faults])
        errors, _ = made.problems()
        assume(not errors)
        return Case(made, 0, given)

    return drawn()


def _scenario(scenario: Callable[..., Scenario], given: Mapping[str, Any], refusals: Refusals) -> Scenario:
    """A valid one; the draw is none where these parameters make none."""
    problems: Sequence[Problem]
    try:
        made = scenario(**given)
        problems, _ = made.problems()
    except ScenarioError as error:
        problems = error.problems
    if problems:
        refusals.add(given, problems[0])
        assume(False)
    return made


def _schedules(can: Sequence[Target], run: int, at_most: int) -> st.SearchStrategy[list[Fault]]:
    """One to so many faults. Trouble seldom comes alone: many are of another kind, and soon after the one before."""
    by_kind: dict[type, list[Target]] = {}
    for each in can:
        by_kind.setdefault(each.kind, []).append(each)
    kinds = list(by_kind)

    @st.composite
    def schedule(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Fault]:
        made: list[Fault] = []
        before: int | None = None
        for _ in range(draw(st.integers(1, at_most))):
            others = [kind for kind in kinds if not any(isinstance(each, kind) for each in made)]
            kind = draw(st.sampled_from(others if others and draw(st.booleans()) else kinds))
            target = draw(st.sampled_from(by_kind[kind]))
            start = draw(_starts(run))
            if before is not None and draw(st.booleans()):
                start = before + draw(st.sampled_from(round_times(run // _SHORTEST, max(1, run // 4))))
            assume(start < run)
            made.append(draw(_faults(target, start, run)))
            before = start
        return made

    return schedule()


def _faults(target: Target, start: int, run: int) -> st.SearchStrategy[Any]:
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, each in described(target.kind).items():
        if name in target.at:
            fields[name] = st.just(target.at[name])
        elif name == "start":
            fields[name] = st.just(Duration.of_nanoseconds(start))
        elif not names_places(each) and (strategy := _content(each, run)) is not None:
            fields[name] = strategy

    return st.fixed_dictionaries(fields).map(lambda given: _made(target.kind, given))


def _made(cls: type, given: dict[str, Any]) -> Any:
    """A value; the draw is none where its fields do not go together."""
    try:
        return cls(**given)
    except ScenarioError:
        assume(False)
        raise


def _content(described_field: Described, run: int) -> st.SearchStrategy[Any] | None:
    """What a field of a fault is filled with, its default in a third of the cases; None: it keeps it always."""
    plain = _plain(described_field.kind, run)
    if plain is None or described_field.required:
        return plain
    return st.one_of(st.just(described_field.default), plain, plain)


def _plain(kind: Kind, run: int) -> st.SearchStrategy[Any] | None:
    match kind:
        case ADuration():
            least = int(kind.at_least or 0)
            # What is signed is how far a clock is off, which has nothing to do with the length of a run.
            most = int(kind.at_most or run) if least < 0 else min(int(kind.at_most or run), run)
            amounts = st.sampled_from(round_times(max(least, min(run, most) // _SHORTEST, 1), most))
            signed = amounts | amounts.map(lambda amount: -amount) if least < 0 else amounts
            return signed.map(Duration.of_nanoseconds)
        case ANumber() if kind.at_least is not None and kind.at_most is not None:
            return _numbers(kind.at_least, kind.at_most, above=kind.above)
        case AnInteger():
            return st.integers(int(kind.at_least or 0), min(int(kind.at_most or 0), int(kind.at_least or 0) + 10))
        case ABoolean():
            return st.booleans()
        case Choice():
            return st.sampled_from(kind.choices or ())
        case A() if not set(kind.classes.values()) & _POLICIES:
            inner = [_values(cls, run) for cls in kind.classes.values()]
            drawable = [each for each in inner if each is not None]
            return st.one_of(drawable) if drawable else None
    return None


def _values(cls: type, run: int) -> st.SearchStrategy[Any] | None:
    """A value within a fault; None where it has a field that needs to be told."""
    contents = {name: _content(each, run) for name, each in described(cls).items()}
    if any(contents[name] is None for name, each in described(cls).items() if each.required):
        return None
    drawn = {name: each for name, each in contents.items() if each is not None}
    return st.fixed_dictionaries(drawn).map(lambda given: _made(cls, given))


def _starts(run: int) -> st.SearchStrategy[int]:
    """Moments of a run, as round as its length allows."""
    step = max(each for each in round_times(1, max(1, run // _STARTS)))
    return st.integers(0, (run - 1) // step).map(lambda count: count * step)


def _numbers(least: float, most: float, *, above: bool = False) -> st.SearchStrategy[float]:
    """Between two numbers, with few digits."""
    return st.integers(int(above), 100).map(lambda part: float(f"{least + (most - least) * part / 100:.6g}"))


def _drawn(name: str, given: Any, problems: list[Problem]) -> st.SearchStrategy[Any]:
    """What a parameter is given."""
    if isinstance(given, list):
        if not given:
            problems.append(Problem(name, "has no values; expected at least one"))
        return st.sampled_from(given or [None])
    if not isinstance(given, tuple) or len(given) != 2:
        return st.just(given)
    try:
        return _range(*given)
    except ValueError as error:
        problems.append(
            Problem(name, f"{spell(given)} {error}; expected a pair of numbers, durations or rates, rising")
        )
        return st.nothing()


def _range(first: Any, last: Any) -> st.SearchStrategy[Any]:
    if isinstance(first, bool) or isinstance(last, bool):
        raise ValueError("is no range")
    if isinstance(first, int) and isinstance(last, int):
        _rising(first, last)
        return st.integers(first, last)
    if isinstance(first, int | float) and isinstance(last, int | float):
        _rising(first, last)
        if not (math.isfinite(first) and math.isfinite(last)):
            raise ValueError("is not finite")
        return _numbers(first, last)
    for quantity in (Duration, Rate):
        try:
            low, high = quantity.parse(first), quantity.parse(last)
        except UnitError:
            continue
        _rising(low, high)
        return _amounts(low, high, as_text=isinstance(first, str), quantity=quantity)
    raise ValueError("is no range")


def _rising(first: float, last: float) -> None:
    if not first < last:
        raise ValueError("does not rise")


def _amounts(low: int, high: int, *, as_text: bool, quantity: type[Duration] | type[Rate]) -> st.SearchStrategy[Any]:
    """Between two durations or rates, at a hundredth of the way each."""

    def amount(part: int) -> Any:
        whole = low + (high - low) * part // 100
        digits = max(0, len(str(abs(whole))) - 3)
        rounded = min(max(low, round(whole, -digits)), high)
        made = Duration.of_nanoseconds(rounded) if quantity is Duration else Rate.of_bits_per_second(rounded)
        return str(made) if as_text else made

    return st.integers(0, 100).map(amount)
