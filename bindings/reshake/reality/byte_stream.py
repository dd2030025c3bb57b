"""What one side of a TCP connection sent, put in order, and the TLS records in it.

Source: RFC 9293 section 3.4 (sequence numbers); RFC 8446 section 5.1 (records).
"""

from __future__ import annotations

import heapq
from typing import Final

_HANDSHAKE, _APPLICATION_DATA = 22, 23
_KINDS: Final = range(20, 25)
_HEADER: Final = 5
_SEQUENCES: Final = 1 << 32
_FAR: Final = 1 << 26  # Bytes ahead of what came last: no window is so large, so that the number is damaged.
_WAITING: Final = 4_096  # Segments behind a hole: of more, the capture has lost what belongs into it.


class Records:
    """TLS records, as the bytes come.

    Attributes
    ----------
    handshake
        What handshake records hold, while `wants_handshake`.
    sizes
        Bytes of each record of application data.
    is_tls
        Whether the first record is a handshake's.
    is_readable
        False from where a hole or something that is no TLS hides where records begin.
    """

    def __init__(self) -> None:
        self.handshake = bytearray()
        self.wants_handshake = True
        self.sizes: list[int] = []
        self.is_tls = False
        self.is_readable = True
        self._header = bytearray()
        self._kind = 0
        self._left = 0

    def feed(self, data: bytes, cut: int = 0) -> None:
        """Takes bytes, and then as many as the capture has `cut` off."""
        at = 0
        while at < len(data) and self.is_readable:
            at += self._body(data[at : at + self._left]) if self._left else self._start(data[at : at + _HEADER])
        if cut > self._left or (cut and self._kind == _HANDSHAKE and self.wants_handshake):
            self.is_readable = False
        self._left -= min(cut, self._left)

    def forget_handshake(self) -> None:
        """Says that what is known of the handshake is enough."""
        self.wants_handshake = False
        self.handshake.clear()

    def _body(self, piece: bytes) -> int:
        self._left -= len(piece)
        if self._kind == _HANDSHAKE and self.wants_handshake:
            self.handshake += piece
        return len(piece)

    def _start(self, piece: bytes) -> int:
        taken = piece[: _HEADER - len(self._header)]
        self._header += taken
        if len(self._header) == _HEADER:
            first = not self._kind
            self._kind, self._left = self._header[0], int.from_bytes(self._header[3:])
            self.is_readable = self._kind in _KINDS and self._header[1] == 3
            self.is_tls = self.is_tls or (first and self.is_readable and self._kind == _HANDSHAKE)
            if self.is_readable and self._kind == _APPLICATION_DATA:
                self.sizes.append(self._left)
            self._header.clear()
        return len(taken)


class ByteStream:
    """One direction of a connection.

    Parameters
    ----------
    first
        The sequence number of its first byte.

    Attributes
    ----------
    length
        Bytes that were sent, each once, as far as the capture tells.
    records
        In them.
    """

    def __init__(self, first: int) -> None:
        self.length = 0
        self.records = Records()
        self._number = first
        self._next = 0
        self._waiting: list[tuple[int, bytes, int]] = []

    def add(self, number: int, data: bytes, length: int) -> None:
        """Takes a segment.

        Parameters
        ----------
        number
            Its sequence number.
        data
            What the capture has kept of it.
        length
            How long it was.
        """
        ahead = (number - self._number) % _SEQUENCES
        position = self._next + (ahead if ahead < _SEQUENCES // 2 else ahead - _SEQUENCES)
        if not length or position > self._next + _FAR:
            return
        self.length = max(self.length, position + length)
        heapq.heappush(self._waiting, (position, data, length))
        while self._waiting and self._waiting[0][0] <= self._next:
            self._deliver(*heapq.heappop(self._waiting))
        if len(self._waiting) > _WAITING:
            self.records.is_readable = False
            self._waiting.clear()

    def _deliver(self, position: int, data: bytes, length: int) -> None:
        known = self._next - position
        if known >= length:
            return
        self.records.feed(data[known:], length - max(len(data), known))
        self._number = (self._number + length - known) % _SEQUENCES
        self._next += length - known
