"""What cryptography costs on this machine: every operation of a table timed, with the OpenSSL that runs use.

Operations are timed one by one. What a state machine does around them (messages, certificates)
shows only in whole handshakes: it is fitted to what is left of those when the operations are
subtracted, so that a handshake costs in sum what it takes.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from . import engine
from .values.profiles import CostLine, Profile, Table, line_for, read_profile
from .wallclock import CpuStopwatch, today

if TYPE_CHECKING:
    from ._core import Calibration, HandshakeBatch

Side = Literal["client", "server"]

_SIDES: Final[tuple[Side, Side]] = ("client", "server")
#: Of these the fastest counts: whatever disturbs a measurement makes it longer.
_ROUNDS: Final = 6
_CONNECTIONS: Final = 16
#: Of the time: two costs are fitted to whole handshakes, and all that runs between operations is in them.
_WHOLE_SHARE: Final = 0.4
#: A prime is found sooner or later: several keys are one measurement.
_RSA_KEYS: Final = 4
_MESSAGE: Final = "handshake_message"
_CERTIFICATE: Final = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeKind:
    """A handshake that is timed as a whole; the costs of messages and certificates are fitted to some."""

    certificate: str = "ecdsa-p256"
    groups: str = "X25519"
    resumed: bool = False
    fitted: bool = False

    def __str__(self) -> str:
        return f"{'resumed' if self.resumed else 'full'}, {self.certificate}, {self.groups}"


HANDSHAKES: Final = (
    HandshakeKind(fitted=True),
    HandshakeKind(fitted=True, resumed=True),
    HandshakeKind(certificate="rsa-2048"),
    HandshakeKind(groups="X25519MLKEM768"),
    HandshakeKind(groups="X25519MLKEM768", resumed=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeHandshake:
    """One side of a handshake: the microseconds it took, and those that the profile says."""

    kind: HandshakeKind
    side: Side
    timed: float
    predicted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A profile of this machine, and what it says of whole handshakes."""

    profile: Profile
    handshakes: tuple[WholeHandshake, ...]


def calibrate(*, name: str, seconds: float) -> Measured:
    """Measures for about `seconds`, and some more to make keys.

    Parameters
    ----------
    name
        Of the profile.
    seconds
        CPU time to spend on measurements.
    """
    engine.require()
    from . import _core

    of_machine = _core.Calibration()
    operations = [_Operation(of_machine, i, *subject[:3]) for i, subject in enumerate(_core.Calibration.subjects())]
    commonest = [(operation, algorithm, size) for operation, algorithm, size, is_it in of_machine.subjects() if is_it]
    whole = [_Handshakes(kind) for kind in HANDSHAKES]
    _measure(operations, whole, seconds)

    structure = server_core().table
    table = tuple(_line_of(line, structure, operations, commonest) for line in structure)
    message, certificate = _fit(table, [each for each in whole if each.kind.fitted])
    table = tuple(_with_fit(line, message, certificate) for line in table)
    return Measured(
        profile=Profile(
            name=name,
            cpu=cpu_name(),
            source="reshake calibrate: CPU time of one thread, the least of several rounds",
            date=today(),
            openssl=engine.versions()["openssl"],
            table=table,
        ),
        handshakes=tuple(
            WholeHandshake(kind=each.kind, side=side, timed=each.microseconds(side), predicted=predicted)
            for each in whole
            for side, predicted in zip(_SIDES, each.predicted(table), strict=True)
        ),
    )


def server_core() -> Profile:
    """What a calibration is compared with: its table has the lines that every calibration has."""
    profile = read_profile("server-core", "", [])
    assert profile is not None
    return profile


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's own name for itself, or what else is known of it."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    said = {key.strip(): text.strip() for key, _, text in (line.partition(":") for line in reversed(lines))}
    for key in ("model name", "Model", "Hardware"):
        if said.get(key):
            return said[key]
    part = f" (implementer {said['CPU implementer']}, part {said['CPU part']})" if "CPU part" in said else ""
    return f"{platform.machine() or 'unknown'}{part}"


class _Operation:
    """One operation, timed."""

    def __init__(self, of_machine: Calibration, index: int, operation: str, algorithm: str, size: int) -> None:
        self.subject = (operation, algorithm, size)
        self._perform: Callable[[int], None] = lambda times: of_machine.perform(index, times)
        self._times = _RSA_KEYS if (operation, algorithm) == ("keygen", "RSA") else 1
        self.nanoseconds = float("inf")

    def prepare(self, share: float) -> None:
        """Makes keys, warms caches, and finds how often to perform within `share` nanoseconds."""
        self._perform(1)
        once = self._timed(1)
        self._times = max(self._times, int(share / max(once, 1.0)))

    def measure(self) -> None:
        self.nanoseconds = min(self.nanoseconds, self._timed(self._times))

    def _timed(self, times: int) -> float:
        watch = CpuStopwatch()
        self._perform(times)
        return watch.nanoseconds() / times


