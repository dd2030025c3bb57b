"""Real client stacks: how each handles sessions, in files that say where every value comes from."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ..errors import Problem, ScenarioError
from ..units import spell
from ..values.clients import Clients
from ..values.kinds import nearest
from ..values.tls_settings import ClientTls, TicketStorage

_GROUPS = {"tickets": TicketStorage, "tls": ClientTls}


class StackLine(NamedTuple):
    """One value of a client stack.

    Parameters
    ----------
    field
        Of `Clients`, such as ``"tickets.capacity"`` or ``"linger"``.
    value
        As given to that field.
    source
        Where it is documented, or which source says so; ``"assumed"`` where we found none.
    note
        What the field cannot say; may be empty.
    """

    field: str
    value: Any
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStack:
    """How a real client stack handles sessions. See `client_stack`.

    Parameters
    ----------
    name, stack
        As in `client_stack`; what it stands for.
    looked_at
        Year and month in which its sources were read.
    lines
        Every value that is known, with its source. Fields without a line keep Reshake's default.
    omits
        What the stack does that the values cannot say.
    undocumented
        Fields of which we found nothing: they keep Reshake's default.
    """

    name: str
    stack: str
    looked_at: str
    lines: tuple[StackLine, ...]
    omits: tuple[str, ...]
    undocumented: tuple[str, ...]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The values as `Clients` takes them: `tickets`, `tls`, `connections` and `linger`."""
        parts: dict[str, dict[str, Any]] = {name: {} for name in _GROUPS}
        plain: dict[str, Any] = {}
        for line in self.lines:
            group, _, field = line.field.rpartition(".")
            (parts[group] if group else plain)[field] = line.value
        return MappingProxyType({name: cls(**parts[name]) for name, cls in _GROUPS.items()} | plain)

    def clients(self, name: str, **given: Any) -> Clients:
        """A population of such clients.

        Parameters
        ----------
        name, **given
            As for `Clients`; what is given stands instead of the stack's own value.

        Raises
        ------
        ScenarioError
            As for `Clients`.
        """
        return Clients(name, **{**self.settings, **given})


def client_stack(name: str) -> ClientStack:
    """How a real client stack handles sessions: what it keeps, for how long, and how often it offers it.

    Parameters
    ----------
    name
        ``"chrome-138"``, ``"firefox-140"``, ``"okhttp-4"`` (on Conscrypt), ``"urlsession"``, ``"go-1.24"``,
        ``"go-1.24-cache"`` (with a ClientSessionCache), ``"curl-8.12"`` or ``"openssl-3.5"``.

    Raises
    ------
    ScenarioError
        If there is no such stack.

    Examples
    --------
    >>> from reshake import Link, Poisson
    >>> chrome = client_stack("chrome-138")
    >>> chrome.clients("phones", count=9, access=Link(delay="45ms"), arrivals=Poisson(mean_gap="2h")).tickets.capacity
    2
    >>> next(line.source for line in chrome.lines if line.field == "linger")
    'chromium net/socket: kUsedIdleSocketTimeout'
    """
    if name not in STACKS:
        known = nearest(name, STACKS) or f"; there is {', '.join(STACKS)}"
        raise ScenarioError([Problem("client_stack", f"{spell(name)} is no stack that comes with Reshake{known}")])
    return _read(name)


@functools.cache
def _read(name: str) -> ClientStack:
    content = json.loads((_HERE / f"{name}.json").read_text())
    return ClientStack(
        name=content["name"],
        stack=content["stack"],
        looked_at=content["looked_at"],
        lines=tuple(
            StackLine(line["field"], line["value"], line["from"], line.get("note", "")) for line in content["lines"]
        ),
        omits=tuple(content["omits"]),
        undocumented=tuple(content["undocumented"]),
    )


_HERE = Path(__file__).parent

STACKS = tuple(sorted(path.stem for path in _HERE.glob("*.json")))
"""The stacks that come with Reshake."""
