"""The trace of an attempt, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Value = bool | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEvent:
    """One moment of an attempt.

    Attributes
    ----------
    at
        Nanoseconds since the start of the run.
    node
        The machine: ``"phones/17"``, ``"edge/ams/server-1"``.
    event
        What happened; ``docs/evidence.md`` has the list.
    details
        What there is to say about it. Names that end in ``_ns`` are nanoseconds.
    """

    at: int
    node: str
    event: str
    details: Mapping[str, Value]


def as_lines_of_json(trace: Iterable[TraceEvent]) -> str:
    r"""An object per event and line.

    >>> as_lines_of_json([TraceEvent(at=45, node="phones/0", event="connects", details={"took_ns": 45})])
    '{"at_ns": 45, "node": "phones/0", "event": "connects", "took_ns": 45}\n'
    """
    rows = ({"at_ns": each.at, "node": each.node, "event": each.event, **each.details} for each in trace)
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def as_text(trace: Iterable[TraceEvent]) -> str:
    """A line per event: seconds since the start of the run, milliseconds since the first event, machine, what.

    >>> event = TraceEvent(at=10**9, node="phones/0", event="connects", details={"took_ns": 45_000_000})
    >>> print(as_text([event]), end="")
             seconds         ms  machine   event
         1.000000000      0.000  phones/0  connects: took 45.000 ms
    """
    events = list(trace)
    if not events:
        return ""
    width = max(len(each.node) for each in events)
    lines = [f"{'seconds':>16}  {'ms':>9}  {'machine':<{width}}  event"]
    for each in events:
        since = (each.at - events[0].at) / 1e6
        seconds = f"{each.at // 10**9}.{each.at % 10**9:09}"
        lines.append(f"{seconds:>16}  {since:9.3f}  {each.node:<{width}}  {_sentence(each)}")
    return "".join(f"{line}\n" for line in lines)


def _sentence(event: TraceEvent) -> str:
    if event.event == "packet":
        return _packet(event.details)
    said = [_detail(name, value) for name, value in event.details.items() if name != "message"]
    what = event.event.replace("_", " ")
    if "message" in event.details:
        what += f" {event.details['message']}"
    return f"{what}: {', '.join(said)}" if said else what


_ARROWS = {"sent": "->", "received": "<-"}


def _packet(details: Mapping[str, Value]) -> str:
    """As tcpdump would say it; what never arrives has a cross and the reason."""
    fate = str(details["packet"])
    said = [str(details["flags"]), f"seq {details['sequence']}"]
    if "acknowledged" in details:
        said.append(f"ack {details['acknowledged']}")
    if details["bytes"]:
        said.append(f"{details['bytes']} bytes")
    if details.get("retransmission"):
        said.append("(once more)")
    if fate not in _ARROWS:
        said.append(f"({fate.replace('_', ' ')})")
    return f"   {_ARROWS.get(fate, 'x ')} {' '.join(said)}"


def _detail(name: str, value: Value) -> str:
    if name.endswith("_ns"):
        return f"{name.removesuffix('_ns').replace('_', ' ')} {_duration(int(value))}"
    name = name.replace("_", " ")
    if value is True:
        return name
    if value is False:
        return f"{name}: no"
    return f"{value} bytes" if name == "bytes" else f"{name} {value}"


def _duration(nanoseconds: int) -> str:
    if nanoseconds < 1_000_000:
        return f"{nanoseconds / 1e3:.1f} µs"
    if nanoseconds < 1_000_000_000:
        return f"{nanoseconds / 1e6:.3f} ms"
    return f"{nanoseconds / 1e9:.3f} s"
