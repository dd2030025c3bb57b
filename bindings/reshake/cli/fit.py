"""`reshake fit`: a population from access logs or packets, how well it fits, and whether it predicts what they say."""

from __future__ import annotations

import math
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from ..errors import Problem, ScenarioError
from ..reality.access_log import FORMATS, Reading, read
from ..reality.files import LogError, is_capture
from ..reality.traffic import OTHER, Traffic, traffic_of
from ..reality.traffic_file import as_json, as_python, notes, recording_of, write_recordings
from ..stacks import client_stack
from ..study import Study
from ..terminal import say, show
from ..units import Duration
from ..values.arrivals import Trace
from ..values.clients import Clients
from ..values.link import Link
from ..values.scenario import Scenario
from .outputs import file_to_write
from .sources import load
from .words import PATH, Arguments, OneOf

if TYPE_CHECKING:
    from ..reality.capture import Client

HELP = "a population from access logs of nginx, HAProxy, Envoy, from CSV or from packet captures"
DESCRIPTION = (
    "Reads access logs or packet captures (pcap, pcapng), plain or .gz, folds requests into visits, fits the gaps "
    "between them, and writes a population: Python with the recordings that it plays beside it, or JSON. Clients are "
    "numbered; no address goes into any file. "
    "With --backtest the recorded visits are simulated against a fleet, and what resumes is held against what the log "
    "says of it ($ssl_session_reused, %[ssl_fc_is_resumed]) or the packets show."
)
_MOST_CLIENTS = 2_000  # Simulated in a backtest; of more, every n-th.


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["logs"], nargs=-1, required=True, type=PATH, metavar="LOG...", help="files of one format"),
    click.Option(
        ["--format"],
        type=OneOf((*FORMATS, "json", "csv", "pcap")),
        metavar="F",
        help=f"{', '.join((*FORMATS, 'json', 'csv', 'pcap'))} (default: by the first line)",
    ),
    click.Option(["--log-format"], metavar="TEXT", help="as in the server's configuration, in its language"),
    click.Option(
        ["--client"],
        metavar="VAR",
        help="the variable that tells clients apart (default: address); of packets address or file",
    ),
    click.Option(
        ["--idle"],
        metavar="TIME",
        default="75s",
        help=(
            "a client that asks nothing for so long comes for another visit, where the log tells no connections "
            "(default: 75s, nginx's keepalive_timeout)"
        ),
    ),
    click.Option(["--backtest"], type=PATH, metavar="FILE", help="a scenario whose first fleet served this traffic"),
    click.Option(["-o", "--out"], type=PATH, required=True, metavar="FILE", help="a new .py or .json file"),
)


def fit(arguments: Arguments) -> int:
    """`reshake fit`."""
    out = Path(arguments.out)
    if out.suffix not in (".py", ".json"):
        raise ScenarioError([Problem("-o", f'"{out}" is no output; expected a file that ends in .py or .json')])
    if out.exists():
        raise ScenarioError([Problem(str(out), "is there already; choose another name")])
    file_to_write(out)
    idle = Duration(arguments.idle).nanoseconds / 1e9
    reading = _read(arguments)
    traffic = traffic_of(reading.requests, idle, reading.capture)
    out.write_text(as_python(traffic, Path(arguments.logs[0]).name, out) if out.suffix == ".py" else as_json(traffic))
    written = [out, *write_recordings(traffic, out), *_figure(traffic, out)]
    for note in notes(traffic):
        show(note)
    for file in written:
        say(f"reshake: {file}")
    if reading.refused:
        say(f"reshake: {reading.refused:,} lines were not understood; the first is {reading.example}")
    if arguments.backtest is not None:
        show(backtest(traffic, arguments.backtest, out))
    return 0


def _read(arguments: Arguments) -> Reading:
    paths = [Path(each) for each in arguments.logs]
    names = ", ".join(map(str, paths))
    captures = _are_captures(paths)
    try:
        if arguments.format == "pcap" or (arguments.format is None and captures):
            return _read_captures(arguments, paths)
        return read(paths, arguments.format, arguments.log_format, arguments.client)
    except _UNREADABLE as error:
        raise ScenarioError([_problem(error, names)]) from None


_UNREADABLE = (OSError, EOFError, zlib.error, LogError)


