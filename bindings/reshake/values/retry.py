"""Trying again after a failed attempt: how often, after how long, and on whose account."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, ANumber, Choice, DurationLike

BackoffJitter = Literal["none", "full", "equal", "decorrelated"]

_WAIT = ADuration(at_least="0s", at_most="1d")


@value
class RetryBudget:
    """What bounds the retries of one client over all its visits: a bucket of tokens, one per retry.

    Of n connections that a client begins, at most ``reserve + per_visit * n`` retries are made. That is what
    keeps clients from multiplying the load of a service that answers nobody.

    Parameters
    ----------
    per_visit
        Tokens that each connection of a visit brings, 0 to 100.
    reserve
        That the bucket holds, and has at the start, 1 to 1,000,000.

    Notes
    -----
    Finagle's RetryBudget; gRPC throttles retries to the same end (gRFC A6).

    Examples
    --------
    >>> RetryBudget(reserve=3).per_visit
    0.1
    """

    per_visit: float = field(ANumber(at_least=0.0, at_most=100.0), default=0.1)
    reserve: float = field(ANumber(at_least=1.0, at_most=1e6), default=10.0)


@value
class Retry:
    """What a client does when a connection of a visit got no response: it waits, and tries again.

    After whatever may pass by itself: a timeout, a RST, an early end. A TLS alert is the other side's
    verdict, and stands. Each try begins at the home site, and goes on to the others where TCP does not
    connect. Requests are repeated as if all of them may be.

    The wait before a retry is drawn below a ceiling: `backoff`, times `multiplier` for each retry that was
    made before, at most `max_backoff`.

    Parameters
    ----------
    max_tries
        Of a connection, the first included, 1 to 100.
    backoff, max_backoff
        0 s to 1 d; `max_backoff` at least `backoff`.
    multiplier
        1 to 100. With 1 the backoff is constant.
    jitter
        ``"none"``: the wait is the ceiling, so that clients that failed together come back together.
        ``"full"``: between nothing and the ceiling. ``"equal"``: between half of it and all of it.
        ``"decorrelated"``: between `backoff` and `multiplier` times the last wait, at most `max_backoff`
        (AWS multiplies by 3).
    max_elapsed
        No try begins so long after the visit, above 0 s. None: `max_tries` alone says when to give up.
    budget
        Of each client, over all its visits. None: it has none.

    Notes
    -----
    The jitters are those of Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).

    Examples
    --------
    >>> Retry(max_tries=4, backoff="500ms").jitter
    'full'
    """

    max_tries: int = field(AnInteger(at_least=1, at_most=100), default=3)
    backoff: Takes[DurationLike, Duration] = field(_WAIT, default=Duration("1s"))
    multiplier: float = field(ANumber(at_least=1.0, at_most=100.0), default=2.0)
    max_backoff: Takes[DurationLike, Duration] = field(_WAIT, default=Duration("1min"))
    jitter: BackoffJitter = field(Choice(BackoffJitter), default="full")
    max_elapsed: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)
    budget: RetryBudget | None = field(A(RetryBudget), default=None)
