"""What cryptography costs on a device."""

from __future__ import annotations

from .fields import field, value
from .kinds import AnInteger, ANumber


@value
class Device:
    """A machine that computes. Work beyond its cores waits in a queue, first come first served.

    Parameters
    ----------
    cores
        1 to 4,096.
    slowdown
        CPU time of an operation relative to the built-in table, 0 (free) to 10,000.

    Notes
    -----
    The built-in table was measured with OpenSSL 3.5 on one core of an x86-64 server. A mid-range
    phone takes about four times as long.

    Examples
    --------
    >>> Device(cores=4).slowdown
    1.0
    """

    cores: int = field(AnInteger(at_least=1, at_most=4096), default=1)
    slowdown: float = field(ANumber(at_least=0.0, at_most=1e4), default=1.0)
