"""Values as Python source: what a person would have written, laid out as the formatter does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..units import Duration, Rate
from .kinds import A, Described, Kind, ListOf, described

_WIDTH: Final = 120
_STEP: Final = 4


def as_python(held: Any, *, before: str = "", indent: int = 0) -> str:
    """An expression that makes an equal value, where ``import reshake as rs`` has been said.

    Fields that hold their defaults are left out.

    Parameters
    ----------
    held
        A value of Reshake.
    before
        What stands before it on its first line, such as ``"return "``.
    indent
        Spaces before that line, a multiple of 4.

    Examples
    --------
    >>> import reshake as rs
    >>> print(as_python(rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.02))))
    rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.02))
    """
    return "\n".join(_lines(_of_value(held), before, "", indent))


@dataclass(frozen=True, slots=True)
class _Item:
    """Text, or what stands between brackets."""

    text: str
    inner: tuple[tuple[str, _Item], ...] = ()
    close: str = ""
    #: After the only member of a tuple.
    comma: str = ""

    def flat(self) -> str:
        inner = ", ".join(name + each.flat() for name, each in self.inner)
        return self.text + inner + self.comma + self.close


def _lines(item: _Item, before: str, after: str, indent: int) -> list[str]:
    line = " " * indent + before + item.flat() + after
    if len(line) <= _WIDTH or not item.inner:
        return [line]
    lines = [" " * indent + before + item.text]
    for name, each in item.inner:
        lines += _lines(each, name, ",", indent + _STEP)
    return [*lines, " " * indent + item.close + after]


def _of_value(held: Any) -> _Item:
    fields = described(type(held))
    said = {name: getattr(held, name) for name, field in fields.items() if _differs(field, getattr(held, name))}
    arguments = [
        ("" if fields[name].positional else f"{name}=", _of_field(fields[name].kind, content))
        for name, content in sorted(said.items(), key=lambda each: not fields[each[0]].positional)
    ]
    return _Item(f"rs.{type(held).__name__}(", tuple(arguments), ")")


def _differs(field: Described, content: Any) -> bool:
    # 1 and 1.0 are equal, and so are 0.0 and False, but a field holds one kind of them only.
    return field.required or content != field.default


def _of_field(kind: Kind, content: Any) -> _Item:
    if content is None:
        return _Item("None")
    if isinstance(kind, ListOf):
        return _of_sequence(kind, content)
    if isinstance(kind, A):
        made = _of_value(content)
        alone = len(made.inner) == 1 and made.inner[0][0] == ""
        return made.inner[0][1] if kind.shorthand and alone else made
    return _Item(_literal(content))


def _of_sequence(kind: ListOf, content: Sequence[Any]) -> _Item:
    inner = tuple(("", _of_field(kind.item, each)) for each in content)
    if kind.length is None:
        return _Item("[", inner, "]")
    return _Item("(", inner, ")", "," if len(inner) == 1 else "")


def _literal(content: Any) -> str:
    if isinstance(content, Duration | Rate):
        return f'"{content}"'
    text = repr(content)
    if isinstance(content, str) and text.startswith("'") and '"' not in text:
        return f'"{text[1:-1]}"'
    return text
