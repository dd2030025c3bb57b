"""`reshake replay`: a run of a batch once more, to the byte, with packets, keys and a trace."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..errors import Problem, ScenarioError
from ..evidence.choice import name_of
from ..evidence.replaying import Replay
from ..evidence.replaying import replay as work
from ..evidence.tracing import as_lines_of_json, as_text
from ..results import Results
from ..terminal import say, show
from .words import PATH, Arguments

HELP = "run a run of a batch again, and look into it: packets, keys, a trace"
DESCRIPTION = (
    "Runs a finished run once more and requires the same results to the byte (exit code 1 where they differ). On "
    "request it writes a pcap file per machine, a key log with which Wireshark decrypts them, and the trace of one "
    "attempt, which it shows, too."
)
# The options that the names of `rs.replay` have here.
_OPTIONS = {"run": "--run", "attempt": "--attempt", "trace": "--trace", "all_packets": "--all-packets"}


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["directory"], type=PATH, metavar="DIR", help="as given to run -o"),
    click.Option(["--run"], metavar="ID", help="how its address begins, or loss=0.02,seed=3 (default: the only one)"),
    click.Option(["--attempt"], metavar="N", help="a row of its attempts, from 0, or phones/17/3: client 17's visit 3"),
    click.Option(["--pcap"], is_flag=True, help="packets, a file per machine"),
    click.Option(["--keylog"], is_flag=True, help="secrets, in the format of SSLKEYLOGFILE"),
    click.Option(["--trace"], is_flag=True, help="what happened in the attempt, moment by moment"),
    click.Option(["--json"], is_flag=True, help="the trace as JSON, an object per line"),
    click.Option(["--all-packets"], is_flag=True, help="packets and keys of the whole run, not the attempt's"),
    click.Option(["-o", "--out"], type=PATH, metavar="DIR", help="a new directory (default: DIR/evidence/RUN-N)"),
)


def replay(arguments: Arguments) -> int:
    """`reshake replay`."""
    try:
        seen = work(
            Results(arguments.directory),
            run=arguments.run,
            attempt=arguments.attempt,
            out=arguments.out,
            pcap=arguments.pcap,
            keylog=arguments.keylog,
            trace=arguments.trace,
            all_packets=arguments.all_packets,
            json_lines=arguments.json,
        )
    except ScenarioError as error:
        said = [Problem(_OPTIONS.get(each.path, each.path), each.sentence) for each in error.problems]
        raise ScenarioError(said) from None
    if arguments.trace:
        text = as_lines_of_json(seen.trace) if arguments.json else as_text(seen.trace)
        show(text.rstrip("\n"))
    _tell(seen)
    return 0


def _tell(seen: Replay) -> None:
    of = f", attempt {seen.attempt.number} ({seen.attempt.path})" if seen.attempt is not None else ""
    say(f"reshake: run {name_of(seen.run)} once more, equal to the byte{of}")
    if seen.directory is None:
        return
    for file in sorted(seen.directory.iterdir()):
        say(f"reshake: {file}")
    if seen.captures and seen.key_log is not None:
        # The clients' names begin with their population's; any file will do for an example.
        say(f"reshake: wireshark -o tls.keylog_file:{seen.key_log} {seen.captures[-1]}")
