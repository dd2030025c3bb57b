"""The process that runs are forked from, and what each of them does.

It is an interpreter of its own, started by `pool`, so that a run never re-executes the user's
script and never inherits a thread: the engine, numpy and pyarrow are loaded once and each run is a
fork of that. It ignores the keyboard; it and every run die with their parent.

Protocol: one pickled `Batch` on standard input; on standard output one line of JSON per event,
`{"started": i, "pid": p}` and `{"ended": i, "status": s}`, s as from `os.waitstatus_to_exitcode`.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pickle
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..values.kinds import dump_value, to_text
from ..wallclock import Stopwatch
from .directory import BatchDirectory
from .run import Run
from .tables import write_tables

LOG = "log.txt"
REASON = "reason.txt"
_PRELOAD = ("numpy", "pyarrow", "pyarrow.parquet", "reshake._core")
_COLD = "--cold"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What the parent asks for."""

    directory: Path
    runs: Mapping[str, Run]
    workers: int
    versions: Mapping[str, str]


def main() -> None:
    """Serves one batch."""
    parent = os.getppid()
    _die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _COLD not in sys.argv:
        for name in _PRELOAD:
            importlib.import_module(name)
        if _threads() > 1:
            # A fork of a process with threads can hang for ever: start again with nothing loaded.
            os.execv(sys.executable, [*sys.orig_argv, _COLD])
    batch: Batch = pickle.load(sys.stdin.buffer)
    _serve(batch)


def _serve(batch: Batch) -> None:
    server = os.getpid()
    waiting = list(enumerate(batch.runs.items()))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < batch.workers:
            index, (address, run) = waiting.pop()
            pid = os.fork()
            if pid == 0:
                _die_with_parent(server)
                os._exit(_attempt(batch, address, run))
            running[pid] = index
            _report({"started": index, "pid": pid})
        pid, status = os.wait()
        if pid in running:
            _report({"ended": running.pop(pid), "status": os.waitstatus_to_exitcode(status)})


def _attempt(batch: Batch, address: str, run: Run) -> int:
    """One run in its own process, from its log file to its exit code."""
    directory = BatchDirectory(batch.directory)
    unfinished = directory.unfinished(address)
    try:
        unfinished.mkdir()
        log = os.open(unfinished / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.close(log)
        try:
            _execute(batch, address, run, unfinished)
        except Exception as error:  # noqa: BLE001 - whatever ends a run is what the user is told
            traceback.print_exc()
            sys.stderr.flush()
            (unfinished / REASON).write_text(f"{type(error).__name__}: {error}")
            return 1
        (unfinished / LOG).unlink()
        unfinished.rename(directory.run(address))
        shutil.rmtree(directory.failed(address), ignore_errors=True)
    except OSError as error:
        # A full disk, most likely: there may be no room for a log.
        os.write(2, f"{address}: {error}\n".encode())
        return 1
    return 0


def _execute(batch: Batch, address: str, run: Run, directory: Path) -> None:
    from .. import _core

    watch = Stopwatch()
    history = _core.run(run.scenario, run.seed)
    rows = write_tables(history.tables(), _core.table_schema(), run.scenario, directory)
    manifest: dict[str, Any] = {
        "address": address,
        "scenario": dump_value(run.scenario, identity=False),
        "parameters": dict(run.parameters),
        "seed": run.seed,
        "digest": history.digest,
        "events": history.events,
        "packets": history.packets,
        "visits_while_down": history.visits_while_down,
        "rows": rows,
        "versions": dict(batch.versions),
        "wall_seconds": round(watch.seconds(), 3),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    (directory / "manifest.json").write_text(to_text(manifest))


def _report(event: dict[str, int]) -> None:
    os.write(1, json.dumps(event).encode() + b"\n")


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 1


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It died before it could be asked.
            os._exit(1)


if __name__ == "__main__":
    main()
