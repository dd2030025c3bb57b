"""The process that runs are forked from, and what each of them does.

It is an interpreter of its own, started by `server`, so that a run never re-executes the user's
script and never inherits a thread: the engine, numpy and pyarrow are loaded once and each run is a
fork of that. It ignores the keyboard; it and every run die with their parent.

Protocol: on standard input pickled `Order`s, each after its length in eight bytes; on standard
output one line of JSON per event, `{"begins": number}` before the fork and `{"ended": number, "status": s,
"stopped": why}`, s as from `os.waitstatus_to_exitcode`, why one of `null`, `"memory_limit"`,
`"time_limit"`, `"no_process"`: the machine had none for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import pickle
import resource
import select
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..values.kinds import dump_value, to_text
from ..wallclock import Stopwatch
from . import durable
from .directory import LOG, REASON, BatchDirectory
from .limits import Limits
from .run import Run
from .schema import SCHEMA_VERSION
from .tables import write_tables

_PRELOAD = ("numpy", "pyarrow", "pyarrow.parquet", "reshake._core")
_COLD = "--cold"
_PR_SET_PDEATHSIG = 1
# Seconds between two looks at what runs with limits use.
_GLANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One run that is asked for. Its `directory` is that of a batch."""

    number: int
    address: str
    run: Run
    directory: Path
    versions: Mapping[str, str]
    limits: Limits


@dataclass(slots=True)
class _Running:
    """A run that goes on."""

    order: Order
    pid: int
    stopped: str | None = None
    watch: Stopwatch = field(default_factory=Stopwatch)

    def overdrawn(self) -> str | None:
        """Which limit it has gone beyond."""
        limits = self.order.limits
        if limits.time is not None and self.watch.nanoseconds() > limits.time:
            return "time_limit"
        if limits.memory is not None and _resident(self.pid) > limits.memory:
            return "memory_limit"
        return None


def main() -> None:
    """Serves until its input ends."""
    parent = os.getppid()
    _die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _COLD not in sys.argv:
        for name in _PRELOAD:
            importlib.import_module(name)
        if _threads() > 1:
            # A fork of a process with threads can hang for ever: start again with nothing loaded.
            os.execv(sys.executable, [*sys.orig_argv, _COLD])
    _Server().serve()


class _Server:
    """Forks a run per order, and tells of each when it ends."""

    def __init__(self) -> None:
        self._running: dict[int, _Running] = {}
        self._pid = os.getpid()
        # A byte arrives here with every signal, of which the end of a run is one.
        self._woken, self._waker = os.pipe()
        for end in (self._woken, self._waker):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        is_open = True
        while is_open or self._running:
            limited = any(each.order.limits for each in self._running.values())
            sources = [self._woken, *([0] if is_open else [])]
            ready, _, _ = select.select(sources, [], [], _GLANCE if limited else None)
            if self._woken in ready:
                os.read(self._woken, 4096)
            self._reap()
            self._stop_overdrawn()
            if 0 in ready:
                order = _read_order()
                is_open = order is not None
                if order is not None:
                    self._start(order)

    def _start(self, order: Order) -> None:
        # Before the fork: whoever sees a run of ours may end us before we could tell of it.
        _report({"begins": order.number})
        try:
            pid = os.fork()
        except OSError as error:
            _refuse(order, error)
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _die_with_parent(self._pid)
            os._exit(_attempt(order))
        self._running[pid] = _Running(order, pid)

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            ended = self._running.pop(pid, None)
            if ended is not None:
                code = os.waitstatus_to_exitcode(status)
                _report({"ended": ended.order.number, "status": code, "stopped": ended.stopped if code else None})

    def _stop_overdrawn(self) -> None:
        for each in self._running.values():
            why = each.overdrawn() if each.stopped is None and each.order.limits else None
            if why is not None:
                each.stopped = why
                os.kill(each.pid, signal.SIGKILL)


def _refuse(order: Order, error: OSError) -> None:
    """Tells of a run for which there is no process."""
    unfinished = BatchDirectory(order.directory).unfinished(order.address)
    with contextlib.suppress(OSError):
        unfinished.mkdir()
        (unfinished / REASON).write_text(f"no process could be started: {error.strerror}")
    _report({"ended": order.number, "status": 1, "stopped": "no_process"})


def _read_order() -> Order | None:
    """The next order; None at the end of the input."""
    size = _read(8)
    content = _read(int.from_bytes(size, "big")) if len(size) == 8 else b""
    order: Order | None = pickle.loads(content) if content else None
    return order


def _read(size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        part = os.read(0, size - len(content))
        if not part:
            return b""
        content += part
    return bytes(content)


def _attempt(order: Order) -> int:
    """One run in its own process, from its log file to its exit code."""
    directory = BatchDirectory(order.directory)
    unfinished = directory.unfinished(order.address)
    try:
        unfinished.mkdir()
        log = os.open(unfinished / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.close(log)
        try:
            _execute(order, unfinished)
            (unfinished / LOG).unlink()
            durable.finish(unfinished, directory.run(order.address))
        except Exception as error:  # noqa: BLE001 - whatever ends a run is what the user is told
            traceback.print_exc()
            sys.stderr.flush()
            (unfinished / REASON).write_text(f"{type(error).__name__}: {error}")
            return 1
        shutil.rmtree(directory.failed(order.address), ignore_errors=True)
    except OSError as error:
        # A full disk, most likely: there may be no room for a log.
        os.write(2, f"{order.address}: {error}\n".encode())
        return 1
    return 0


def _execute(order: Order, directory: Path) -> None:
    from .. import _core

    watch = Stopwatch()
    run = order.run
    history = _core.run(run.scenario, run.seed)
    rows = write_tables(history.tables(), _core.table_schema(), run.scenario.with_faults_of(run.seed), directory)
    manifest: dict[str, Any] = {
        "address": order.address,
        "schema": SCHEMA_VERSION,
        "scenario": dump_value(run.scenario, identity=False),
        "parameters": dict(run.parameters),
        "seed": run.seed,
        "digest": history.digest,
        "events": history.events,
        "packets": history.packets,
        "visits_while_down": history.visits_while_down,
        "rows": rows,
        "versions": dict(order.versions),
        "wall_seconds": round(watch.seconds(), 3),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    (directory / "manifest.json").write_text(to_text(manifest))


def _report(event: Mapping[str, Any]) -> None:
    os.write(1, json.dumps(event).encode() + b"\n")


def _resident(pid: int) -> int:
    """Bytes of a process that lie in memory; 0 where that cannot be told, or it has just ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


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
