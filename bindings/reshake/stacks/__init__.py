"""Real client stacks: how each handles sessions, in files that say where every value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..cited import CitedValue, by_group, names_in, read
from ..values.clients import Clients
from ..values.tls_settings import ClientTls, TicketStorage

_HERE = Path(__file__).parent

STACKS = names_in(_HERE)
"""The client stacks that come with Reshake."""

_GROUPS = {"tickets": TicketStorage, "tls": ClientTls}


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
    lines: tuple[CitedValue, ...]
    omits: tuple[str, ...]
    undocumented: tuple[str, ...]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The values as `Clients` takes them: `tickets`, `tls`, `connections` and `linger`."""
        values = by_group(self.lines, list(_GROUPS))
        return MappingProxyType(values | {name: cls(**values[name]) for name, cls in _GROUPS.items()})

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
    content = read(_HERE, name, asked="client_stack", kind="stack")
    return ClientStack(
        name=content["name"],
        stack=content["stack"],
        looked_at=content["looked_at"],
        lines=content["lines"],
        omits=tuple(content["omits"]),
        undocumented=tuple(content["undocumented"]),
    )
