"""How servers come by the keys of a rotation: from their own clock, or from a coordinator."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, ANumber, Choice, DurationLike
from .link import Link

KeyDelivery = Literal["push", "poll"]
WithoutKey = Literal["no-tickets", "own-key", "keep-sealing", "fail"]


@value
class ClockDerived:
    """Every server knows a secret, and derives the key of a period from what its own clock shows.

    Parameters
    ----------
    accept_next
        Periods ahead of the server's own whose keys it opens tickets with, for those of servers whose
        clocks are ahead of its own, 0 to 1,000. Of periods behind, `StekRotation.keep_previous` says
        the same.

    Examples
    --------
    >>> import reshake as rs
    >>> rs.Tickets(rotation=rs.StekRotation(every="1h"), distribution=rs.ClockDerived()).distribution
    ClockDerived(accept_next=1)
    """

    accept_next: int = field(AnInteger(at_least=0, at_most=1000), default=1)


@value
class KeyCoordinator:
    """A machine that makes a fleet's ticket keys and hands them out over the network.

    Faults know it as ``"edge/keys"``, for a fleet named ``"edge"``: it can be parted from sites and
    servers, restarted, and its clock be put off. What it says travels in datagrams that are repeated until
    they are answered.

    Each key carries the date from which on it seals, and is retired ``every * (1 + keep_previous)`` after
    it. Servers go by their own clocks, the coordinator by its.

    Parameters
    ----------
    delivery
        ``"push"``: it sends each new key to every server, again and again until the server confirms.
        ``"poll"``: servers ask in turn. A server that comes up, or has lost its keys, asks in any case.
    link
        All that lies between it and any server.
    pre_distribution
        A key is handed out for so long before it begins to seal, 0 s to `StekRotation.every`.
    poll_interval
        Of each server, 1 s to 30 d.
    poll_jitter
        Share of the interval by which a poll comes earlier at most, 0 to 0.9.
    retry, retry_at_most
        Wait for an answer before the first repetition, 1 ms to 1 d; it doubles at each, up to the latter.
    without_key
        What a server does that has no key which may still seal: it issues no tickets (``"no-tickets"``);
        makes keys that no other server has (``"own-key"``); goes on with the newest that it has, which is
        not retired until another comes (``"keep-sealing"``); or the handshake fails where it would have
        sent a ticket (``"fail"``).

    Notes
    -----
    Dates in keys are h2o's ``not_before`` and ``not_after`` (h2o#523, h2o#1444). Handshakes that fail for
    want of a key are told in s2n-tls#2912 and s2n-tls#3040, a key that lives on in openlitespeed#379.

    Examples
    --------
    >>> KeyCoordinator(delivery="poll", poll_interval="5min").without_key
    'no-tickets'
    """

    delivery: KeyDelivery = field(Choice(KeyDelivery), default="push")
    link: Link = field(A(Link), default=Link(delay="20ms"))
    pre_distribution: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"), default=Duration("0s"))
    poll_interval: Takes[DurationLike, Duration] = field(
        ADuration(at_least="1s", at_most="30d"), default=Duration("1min")
    )
    poll_jitter: float = field(ANumber(at_least=0.0, at_most=0.9), default=0.1)
    retry: Takes[DurationLike, Duration] = field(ADuration(at_least="1ms", at_most="1d"), default=Duration("1s"))
    retry_at_most: Takes[DurationLike, Duration] = field(
        ADuration(at_least="1ms", at_most="1d"), default=Duration("1min")
    )
    without_key: WithoutKey = field(Choice(WithoutKey), default="no-tickets")


KeyDistribution = ClockDerived | KeyCoordinator
