"""The process in which a run is run again: a run that aborts must not take the user's session with it.

Protocol: a pickled `Rerun` on standard input; what it asks for lies in its directory when the process ends with
status 0, and on standard error is why, otherwise.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from ..batch.tables import write_tables
from ..values.scenario import Scenario

ANSWER = "answer.json"
TABLES = "tables"
FILES = "files"
KEY_LOG = "keys.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to be seen of a run.

    Attributes
    ----------
    attempt
        Its population (an index), client, visit, connection and attempt. None: all attempts.
    everything
        Packets and keys of all attempts all the same.
    """

    attempt: tuple[int, int, int, int, int] | None
    packets: bool
    key_log: bool
    trace: bool
    everything: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """One run, what is to be seen of it, and an empty directory for that."""

    scenario: Scenario
    seed: int
    wishes: Wishes
    directory: Path


def main() -> None:
    """Does what standard input asks for."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # The engine does not look up before it is done.
    rerun: Rerun = pickle.load(sys.stdin.buffer)
    try:
        _execute(rerun)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


def _execute(rerun: Rerun) -> None:
    from .. import _core

    wishes = rerun.wishes
    evidence = _core.Evidence(
        attempt=wishes.attempt,
        packets=wishes.packets,
        key_log=wishes.key_log,
        trace=wishes.trace,
        everything=wishes.everything,
    )
    history = _core.run(rerun.scenario, rerun.seed, evidence)
    tables, files = rerun.directory / TABLES, rerun.directory / FILES
    tables.mkdir()
    files.mkdir()
    told = rerun.scenario.with_faults_of(rerun.seed)
    write_tables(history.tables(), _core.table_schema(), told, tables)
    packets = evidence.write_captures(str(files)) if wishes.packets else {}
    if wishes.key_log:
        (files / KEY_LOG).write_text(evidence.key_log)
    answer = {
        "digest": history.digest,
        "events": history.events,
        "packets": history.packets,
        "visits_while_down": history.visits_while_down,
        "captures": packets,
        "trace": evidence.trace(),
    }
    (rerun.directory / ANSWER).write_text(json.dumps(answer))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
