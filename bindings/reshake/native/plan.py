"""Which exchanges are compared."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..units import Duration
from ..values.arrivals import Trace
from ..values.clients import Clients
from ..values.device import Device
from ..values.fleet import Fleet
from ..values.link import Link
from ..values.scenario import Scenario
from ..values.tls_settings import CertificateKey, ClientTls, ServerTls, Tickets

#: What each client's visits are, in order: the second offers a ticket of the first.
VISITS: Final = ("full", "psk")

#: Seconds, so that each finds idle machines.
_BETWEEN_EXCHANGES: Final = 30
#: Longer than what lies between the two visits of a client.
_LIFETIME: Final = "1min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many clients that come twice, one exchange at a time: a full handshake, then a resumption.

    Attributes
    ----------
    rtt
        Of the path; half of it each way.
    groups
        Of both sides. None: OpenSSL's default.
    device
        What both sides compute on in the simulation.
    """

    rtt: Duration
    attempts: int
    certificate: CertificateKey
    groups: str | None
    seed: int
    device: Device

    @property
    def one_way(self) -> Duration:
        """The delay in each direction."""
        return Duration.of_nanoseconds(self.rtt.nanoseconds // 2)

    def scenario(self) -> Scenario:
        """The exchanges as a scenario."""
        seconds = [1 + i * _BETWEEN_EXCHANGES for i in range(len(VISITS) * self.attempts)]
        with tempfile.TemporaryDirectory(prefix="reshake-native-") as directory:
            file = Path(directory) / "visits.csv"
            file.write_text("".join(f"{i // len(VISITS)},{at}\n" for i, at in enumerate(seconds)))
            visits = Trace(file)  # It reads the file at once.
        return Scenario(
            duration=f"{seconds[-1] + 2 * _BETWEEN_EXCHANGES}s",
            clients=[
                Clients(
                    "clients",
                    count=self.attempts,
                    access=Link(delay=self.one_way),
                    arrivals=visits,
                    tls=ClientTls(groups=self.groups),
                    device=self.device,
                )
            ],
            fleets=[
                Fleet(
                    "edge",
                    sites=["loopback"],
                    tickets=Tickets(lifetime=_LIFETIME),
                    tls=ServerTls(certificate=self.certificate, groups=self.groups),
                    device=self.device,
                )
            ],
            tcp="linux-6",
        )
