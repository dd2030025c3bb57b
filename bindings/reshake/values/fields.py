"""How a value is declared: a frozen, slotted, keyword-only dataclass whose fields have kinds.

The constructor is the same for all: it takes each field by its kind, and raises one
`ScenarioError` with everything that is wrong with the arguments.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, Generic, Protocol, TypeVar, dataclass_transform, overload

from ..errors import Problem, ScenarioError
from ..units import spell
from .kinds import REFUSED, Described, Kind, described, nearest

_T = TypeVar("_T")
Given = TypeVar("Given", contravariant=True)
Held = TypeVar("Held", covariant=True)

_missing: Any = dataclasses.MISSING


class Takes(Protocol, Generic[Given, Held]):
    """For type checkers: a field that takes more forms than it holds.

    ``delay: Takes[DurationLike, Duration]`` is given ``"45ms"`` and read as a `Duration`.
    """

    @overload
    def __get__(self, instance: None, owner: type, /) -> Any: ...
    @overload
    def __get__(self, instance: object, owner: type, /) -> Held: ...
    def __set__(self, instance: object, given: Given, /) -> None: ...


def field(kind: Kind, *, default: Any = _missing, kw_only: bool = True, identity: bool = True) -> Any:
    """A field of a value.

    Parameters
    ----------
    kind
        What it can hold. With the default None it can hold None too.
    default
        Without one, the field is required.
    kw_only
        False for the one field that reads better without its name.
    identity
        False where two values that differ here only are equal and give the same run.
    """
    return dataclasses.field(default=default, kw_only=kw_only, compare=identity, metadata={"kind": kind})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value(cls: type[_T]) -> type[_T]:
    """Makes a class a value of Reshake."""
    cls.__init__ = _init  # type: ignore[method-assign]
    made = dataclasses.dataclass(frozen=True, slots=True, kw_only=True, init=False)(cls)
    fields: dict[str, Described] = {}
    for each in dataclasses.fields(made):  # type: ignore[arg-type]
        if "kind" in each.metadata:
            required = each.default is dataclasses.MISSING
            fields[each.name] = Described(
                name=each.name,
                kind=each.metadata["kind"],
                required=required,
                default=None if required else each.default,
                positional=not each.kw_only,
                identity=bool(each.compare),
            )
    made.__reshake_fields__ = fields  # type: ignore[attr-defined]
    made.__signature__ = _signature(made)  # type: ignore[attr-defined]
    return made


def _signature(cls: type) -> inspect.Signature:
    annotations = inspect.get_annotations(cls)
    parameters = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD if each.positional else inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if each.required else each.default,
            annotation=annotations[each.name],
        )
        for each in described(cls).values()
    ]
    return inspect.Signature(sorted(parameters, key=lambda each: each.kind))


def _init(self: Any, *args: Any, **named: Any) -> None:
    cls = type(self)
    fields = described(cls)
    problems: list[Problem] = []
    given = _by_name(cls, args, named, problems)
    for name, each in fields.items():
        if name in given:
            path = f"{cls.__name__}.{name}"
            object.__setattr__(self, name, each.take(given[name], path, problems))
        elif each.required:
            sentence = f"missing; expected {each.kind.expected}"
            problems.append(Problem(f"{cls.__name__}.{name}", sentence))
        else:
            object.__setattr__(self, name, each.default)
    if not problems and REFUSED not in given.values() and hasattr(self, "_complete"):
        self._complete(problems)
    if problems:
        raise ScenarioError(problems)


def _by_name(cls: type, args: tuple[Any, ...], named: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    fields = described(cls)
    positional = [name for name, each in fields.items() if each.positional]
    given = dict(zip(positional, args, strict=False))
    needed = f"needs a name; one of {', '.join(fields)}" if fields else "is too much: it takes no fields"
    problems.extend(Problem(cls.__name__, f"{spell(extra)} {needed}") for extra in args[len(positional) :])
    for name, content in named.items():
        path = f"{cls.__name__}.{name}"
        if name not in fields:
            known = nearest(name, fields) or (f"; the fields are {', '.join(fields)}" if fields else "; it takes none")
            problems.append(Problem(path, f"no such field{known}"))
        elif name in given:
            problems.append(Problem(path, "given twice"))
        else:
            given[name] = content
    return given
