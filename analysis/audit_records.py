"""What an auditor keeps of tickets and attempts as it walks the log, and how it words what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from .policy import Process, ServerName

TLS_1_2 = 0x0303
SECOND = 10**9


@dataclass(kw_only=True)
class Issue:
    """A ticket from its issue on."""

    at: int
    began: int
    server: ServerName
    ticket: int
    key: int
    version: int
    tenant: str | None
    alpn: str | None
    sealed: int
    """The date on its server's clock."""
    under: Sequence[Process]
    """Settings it may have been issued under: one, unless a connection outlived its process."""
    head: Issue | None = None
    """The ticket of the full handshake at the head of its chain; None: it is one itself."""
    accepted: int = 0
    early: int = 0
    gone: str = ""

    @property
    def origin(self) -> Issue:
        """The head of its chain."""
        return self.head or self

    @property
    def since(self) -> int:
        """From when its lifetime counts, at the earliest: in TLS 1.2 a renewed ticket carries the same session."""
        return (self.origin if self.version == TLS_1_2 else self).began


@dataclass(kw_only=True)
class Attempt:
    """What an attempt has brought so far."""

    began: int
    version: int
    tenant: str | None = None
    alpn: str | None = None
    accepted: Issue | None = None
    tickets: Counter[str] = field(default_factory=Counter)


def unless_any(
    under: Sequence[Process], check: Callable[[Process], tuple[str, str] | None]
) -> Iterator[tuple[str, str]]:
    """The finding under the newest settings, if there is one under all that the connection may have."""
    found = [check(each) for each in under]
    if found and all(each is not None for each in found) and found[-1] is not None:
        yield found[-1]


def remembers(server: ServerName, issue: Issue, process: Process) -> tuple[str, str] | None:
    """What speaks against a session that servers keep in their memories."""
    if issue.server != server:
        return "memory", f"accepted a session of {path_of(issue.server)}, which is in that server's memory alone"
    if all(each.memory != process.memory for each in issue.under):
        return "memory", "accepted a session of a memory that was lost"
    return None


def replica_of(server: ServerName) -> tuple[str | None, int]:
    """Of a session cache; no site: the fleet's."""
    return (server[0] or None, server[1])


def texts(frame: pd.DataFrame, name: str) -> list[str | None]:
    """A column of names, None where there is none."""
    if name not in frame:
        return [None] * len(frame)
    column = frame[name].astype(object)
    return list(column.where(column.notna(), None))


def path_of(server: ServerName) -> str:
    """As faults name it, without the fleet."""
    return f"{server[0]}/server-{server[1]}"


def spell(nanoseconds_: int) -> str:
    """In seconds."""
    return f"{nanoseconds_ / SECOND:.3f} s"
