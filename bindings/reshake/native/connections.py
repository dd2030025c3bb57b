"""TCP connections of the kernel on one machine, and a line between two that takes its time."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

_MOST_AT_ONCE = 256 * 1024


class Port:
    """One end of a connection, without blocking. What the kernel does not take at once waits."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self.unsent = bytearray()
        #: The peer will send no more, or nobody is there any more.
        self.ended = False
        self._finishing = False
        end.setblocking(False)
        # Handshake messages must leave when they are written (TLS stacks set this, too).
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Sends after what waits already."""
        self.unsent += data
        self.flush()

    def finish(self) -> None:
        """FIN after what waits."""
        self._finishing = True
        self.flush()

    def flush(self) -> None:
        """Hands over what the kernel takes."""
        while self.unsent:
            try:
                sent = self.socket.send(self.unsent)
            except BlockingIOError:
                return
            except ConnectionError:
                self.ended = True
                self.unsent.clear()
                return
            del self.unsent[:sent]
        if self._finishing:
            self._finishing = False
            self.socket.shutdown(socket.SHUT_WR)

    def receive(self) -> bytes:
        """What has arrived; nothing where nothing has, or where it `ended`."""
        try:
            data = self.socket.recv(_MOST_AT_ONCE)
        except BlockingIOError:
            return b""
        except ConnectionError:
            data = b""
        self.ended = not data
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.socket.close()


def connected(host: str) -> tuple[Port, Port]:
    """Both ends of a new connection."""
    with ExitStack() as held:
        listener = held.enter_context(socket.create_server((host, 0), backlog=8))
        near = held.enter_context(socket.create_connection(listener.getsockname()))
        while True:
            far, peer = listener.accept()
            held.enter_context(far)
            if peer == near.getsockname():
                break
            far.close()  # Somebody else on this machine has knocked.
        ends = Port(near), Port(far)
        listener.close()
        held.pop_all()  # They are the caller's now.
        return ends


class Lane:
    """One direction of a `DelayLine`: bytes on their way, each with the time at which it is due."""

    def __init__(self, source: Port, sink: Port, delay: int) -> None:
        self.source = source
        self.sink = sink
        self.delay = delay
        self._under_way: deque[tuple[int, bytes]] = deque()

    @property
    def due(self) -> int | None:
        """When the oldest is due."""
        return self._under_way[0][0] if self._under_way else None

    def take(self, at: int) -> None:
        """Takes what has arrived at its beginning; an empty piece is the end."""
        data = self.source.receive()
        if data or self.source.ended:
            self._under_way.append((at + self.delay, data))

    def release(self, at: int) -> None:
        """Lets go of what is due."""
        while self._under_way and self._under_way[0][0] <= at:
            _, data = self._under_way.popleft()
            if data:
                self.sink.send(data)
            else:
                self.sink.finish()


class DelayLine:
    """Takes bytes at each of two ports, and gives them to the other one after a delay.

    It stands where a path would: it delays bytes, not segments, and so neither TCP's own handshake
    nor its repairs take longer. Times and the delay are in nanoseconds.
    """

    def __init__(self, front: Port, back: Port, delay: int) -> None:
        self.delay = delay
        self.ports = (front, back)
        self.lanes = (Lane(front, back, delay), Lane(back, front, delay))

    @property
    def due(self) -> int | None:
        """When the next piece is due in either direction."""
        return _earliest(lane.due for lane in self.lanes)

    def release(self, at: int) -> None:
        """Lets go of what is due."""
        for lane in self.lanes:
            lane.release(at)


def _earliest(times: Iterable[int | None]) -> int | None:
    return min((each for each in times if each is not None), default=None)
