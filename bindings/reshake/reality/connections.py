"""TCP connections of a capture, from their SYN on, and what their TLS shows to anybody on the way.

Source: RFC 9293 section 3.5 (the three-way handshake); Karn and Partridge, SIGCOMM 1987: what was sent twice measures
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from .byte_stream import ByteStream, Records
from .capture_file import Segment
from .hellos import (
    CLIENT_HELLO,
    SERVER_HELLO,
    ClientHello,
    ServerHello,
    ShortError,
    client_hello,
    messages,
    server_hello,
)

_SEQUENCES: Final = 1 << 32
_SEALING: Final = 17  # Bytes that protection adds to a record of TLS 1.3: a tag, and the type of the content.
_SEALING_OF_TLS_1_2: Final = 24  # A tag and the explicit nonce of AES-GCM.
_MOST: Final = 1 << 17  # Bytes of a handshake in the clear; a hello with post-quantum key shares has less than 2 KiB.

Endpoint = tuple[str, int]


class Connection:
    """A TCP connection.

    Attributes
    ----------
    file
        The name of the capture, where whoever reads several of them sets it.
    at
        Seconds of Unix time: its first SYN.
    client, server
        Addresses and ports.
    rtt
        Seconds from the SYN to the segment that acknowledges the SYN-ACK; None where one of them was sent twice, or the
        connection was not made.
    hello, answer
        What the client asked for and the server chose, where they could be read.
    """

    def __init__(self, syn: Segment) -> None:
        self.file = ""
        self.at = syn.at
        self.client, self.server = syn.source, syn.target
        self.number = syn.number
        self.rtt: float | None = None
        self.hello: ClientHello | None = None
        self.answer: ServerHello | None = None
        self._repeated = False
        self._granted: int | None = None
        self._sent = ByteStream((syn.number + 1) % _SEQUENCES)
        self._received: ByteStream | None = None
        self._early_records = 0
        self._handshake_records: int | None = None

    @property
    def was_granted(self) -> bool:
        """Whether the server answered with a SYN-ACK."""
        return self._granted is not None

    @property
    def is_tls(self) -> bool:
        """Whether what the client sent begins as TLS does."""
        return self._sent.records.is_tls

    @property
    def bytes_sent(self) -> int:
        """By the client, each byte once, the handshake's among them."""
        return self._sent.length

    @property
    def bytes_received(self) -> int:
        """By the client, each byte once, the handshake's among them."""
        return self._received.length if self._received else 0

    @property
    def resumed(self) -> bool | None:
        """Whether the handshake resumed a session; None where there is no telling."""
        return None if self.hello is None or self.answer is None else self.answer.resumes(self.hello)

    @property
    def version(self) -> str:
        """Of TLS, as chosen; empty where there is no telling."""
        return self.answer.version if self.answer else ""

    @property
    def request_bytes(self) -> int | None:
        """About what the client's application sent: what is encrypted, without its protection and the Finished."""
        if self.answer is None:
            return None
        finished = self.answer.finished_bytes if self.version == "TLSv1.3" else 0
        return self._opened(self._sent.records.sizes, finished)

    @property
    def response_bytes(self) -> int | None:
        """About what the server's application sent: what is encrypted and came after the handshake, with tickets."""
        if self.hello is None or self.answer is None or self._received is None:
            return None
        sizes = self._received.records.sizes
        is_early = self.hello.offers_early_data and self.resumed
        if self.version != "TLSv1.3" or is_early:
            return self._opened(sizes, 0)
        return None if self._handshake_records is None else self._opened(sizes[self._handshake_records :], 0)

    def continues(self, syn: Segment) -> bool:
        """Whether a SYN between the same ports is this connection's, sent again."""
        return (syn.source, syn.number) == (self.client, self.number) and not self._sent.length

    def repeat(self) -> None:
        """Notes that its SYN was sent again."""
        self._repeated = True

    def take(self, segment: Segment) -> None:
        """Takes the next segment of either side."""
        if segment.is_syn_ack:
            self._repeated = self._repeated or self.was_granted
            self._granted = (segment.number + 1) % _SEQUENCES
            self._received = self._received or ByteStream(self._granted)
        elif segment.source == self.client:
            self._take_sent(segment)
        elif self._received is not None:
            self._received.add(segment.number, segment.data, segment.length)
            _read(self._received.records, SERVER_HELLO, self._take_answer)

    def _take_sent(self, segment: Segment) -> None:
        is_made = self._granted is not None and segment.acknowledged == self._granted
        if is_made and self.rtt is None and not self._repeated:
            self.rtt = segment.at - self.at
        # The data of a SYN (Fast Open) begins behind it.
        self._sent.add((segment.number + segment.is_syn) % _SEQUENCES, segment.data, segment.length)
        records = self._sent.records
        _read(records, CLIENT_HELLO, self._take_hello)
        if self.answer and self._handshake_records is None and len(records.sizes) > self._early_records:
            self._handshake_records = len(self._received.records.sizes) if self._received else 0

    def _take_hello(self, body: bytes) -> bool:
        self.hello = client_hello(body)
        return True

    def _take_answer(self, body: bytes) -> bool:
        answer = server_hello(body)
        if answer.is_retry:
            return False
        self.answer, self._early_records = answer, len(self._sent.records.sizes)
        return True

    def _opened(self, sizes: Sequence[int], other: int) -> int:
        sealing = _SEALING if self.version == "TLSv1.3" else _SEALING_OF_TLS_1_2
        return max(0, sum(sizes) - sealing * len(sizes) - other)


def _read(records: Records, kind: int, take: Callable[[bytes], bool]) -> None:
    """Hands messages of a `kind` to `take` until that has what it wants, or there is no sense in waiting for it."""
    if not records.wants_handshake:
        return
    try:
        is_done = any(found != kind or take(body) for found, body in messages(bytes(records.handshake)))
    except ShortError:
        is_done = True
    if is_done or len(records.handshake) > _MOST:
        records.forget_handshake()


def connections(segments: Iterable[Segment]) -> tuple[list[Connection], int]:
    """The connections of a capture, in the order of their SYNs, and how many had begun before it."""
    found: list[Connection] = []
    latest: dict[tuple[Endpoint, Endpoint], Connection] = {}
    begun: set[tuple[Endpoint, Endpoint]] = set()
    for segment in segments:
        ends = (min(segment.source, segment.target), max(segment.source, segment.target))
        connection = latest.get(ends)
        if segment.is_syn:
            if connection is not None and connection.continues(segment):
                connection.repeat()
            else:
                connection = latest[ends] = Connection(segment)
                found.append(connection)
        if connection is None:
            begun.add(ends)
        else:
            connection.take(segment)
    return found, len(begun)
