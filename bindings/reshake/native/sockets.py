"""The exchanges of a plan over TCP connections of the kernel, on 127.0.0.1.

One thread moves everything: client, delay line and server take turns as bytes arrive, so nothing is
left behind when it is interrupted, and no lock or scheduler stands between them. OpenSSL runs in
the extension module, with the wall time as its time.
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ..units import Duration
from ..wallclock import Stopwatch
from .connections import DelayLine, Port, connected
from .observed import Facts, Observed, Times
from .plan import VISITS, Plan

if TYPE_CHECKING:
    from .. import _core

_HOST = "127.0.0.1"
_MILLISECOND = 10**6
#: The kernel wakes a process a little late: so long before something is due, it is asked for again
#: and again instead.
_AWAKE = 200_000
#: After so many round trips, and this long, an exchange that takes two is given up.
_PATIENCE_ROUND_TRIPS = 20
_PATIENCE = 5_000 * _MILLISECOND


def over_sockets(plan: Plan) -> dict[str, list[Observed]]:
    """Per kind of visit, the exchanges by client.

    Raises
    ------
    OSError
        Where sockets fail, or an exchange does not end.

    Notes
    -----
    One more client comes first and is not recorded: it pays for what OpenSSL does once.
    """
    from .. import _core

    fleet = _core.NativeFleet(plan.scenario(), plan.seed)
    watch = Stopwatch()
    found: dict[str, list[Observed]] = {name: [] for name in VISITS}
    for client in (plan.attempts, *range(plan.attempts)):
        for visit, kind in enumerate(VISITS):
            with _exchange(fleet, client, visit, plan.one_way, watch) as exchange:
                observed = exchange.run()
            if client != plan.attempts:
                found[kind].append(observed)
    return found


@contextmanager
def _exchange(
    fleet: _core.NativeFleet, client: int, visit: int, one_way: Duration, watch: Stopwatch
) -> Iterator[_Exchange]:
    """An exchange on connections of its own, closed whatever happens."""
    with ExitStack() as held:
        try:
            near, front = (held.enter_context(each) for each in connected(_HOST))
            back, far = (held.enter_context(each) for each in connected(_HOST))
        except OSError as error:
            raise OSError(error.errno, f"no connection over loopback: {error.strerror}", _HOST) from error
        line = DelayLine(front, back, one_way.nanoseconds)
        begun = watch.nanoseconds()
        speaking = _Client(near, fleet.client(client, visit, begun), begun, watch)
        made = watch.nanoseconds()
        answering = _Speaker(far, fleet.server(client, visit, made), made, watch)
        yield _Exchange(speaking, answering, line, watch)


class _Speaker:
    """One end of the exchange on its socket."""

    def __init__(self, port: Port, end: _core.NativeEnd, begun: int, watch: Stopwatch) -> None:
        self.port = port
        self.end = end
        self.watch = watch
        #: Nanoseconds in OpenSSL; making the end is part of it.
        self.compute = watch.nanoseconds() - begun
        self.bytes_sent = self.bytes_received = 0
        #: Of each flight, that is each turn in which this side spoke, when its last bytes left.
        self.sent: list[int] = []
        #: Of each turn in which it heard something, when the first bytes came.
        self.received: list[int] = []
        self._ours: bool | None = None

    def hear(self) -> None:
        """Takes what has arrived, and answers."""
        arrived = self.watch.nanoseconds()
        data = self.port.receive()
        if data:
            self.bytes_received += len(data)
            if self._ours is not False:
                self._ours = False
                self.received.append(arrived)
            self.end.feed(data)
        if self.port.ended:
            self.end.end_input()
        self.speak()

    def speak(self) -> None:
        """Steps until the other side has to say something."""
        while self.end.has_work:
            begun = self.watch.nanoseconds()
            data = self.end.step(begun)
            over = self.watch.nanoseconds()
            self.compute += over - begun
            if data:
                self.bytes_sent += len(data)
                if self._ours is not True:
                    self._ours = True
                    self.sent.append(over)
                self.sent[-1] = over
                self.port.send(data)
            self.note(begun, over)

    def note(self, begun: int, over: int) -> None:
        """A step has been made."""


class _Client(_Speaker):
    """The client's end, and when it got how far."""

    end: _core.NativeClient

    def __init__(self, port: Port, end: _core.NativeClient, connected_at: int, watch: Stopwatch) -> None:
        super().__init__(port, end, connected_at, watch)
        self.connected_at = connected_at
        self.client_hello_sent = self.server_hello_received = self.finished_sent = self.first_byte = 0

    def note(self, begun: int, over: int) -> None:
        """What was received counts from the step that read it, what was sent when it had left."""
        end = self.end
        if end.client_hello_sent == begun:
            self.client_hello_sent = over
        if end.server_hello_received == begun:
            self.server_hello_received = begun
        if end.finished_sent == begun:
            self.finished_sent = over
        if end.response_received and not self.first_byte:
            self.first_byte = over

    @property
    def done(self) -> bool:
        """The response is here and our close has left."""
        return self.end.complete and not self.end.has_work and not self.port.unsent


