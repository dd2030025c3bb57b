"""What befalls ticket keys and remembered sessions, while the servers go on."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AText, Choice, DurationLike
from .machine_faults import SERVERS

DesyncedKeys = Literal["old", "other"]


@value
class CacheLoss:
    """Remembered sessions are wiped.

    Parameters
    ----------
    where
        The path of a session cache (``"edge/cache"``), whose entries are wiped; or of a fleet, a site or a
        server: then of what each server has in its own memory, its record of ClientHellos included.
    start
        Since the start of the run, at least 0 s.

    Examples
    --------
    >>> CacheLoss(where="edge/cache", start="6h").start
    Duration('6h')
    """

    where: str = field(AText('the path of a cache or of servers, such as "edge/cache"'))
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))


@value
class KeyWipe:
    """Ticket keys are wiped: servers go on with others at once, without a restart.

    Parameters
    ----------
    where
        The path of a fleet, a site, a server, or a key coordinator. With whom servers share the new keys is
        as in `Restart`.
    start
        Since the start of the run, at least 0 s.

    Examples
    --------
    >>> KeyWipe(where="edge/ams", start="6h").where
    'edge/ams'
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))


@value
class KeyDesync:
    """Servers are out of step with the keys of their fleet, and then in step again.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s.
    lasts
        Above 0 s; None: for the rest of the run.
    keys
        Those that a server has meanwhile: the ``"old"`` ones, as it no longer rotates (where a
        `KeyCoordinator` hands them out: it hears nothing of it), or ``"other"`` ones, which the servers of
        `where` share as far as `Tickets.keys` says, and with nobody else.

    Examples
    --------
    >>> KeyDesync(where="edge/ams/server-1", start="6h", lasts="2h").keys
    'old'
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)
    keys: DesyncedKeys = field(Choice(DesyncedKeys), default="old")


@value
class KeyCorruption:
    """A ticket key is damaged in the memory of servers: its name is right, and its bytes are not.

    It is the key that seals at `start`. Each server of `where` has a damage of its own: what it seals opens
    nowhere else, and what the others have sealed it cannot open (``key_damaged``).

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s.
    lasts
        Until the true key is loaded, above 0 s; None: until the key is retired.

    Examples
    --------
    >>> KeyCorruption(where="edge/ams/server-1", start="6h", lasts="1h").lasts
    Duration('1h')
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)
