"""What a field of a value can hold: which forms it takes, what it refuses, how it looks in JSON.

A kind says everything about a field's content once; construction, JSON and the schema that a test
compares with the compiled half all read it from here.
"""

from __future__ import annotations

import json
import math
import numbers
import operator
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, ClassVar, Final, get_args

from ..errors import Problem, ScenarioError
from ..units import Duration, Rate, UnitError, spell

type_key: Final = "type"

#: What a field that holds a duration, a rate or a path can be given.
DurationLike = str | timedelta | Duration
RateLike = str | Rate
PathLike = str | os.PathLike[str]


class Refused:
    """Stands where a value was refused, so that the search for problems can go on."""


REFUSED: Final = Refused()


def nearest(given: str, known: Iterable[str]) -> str:
    """'; did you mean "x"?' where something known is close, else nothing."""
    close = get_close_matches(given, list(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


class Kind(ABC):
    """What one field can hold."""

    #: How the compiled half names it in `_core.schema()`.
    schema_type: str
    #: What the user is told to give.
    expected: str
    at_least: float | None = None
    at_most: float | None = None
    above: bool = False
    choices: tuple[str, ...] | None = None

    def take(self, given: object, path: str, problems: list[Problem]) -> Any:
        """What the field holds when the user gives `given`; else REFUSED, with a problem more."""
        return self._take(given, path, problems)

    def load(self, given: object, path: str, problems: list[Problem]) -> Any:
        """The same for what stands in JSON."""
        return self._load(given, path, problems)

    def dump(self, held: Any, *, identity: bool) -> Any:
        """How it stands in JSON; `identity` leaves out what does not change a run."""
        return self._dump(held, identity)

    @abstractmethod
    def _take(self, given: object, path: str, problems: list[Problem]) -> Any: ...

    def _load(self, given: object, path: str, problems: list[Problem]) -> Any:
        return self._take(given, path, problems)

    def _dump(self, held: Any, _identity: bool) -> Any:
        return held

    def _refuse(self, given: object, reason: str, path: str, problems: list[Problem]) -> Refused:
        problems.append(Problem(path, f"{spell(given)} {reason}; expected {self.expected}"))
        return REFUSED


class _Bounded(Kind):
    """A kind with a smallest and a largest amount."""

    def _bound(self, at_least: float | None, at_most: float | None, above: bool) -> None:
        self.at_least, self.at_most, self.above = at_least, at_most, above

    def _within(self, amount: float) -> bool:
        if self.at_least is not None and (amount < self.at_least or (self.above and amount == self.at_least)):
            return False
        return self.at_most is None or amount <= self.at_most

    def _range(self) -> str:
        low = None if self.at_least is None else self._spell(self.at_least)
        high = None if self.at_most is None else self._spell(self.at_most)
        if low is None:
            return "" if high is None else f", at most {high}"
        least = f"above {low}" if self.above else f"at least {low}"
        if high is None:
            return f", {least}"
        return f", {least} and at most {high}" if self.above else f", from {low} to {high}"

    def _spell(self, amount: float) -> str:
        return f"{amount:g}" if amount < 1e5 else f"{amount:,.0f}"


class ADuration(_Bounded):
    """A duration, with its unit."""

    schema_type = "duration"

    def __init__(self, *, at_least: str | None = None, at_most: str | None = None, above: bool = False) -> None:
        limits = [None if x is None else Duration(x).nanoseconds for x in (at_least, at_most)]
        self._bound(limits[0], limits[1], above)
        self.expected = Duration.EXPECTED + self._range()

    def _spell(self, amount: float) -> str:
        return str(Duration.of_nanoseconds(int(amount)))

    def _take(self, given: object, path: str, problems: list[Problem]) -> Duration | Refused:
        try:
            nanoseconds = Duration.parse(given)
        except UnitError as error:
            return self._refuse(given, str(error), path, problems)
        if not self._within(nanoseconds):
            return self._refuse(given, "is out of range", path, problems)
        return Duration.of_nanoseconds(nanoseconds)

    def _dump(self, held: Duration, _identity: bool) -> str:
        return str(held)


class ARate(_Bounded):
    """A rate, with its unit."""

    schema_type = "rate"

    def __init__(self, *, at_least: str | None = None, at_most: str | None = None, above: bool = False) -> None:
        limits = [None if x is None else Rate(x).bits_per_second for x in (at_least, at_most)]
        self._bound(limits[0], limits[1], above)
        self.expected = Rate.EXPECTED + self._range()

    def _spell(self, amount: float) -> str:
        return str(Rate.of_bits_per_second(int(amount)))

    def _take(self, given: object, path: str, problems: list[Problem]) -> Rate | Refused:
        try:
            bits_per_second = Rate.parse(given)
        except UnitError as error:
            return self._refuse(given, str(error), path, problems)
        if not self._within(bits_per_second):
            return self._refuse(given, "is out of range", path, problems)
        return Rate.of_bits_per_second(bits_per_second)

    def _dump(self, held: Rate, _identity: bool) -> str:
        return str(held)


class ANumber(_Bounded):
    """A number that need not be whole."""

    schema_type = "number"

    def __init__(self, *, at_least: float | None = None, at_most: float | None = None, above: bool = False) -> None:
        self._bound(at_least, at_most, above)
        self.expected = "a number" + self._range()

    def _take(self, given: object, path: str, problems: list[Problem]) -> float | Refused:
        if isinstance(given, bool) or not isinstance(given, numbers.Real):
            return self._refuse(given, "is not a number", path, problems)
        amount = float(given)
        if not math.isfinite(amount) or not self._within(amount):
            return self._refuse(given, "is out of range", path, problems)
        # Minus zero equals zero, and must read the same too: text makes a run's address.
        return amount + 0.0


class AnInteger(_Bounded):
    """A whole number."""

    schema_type = "integer"

    def __init__(self, *, at_least: int, at_most: int) -> None:
        self._bound(at_least, at_most, above=False)
        self.expected = "a whole number" + self._range()

    def _take(self, given: object, path: str, problems: list[Problem]) -> int | Refused:
        try:
            amount = operator.index(given)  # type: ignore[arg-type]
        except TypeError:
            return self._refuse(given, "is not a whole number", path, problems)
        if isinstance(given, bool):
            return self._refuse(given, "is not a whole number", path, problems)
        if not self._within(amount):
            return self._refuse(given, "is out of range", path, problems)
        return amount


class ABoolean(Kind):
    """Whether or not."""

    schema_type = "boolean"
    expected = "True or False"

    def _take(self, given: object, path: str, problems: list[Problem]) -> bool | Refused:
        if not isinstance(given, bool):
            return self._refuse(given, "is neither True nor False", path, problems)
        return given


class AText(Kind):
    """Text. What it may say, the compiled half knows."""

    schema_type = "string"

    def __init__(self, expected: str = "text") -> None:
        self.expected = expected

    def _take(self, given: object, path: str, problems: list[Problem]) -> str | Refused:
        if not isinstance(given, str):
            return self._refuse(given, "is not text", path, problems)
        return given


class APath(Kind):
    """A file, named by text or by a path object; held as text."""

    schema_type = "string"
    expected = "the path of a file"

    def _take(self, given: object, path: str, problems: list[Problem]) -> str | Refused:
        if isinstance(given, str | os.PathLike):
            text = os.fspath(given)
            if isinstance(text, str) and text:
                return text
        return self._refuse(given, "is not a path", path, problems)


class Choice(Kind):
    """A member of a closed set, given as the `Literal` that lists it."""

    schema_type = "closed set"

    def __init__(self, closed_set: Any) -> None:
        self.choices = get_args(closed_set)
        self.expected = " or ".join(f'"{each}"' for each in self.choices)

    def _take(self, given: object, path: str, problems: list[Problem]) -> str | Refused:
        assert self.choices is not None
        if not isinstance(given, str) or given not in self.choices:
            return self._refuse(given, "is not one of the choices", path, problems)
        return given


class A(Kind):
    """A value of one class, or what its constructor takes as the only argument, if `shorthand`."""

    tagged: ClassVar[bool] = False

    def __init__(self, *classes: type, shorthand: type | tuple[type, ...] = ()) -> None:
        self.classes = {each.__name__: each for each in classes}
        self.shorthand = shorthand
        names = " or ".join(self.classes)
        alone = "name" if shorthand is str else "path"
        article = "an" if names.startswith(tuple("AEIO")) else "a"
        self.expected = f"{article} {names}" + (f" or just its {alone}" if shorthand else "")
        self.schema_type = f"value:{names}"

    def _take(self, given: object, path: str, problems: list[Problem]) -> Any:
        if isinstance(given, tuple(self.classes.values())):
            return given
        if self.shorthand and isinstance(given, self.shorthand):
            return _construct(next(iter(self.classes.values())), (given,), {}, path, problems)
        reason = "is a class; call it" if isinstance(given, type) else "is not one"
        return self._refuse(given, reason, path, problems)

    def _load(self, given: object, path: str, problems: list[Problem]) -> Any:
        if self.shorthand and isinstance(given, self.shorthand):
            return self._take(given, path, problems)
        if not isinstance(given, Mapping):
            return self._refuse(given, "is not an object", path, problems)
        return load_value(next(iter(self.classes.values())), given, path, problems)

    def _dump(self, held: Any, identity: bool) -> dict[str, Any]:
        tag = {type_key: type(held).__name__} if self.tagged else {}
        return tag | dump_value(held, identity=identity)


class OneOf(A):
    """A value of any of several classes; its JSON names the class."""

    tagged = True

    def __init__(self, union: Any) -> None:
        super().__init__(*(get_args(union) or (union,)))
        self.schema_type = "union:" + "|".join(self.classes)

    def _load(self, given: object, path: str, problems: list[Problem]) -> Any:
        if not isinstance(given, Mapping):
            return self._refuse(given, "is not an object", path, problems)
        rest = dict(given)
        name = rest.pop(type_key, None)
        if not isinstance(name, str) or name not in self.classes:
            known = " or ".join(f'"{each}"' for each in self.classes)
            given_name = "missing" if name is None else f"{spell(name)} is unknown"
            hint = nearest(name, self.classes) if isinstance(name, str) else ""
            below = Problem(type_key, f"{given_name}; expected {known}{hint}").below(path)
            problems.append(below)
            return REFUSED
        return load_value(self.classes[name], rest, path, problems)


class ListOf(Kind):
    """Several of a kind, in order; held as a tuple."""

    def __init__(self, item: Kind, *, length: int | None = None) -> None:
        self.item, self.length, self.choices = item, length, item.choices
        count = "a list" if length is None else f"a list of {length}"
        self.expected = f"{count}, each {item.expected}"
        self.schema_type = f"{'list' if length is None else 'pair'}:{item.schema_type}"

    def _take(self, given: object, path: str, problems: list[Problem]) -> Any:
        return self._each(given, path, problems, self.item.take)

    def _load(self, given: object, path: str, problems: list[Problem]) -> Any:
        return self._each(given, path, problems, self.item.load)

    def _each(self, given: object, path: str, problems: list[Problem], one: Any) -> Any:
        if not isinstance(given, list | tuple):
            return self._refuse(given, "is not a list", path, problems)
        if self.length is not None and len(given) != self.length:
            return self._refuse(given, f"is a list of {len(given)}", path, problems)
        held = tuple(one(each, f"{path}[{i}]", problems) for i, each in enumerate(given))
        return REFUSED if any(each is REFUSED for each in held) else held

    def _dump(self, held: Any, identity: bool) -> list[Any]:
        return [self.item.dump(each, identity=identity) for each in held]


@dataclass(frozen=True, slots=True)
class Described:
    """A field and everything that is known about it."""

    name: str
    kind: Kind
    required: bool
    default: Any
    positional: bool
    identity: bool

    @property
    def optional(self) -> bool:
        """Whether None is among its values."""
        return not self.required and self.default is None

    @property
    def schema_type(self) -> str:
        """How the compiled half names what it holds, None included."""
        plain = self.kind.schema_type
        if not self.optional:
            return plain
        if plain.startswith("union:"):
            return plain.replace("union:", "union:None|")
        return f"optional:{plain}"

    def take(self, given: object, path: str, problems: list[Problem]) -> Any:
        """As `Kind.take`, where None may stand too."""
        if given is None and self.optional:
            return None
        return given if given is REFUSED else self.kind.take(given, path, problems)


def described(cls: type) -> dict[str, Described]:
    """The fields of a value class, in order."""
    fields: dict[str, Described] = cls.__reshake_fields__  # type: ignore[attr-defined]
    return fields


def _construct(cls: type, args: tuple[Any, ...], named: Mapping[str, Any], path: str, problems: list[Problem]) -> Any:
    """A value, or REFUSED with its problems, told from the place that holds it."""
    try:
        return cls(*args, **named)
    except ScenarioError as error:
        # A constructor names its class, since it cannot know what holds it.
        problems.extend(each.without(cls.__name__).below(path) for each in error.problems)
        return REFUSED


def dump_value(held: Any, *, identity: bool) -> dict[str, Any]:
    """A value as JSON, fields in order; `identity` leaves out what does not change a run."""
    rows = {}
    for name, field in described(type(held)).items():
        if identity and not field.identity:
            continue
        content = getattr(held, name)
        rows[name] = None if content is None else field.kind.dump(content, identity=identity)
    return rows


def load_value(cls: type, given: Mapping[str, Any], path: str, problems: list[Problem]) -> Any:
    """A value from JSON. What is wrong becomes a problem with its path, all at once."""
    named: dict[str, Any] = {}
    before = len(problems)
    for name, content in given.items():
        field = described(cls).get(name)
        if field is None or content is None:
            named[name] = content  # The constructor knows what to say of it.
        else:
            inner = Problem(name, "").below(path).path
            named[name] = field.kind.load(content, inner, problems)
    made = _construct(cls, (), named, path, problems)
    return REFUSED if len(problems) > before else made


def to_text(content: Any) -> str:
    """JSON for people: stable order, two spaces."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_text(text: str) -> Any:
    """What a JSON text holds; a `ScenarioError` says where it is no JSON."""
    problems: list[Problem] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for name, content in pairs:
            if name in seen:
                problems.append(Problem(name, "stands twice in one object"))
            seen[name] = content
        return seen

    try:
        content = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ScenarioError([Problem(where, f"is no JSON: {error.msg}")]) from None
    if problems:
        raise ScenarioError(problems)
    return content