def _are_captures(paths: Sequence[Path]) -> bool:
    """Whether there are captures among files; a `ScenarioError` names each that cannot be opened."""
    found, problems = False, []
    for path in paths:
        try:
            found = is_capture(path) or found
        except _UNREADABLE as error:
            problems.append(_problem(error, str(path)))
    if problems:
        raise ScenarioError(problems)
    return found


def _problem(error: Exception, files: str) -> Problem:
    match error:
        case LogError():
            return Problem(str(error.file or files), str(error))
        case OSError():
            return Problem(str(error.filename or files), f"cannot be read: {error.strerror or error}")
    return Problem(files, f"cannot be unpacked: {error}")


def _read_captures(arguments: Arguments, paths: Sequence[Path]) -> Reading:
    try:
        from ..reality.capture import CLIENTS, read_captures
    except ImportError:
        sentence = 'captures are read with dpkt, which is not installed: pip install "reshake[pcap]"'
        raise ScenarioError([Problem("fit", sentence)]) from None
    problems = []
    if arguments.log_format is not None:
        problems.append(Problem("--log-format", f'"{arguments.log_format}" given; packets have none, leave it out'))
    client = arguments.client or "address"
    if client not in CLIENTS:
        problems.append(Problem("--client", f'"{client}" is unknown of packets; expected {" or ".join(CLIENTS)}'))
    if problems:
        raise ScenarioError(problems)
    return read_captures(paths, cast("Client", client))


def _figure(traffic: Traffic, out: Path) -> list[Path]:
    if traffic.gaps is None:
        return []
    from ..analysis.fit_figure import gap_fit
    from ..analysis.style import write_png

    file = out.with_suffix(".png")
    write_png(gap_fit(traffic.gaps, traffic.laws), file)
    return [file]


def backtest(traffic: Traffic, fleet: str, out: Path) -> str:
    """What a simulation of the recorded visits says of resumption, and what the log says.

    Parameters
    ----------
    traffic
        The log.
    fleet
        A scenario's file, or the name of a shipped one; its first fleet is taken.
    out
        The recordings lie beside it.
    """
    observed = traffic.resumed_share()
    if observed is None:
        why = "add $ssl_session_reused to it" if traffic.capture is None else "it shows none of their handshakes whole"
        sentence = f"the {traffic.source} does not tell whether sessions of returning clients were resumed: {why}"
        raise ScenarioError([Problem("--backtest", sentence)])
    served = load(fleet).scenario().fleets[0]
    with tempfile.TemporaryDirectory() as scratch:
        populations = _populations(traffic, out, Path(scratch))
        lasts = f"{math.ceil(traffic.length) + 60}s"

        def scenario() -> Scenario:
            return Scenario(duration=lasts, clients=populations, fleets=[served])

        results = Study(scenario, seeds=2).run(Path(scratch) / "batch", progress=False)
        from ..analysis.tables import visits

        folded = visits(results)
    again = folded[(folded["connection"] == 0) & (folded["visit"] > 0) & folded["answered"]]
    share, error, count = observed
    predicted = float(again["resumed"].mean())
    off = predicted - share
    verdict = "within" if abs(off) <= 2 * error else "beyond"
    return (
        f"Returning visits that resume: {share:.1%} ± {2 * error:.1%} of {count:,} in the {traffic.source}, "
        f"{predicted:.1%} of {len(again):,} simulated; off by {100 * off:+.1f} points, {verdict} what chance explains."
    )


def _populations(traffic: Traffic, out: Path, scratch: Path) -> list[Clients]:
    step = math.ceil(traffic.clients / _MOST_CLIENTS)
    made = []
    for population in traffic.populations:
        rows = recording_of(population, out).read_text().splitlines()[1:]
        kept = [row for row in rows if int(row.partition(",")[0]) % step == 0]
        if not kept:
            continue
        file = scratch / f"{population.name}.csv"
        file.write_text("\n".join(kept) + "\n")
        arrivals = Trace(file)
        link = Link(rate="20Mbps", delay=f"{population.typical('rtt', 0.04) / 2 * 1e6:.0f}us")
        given: dict[str, Any] = {"count": arrivals.clients, "access": link, "arrivals": arrivals, "connections": 1}
        is_known = population.stack != OTHER
        clients = client_stack(population.stack).clients if is_known else Clients
        made.append(clients(population.name, **given))
    return made
