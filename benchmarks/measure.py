"""What `make bench` measures.

A figure is the difference between a small and a large count of the same thing, so that what happens once (loading the
program, making certificates) does not show. All programs take turns in every round: a machine that is busier for a
while is so for all of them, and ratios are taken within a round.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import child

Case = tuple[str, ...]

BESIDE = Path(__file__).parent

HANDSHAKES = ("full", "psk")
#: Variations of the two, of which only attempts are timed.
VARIATIONS = (
    "psk-only", "early-data", "hello-retry", "tls1.2-full", "tls1.2-ticket", "tls1.2-id",
    "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096", "ml-dsa-65",
)  # fmt: skip
POPULATIONS = (100, 1_000, 10_000, 100_000)
#: Partitions that cut others off meanwhile.
FAULTS = (1, 10, 100, 1_000)
#: Small and large counts: of connections or attempts to be timed, of days, and of those whose instructions are counted.
TIMED = (100, 1_100)
TIMED_VARIATIONS = (50, 350)
TIMED_DAYS = (1, 3_001)
COUNTED = (20, 60)
#: Small and large batches of runs in which nobody comes.
RUNS = (5, 55)
#: Of the batch that is read, and the ways in which it is.
ATTEMPTS = 10_000_000
READINGS = ("polars", "numbers")
#: Clients that are looked at for their memory.
REMEMBERED = 4_000
#: Per connection. Signatures differ in length by a byte or two, and the first of many that resume cannot.
TOLERATED_BYTES = 4.0

CONNECTIONS: tuple[Case, ...] = tuple(
    (what, handshake) for handshake in HANDSHAKES for what in ("openssl", "tcp", "attempts")
)
VARIED: tuple[Case, ...] = tuple(("attempts", handshake) for handshake in VARIATIONS)
#: The first two once more, with every security decision written down.
AUDITED: tuple[Case, ...] = tuple(("audited", handshake) for handshake in HANDSHAKES)
CROWDS: tuple[Case, ...] = tuple(("clients", str(count)) for count in POPULATIONS)
TROUBLES: tuple[Case, ...] = tuple(("faults", str(count)) for count in FAULTS)
IDLE: Case = ("idle",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU time of one of something, round by round, and its instructions if they could be counted."""

    #: Units: seconds.
    rounds: tuple[float, ...]
    #: From the least of both counts: what the machine takes when nobody else is on it.
    least: float
    instructions: float | None

    @property
    def median(self) -> float:
        """Of the rounds. Units: seconds."""
        return statistics.median(self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Something that is measured once a round, without its instructions. Units: seconds, or bytes."""

    least: float
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """What batches cost beside what is simulated in them, by what is measured: `cpu`, `wall`, `peak`."""

    #: Of one run, beyond its simulation.
    run: Mapping[str, Figure]
    #: Of `ATTEMPTS`, read and summarised, for each of `READINGS`.
    readings: Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that was measured. What a missing tool would have told is None."""

    costs: Mapping[Case, Cost]
    #: Bytes per client: `never_visited`, `visited_once`, and those of a `row` of the history.
    memory: Mapping[str, float]
    importing: Figure | None
    batches: Batches | None


def measure(program: Path, rounds: int, tell: Callable[[str], None]) -> Measured:
    """Measures everything; `tell` hears what is going on."""
    cases = (*CONNECTIONS, *VARIED, *AUDITED, *CROWDS, *TROUBLES, IDLE)
    seconds: dict[Case, list[tuple[float, float]]] = {case: [] for case in cases}
    tallies: dict[Case, Mapping[str, float]] = {}
    for index in range(rounds):
        tell(f"CPU time, round {index + 1} of {rounds}")
        for case in cases:
            small, large = (child.run([program, *case, str(count)]) for count in counts_of(case))
            seconds[case].append((small.cpu, large.cpu))
            tallies[case] = large.tally()
        check_alike(tallies)
    counted: dict[Case, float] = {}
    if child.can_count():
        tell("instructions")
        counted = _count(program, (*CONNECTIONS, *AUDITED, *CROWDS, *TROUBLES))
    tell("memory and import")
    memory = child.run([program, "memory", str(REMEMBERED)]).tally()
    return Measured(
        costs={case: _cost(case, seconds[case], counted.get(case)) for case in cases},
        memory=memory,
        importing=_measure_import(rounds),
        batches=_measure_batches(rounds, tell),
    )


def counts_of(case: Case) -> tuple[int, int]:
    """The small and the large count of what is timed."""
    if case == IDLE:
        return TIMED_DAYS
    return TIMED_VARIATIONS if case in VARIED else TIMED


def check_alike(tallies: Mapping[Case, Mapping[str, float]]) -> None:
    """Refuses to compare connections that do not resume, or do not carry the bytes, as OpenSSL's own do."""
    for case in CONNECTIONS:
        what, handshake = case
        own, other = tallies["openssl", handshake], tallies[case]
        count = own["connections"]
        resumed = 0 if what == "tcp" else own["resumed"]
        apart = max(abs(other[name] - own[name]) / count for name in ("sent", "received"))
        if other["connections"] != count or other["resumed"] != resumed or apart > TOLERATED_BYTES:
            raise child.MeasurementError(f"{' '.join(case)} is not like OpenSSL alone: {other}, {own}")


def _cost(case: Case, seconds: Sequence[tuple[float, float]], counted: float | None) -> Cost:
    small, large = counts_of(case)
    return Cost(
        rounds=tuple((most - least) / (large - small) for least, most in seconds),
        least=(min(most for _, most in seconds) - min(least for least, _ in seconds)) / (large - small),
        instructions=counted,
    )


def _count(program: Path, cases: Sequence[Case]) -> dict[Case, float]:
    """Instructions of one of each. They do not depend on what else the machine does, so all cores count."""
    jobs = [(case, count) for case in cases for count in COUNTED]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        totals = dict(
            zip(jobs, pool.map(lambda job: child.instructions([program, *job[0], str(job[1])]), jobs), strict=True)
        )
    small, large = COUNTED
    return {case: (totals[case, large] - totals[case, small]) / (large - small) for case in cases}


def _measure_import(rounds: int) -> Figure | None:
    """CPU time of `import reshake`, without the interpreter's own start."""

    def start(statement: str) -> float:
        # From nowhere, or the repository's own directories could be imported instead of what is installed.
        return child.run([sys.executable, "-P", "-c", statement]).cpu

    try:
        start("import reshake")  # Once for the caches of the interpreter and of the kernel.
    except child.MeasurementError:
        return None
    pairs = [(start("pass"), start("import reshake")) for _ in range(rounds)]
    return Figure(
        least=min(most for _, most in pairs) - min(least for least, _ in pairs),
        median=statistics.median(most - least for least, most in pairs),
    )


def _measure_batches(rounds: int, tell: Callable[[str], None]) -> Batches | None:
    try:
        import large_batch
    except ImportError:
        return None
    runs: list[dict[tuple[str, int], child.Child]] = []
    readings: list[dict[str, child.Child]] = []
    with tempfile.TemporaryDirectory() as room:
        batch = Path(room) / "batch"
        tell(f"{ATTEMPTS:,} attempts are written")
        child.run([sys.executable, BESIDE / "large_batch.py", "--attempts", str(ATTEMPTS), "--make", batch])
        for index in range(rounds):
            tell(f"batches, round {index + 1} of {rounds}")
            runs.append(
                {
                    (how, count): child.run([sys.executable, BESIDE / "trivial_runs.py", how, str(count)])
                    for how in ("batch", "alone")
                    for count in RUNS
                }
            )
            readings.append({way: child.run(large_batch.command(way, batch)) for way in READINGS})
    return Batches(
        run={
            "cpu": beyond_simulation([{case: each.cpu for case, each in found.items()} for found in runs]),
            "wall": beyond_simulation([{case: each.tally()["wall"] for case, each in found.items()} for found in runs]),
        },
        readings={
            way: {
                "cpu": _figure([each[way].cpu for each in readings]),
                "wall": _figure([each[way].wall for each in readings]),
                "peak": _figure([each[way].tally()["peak"] for each in readings]),
            }
            for way in READINGS
        },
    )


def beyond_simulation(rounds: Sequence[Mapping[tuple[str, int], float]]) -> Figure:
    """What a run costs in a batch beyond what it costs alone, from the seconds of small and large counts of both."""
    small, large = RUNS

    def of_one(seconds: Mapping[tuple[str, int], float]) -> float:
        batch, alone = (seconds[how, large] - seconds[how, small] for how in ("batch", "alone"))
        return (batch - alone) / (large - small)

    least = {case: min(seconds[case] for seconds in rounds) for case in rounds[0]}
    return Figure(least=of_one(least), median=statistics.median(map(of_one, rounds)))


def _figure(rounds: Sequence[float]) -> Figure:
    return Figure(least=min(rounds), median=statistics.median(rounds))