@dataclass(slots=True)
class _Handshakes:
    """Both sides of a kind of handshake, timed."""

    kind: HandshakeKind
    _batch: HandshakeBatch | None = None
    _best: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(_SIDES, float("inf")))

    def prepare(self) -> float:
        """Makes certificates, warms caches, and tells the nanoseconds that a batch takes."""
        self._batch = self._new_batch(_CONNECTIONS, ())
        self.measure()
        return sum(self._best.values()) * _CONNECTIONS

    def measure(self) -> None:
        assert self._batch is not None
        for side, nanoseconds in _timed_sides(self._batch).items():
            self._best[side] = min(self._best[side], nanoseconds / _CONNECTIONS)

    def microseconds(self, side: Side) -> float:
        return self._best[side] / 1e3

    def predicted(self, table: Sequence[CostLine]) -> tuple[float, float]:
        """Microseconds that both sides are charged by `table`."""
        batch = self._new_batch(1, table)
        _timed_sides(batch)
        return batch.cost("client") / 1e3, batch.cost("server") / 1e3

    def _new_batch(self, connections: int, table: Sequence[CostLine]) -> HandshakeBatch:
        from . import _core

        kind = self.kind
        return _core.HandshakeBatch(
            connections, table, certificate=kind.certificate, groups=kind.groups, resumed=kind.resumed
        )


def _timed_sides(batch: HandshakeBatch) -> dict[Side, int]:
    """Nanoseconds that each side of all connections took, from its making to its end."""
    taken: dict[Side, int] = dict.fromkeys(_SIDES, 0)

    def timed(work: Callable[[Side], None], side: Side) -> None:
        watch = CpuStopwatch()
        work(side)
        taken[side] += watch.nanoseconds()

    while not batch.finished:
        for side in _SIDES:
            timed(batch.advance, side)
    for side in _SIDES:
        timed(batch.release, side)
    return taken


def _measure(operations: Sequence[_Operation], whole: Sequence[_Handshakes], seconds: float) -> None:
    """Rounds go over everything, so that a slow minute of the machine spoils no single figure."""
    round_nanoseconds = seconds * 1e9 / _ROUNDS
    for operation in operations:
        operation.prepare(round_nanoseconds * (1 - _WHOLE_SHARE) / len(operations))
    laps = max(1, int(round_nanoseconds * _WHOLE_SHARE / sum(each.prepare() for each in whole)))
    for _ in range(_ROUNDS):
        for operation in operations:
            operation.measure()
        for _ in range(laps):
            for handshakes in whole:
                handshakes.measure()


def _line_of(
    line: CostLine, structure: Table, operations: Sequence[_Operation], commonest: Sequence[tuple[str, str, int]]
) -> CostLine:
    """`line` with what was measured of the operations that it is for."""
    if line.operation in (_MESSAGE, _CERTIFICATE):
        return line._replace(microseconds=0.0, nanoseconds_per_byte=0.0, origin="")
    mine = [each for each in operations if line_for(structure, *each.subject) is line]
    origin = "measured"
    if not mine:  # It is for what has no line of its own.
        mine = [each for each in operations if each.subject in commonest and each.subject[0] == line.operation]
        origin = f"as {mine[0].subject[1]}"
    least = min(mine, key=lambda each: each.subject[2])
    most = max(mine, key=lambda each: each.subject[2])
    per_byte = 0.0
    if most is not least:
        grown = most.nanoseconds - least.nanoseconds
        per_byte = max(0.0, grown / (most.subject[2] - least.subject[2]))
    fixed = max(0.0, least.nanoseconds - per_byte * least.subject[2])
    return line._replace(microseconds=_rounded(fixed / 1e3), nanoseconds_per_byte=_rounded(per_byte), origin=origin)


def _fit(table: Table, whole: Sequence[_Handshakes]) -> tuple[float, float]:
    """Microseconds of a message and of a certificate that leave the least relative error."""
    rows = list(_left_over(table, whole))

    def total(i: int, j: int) -> float:
        return sum(row[i] * row[j] for row in rows)

    determinant = total(0, 0) * total(1, 1) - total(0, 1) ** 2
    message = (total(0, 2) * total(1, 1) - total(1, 2) * total(0, 1)) / determinant
    certificate = (total(1, 2) * total(0, 0) - total(0, 2) * total(0, 1)) / determinant
    if message < 0.0:
        message, certificate = 0.0, max(0.0, total(1, 2) / total(1, 1))
    elif certificate < 0.0:
        message, certificate = max(0.0, total(0, 2) / total(0, 0)), 0.0
    return message, certificate


def _left_over(table: Table, whole: Sequence[_Handshakes]) -> Iterator[tuple[float, float, float]]:
    """Messages, certificates and unexplained microseconds of each side, by what the side took."""
    for each in whole:
        messages = each.predicted([_one_microsecond(_MESSAGE)])
        certificates = each.predicted([_one_microsecond(_CERTIFICATE)])
        explained = each.predicted(table)
        for i, side in enumerate(_SIDES):
            took = each.microseconds(side)
            yield messages[i] / took, certificates[i] / took, (took - explained[i]) / took


def _one_microsecond(operation: str) -> CostLine:
    return CostLine(operation, "", None, 1.0, 0.0, "")


def _with_fit(line: CostLine, message: float, certificate: float) -> CostLine:
    fitted = {_MESSAGE: message, _CERTIFICATE: certificate}
    if line.operation not in fitted:
        return line
    kinds = "; ".join(str(each) for each in HANDSHAKES if each.fitted)
    origin = f"fitted to what is left of both sides of whole handshakes ({kinds}) without the lines above"
    return line._replace(microseconds=_rounded(fitted[line.operation]), origin=origin)


def _rounded(amount: float) -> float:
    return float(f"{amount:.4g}")