class _Exchange:
    """Client, delay line and server, moved by one loop."""

    def __init__(self, client: _Client, server: _Speaker, line: DelayLine, watch: Stopwatch) -> None:
        self.client = client
        self.server = server
        self.line = line
        self.watch = watch
        patience = max(_PATIENCE, 2 * _PATIENCE_ROUND_TRIPS * line.delay)
        self.deadline = watch.nanoseconds() + patience

    def run(self) -> Observed:
        """From the ClientHello to the client's close."""
        self.client.speak()
        while not self.client.done:
            self._check()
            readable = self._wait()
            self.line.release(self.watch.nanoseconds())
            for lane in self.line.lanes:
                if lane.source.socket in readable:
                    lane.take(self.watch.nanoseconds())
            for speaker in (self.client, self.server):
                if speaker.port.socket in readable:
                    speaker.hear()
        return self._observed()

    def _wait(self) -> list[socket.socket]:
        """What can be read when something can be, or when the line has something due."""
        ports = (self.client.port, self.server.port, *self.line.ports)
        reading = [port.socket for port in ports if not port.ended]
        writing = [port.socket for port in ports if port.unsent]
        wake = min(self.deadline, self.line.due - _AWAKE if self.line.due is not None else self.deadline)
        left = max(0, wake - self.watch.nanoseconds()) / 1e9
        # Not epoll or poll: they count in whole milliseconds.
        readable, writable, _ = select.select(reading, writing, [], left)
        for port in ports:
            if port.socket in writable:
                port.flush()
        return readable

    def _check(self) -> None:
        for name, end in (("client", self.client.end), ("server", self.server.end)):
            if end.state == "failed":
                raise OSError(errno.EPROTO, f"TLS failed on the {name}'s side ({end.error})", _HOST)
        if self.client.port.ended or self.watch.nanoseconds() > self.deadline:
            raise OSError(errno.ETIMEDOUT, "an exchange over sockets did not come to its end", _HOST)

    def _observed(self) -> Observed:
        client, server, end = self.client, self.server, self.client.end
        facts = Facts(
            outcome="ok",
            offered=end.offered,
            resumed=end.resumed,
            tls_version=end.tls_version,
            cipher_suite=end.cipher_suite,
            group=end.group,
            bytes_sent=client.bytes_sent,
            bytes_received=client.bytes_received,
            flights_sent=len(client.sent),
            flights_received=len(client.received),
            tickets_received=end.tickets_received,
        )
        # The line takes up a flight as one piece, since nothing else moves while a side speaks. The
        # client's close is on its way still, so there is one flight more said than heard.
        upward = zip(client.sent, server.received, strict=False)
        downward = zip(server.sent, client.received, strict=True)
        under_way = [heard - said for said, heard in (*upward, *downward)]
        times = Times(
            connect=None,
            server_hello=client.server_hello_received - client.client_hello_sent,
            handshake=client.finished_sent - client.connected_at,
            first_byte=client.first_byte - client.connected_at,
            client_compute=client.compute,
            server_compute=server.compute,
            harness=sum(under_way) - len(under_way) * self.line.delay,
        )
        return Observed(facts=facts, times=times)
