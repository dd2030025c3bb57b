"""Boxes between a client's access link and the network that do more to packets than pass them on."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ABoolean, ADuration, AnInteger, Choice, DurationLike
from .loss import PROBABILITY

OnForgotten = Literal["drop", "reset"]
BoxWays = Literal["both", "up", "down"]

_TIMEOUT = ADuration(at_least="0s", above=True)


@value
class Nat:
    """Knows each of a client's ports for as long as it is used.

    UDP ports have other ones towards the network: a packet after the timeout comes from another port. A TCP
    packet of a connection that has been forgotten does not pass.

    Parameters
    ----------
    udp_timeout
        Without a UDP packet from the client, above 0 s.
    tcp_timeout
        Without a TCP packet either way, above 0 s; while a connection is not open, or not any more, at most 4 min.
    on_forgotten
        What becomes of a TCP packet whose connection has been forgotten: ``"drop"``, or ``"reset"``: whoever
        sent it gets a RST.

    Notes
    -----
    RFC 4787 for UDP: which port is mapped to which does not depend on the peer. It asks for at least
    2 min, and RFC 9000 section 10.1.2 reckons with 30 s. RFC 5382 for TCP, which asks for at least 2 h 4 min.
    Each client has a NAT of its own; its address stays, and so do ports of TCP, as with Linux's MASQUERADE.

    Examples
    --------
    >>> Nat(tcp_timeout="5min").udp_timeout
    Duration('30s')
    """

    udp_timeout: Takes[DurationLike, Duration] = field(_TIMEOUT, default=Duration("30s"))
    tcp_timeout: Takes[DurationLike, Duration] = field(_TIMEOUT, default=Duration("124min"))
    on_forgotten: OnForgotten = field(Choice(OnForgotten), default="drop")


@value
class Firewall:
    """Lets no UDP through, or no TCP of connections that have been silent.

    Parameters
    ----------
    drop_udp
        No UDP passes.
    tcp_idle_timeout
        A connection without a packet for so long is forgotten, above 0 s. None: never.
    on_forgotten
        As in `Nat`.

    Examples
    --------
    >>> Firewall(tcp_idle_timeout="5min", on_forgotten="reset").drop_udp
    False
    """

    drop_udp: bool = field(ABoolean(), default=False)
    tcp_idle_timeout: Takes[DurationLike | None, Duration | None] = field(_TIMEOUT, default=None)
    on_forgotten: OnForgotten = field(Choice(OnForgotten), default="drop")


@value
class BlackHole:
    """Drops large packets without a word: a path whose MTU is smaller than both ends believe.

    Parameters
    ----------
    larger_than
        IP packets of more bytes do not pass, 68 to 1,500.
    ways
        ``"both"``, or only packets from the client (``"up"``) or to it (``"down"``).

    Notes
    -----
    RFC 2923 section 2.1. TCP here does not probe for a smaller size, as Linux does not unless
    ``net.ipv4.tcp_mtu_probing`` is set: what does not pass never will.

    Examples
    --------
    >>> BlackHole(larger_than=1400, ways="up").ways
    'up'
    """

    larger_than: int = field(AnInteger(at_least=68, at_most=1500))
    ways: BoxWays = field(Choice(BoxWays), default="both")


@value
class ResetInjection:
    """Ends TCP connections by a RST to both ends that none of them sent.

    Parameters
    ----------
    probability
        Of each connection, 0 to 1.
    after_bytes
        With the packet that makes it so many bytes, both ways together, 1 to 4,000,000,000; 1: with the
        ClientHello.

    Examples
    --------
    >>> ResetInjection(probability=0.01, after_bytes=5000).probability
    0.01
    """

    probability: float = field(PROBABILITY)
    after_bytes: int = field(AnInteger(at_least=1, at_most=4_000_000_000), default=1)


Middlebox = Nat | Firewall | BlackHole | ResetInjection
