"""How a balancer learns that a server is down, and that it is up again."""

from __future__ import annotations

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, DurationLike

_PACE = ADuration(at_least="1ms", at_most="1h")
_COUNT = AnInteger(at_least=1, at_most=1000)


@value
class HealthCheck:
    """The balancer of each site opens a TCP connection to each of its servers at regular intervals.

    A server is ejected after so many failures in a row, and taken in again after so many successes.
    Probes meet a server whose process is gone, which refuses, or one that a partition has cut off from
    its site, which is silent. When each server's first probe leaves is drawn at random. A site whose
    servers are all ejected is used as if none were.

    Parameters
    ----------
    interval
        From one probe of a server to the next, 1 ms to 1 h.
    timeout
        After which a silent probe has failed, 1 ms to `interval`.
    unhealthy_threshold, healthy_threshold
        Failures in a row that eject a server, and successes in a row that take it in again, 1 to 1,000.

    Notes
    -----
    HAProxy's ``inter``, ``timeout check``, ``fall`` and ``rise``, with its defaults. Probes cost neither
    packets nor time on the servers.

    Examples
    --------
    >>> HealthCheck(interval="5s").unhealthy_threshold
    3
    """

    interval: Takes[DurationLike, Duration] = field(_PACE, default=Duration("2s"))
    timeout: Takes[DurationLike, Duration] = field(_PACE, default=Duration("2s"))
    unhealthy_threshold: int = field(_COUNT, default=3)
    healthy_threshold: int = field(_COUNT, default=2)
