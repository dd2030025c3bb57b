"""Who has which ticket keys where a coordinator hands them out: followed through the log, held against the policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from .policy import Ring, ServerName, nanoseconds, ring_of

Finding = tuple[str, str]
"""A rule and a sentence."""


class HandedKeys:
    """The keys of every server, as the log tells of them.

    Parameters
    ----------
    tickets
        The fleet's `reshake.Tickets`, whose `distribution` is a `KeyCoordinator`.
    """

    def __init__(self, tickets: Any) -> None:
        self._tickets = tickets
        self._held: dict[ServerName, set[int]] = defaultdict(set)
        self._own: dict[ServerName, set[int]] = defaultdict(set)
        self._known: dict[ServerName, set[int]] = defaultdict(set)
        self._rings: dict[int, Ring] = {}

    def distribute(self, server: ServerName, key: int) -> Iterator[Finding]:
        """The coordinator sends it."""
        yield from self._share(server, key)
        self._known[server].add(key)

    def receive(self, at: int, server: ServerName, key: int) -> Iterator[Finding]:
        """The server has it; at the start of the run it was set up with it."""
        if at == 0:
            self._known[server].add(key)
        elif key not in self._known[server]:
            yield "keys", f"has got key {key:016x}, which the coordinator has not sent it"
        yield from self._share(server, key)
        self._held[server].add(key)

    def retire(self, server: ServerName, key: int) -> Iterator[Finding]:
        """The server opens no more with it."""
        if key not in self._held[server]:
            yield "keys", f"has retired key {key:016x}, which it did not have"
        self._held[server].discard(key)

    def wipe(self, server: ServerName) -> None:
        """What was handed is lost; what a server makes for itself follows from a secret of its own."""
        self._held[server].clear()

    def seal(self, server: ServerName, key: int) -> Iterator[Finding]:
        """The server seals with it for the first time."""
        if key in self._held[server]:
            return
        if self._tickets.distribution.without_key == "own-key":
            self._own[server].add(key)
        else:
            yield "keys", f"seals with key {key:016x}, which it does not have"

    def has(self, server: ServerName, key: int) -> bool:
        """Whether the server may open tickets of it."""
        return key in self._held[server] or key in self._own[server]

    def opens(self, server: ServerName, key: int, sealed: int, date: int) -> Finding | None:
        """What speaks against opening at `date` a ticket that was sealed at another date."""
        if not self.has(server, key):
            return "key_scope", f"accepted a ticket of key {key:016x}, which it does not have"
        rotation = self._tickets.rotation
        kept = nanoseconds(rotation.every) * (1 + rotation.keep_previous)
        # A key is retired so long after it began to seal, at the latest when it sealed this ticket.
        if date - sealed < kept or self._tickets.distribution.without_key == "keep-sealing":
            return None
        return "keep_previous", f"accepted a ticket of key {key:016x}, which was to be retired by then"

    def _share(self, server: ServerName, key: int) -> Iterator[Finding]:
        ring = ring_of(self._tickets, -1, server)
        if self._rings.setdefault(key, ring) != ring:
            yield "key_scope", f"got key {key:016x}, which is others'"
