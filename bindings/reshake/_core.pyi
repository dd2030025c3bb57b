"""The compiled half: what crosses the door between Python and C++."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypedDict

import numpy as np

from reshake import Scenario

class History:
    """What happened in one run."""

    #: Hexadecimal digest of every byte sent.
    digest: str
    #: Packets counted by what became of them.
    packets: dict[str, int]
    #: Events that the simulator ran.
    events: int
    #: Visits that did not take place because the client was down.
    visits_while_down: int
    def tables(self) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
        """Per table and column one array, without a Python object per row.

        Durations are int64 nanoseconds, -1 where there is none; closed sets are uint8 codes.
        """

class Evidence:
    """What a run is to leave behind beside its tables; see `run`."""

    #: Lines of the NSS key log format.
    key_log: str
    def __init__(
        self,
        *,
        attempt: tuple[int, int, int, int, int] | None = None,
        packets: bool = False,
        key_log: bool = False,
        trace: bool = False,
        everything: bool = False,
    ) -> None:
        """`attempt`: population, client, visit, connection, attempt; `everything`: others' packets and keys, too."""

    def write_captures(self, directory: str) -> dict[str, int]:
        """A pcap file per machine that saw a packet; their names, and how many packets each holds."""

    def trace(self) -> list[tuple[int, str, str, dict[str, bool | int | str]]]:
        """Nanoseconds since the start of the run, machine, event, details."""

class NativeEnd:
    """One side of one exchange, driven with real bytes.

    `now` is in nanoseconds since the start of the run; the dates that OpenSSL sees count from its epoch.
    """

    has_work: bool
    state: Literal["handshaking", "established", "closed", "failed"]
    error: str
    resumed: bool
    tls_version: int
    cipher_suite: int
    group: int
    def feed(self, data: bytes) -> None:
        """What the peer has sent, for the next step."""

    def end_input(self) -> None:
        """The peer will send no more."""

    def step(self, now: int) -> bytes:
        """Lets OpenSSL do all it can, without the GIL; returns what is to be sent."""

class NativeClient(NativeEnd):
    """Asks, and closes when it has the response. Instants are those of the steps."""

    client_hello_sent: int | None
    server_hello_received: int | None
    server_finished_received: int | None
    finished_sent: int | None
    offered: bool
    tickets_received: int
    response_received: int
    complete: bool

class NativeServer(NativeEnd):
    """Answers."""

class NativeFleet:
    """What a scenario's first fleet and population need to make their exchanges outside the simulation.

    With the same seed the same client and visit make the same handshake as in `run`.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None: ...
    def client(self, client: int, visit: int, now: int) -> NativeClient:
        """The client's end of a visit; visits of a client come in order."""

    def server(self, client: int, visit: int, now: int) -> NativeServer:
        """The server's end."""

class FieldSchema(TypedDict):
    """A field of a value. Durations are counted in nanoseconds, rates in bits per second.

    `type` is "duration", "rate", "number", "integer", "string", "closed set", "value:<Name>",
    "union:<A>|<B>", with "None|" where it may be absent, "optional:<type>", "list:<type>", or
    "pair:string".
    """

    name: str
    type: str
    required: bool
    default: Any
    at_least: float | None
    at_most: float | None
    above: bool
    choices: list[str] | None

class ColumnSchema(TypedDict):
    """A column of a table."""

    name: str
    kind: Literal["duration", "integer", "number", "closed set", "boolean"]
    choices: list[str] | None

class CostLineLike(Protocol):
    """A line of a table of costs (`reshake.values.profiles.CostLine`)."""

    @property
    def operation(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def up_to(self) -> int | None: ...
    @property
    def microseconds(self) -> float: ...
    @property
    def nanoseconds_per_byte(self) -> float: ...

class Calibration:
    """The operations that a table of costs names, to be timed."""

    def __init__(self) -> None: ...
    @staticmethod
    def subjects() -> list[tuple[str, str, int, bool]]:
        """Operation, algorithm, size, and whether it is the commonest of its operation."""

    def perform(self, index: int, times: int) -> None:
        """The same work in every call; the first of a subject makes its keys besides."""

class HandshakeBatch:
    """Whole handshakes in memory, one side at a time."""

    #: Neither side has anything left to do.
    finished: bool
    def __init__(
        self,
        connections: int,
        table: Sequence[CostLineLike],
        *,
        certificate: str,
        groups: str | None,
        resumed: bool,
    ) -> None: ...
    def advance(self, side: Literal["client", "server"]) -> None:
        """Lets one side of every connection do all it can; the first time it makes that side."""

    def release(self, side: Literal["client", "server"]) -> None:
        """Frees one side; when both are free the same can begin again."""

    def cost(self, side: Literal["client", "server"]) -> int:
        """Nanoseconds that one side of all connections was charged, since it was made."""

def built_in_costs() -> list[tuple[str, str, int | None, float, float]]:
    """The table of costs of a device that is told no other."""

def run(scenario: Scenario, seed: int, evidence: Evidence | None = None) -> History:
    """Runs a valid scenario without the GIL, and fills `evidence`. One run at a time in a process."""

def faults_of(scenario: Scenario, seed: int) -> list[tuple[int, int, str, int, int | None]]:
    """What made each fault of the run, and what is its own.

    Index into `Scenario.faults`, and into the strikes of a `Nemesis`; whom it is about; start; how long it
    lasts, in nanoseconds; None where it has no end of its own.
    """

def validate(scenario: Scenario) -> list[tuple[Literal["error", "warning"], str, str]]:
    """Severity, path and sentence of everything that is wrong or doubtful."""

def schema() -> dict[str, list[FieldSchema]]:
    """The fields of every value type."""

def table_schema() -> dict[str, list[ColumnSchema]]:
    """The columns of every table."""

def radio_is_built_in() -> bool:
    """Whether scenarios may ask for `Wifi` and `Lte`."""

def allocator() -> str:
    """Path of the library that gives memory to processes that simulate; empty if the build has found none."""

def versions() -> dict[str, str]:
    """The versions of what is built in."""
