"""What goes wrong, or is done to the servers, when, for how long, and for whom."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .key_faults import CacheLoss, KeyCorruption, KeyDesync, KeyWipe
from .kinds import A, ADuration, AnInteger, ANumber, AText, Choice, DurationLike
from .machine_faults import Crash, Fate, Freeze, Overload
from .partition import GreyFailure, Partition
from .policy_faults import CertificateExpiry, CertificateReplacement, PolicyFlip, Revocation
from .staged_rollout import StagedRollout
from .tls_settings import ServerTls, Tickets


@value
class Restart:
    """Server processes die, and run again after a while.

    Meanwhile nobody listens: a SYN is answered with a RST, and the client tries its next site at once.
    Open connections end with a RST too; such a visit is over.

    Parameters
    ----------
    where
        The path of a fleet (``"edge"``), a site (``"edge/ams"``), a server (``"edge/ams/server-1"``,
        counted from 1), a session cache (``"edge/cache"``), or a key coordinator (``"edge/keys"``), which
        meanwhile makes and hands out no keys. A fleet or a site stands for its servers.
    start
        When the processes die, since the start of the run, at least 0 s.
    lasts
        Until they run again, above 0 s.
    memory
        What each server remembered by itself, OpenSSL's sessions and the record of ClientHellos, or
        what the session cache holds: ``"lost"`` or ``"kept"``.
    keys
        Ticket keys: ``"kept"``, or ``"lost"``. Then the servers of `where` have new keys from the end of
        the restart on. Those that share keys by `Tickets.keys` share the new ones with each other, and
        with no server outside of `where`. Servers that have a `KeyCoordinator` ask it for the keys again; a
        coordinator that has lost its own makes others.

    Notes
    -----
    The kernel lives on: connections that it closes by itself, and Fast Open cookies. Of a process that
    exits, Linux closes connections with a FIN where nothing is unread; the RST is that of sockets with
    SO_LINGER 0, of unread data, or of a machine that is asked about connections it has forgotten.

    Examples
    --------
    >>> Restart(where="edge/ams", start="6h", lasts="20s").memory
    'lost'
    """

    where: str = field(AText('the path of servers, such as "edge/ams"'))
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    memory: Fate = field(Choice(Fate), default="lost")
    keys: Fate = field(Choice(Fate), default="kept")


@value
class Deploy:
    """The servers of a fleet get new processes one after the other, site by site.

    Parameters
    ----------
    fleet
        Its name.
    start
        When the first server has its turn, since the start of the run, at least 0 s.
    every
        From one turn to the next, at least 0 s.
    servers_at_once
        In one turn, 1 to 1,000,000.
    drain
        Before each turn, at least 0 s: the balancer sends those servers nobody new, as in `Drain`.
    lasts
        How long each server is gone, at least 0 s. With 0 s nobody notices: new connections are the new
        process's at once, and open ones finish on the old one, as when nginx or HAProxy reload. Otherwise
        each turn is a `Restart`.
    tls, tickets
        New settings; None: as before. The certificates stay: ``certificate``, ``intermediates`` and
        ``leaf_padding`` must be the fleet's. Other ``tickets.keys`` or ``tickets.rotation`` need keys
        ``"lost"``.
    memory
        As in `Restart`; with new settings it must be ``"lost"``.
    keys
        As in `Restart`: the servers that have had their turn share new keys as far as `Tickets.keys`
        says, while those that wait still have the old ones. ``"kept"`` are keys that the settings want:
        where another fault has left a server others (a `StagedRollout`, say), it has new ones.

    Examples
    --------
    >>> import reshake as rs
    >>> rs.Deploy(fleet="edge", start="6h", every="1min", tls=rs.ServerTls(max_protocol="TLSv1.2")).lasts
    Duration('0s')
    """

    fleet: str = field(AText("the name of a fleet"))
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    every: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"), default=Duration("30s"))
    servers_at_once: int = field(AnInteger(at_least=1, at_most=1_000_000), default=1)
    drain: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"), default=Duration("0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"), default=Duration("0s"))
    tls: ServerTls | None = field(A(ServerTls), default=None)
    tickets: Tickets | None = field(A(Tickets), default=None)
    memory: Fate = field(Choice(Fate), default="lost")
    keys: Fate = field(Choice(Fate), default="kept")


@value
class Drain:
    """The balancer sends servers nobody new, and after a grace they restart.

    What is open at `start` has `grace` to finish. A site whose servers are all drained is left out: its
    clients go to the next one at once. When all sites are, clients meet what there is.

    Parameters
    ----------
    where
        The path of a fleet (``"edge"``), a site (``"edge/ams"``) or a server (``"edge/ams/server-1"``,
        counted from 1).
    start
        When the draining begins, since the start of the run, at least 0 s.
    grace
        From then until the processes die, at least 0 s.
    lasts
        Until they run again and are sent clients again, above 0 s.
    memory, keys
        As in `Restart`.

    Examples
    --------
    >>> Drain(where="edge/ams", start="6h", grace="5min", lasts="20s").memory
    'lost'
    """

    where: str = field(AText('the path of servers, such as "edge/ams"'))
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    grace: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    memory: Fate = field(Choice(Fate), default="lost")
    keys: Fate = field(Choice(Fate), default="kept")


@value
class ClockSkew:
    """Clocks are off for a while, and then right again; or they have jumped and stay off.

    What TLS sees is shifted: lifetimes, ages of tickets, certificates; and so are keys that follow from a
    clock or carry a date. Networks and computing take the time that they take.

    Parameters
    ----------
    where
        The path of a population (``"phones"``), a fleet (``"edge"``), a site (``"edge/ams"``), a server
        (``"edge/ams/server-1"``), or a key coordinator (``"edge/keys"``).
    offset
        Ahead, or behind if negative; at most 3650 d either way.
    drift_ppm
        Microseconds per second that the clock gains meanwhile, or loses if negative, -10,000 to 10,000.
    start
        Since the start of the run, at least 0 s.
    lasts
        Above 0 s; None: nobody sets the clock right, it has jumped for good.

    Notes
    -----
    A run begins on 2026-01-01, and its certificates are valid from the day before: a client whose clock
    shows an earlier date does not trust the servers.

    Examples
    --------
    >>> ClockSkew(where="edge/ams", offset="-90s", start="6h", lasts="2h").offset
    Duration('-90s')
    """

    where: str = field(AText('the path of a group, such as "edge/ams"'))
    offset: Takes[DurationLike, Duration] = field(ADuration(at_least="-3650d", at_most="3650d"), default=Duration("0s"))
    drift_ppm: float = field(ANumber(at_least=-10_000.0, at_most=10_000.0), default=0.0)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)


Fault = (
    Partition
    | Restart
    | Deploy
    | Drain
    | ClockSkew
    | GreyFailure
    | Crash
    | Freeze
    | Overload
    | CacheLoss
    | KeyWipe
    | KeyDesync
    | KeyCorruption
    | CertificateExpiry
    | CertificateReplacement
    | Revocation
    | PolicyFlip
    | StagedRollout
)


def whom(fault: Fault) -> str:
    """The groups that a fault is about, as tables show them."""
    match fault:
        case Partition() | GreyFailure():
            one, other = fault.between
            arrow = {"both": "|", "first-to-second": ">", "second-to-first": "<"}[fault.ways]
            return f"{one} {arrow} {other}"
        case Deploy() | StagedRollout():
            return fault.fleet
        case _:
            return fault.where
