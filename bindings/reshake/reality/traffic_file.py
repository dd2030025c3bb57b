"""A population from a log as files: a scenario in Python, or numbers in JSON, and the recordings that it plays."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Final

from .gaps import thinned
from .policy import duration
from .traffic import OTHER, Population, Traffic

_LEAST_BYTES, _MOST_BYTES = 16, 64 * 1024 * 1024
_GUESSED_RTT: Final = 0.04


def write_recordings(traffic: Traffic, out: Path) -> list[Path]:
    """Writes when each client came, numbered, a file per stack; and the distribution of gaps."""
    written = []
    for population in traffic.populations:
        file = recording_of(population, out)
        rows = [
            f"{number},{visit.at:.3f}" for number, client in enumerate(population.visits, start=1) for visit in client
        ]
        file.write_text("client,seconds\n" + "\n".join(rows) + "\n")
        written.append(file)
    if traffic.gaps is not None:
        rows = [f"{seconds:.3f},{share:.6f}" for seconds, share in thinned(traffic.gaps)]
        file = out.with_name(f"{out.stem}.gaps.csv")
        file.write_text("value,cumulative\n" + "\n".join(rows) + "\n")
        written.append(file)
    return written


def recording_of(population: Population, out: Path) -> Path:
    """The file of a population's visits."""
    return out.with_name(f"{out.stem}.{population.name}.csv")


def as_json(traffic: Traffic) -> str:
    """The numbers of a fit."""
    resumed = traffic.resumed_share()
    content = {
        "seconds": traffic.length,
        "requests": traffic.requests,
        "clients": traffic.clients,
        "visits": traffic.visits,
        "populations": [
            {
                "stack": each.stack,
                "clients": len(each.visits),
                "visits": sum(map(len, each.visits)),
                "connections": each_connections(each),
                "request_bytes": each.typical("request_bytes", math.nan),
                "response_bytes": each.typical("response_bytes", math.nan),
                "rtt": each.typical("rtt", math.nan),
            }
            for each in traffic.populations
        ],
        "gaps": None
        if traffic.gaps is None
        else {
            "seen": traffic.gaps.seen,
            "cut": traffic.gaps.cut,
            "median": traffic.gaps.quantile(0.5),
            "p90": traffic.gaps.quantile(0.9),
        },
        "laws": [{"name": law.name, "numbers": law.numbers, "distance": law.distance} for law in traffic.laws],
        "resumed_share": None
        if resumed is None
        else dict(zip(("share", "standard_error", "visits"), resumed, strict=True)),
        "protocols": dict(traffic.protocols),
    }
    if traffic.capture is not None:
        content["capture"] = traffic.capture.content()
    return json.dumps(_without_nothing(content), indent=2) + "\n"


def _without_nothing(content: object) -> object:
    """What JSON has no word for is null."""
    if isinstance(content, float) and not math.isfinite(content):
        return None
    if isinstance(content, dict):
        return {name: _without_nothing(each) for name, each in content.items()}
    if isinstance(content, list):
        return [_without_nothing(each) for each in content]
    return content


def each_connections(population: Population) -> float:
    """Connections of a visit, in the mean."""
    counts = [visit.connections for client in population.visits for visit in client]
    return sum(counts) / len(counts)


