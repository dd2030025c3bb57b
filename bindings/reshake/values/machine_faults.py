"""What befalls the machines of servers, and the processes on them."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, ANumber, AText, Choice, DurationLike

Fate = Literal["lost", "kept"]

SERVERS = AText('the path of servers, such as "edge/ams"')


@value
class Crash:
    """Machines are gone at once, and boot again after a while.

    Unlike in a `Restart` nobody says so: packets to them vanish, no RST, no FIN. Afterwards their kernels
    know nothing of the connections from before, and answer what still comes with a RST.

    Parameters
    ----------
    where
        The path of a fleet, a site, a server, a session cache or a key coordinator.
    start
        Since the start of the run, at least 0 s.
    lasts
        Until the machines have booted, above 0 s.
    keys
        Ticket keys as in `Restart`: on a disk (``"kept"``) or ``"lost"``. What is in memory is always lost.

    Examples
    --------
    >>> Crash(where="edge/ams/server-1", start="6h", lasts="3min").keys
    'kept'
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    keys: Fate = field(Choice(Fate), default="kept")


@value
class Freeze:
    """Processes stand still, as after SIGSTOP, and then go on with whatever they have at hand.

    Their kernels live: SYNs are answered and data is acknowledged, so that health checks that only connect
    see nothing. A process that a restart brings meanwhile stands still, too: what stops them is about the server.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s.
    lasts
        Above 0 s.

    Examples
    --------
    >>> Freeze(where="edge/ams/server-1", start="6h", lasts="30s").lasts
    Duration('30s')
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))


@value
class Overload:
    """Something else needs the servers' cores for a while.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s.
    lasts
        Above 0 s.
    load
        The share of every core that others have, by turns, 0 to 0.999: all work takes 1 / (1 - load) times
        as long.
    cores_taken
        Cores that others have for themselves; one is always left to the server.

    Examples
    --------
    >>> Overload(where="edge/ams", start="6h", lasts="10min", load=0.9).load
    0.9
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    load: float = field(ANumber(at_least=0.0, at_most=0.999), default=0.0)
    cores_taken: int = field(AnInteger(at_least=0, at_most=1024), default=0)
