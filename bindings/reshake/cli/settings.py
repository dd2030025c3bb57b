"""`--set name=value`: text from the command line as values of a scenario function's parameters."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from ..errors import Problem, ScenarioError
from ..units import Duration, Rate, spell
from ..values.kinds import nearest
from .ranges import spread

_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def parse_settings(scenario: Callable[..., Any], given: Sequence[str]) -> dict[str, list[Any]]:
    """The values of each parameter that is set.

    ``k=a,b`` is a list, and so is ``k=first:last:step`` of numbers, durations and rates. A name that is
    set more than once takes each text whole, for values that hold commas; saying the same text twice is
    saying it once.
    """
    problems: list[Problem] = []
    texts: dict[str, list[str]] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not equals or not name.strip():
            sentence = f"{spell(each)} is no setting; expected name=value or name=value,value"
            problems.append(Problem("--set", sentence))
        else:
            texts.setdefault(name.strip(), []).append(text)
    kinds = _annotations(scenario)
    grid: dict[str, list[Any]] = {}
    for name, whole in texts.items():
        if kinds and name not in kinds:
            hint = nearest(name, kinds) or f"; the parameters are {', '.join(kinds)}"
            problems.append(Problem(f"--set {name}", f"no such parameter of the scenario{hint}"))
            continue
        parts = whole[0].split(",") if len(whole) == 1 else list(dict.fromkeys(whole))
        kind = kinds.get(name, str)
        parts = [each for part in parts for each in _spread(name, part, kind, problems)]
        grid[name] = [_convert(name, part, kind, problems) for part in parts]
    if problems:
        raise ScenarioError(problems)
    return grid


def _annotations(scenario: Callable[..., Any]) -> dict[str, Any]:
    """What each parameter holds: its annotation, else the type of its default, else text."""
    try:
        hints = typing.get_type_hints(scenario)
    except (NameError, TypeError):
        hints = {}
    kinds: dict[str, Any] = {}
    for name, each in inspect.signature(scenario).parameters.items():
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD, each.POSITIONAL_ONLY):
            continue
        unsaid = str if each.default in (None, inspect.Parameter.empty) else type(each.default)
        kinds[name] = hints.get(name, unsaid)
    return kinds


def _spread(name: str, text: str, kind: Any, problems: list[Problem]) -> list[str]:
    """The texts that a range stands for; of any other text, itself."""
    kinds = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    for each in kinds:
        try:
            found = spread(each, text)
        except ValueError as error:
            problems.append(Problem(f"--set {name}", f"{spell(text)} {error}"))
            return []
        if found is not None:
            return found
    return [text]


def _convert(name: str, text: str, kind: Any, problems: list[Problem]) -> Any:
    try:
        return _as(kind, text)
    except ValueError as error:
        problems.append(Problem(f"--set {name}", f"{spell(text)} {error}"))
        return None


def _as(kind: Any, text: str) -> Any:
    """`text` as a `kind`; `ValueError` says what it should have been."""
    origin = typing.get_origin(kind)
    if origin is Literal:
        choices = typing.get_args(kind)
        for each in choices:
            if text == str(each):
                return each
        expected = " or ".join(spell(each) for each in choices)
        hint = nearest(text, map(str, choices))
        raise ValueError(f"is not one of the choices; expected {expected}{hint}")
    if origin in (typing.Union, types.UnionType):
        return _as_any_of(typing.get_args(kind), text)
    if kind is bool:
        if text.lower() not in _TRUTHS:
            raise ValueError("is neither true nor false")
        return _TRUTHS[text.lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            expected = "a whole number" if kind is int else "a number"
            raise ValueError(f"is not {expected}") from None
    if kind in (Duration, Rate):
        try:
            return kind(text)
        except ScenarioError:
            raise ValueError(f"is not {kind.EXPECTED}") from None
    if kind is Path:
        return Path(text)
    return text


def _as_any_of(kinds: tuple[Any, ...], text: str) -> Any:
    """The first of `kinds` that takes the text, plain text last: it takes everything."""
    if type(None) in kinds and text.lower() == "none":
        return None
    reasons = []
    for kind in sorted((each for each in kinds if each is not type(None)), key=lambda each: each is str):
        try:
            return _as(kind, text)
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError("; ".join(reasons))
