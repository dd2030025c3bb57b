"""What is left of a run that failed: a reason of a closed set, what it said, how to repeat it."""

from __future__ import annotations

import shlex
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..values.kinds import dump_value, to_text
from .directory import LOG, REASON, BatchDirectory
from .limits import Limits
from .run import Run
from .server import End

FailureKind = Literal["error", "crash", "memory_limit", "time_limit", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run that failed.

    Attributes
    ----------
    run
        Its scenario, parameters and seed.
    kind
        ``"error"``: it said why; ``"crash"``: a signal ended it; ``"memory_limit"``, ``"time_limit"``: it
        was stopped there; ``"lost"``: what it was started from has gone or had no process for it, and it is not to
        blame.
    reason
        One line: what the run said last, or what ended it.
    log
        Everything the run said, shortened to its end.
    command
        A shell command that repeats this run alone.
    """

    run: Run
    kind: FailureKind
    reason: str
    log: str
    command: str

    def __str__(self) -> str:
        return f"{self.run}: {self.reason}\n  to repeat it: {self.command}"


def failure_of(directory: BatchDirectory, address: str, run: Run, end: End, limits: Limits) -> Failure:
    """A run that ended badly, with what it left behind."""
    unfinished = directory.unfinished(address)
    said = _text_of(unfinished / REASON)
    log = _text_of(unfinished / LOG)
    shutil.rmtree(unfinished, ignore_errors=True)
    kind: FailureKind = "lost" if end.stopped == "no_process" else "crash" if end.status < 0 else "error"
    reason = said or ending(end.status)
    if end.stopped == "time_limit":
        kind, reason = "time_limit", f"stopped after {limits.time_said}, its time limit"
    elif end.stopped == "memory_limit":
        kind, reason = "memory_limit", f"stopped when it held more than {limits.memory_said}, its memory limit"
    elif end.status < 0 and log.strip():
        # A check of ours that fails says seed and virtual time, then aborts.
        reason = f"{reason}; it said: {log.strip().splitlines()[-1]}"
    return record(directory, address, run, kind, reason, log=log)


def record(
    directory: BatchDirectory, address: str, run: Run, kind: FailureKind, reason: str, *, log: str = ""
) -> Failure:
    """Keeps what it takes to repeat a failed run, even one whose scenario was made in a script."""
    failed = directory.failed(address)
    scenario = failed / "scenario.json"
    try:
        failed.mkdir(parents=True, exist_ok=True)
        scenario.write_text(to_text(dump_value(run.scenario, identity=False)))
        (failed / LOG).write_text(f"{run}\n{reason}\n{log}")
    except OSError as error:
        # What keeps a run from its results may keep us from saying so; the others must still hear of their ends.
        reason = f"{reason}; it could not be kept for a repetition: {error.strerror}"
    command = ["reshake", "run", str(scenario), "--seed", str(run.seed), "-o", str(failed / "again")]
    return Failure(run=run, kind=kind, reason=reason, log=log[-4000:], command=shlex.join(command))


def ending(status: int) -> str:
    """A status as from `os.waitstatus_to_exitcode`, in words."""
    if status >= 0:
        return f"exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    hint = "; perhaps the machine ran out of memory" if -status == signal.SIGKILL else ""
    return f"killed by signal {-status} ({name}){hint}"


def _text_of(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
