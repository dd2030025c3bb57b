"""Whom a server takes in, and what becomes of the others."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ABoolean, ADuration, AnInteger, Choice, DurationLike

QueueOrder = Literal["fifo", "lifo"]

_MANY = AnInteger(at_least=1, at_most=1_000_000)


@value
class Admission:
    """A server that does not take in everybody.

    Its kernel completes TCP handshakes by itself, and keeps the connections for the process in the accept
    queue. While that is full it drops SYNs, and ignores the client's part of handshakes that are under way,
    whose SYN-ACKs it repeats: the client, which takes itself for connected, repeats its ClientHello. Those
    handshakes are the SYN queue; while that is full, too, SYNs are answered with SYN cookies, which need no
    memory, or not at all. The process takes the oldest connection out of the accept queue whenever it is below
    both of its limits.

    A client that gives up leaves its connection where it is. Its turn comes, and the server makes its
    handshake for nobody, unless `max_wait` or `abort_on_close` says otherwise.

    Parameters
    ----------
    backlog
        Of listen(2), at most net.core.somaxconn, 1 to 1,000,000. As in Linux the accept queue is full when it
        holds one more than that, the SYN queue when it holds as many.
    syn_cookies
        net.ipv4.tcp_syncookies.
    abort_on_overflow
        net.ipv4.tcp_abort_on_overflow: the client's part of a handshake is answered with a RST where it would
        be ignored.
    max_connections
        That a process has open at once, as HAProxy's ``maxconn``, 1 to 1,000,000. None: as many as come.
    max_handshakes
        Of those, with TLS not established, 1 to 1,000,000. None: as many as come.
    max_wait
        From the end of TCP's handshake to the first work of TLS's, from 1 ms on. Who has waited for longer
        when the turn comes gets a RST, which costs 5 us. None: everybody's turn comes.
    abort_on_close
        Nothing is begun for a client that has closed meanwhile, as with HAProxy's ``abortonclose``.
    order
        Of work that waits for a core: ``"fifo"``, or ``"lifo"``, newest first.

    Notes
    -----
    Linux 6, and the processes on it: Maurer, "Fail at Scale" (ACM Queue 13, 2015) on the order and the wait. The
    table ``overload`` has a row for each packet that was dropped because a queue was full.

    Examples
    --------
    >>> Admission(max_handshakes=200, max_wait="1s").backlog
    511
    """

    backlog: int = field(_MANY, default=511)
    syn_cookies: bool = field(ABoolean(), default=True)
    abort_on_overflow: bool = field(ABoolean(), default=False)
    max_connections: int | None = field(_MANY, default=None)
    max_handshakes: int | None = field(_MANY, default=None)
    max_wait: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="1ms"), default=None)
    abort_on_close: bool = field(ABoolean(), default=False)
    order: QueueOrder = field(Choice(QueueOrder), default="fifo")
