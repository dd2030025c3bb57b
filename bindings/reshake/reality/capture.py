"""Packet captures as a source of traffic: each TLS connection is what a line of an access log is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal, get_args

from ..errors import Problem, ScenarioError
from .access_log import Reading, Request
from .capture_file import Tally, segments
from .connections import Connection, Endpoint, connections
from .files import LogError

Client = Literal["address", "file"]
CLIENTS: Final = get_args(Client)

_SAME: Final = 60.0  # Seconds between the SYNs of a connection as two files have it; longer, and its ports are reused.


@dataclass(slots=True)
class Census:
    """What captures hold.

    Attributes
    ----------
    packets, others
        All, and those that are not of TCP or are cut off before their data begin.
    cut_off
        Names of files that end within a packet.
    begun
        Connections that had begun before the capture; they are left out.
    twice
        Connections that more than one file has; they count once.
    client
        What tells clients apart.
    connections
        That began with a SYN.
    """

    packets: int = 0
    others: int = 0
    cut_off: list[str] = field(default_factory=list)
    begun: int = 0
    twice: int = 0
    client: Client = "address"
    connections: list[Connection] = field(default_factory=list)

    @property
    def tls(self) -> list[Connection]:
        """Connections whose client spoke TLS."""
        return [each for each in self.connections if each.is_tls]

    @property
    def unanswered(self) -> int:
        """Connections that got no further than their SYN."""
        return sum(not each.was_granted for each in self.connections)

    def overview(self) -> str:
        """Its numbers in a sentence or two."""
        return (
            f"{self.packets:,} packets, {self.others:,} of them not of TCP or cut off before their data. "
            f"{len(self.connections):,} connections began (SYN): {self.unanswered:,} were never answered, "
            f"{len(self.tls):,} spoke TLS. {self.begun:,} had begun before."
        )

    def told(self) -> list[str]:
        """What a reader should know of them."""
        sentences = [self.overview()]
        if self.twice:
            sentences.append(f"{self.twice:,} connections are in more than one file and count once.")
        if self.cut_off:
            sentences.append(f"Files that end within a packet: {', '.join(self.cut_off)}.")
        unread = sum(each.hello is None for each in self.tls)
        if unread:
            sentences.append(f"{unread:,} ClientHellos are cut off: tcpdump -s 0 captures whole packets.")
        if unread < len(self.tls):
            versions = ", ".join(f"{name} {count:,}" for name, count in self.versions().most_common())
            sentences.append(
                f"Server names asked for: {len(self.names()):,}. Versions offered: {versions}. "
                f"Of {len(self.tls) - unread:,} ClientHellos {self.share('offers_session'):.1%} offer a session to "
                f"resume, {self.share('offers_early_data'):.1%} early data."
            )
        sent, received = self.typical_bytes()
        sentences.append(f"Medians of a connection: {sent:,.0f} bytes from the client, {received:,.0f} to it.")
        return sentences

    def content(self) -> dict[str, Any]:
        """The same for a machine."""
        sent, received = self.typical_bytes()
        return {
            "packets": self.packets,
            "other_packets": self.others,
            "cut_off": self.cut_off,
            "connections": len(self.connections),
            "unanswered": self.unanswered,
            "tls": len(self.tls),
            "begun_before": self.begun,
            "in_several_files": self.twice,
            "names": len(self.names()),
            "versions_offered": dict(self.versions()),
            "offer_session": self.share("offers_session"),
            "offer_early_data": self.share("offers_early_data"),
            "bytes_sent": sent,
            "bytes_received": received,
        }

    def typical_bytes(self) -> tuple[float, float]:
        """Medians over TLS connections of what the client sends and receives, handshake included."""
        return median(each.bytes_sent for each in self.tls), median(each.bytes_received for each in self.tls)

    def names(self) -> Counter[str]:
        """How often each server name was asked for."""
        return Counter(each.hello.name for each in self.tls if each.hello and each.hello.name)

    def versions(self) -> Counter[str]:
        """How many ClientHellos offer each version."""
        return Counter(version for each in self.tls if each.hello for version in each.hello.versions)

    def share(self, of: str) -> float | None:
        """The share of ClientHellos with ``"offers_session"``, ``"offers_early_data"`` and so on."""
        hellos = [each.hello for each in self.tls if each.hello]
        return sum(getattr(each, of) for each in hellos) / len(hellos) if hellos else None


def read_captures(paths: Iterable[Path], client: Client = "address") -> Reading:
    """Reads captures: the TLS connections, and what else there is.

    Parameters
    ----------
    paths
        Files. A connection that several of them have is the first one's.
    client
        What tells clients apart: their address, or the file, where each was made on a client's machine.

    Raises
    ------
    ScenarioError
        With a problem for each file that is no capture.
    LogError
        Where there is not a single TLS connection.
    """
    census = Census(client=client)
    known: dict[tuple[Endpoint, Endpoint, int], float] = {}
    problems: list[Problem] = []
    for path in paths:
        tally = Tally()
        try:
            found, begun = connections(segments(path, tally))
        except LogError as error:
            problems.append(Problem(str(path), str(error)))
            continue
        census.packets += tally.packets
        census.others += tally.others
        census.cut_off += [path.name] * tally.cut_off
        census.begun += begun
        for each in found:
            each.file = path.name
        new = [each for each in found if abs(each.at - known.get(_name(each), -math.inf)) > _SAME]
        census.twice += len(found) - len(new)
        census.connections += new
        known |= {_name(each): each.at for each in new}
    if problems:
        raise ScenarioError(problems)
    if not census.tls:
        raise LogError(f"holds no TLS connection from its SYN on: {census.overview()}")
    requests = [_request(each, number, client) for number, each in enumerate(census.tls)]
    return Reading(requests, capture=census)


def _name(connection: Connection) -> tuple[Endpoint, Endpoint, int]:
    return connection.client, connection.server, connection.number


def _request(connection: Connection, number: int, client: Client) -> Request:
    return Request(
        at=connection.at,
        client=connection.client[0] if client == "address" else connection.file,
        connection=str(number),
        request_bytes=connection.request_bytes,
        response_bytes=connection.response_bytes,
        rtt=connection.rtt,
        resumed=connection.resumed,
        protocol=connection.version,
    )
