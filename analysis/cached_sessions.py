"""What the session caches of a fleet hold: followed through the log, held against the policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .policy import nanoseconds

Finding = tuple[str, str]
Replica = tuple[str | None, int]
"""The site whose cache it is (None: the fleet's), and which replica of it, from 1."""

SECOND = 10**9


@dataclass(kw_only=True)
class _Stay:
    """An entry from when it is stored until it goes."""

    since: int
    until: int | None = None


class CachedSessions:
    """The entries of every replica, as the log tells of them.

    Parameters
    ----------
    settings
        The fleet's `reshake.SessionCache`.
    """

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self._entries: dict[Replica, dict[int, _Stay]] = defaultdict(dict)
        self._stays: dict[tuple[str | None, int], list[_Stay]] = defaultdict(list)

    def store(self, at: int, replica: Replica, ticket: int) -> Iterator[Finding]:
        """A replica keeps an entry, in the place of the one that it may have had."""
        entries = self._entries[replica]
        self._end(at, replica, ticket)
        stay = entries[ticket] = _Stay(since=at)
        self._stays[replica[0], ticket].append(stay)
        if len(entries) > self._settings.capacity:
            yield "capacity", f"holds {len(entries)} entries, and may hold {self._settings.capacity}"

    def evict(self, at: int, replica: Replica, ticket: int, why: str) -> Iterator[Finding]:
        """An entry goes for want of room, because it is used up, or because a server said so."""
        if why == "evicted" and len(self._entries[replica]) < self._settings.capacity:
            yield "evict", f"gave an entry up with {len(self._entries[replica])} of {self._settings.capacity}"
        self._end(at, replica, ticket)

    def expire(self, at: int, replica: Replica, ticket: int, lifetime: int | None) -> Iterator[Finding]:
        """An entry's time was over; `lifetime` is its session's, if that is known."""
        stay = self._entries[replica].get(ticket)
        limits = [] if lifetime is None else [lifetime]
        if self._settings.ttl is not None:
            limits.append(nanoseconds(self._settings.ttl))
        if stay is not None and limits and at - stay.since < min(limits):
            yield "expire", f"gave an entry up as expired after {(at - stay.since) / SECOND:.3f} s"
        self._end(at, replica, ticket)

    def wipe(self, at: int, replica: Replica) -> None:
        """The memory is lost."""
        for ticket in list(self._entries[replica]):
            self._end(at, replica, ticket)

    def held(self, site: str, ticket: int, began: int) -> bool:
        """Whether a server of a site could find the session from `began` on."""
        cache = None if self._settings.scope == "shared" else site
        return any(stay.until is None or stay.until >= began for stay in self._stays[cache, ticket])

    def _end(self, at: int, replica: Replica, ticket: int) -> None:
        stay = self._entries[replica].pop(ticket, None)
        if stay is not None:
            stay.until = at
