"""From one cell, or one network, to another."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ABoolean, ADuration, DurationLike, ListOf, OneOf
from .laws import TimeLaw
from .link import Access


@value
class Handover:
    """Clients change cells: at times that a law draws for each, or at given ones.

    Parameters
    ----------
    gap
        Between two handovers of a client, each on its own: `Exponential`, `Weibull`, `Pareto`, `LogNormal`,
        `Constant` or `Empirical`. None: only those of `at`.
    at
        Times since the start of the run, of all clients at once; they must rise.
    interruption
        For so long nothing passes, 0 s to 1 h.
    drops
        What comes meanwhile is lost. False: it waits, as where the old cell forwards to the new one.
    new_address
        The client gets another address, as between two networks: its connections are dead. Its own
        system ends them at once (outcome ``moved``); the server is told nothing.
    nat_rebinding
        The NATs of `Clients.middleboxes` know nothing of what went through the former cell: connections are
        theirs no more (`Nat.on_forgotten`), and neither end is told.
    to
        Links of the new cells, one of which is drawn at each handover and used until the next that has
        some, or the next phase of `Phases`. Empty: the link stays.

    Notes
    -----
    A packet's way is settled as it is sent: what is queued or on the air as a handover begins arrives as if there was
    none, and within one network nothing that is sent later overtakes it.

    A TCP connection is its pair of addresses and ports (RFC 9293 section 3.3.1).

    Examples
    --------
    >>> from reshake import Exponential, Link
    >>> Handover(gap=Exponential(mean="2min"), interruption="30ms").new_address
    False
    >>> len(Handover(at=["8h", "18h"], new_address=True, to=[Link(delay="10ms")]).at)
    2
    """

    gap: TimeLaw | None = field(OneOf(TimeLaw), default=None)
    at: Takes[Sequence[DurationLike], tuple[Duration, ...]] = field(ListOf(ADuration(at_least="0s")), default=())
    interruption: Takes[DurationLike, Duration] = field(
        ADuration(at_least="0s", at_most="1h"), default=Duration("50ms")
    )
    drops: bool = field(ABoolean(), default=False)
    new_address: bool = field(ABoolean(), default=False)
    nat_rebinding: bool = field(ABoolean(), default=False)
    to: Takes[Sequence[Access], tuple[Access, ...]] = field(ListOf(OneOf(Access)), default=())
