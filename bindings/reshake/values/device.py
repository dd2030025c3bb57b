"""A machine that computes, and what cryptography costs on it."""

from __future__ import annotations

import dataclasses
import os

from ..errors import Problem
from .fields import Takes, field, value
from .kinds import A, AnInteger, ANumber, APath, AText, PathLike
from .profiles import SHIPPED, CostLine, read_profile, sha256_of
from .recordings import check_digest


@value
class DeviceProfile:
    """What cryptography costs on one core of a machine. Equal when the costs are equal.

    Parameters
    ----------
    name
        Of a profile that comes with Reshake (``"server-core"``, ``"laptop"``, ``"phone-mid"``,
        ``"phone-low"``), or the path of a file as ``reshake calibrate`` writes it. It is read at
        once.
    sha256
        Hexadecimal digest that the table of costs must have. Empty: whatever it has; then filled
        in.

    Notes
    -----
    Each profile tells in its file, line by line, where its figures come from: measured by us,
    published by others, or scaled from another profile.

    Examples
    --------
    >>> DeviceProfile("phone-mid").table[0].algorithm
    'ECDSA'
    """

    name: Takes[PathLike, str] = field(APath(), kw_only=False, identity=False)
    sha256: str = field(AText("a digest"), default="")
    #: The lines of the table: the first that fits an operation counts.
    table: tuple[CostLine, ...] = dataclasses.field(default=(), init=False, repr=False, compare=False)

    def _complete(self, problems: list[Problem]) -> None:
        read = read_profile(self.name, "DeviceProfile.name", problems)
        if read is None:
            return
        check_digest(self, self.name, sha256_of(read.table), problems)
        object.__setattr__(self, "table", read.table)


_A_PROFILE = A(DeviceProfile, shorthand=(str, os.PathLike))
_A_PROFILE.expected = f"a DeviceProfile, the path of one, or a name: {', '.join(SHIPPED)}"


@value
class Device:
    """A machine that computes. Work beyond its cores waits in a queue, first come first served.

    Parameters
    ----------
    cores
        1 to 4,096.
    profile
        What cryptography costs on one of its cores: ``"server-core"``, ``"laptop"``,
        ``"phone-mid"``, ``"phone-low"``, or the path of a file as ``reshake calibrate`` writes it.
    slowdown
        CPU time of an operation relative to the profile's table, 0 (free) to 10,000.

    Notes
    -----
    "server-core" was measured with OpenSSL 3.5 on one core of an x86-64 server.

    Examples
    --------
    >>> Device(cores=4).slowdown
    1.0
    >>> Device(profile="laptop") == Device()
    False
    """

    cores: int = field(AnInteger(at_least=1, at_most=4096), default=1)
    profile: Takes[DeviceProfile | PathLike, DeviceProfile] = field(_A_PROFILE, default=DeviceProfile("server-core"))
    slowdown: float = field(ANumber(at_least=0.0, at_most=1e4), default=1.0)
