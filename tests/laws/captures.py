"""Who got a packet from whom, and when, by the captures of a run's machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HTTPS = 443
TCP = 6
_FILE_HEADER, _PACKET_HEADER = 24, 16


@dataclass(frozen=True, slots=True)
class Arrival:
    """A TCP packet that was delivered. Machines are named as their files are: `phones-0`, `edge-ams-server-1`."""

    at: int
    sender: str
    receiver: str


@dataclass(frozen=True, slots=True)
class _Packet:
    at: int
    source: tuple[bytes, int]
    destination: tuple[bytes, int]


def arrivals(captures: Mapping[str, bytes]) -> list[Arrival]:
    """Every packet of a visit that reached the machine it was sent to. Units: nanoseconds."""
    seen = {name.removesuffix(".pcap"): [*_packets(content)] for name, content in captures.items()}
    servers = [name for name in seen if "-server-" in name]
    machines = {}
    for name, packets in seen.items():
        for packet in packets:
            end = packet.source if (packet.source[1] == HTTPS) == (name in servers) else packet.destination
            machines[end[0]] = name
    return [
        Arrival(packet.at, machines[packet.source[0]], name)
        for name, packets in seen.items()
        for packet in packets
        if machines[packet.destination[0]] == name
    ]


def _packets(capture: bytes) -> Iterator[_Packet]:
    at = _FILE_HEADER
    while at < len(capture):
        seconds, nanoseconds, size = (int.from_bytes(capture[at + 4 * i : at + 4 * i + 4], "little") for i in range(3))
        ip = capture[at + _PACKET_HEADER : at + _PACKET_HEADER + size]
        at += _PACKET_HEADER + size
        is_ipv4 = ip[0] >> 4 == 4
        if (ip[9] if is_ipv4 else ip[6]) != TCP:
            continue
        addresses = (ip[12:16], ip[16:20]) if is_ipv4 else (ip[8:24], ip[24:40])
        begin = 4 * (ip[0] & 0xF) if is_ipv4 else 40
        ports = (int.from_bytes(ip[begin : begin + 2]), int.from_bytes(ip[begin + 2 : begin + 4]))
        yield _Packet(seconds * 10**9 + nanoseconds, *zip(addresses, ports, strict=True))
