"""Packet captures as files, pcap and pcapng: the TCP segments in them.

Source: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng; link types of tcpdump.org/linktypes.html.

dpkt takes packets apart. Files are read here: its readers do not tell of a capture that ends within a packet, and take
every packet of a pcapng file for one of the first interface.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any, BinaryIO, Final, NamedTuple

import dpkt

from .files import PCAP, PCAPNG, LogError, magic_of, opened

_LITTLE_ENDIAN: Final = b"\x4d\x3c\x2b\x1a"
_INTERFACE, _ENHANCED_PACKET = 1, 6
_TIME_RESOLUTION, _TIME_OFFSET = 9, 14
_SYN, _ACK = 0x02, 0x10

_ENDS_EARLY: Final = (struct.error, IndexError, EOFError, zlib.error)
"""What the end of a file raises where there is none, or nonsense where its lengths are."""

Link = Callable[[bytes], Any]
"""Finds the IP packet in a frame."""


def _raw(data: bytes) -> Any:
    return dpkt.ip6.IP6(data) if data[:1] and data[0] >> 4 == 6 else dpkt.ip.IP(data)


def _inside(frame: Link) -> Link:
    return lambda data: frame(data).data


_LINKS: Final[Mapping[int, Link]] = {
    1: _inside(dpkt.ethernet.Ethernet),
    113: _inside(dpkt.sll.SLL), 276: _inside(dpkt.sll2.SLL2),
    0: _inside(dpkt.loopback.Loopback), 108: _inside(dpkt.loopback.Loopback),
    12: _raw, 14: _raw, 101: _raw, 228: _raw, 229: _raw,
}  # fmt: skip
_LINKS_TOLD: Final = "Ethernet (1), Linux cooked (113, 276), loopback (0, 108), raw IP (101, 228, 229)"


class Segment(NamedTuple):
    """Of TCP.

    Attributes
    ----------
    at
        Seconds of Unix time.
    source, target
        Address and port.
    number, acknowledged
        Of sequence.
    flags
        As in the header.
    data
        What the capture has kept.
    length
        Of the data when it was sent.
    """

    at: float
    source: tuple[str, int]
    target: tuple[str, int]
    number: int
    acknowledged: int
    flags: int
    data: bytes
    length: int

    @property
    def is_syn(self) -> bool:
        """Whether it asks for a connection."""
        return self.flags & (_SYN | _ACK) == _SYN

    @property
    def is_syn_ack(self) -> bool:
        """Whether it grants one."""
        return self.flags & (_SYN | _ACK) == _SYN | _ACK


@dataclass(slots=True)
class Tally:
    """What a capture holds.

    Attributes
    ----------
    packets
        All.
    others
        Those in which no TCP segment could be read: ARP, UDP, fragments, or cut off before TCP's header ends.
    cut_off
        Whether the file ends within a packet.
    """

    packets: int = 0
    others: int = 0
    cut_off: bool = False


def segments(path: Path, tally: Tally) -> Iterator[Segment]:
    """The segments of a capture, in its order; `tally` counts what comes by.

    Raises
    ------
    LogError
        Where the file is no capture, or its link type is not known.
    """
    magic = magic_of(path)
    if magic != PCAPNG and magic not in PCAP:
        beginning = f"begins with {magic.hex(' ')}" if magic else "is empty"
        raise LogError(f"{beginning}; expected a capture, pcap or pcapng")
    with opened(path) as file:
        for at, link, data in _pcapng(file, tally) if magic == PCAPNG else _pcap(file, tally):
            tally.packets += 1
            segment = _segment(at, link, data)
            if segment is None:
                tally.others += 1
            else:
                yield segment


Frame = tuple[float, Link, bytes]


def _link(kind: int) -> Link:
    if kind not in _LINKS:
        raise LogError(f"holds packets of link type {kind}; what can be read is {_LINKS_TOLD}")
    return _LINKS[kind]


def _pcap(file: BinaryIO, tally: Tally) -> Iterator[Frame]:
    head = file.read(24)
    order, unit = PCAP[head[:4]]
    try:
        link = _link(struct.unpack(f"{order}20xI", head)[0] & 0xFFFF)
        while head := file.read(16):
            seconds, fraction, kept, _ = struct.unpack(f"{order}IIII", head)
            yield seconds + fraction * unit, link, _all_of(file, kept)
    except _ENDS_EARLY:
        tally.cut_off = True


def _pcapng(file: BinaryIO, tally: Tally) -> Iterator[Frame]:
    order = "<"
    interfaces: list[tuple[Link, float, int]] = []
    try:
        while head := file.read(12):
            if head[:4] == PCAPNG:
                order, interfaces = ("<" if head[8:] == _LITTLE_ENDIAN else ">"), []
            kind, length = struct.unpack(f"{order}II", head[:8])
            block = head[8:] + _all_of(file, length - 12)
            if kind == _INTERFACE:
                interfaces.append(_interface(block, order))
            elif kind == _ENHANCED_PACKET:
                interface, high, low, kept = struct.unpack(f"{order}IIII", block[:16])
                link, unit, offset = interfaces[interface]
                yield ((high << 32) + low) * unit + offset, link, block[20 : 20 + kept]
    except _ENDS_EARLY:
        tally.cut_off = True


def _all_of(file: BinaryIO, count: int) -> bytes:
    data = file.read(max(count, 0))
    if len(data) != count:
        raise EOFError
    return data


def _interface(block: bytes, order: str) -> tuple[Link, float, int]:
    """Its link, how long a unit of its time is, and the second at which its time begins."""
    (kind,) = struct.unpack(f"{order}H", block[:2])
    resolution, offset, at = 1e-6, 0, 8
    while at + 4 <= len(block) - 4:
        code, length = struct.unpack(f"{order}HH", block[at : at + 4])
        if code == _TIME_RESOLUTION:
            exponent = block[at + 4]
            resolution = 2.0 ** -(exponent & 0x7F) if exponent & 0x80 else 10.0**-exponent
        elif code == _TIME_OFFSET:
            (offset,) = struct.unpack(f"{order}q", block[at + 4 : at + 12])
        at += 4 + length + -length % 4
    return _link(kind), resolution, offset


def _segment(at: float, link: Link, data: bytes) -> Segment | None:
    try:
        packet = link(data)
    except (dpkt.Error, IndexError, RecursionError):
        return None
    tcp = getattr(packet, "data", None)
    if not isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) or not isinstance(tcp, dpkt.tcp.TCP):
        return None
    source, target = _address(packet.src), _address(packet.dst)
    length = _length(packet) - (tcp.off << 2)
    return Segment(
        at,
        (source, tcp.sport),
        (target, tcp.dport),
        tcp.seq,
        tcp.ack,
        tcp.flags,
        bytes(tcp.data),
        max(length, len(tcp.data)),
    )


def _length(packet: Any) -> int:
    """Bytes of the TCP segment when it was sent. IP says 0 where the network card was to cut it into packets."""
    if isinstance(packet, dpkt.ip.IP):
        return packet.len - (packet.hl << 2) if packet.len else 0
    return packet.plen - sum(each.length for each in packet.all_extension_headers) if packet.plen else 0


@lru_cache(maxsize=65_536)
def _address(packed: bytes) -> str:
    return inet_ntop(AF_INET if len(packed) == 4 else AF_INET6, packed)
