"""The table that `make bench` prints, and the same as JSON: what was measured beside what is wanted."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from measure import (
    ATTEMPTS,
    AUDITED,
    CROWDS,
    FAULTS,
    IDLE,
    POPULATIONS,
    READINGS,
    TROUBLES,
    VARIATIONS,
    Batches,
    Case,
    Cost,
    Figure,
    Measured,
)  # fmt: skip
from rich.table import Table

#: An attempt against OpenSSL alone plus TCP alone.
RATIO = 1.4
#: Full attempts per second and core, about.
FULL_RATE = 900.0
#: Instructions of an attempt, dearest against cheapest, over numbers of clients and of faults.
FLATNESS = 1.10
#: Instructions of an attempt whose decisions are written down, against one whose are not.
AUDIT = 1.01
#: Units: seconds.
IDLE_DAY = 0.010
IMPORT = 0.5
RUN = 0.030
READING = 10.0
#: Units: bytes.
READING_PEAK = 4 * 2**30

NO_VALGRIND = "needs valgrind"
NO_PACKAGE = "reshake is not installed"
TITLES = {"full": "Full handshake", "psk": "PSK resumption"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table. Numbers are in `unit`; what is None was not measured, and `missing` says why."""

    figure: str
    unit: str = ""
    least: float | None = None
    median: float | None = None
    instructions: float | None = None
    target: str = ""
    #: None where there is nothing to reach.
    met: bool | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows that belong together."""

    title: str
    rows: Sequence[Row]


def sections(measured: Measured) -> list[Section]:
    """All figures, in the order of the table."""
    return [
        *(_connections(measured, handshake) for handshake in TITLES),
        _variations(measured),
        _audit(measured),
        _flat("Populations (full; the same packets each)", "clients", measured, POPULATIONS, CROWDS),
        _flat("Partitions of others (full; the same packets each)", "faults", measured, FAULTS, TROUBLES),
        _rest(measured),
        _batches(measured.batches),
    ]


def _time(figure: str, cost: Cost) -> Row:
    missing = NO_VALGRIND if cost.instructions is None else ""
    return Row(figure=figure, unit="s", least=cost.least, median=cost.median, instructions=cost.instructions,
               missing=missing)  # fmt: skip


def _ratio(openssl: Cost, tcp: Cost, attempt: Cost) -> Row:
    def ratio(first: float, second: float, both: float) -> float:
        return both / (first + second)

    instructions = None
    if openssl.instructions is not None and tcp.instructions is not None and attempt.instructions is not None:
        instructions = ratio(openssl.instructions, tcp.instructions, attempt.instructions)
    least = ratio(openssl.least, tcp.least, attempt.least)
    rounds = zip(openssl.rounds, tcp.rounds, attempt.rounds, strict=True)
    return Row(
        figure="attempt / (OpenSSL + TCP)", unit="x", least=least,
        median=statistics.median(ratio(*each) for each in rounds), instructions=instructions,
        target=f"at most {RATIO}", met=least <= RATIO and (instructions is None or instructions <= RATIO),
        missing=NO_VALGRIND if instructions is None else "",
    )  # fmt: skip


def _connections(measured: Measured, handshake: str) -> Section:
    openssl, tcp, attempt = (measured.costs[what, handshake] for what in ("openssl", "tcp", "attempts"))
    full = handshake == "full"
    rate = 1.0 / attempt.least
    return Section(
        title=TITLES[handshake],
        rows=[
            _time("OpenSSL alone", openssl),
            _time("TCP alone", tcp),
            _time("attempt", attempt),
            _ratio(openssl, tcp, attempt),
            Row(
                figure="attempts a second and core", unit="1/s", least=rate, median=1.0 / attempt.median,
                target=f"about {FULL_RATE:.0f}" if full else "", met=rate >= FULL_RATE if full else None,
            ),
        ],
    )  # fmt: skip


def _variations(measured: Measured) -> Section:
    costs = [(handshake, measured.costs["attempts", handshake]) for handshake in VARIATIONS]
    rows = [Row(figure=handshake, unit="s", least=cost.least, median=cost.median) for handshake, cost in costs]
    return Section(title="Attempts with another handshake or certificate", rows=rows)


def _audit(measured: Measured) -> Section:
    """What `Scenario.audit` costs, beside the same attempts without it in the same round."""
    rows = []
    for case in AUDITED:
        with_log, without = measured.costs[case], measured.costs["attempts", case[1]]
        rows.append(_time(f"{case[1]}, with the log", with_log))
        counted = None
        if with_log.instructions is not None and without.instructions is not None:
            counted = with_log.instructions / without.instructions
        pairs = zip(with_log.rounds, without.rounds, strict=True)
        rows.append(
            Row(
                figure=f"{case[1]}, with / without", unit="x", least=with_log.least / without.least,
                median=statistics.median(more / less for more, less in pairs), instructions=counted,
                target=f"instructions at most {AUDIT:.2f}", met=None if counted is None else counted <= AUDIT,
                missing=NO_VALGRIND if counted is None else "",
            )
        )  # fmt: skip
    return Section(title="The log of decisions (audit)", rows=rows)


def _flat(title: str, what: str, measured: Measured, counts: Sequence[int], cases: Sequence[Case]) -> Section:
    """What must not cost more where there is more of something."""
    costs = [measured.costs[case] for case in cases]
    rows = [_time(f"attempt, {count:,} {what}", cost) for count, cost in zip(counts, costs, strict=True)]
    counted = [cost.instructions for cost in costs if cost.instructions is not None]
    flat = max(counted) / min(counted) if len(counted) == len(costs) else None
    times = [cost.least for cost in costs]
    rows.append(
        Row(
            figure="dearest / cheapest", unit="x", least=max(times) / min(times), instructions=flat,
            target=f"instructions at most {FLATNESS:.2f}", met=None if flat is None else flat <= FLATNESS,
            missing=NO_VALGRIND if flat is None else "",
        )
    )  # fmt: skip
    return Section(title=title, rows=rows)


def _rest(measured: Measured) -> Section:
    day = measured.costs[IDLE]
    importing = measured.importing
    return Section(
        title="Standing still",
        rows=[
            Row(
                figure="idle simulated day", unit="s", least=max(day.least, 0.0), median=max(day.median, 0.0),
                target=f"below {IDLE_DAY * 1e3:.0f} ms", met=day.least < IDLE_DAY,
            ),
            Row(figure="idle client that never came", unit="B", least=measured.memory["never_visited"]),
            Row(figure="idle client with two tickets", unit="B", least=measured.memory["visited_once"]),
            Row(figure="row of an attempt", unit="B", least=measured.memory["row"]),
            Row(
                figure="import reshake", unit="s", target=f"below {IMPORT} s",
                least=importing.least if importing else None, median=importing.median if importing else None,
                met=importing.least < IMPORT if importing else None, missing="" if importing else NO_PACKAGE,
            ),
        ],
    )  # fmt: skip


def _batches(batches: Batches | None) -> Section:
    title = "Batches"
    if batches is None:
        return Section(title=title, rows=[Row(figure="a run beyond its simulation", missing=NO_PACKAGE)])

    def row(name: str, kind: str, found: Mapping[str, Figure], below: float) -> Row:
        unit = "GiB" if kind == "peak" else "s"
        told = {"cpu": "CPU", "wall": "by the clock", "peak": "peak"}[kind]
        return Row(
            figure=f"{name}, {told}", unit=unit, least=found[kind].least, median=found[kind].median,
            target=f"below {_number(below, unit)}", met=found[kind].least < below,
        )  # fmt: skip

    rows = [row("a run beyond its simulation", kind, batches.run, RUN) for kind in ("cpu", "wall")]
    for way in READINGS:
        name, found = f"{ATTEMPTS / 1e6:.0f} M attempts, {way}", batches.readings[way]
        rows += [row(name, kind, found, READING) for kind in ("cpu", "wall")]
        rows.append(row(name, "peak", found, READING_PEAK))
    return Section(title=title, rows=rows)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "s":
        for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
            if value >= scale:
                return f"{value / scale:.3g} {name}" if value < 1000 * scale else f"{value / scale:.0f} {name}"
        return f"{value * 1e9:.0f} ns"
    told = {"x": f"{value:.2f}", "1/s": f"{value:,.0f}", "B": f"{value:,.0f} B", "GiB": f"{value / 2**30:.3g} GiB"}
    return told[unit]


def _instructions(row: Row) -> str:
    if row.instructions is None:
        return ""
    return f"{row.instructions:.3f}" if row.unit == "x" else f"{row.instructions / 1e6:.3f} M"


def table(found: Sequence[Section], caption: str) -> Table:
    """The figures for a terminal."""
    drawn = Table(caption=caption, caption_justify="left")
    drawn.add_column("Figure", no_wrap=True)
    for name in ("Least", "Median", "Instructions"):
        drawn.add_column(name, justify="right")
    drawn.add_column("Target")
    drawn.add_column("Met")
    for section in found:
        drawn.add_row(f"[bold]{section.title}")
        for row in section.rows:
            verdict = {None: "", True: "[green]yes", False: "[red]no"}[row.met]
            drawn.add_row(
                f"  {row.figure}", _number(row.least, row.unit), _number(row.median, row.unit),
                _instructions(row) or f"[dim]{row.missing}", row.target, verdict,
            )  # fmt: skip
        drawn.add_section()
    return drawn


def as_json(found: Sequence[Section], environment: dict[str, Any]) -> dict[str, Any]:
    """The figures for a program."""
    return {
        "environment": environment,
        "figures": [{"section": section.title, **asdict(row)} for section in found for row in section.rows],
    }
