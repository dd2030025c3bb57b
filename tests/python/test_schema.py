"""A concept is defined once per language: both sides have the same fields, defaults, ranges and choices."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import reshake as rs
from reshake.batch.tables import TABLES
from reshake.values.kinds import Described, described


def plain(held: Any) -> Any:
    """A default as the compiled half tells it."""
    if isinstance(held, rs.Duration):
        return held.nanoseconds
    if isinstance(held, rs.Rate):
        return held.bits_per_second
    if isinstance(held, tuple):
        return [plain(each) for each in held]
    if hasattr(held, "__reshake_fields__"):
        # A digest is filled in from the file; what the compiled half has is the content.
        return {name: "" if name == "sha256" else plain(getattr(held, name)) for name in described(type(held))}
    return held


def told(field: Described) -> dict[str, Any]:
    kind = field.kind
    return {
        "name": field.name,
        "type": field.schema_type,
        "required": field.required,
        "at_least": kind.at_least,
        "at_most": kind.at_most,
        "above": kind.above,
        "choices": None if kind.choices is None else list(kind.choices),
    }


def test_both_languages_have_the_same_values(core: ModuleType) -> None:
    ours = {name for name in rs.__all__ if hasattr(getattr(rs, name), "__reshake_fields__")}
    assert ours == set(core.schema())


def test_both_languages_have_the_same_fields_ranges_and_choices(core: ModuleType) -> None:
    theirs = {
        name: [{key: of for key, of in field.items() if key != "default"} for field in fields]
        for name, fields in core.schema().items()
    }
    ours = {name: [told(field) for field in described(getattr(rs, name)).values()] for name in theirs}
    assert ours == theirs


def test_both_languages_have_the_same_defaults(core: ModuleType) -> None:
    theirs = {
        (name, field["name"]): field["default"]
        for name, fields in core.schema().items()
        for field in fields
        if not field["required"]
    }
    ours = {(name, field): plain(described(getattr(rs, name))[field].default) for name, field in theirs}
    assert ours == theirs


def test_the_tables_are_those_that_results_know(core: ModuleType) -> None:
    assert tuple(core.table_schema()) == TABLES