def as_python(traffic: Traffic, source: str, out: Path) -> str:
    """A scenario file that plays the recordings beside it."""
    resumed = traffic.resumed_share()
    observed = "None" if resumed is None else f"{resumed[0]:.4f}"
    lines = [f'"""How do the clients of {source} fare?', "", "Written by `reshake fit`.", ""]
    lines += [f"- {note}" for note in notes(traffic)]
    lines += ['"""  # noqa: D400 - it is a question', "", "from pathlib import Path", "from typing import Literal", ""]
    lines += ["import reshake as rs", "", "HERE = Path(__file__).parent", 'Arrivals = Literal["recorded", "drawn"]']
    lines += [f'LENGTH = "{duration(math.ceil(traffic.length) + 60)}"']
    lines += [f"OBSERVED = {observed}  # Of returning visits, the share that resumed."]
    lines += [
        "",
        "",
        'def clients(arrivals: Arrivals = "recorded") -> list[rs.Clients]:',
        '    """The clients of the log."""',
    ]
    lines += [
        "",
        f"    def when(name: str) -> rs.Trace | rs.{'Poisson' if traffic.gaps is None else 'Renewal'}:",
        '        if arrivals == "recorded":',
    ]
    lines += [
        f'            return rs.Trace(HERE / f"{out.stem}.{{name}}.csv")',
        f"        return {_drawn(traffic, out)}",
    ]
    lines += ["", "    return ["]
    for population in traffic.populations:
        lines += [f"        {line}" for line in _population(population)]
    lines += ["    ]", "", ""]
    lines += ['def scenario(arrivals: Arrivals = "recorded", ticket_lifetime: str = "2h") -> rs.Scenario:']
    lines += ['    """The traffic of the log, and a fleet to be replaced by yours (`reshake import` writes one)."""']
    lines += ["    edge = rs.Fleet(", '        "edge", sites=["site"], servers_per_site=2, ']
    lines[-1] += "tickets=rs.Tickets(lifetime=ticket_lifetime)"
    lines += ["    )", "    return rs.Scenario(duration=LENGTH, clients=clients(arrivals), fleets=[edge])", ""]
    return "\n".join(lines)


def _drawn(traffic: Traffic, out: Path) -> str:
    if traffic.gaps is None:
        return f'rs.Poisson(mean_gap="{duration(max(1, math.ceil(traffic.length)))}")  # Nobody came twice.'
    return f'rs.Renewal(gap=rs.Empirical(HERE / "{out.stem}.gaps.csv"))'


def _population(population: Population) -> list[str]:
    rtt = population.typical("rtt", math.nan)
    is_known = not math.isnan(rtt)
    delay = f"{(rtt if is_known else _GUESSED_RTT) / 2 * 1e3:.3g}ms"
    sizes = {
        name: min(max(round(population.typical(name, usual)), _LEAST_BYTES), _MOST_BYTES)
        for name, usual in (("request_bytes", 200), ("response_bytes", 4096))
    }
    make = "rs.Clients(" if population.stack == OTHER else f'rs.client_stack("{population.stack}").clients('
    return [
        make,
        f'    "{population.name}",',
        f"    count={len(population.visits)},",
        f'    access=rs.Link(rate="20Mbps", delay="{delay}"),  # ' + ("Half the RTT." if is_known else "Yours."),
        f'    arrivals=when("{population.name}"),',
        "    connections=1,",
        *(f"    {name}={value}," for name, value in sizes.items()),
        "),",
    ]


def notes(traffic: Traffic) -> list[str]:
    """What was found, and what the log or the capture does not tell."""
    source = traffic.source
    each, told_apart = "request", "address and User-Agent"
    if traffic.capture is not None:
        each, told_apart = "connection", traffic.capture.client
    found = [
        f"{traffic.clients:,} clients, told apart by {told_apart}, made {traffic.visits:,} visits "
        f"({traffic.requests:,} {each}s) in {traffic.length / 3_600:.3g} h."
    ]
    if traffic.gaps is not None:
        nearest = traffic.laws[0]
        found.append(
            f"Gaps between visits: {traffic.gaps.seen:,} seen, {traffic.gaps.cut:,} cut off by the {source}'s end. "
            f"Nearest law: {nearest.name} ({nearest.text}), off by {100 * nearest.distance:.1f} % of gaps at most."
        )
    else:
        found.append(f"Nobody came twice, so that the {source} tells nothing of gaps.")
    found += [_stacks(traffic)] if traffic.capture is None else traffic.capture.told()
    firsts = [client[0].first for client in traffic.each_client()]
    for field, told in (("rtt", "RTT"), ("request_bytes", "size of requests"), ("response_bytes", "size of responses")):
        if all(getattr(first, field) is None for first in firsts):
            found.append(f"The {source} does not tell the {told}: what stands here is a guess.")
    if traffic.resumed_share() is None:
        found.append(f"The {source} does not tell whether sessions were resumed.")
    if traffic.protocols:
        found.append("Protocols: " + ", ".join(f"{name} {count:,}" for name, count in traffic.protocols.items()) + ".")
    return found


def _stacks(traffic: Traffic) -> str:
    mix = ", ".join(f"{each.stack} {len(each.visits):,}" for each in traffic.populations)
    return f"Stacks, by User-Agent: {mix}."
