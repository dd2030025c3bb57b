"""Ejection by what clients meet: a balancer that stops using servers which keep failing."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, ANumber, DurationLike

_TIME = ADuration(at_least="1ms", at_most="1d")
_SHARE = ANumber(at_least=0.0, at_most=1.0)


@value
class OutlierDetection:
    """A server whose last attempts all failed is ejected for a while; its site's others take its load.

    Failures are timeouts, RSTs and early ends, and handshakes that are `slow`; a TLS alert is none. The first
    ejection lasts `base_ejection_time`, the next ones twice, three times as long; for every ten seconds in
    service one is forgotten.

    Parameters
    ----------
    consecutive_failures
        That eject a server, 1 to 1,000,000.
    slow
        A TLS handshake that takes longer than this is a failure too, 1 ms to 1 d. None: only failures are.
    base_ejection_time, max_ejection_time
        1 ms to 1 d; `max_ejection_time` at least `base_ejection_time`.
    max_ejected_share
        Of a site's servers that are ejected at once, 0 to 1; one may be at any rate.
    panic_threshold
        Where a smaller share of a site's servers can be used than this, 0 to 1, all of them are used, whoever
        is ejected, also by a `HealthCheck`.

    Notes
    -----
    Envoy's outlier detection and panic threshold, with its defaults.

    Examples
    --------
    >>> OutlierDetection(slow="500ms").consecutive_failures
    5
    """

    consecutive_failures: int = field(AnInteger(at_least=1, at_most=1_000_000), default=5)
    slow: Takes[DurationLike | None, Duration | None] = field(_TIME, default=None)
    base_ejection_time: Takes[DurationLike, Duration] = field(_TIME, default=Duration("30s"))
    max_ejection_time: Takes[DurationLike, Duration] = field(_TIME, default=Duration("5min"))
    max_ejected_share: float = field(_SHARE, default=0.1)
    panic_threshold: float = field(_SHARE, default=0.5)
