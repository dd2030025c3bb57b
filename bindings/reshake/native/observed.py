"""What is known of one exchange, wherever it took place."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What does not depend on time: with one seed, the same over sockets and in the simulation.

    The names, and what they mean, are the columns of the table `attempts` (docs/tables.md).
    """

    outcome: str
    offered: bool
    resumed: bool
    tls_version: int
    cipher_suite: int
    group: int
    bytes_sent: int
    bytes_received: int
    flights_sent: int
    flights_received: int
    tickets_received: int


FACTS: Final = tuple(each.name for each in fields(Facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Nanoseconds. None: not observed.

    Attributes
    ----------
    connect
        TCP's own handshake.
    server_hello
        ClientHello sent to ServerHello received.
    handshake
        TCP connected to the client's Finished sent.
    first_byte
        TCP connected to the first decrypted byte of the response.
    client_compute, server_compute
        In OpenSSL, from the first call to the client's close.
    harness
        What the flights before the first byte were under way beyond half a round trip, added up: no
        part of the exchange, but of how it was observed. Nothing in the simulation.
    """

    connect: int | None
    server_hello: int
    handshake: int
    first_byte: int
    client_compute: int
    server_compute: int
    harness: int

    @property
    def first_byte_without_harness(self) -> int:
        """What remains of `first_byte`."""
        return self.first_byte - self.harness


TIMES: Final = (
    "connect",
    "server_hello",
    "handshake",
    "first_byte",
    "harness",
    "first_byte_without_harness",
    "client_compute",
    "server_compute",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One exchange.

    Attributes
    ----------
    times
        None where it did not come to its end.
    """

    facts: Facts
    times: Times | None
