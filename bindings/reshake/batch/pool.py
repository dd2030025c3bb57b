"""Runs in processes of their own, seen from the process that waits for them."""

from __future__ import annotations

import json
import os
import pickle
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..values.kinds import dump_value, to_text
from .directory import BatchDirectory
from .run import Run
from .worker import LOG, REASON, Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run that failed.

    Attributes
    ----------
    run
        Its scenario, parameters and seed.
    reason
        One line: what the run said last, or which signal ended it.
    log
        Everything the run said, shortened to its end.
    command
        A shell command that repeats this run alone.
    """

    run: Run
    reason: str
    log: str
    command: str

    def __str__(self) -> str:
        return f"{self.run}: {self.reason}\n  to repeat it: {self.command}"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended: well, or with a failure."""

    address: str
    failure: Failure | None


def run_batch(batch: Batch) -> Generator[Ended]:
    """Runs every run of `batch`, and yields each when it ends.

    When the iterator is closed early, or interrupted, everything that it started is ended with it.
    """
    directory = BatchDirectory(batch.directory)
    addresses = list(batch.runs)
    open_runs = dict.fromkeys(addresses)
    with tempfile.TemporaryFile() as said:
        server = _start(said)
        try:
            assert server.stdin is not None
            assert server.stdout is not None
            try:
                pickle.dump(batch, server.stdin)
                server.stdin.close()
            except BrokenPipeError:
                pass  # It died at once; its output ends at once too.
            for line in server.stdout:
                event = json.loads(line)
                if "ended" in event:
                    address = addresses[event["ended"]]
                    del open_runs[address]
                    status = event["status"]
                    failure = _failure(batch, directory, address, status) if status else None
                    yield Ended(address, failure)
        finally:
            # The server's runs ask the kernel to end with it.
            server.kill()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()
        said.seek(0)
        last_words = said.read().decode(errors="replace")
    for address in open_runs:
        reason = f"the process that starts the runs ended: {_ending(server.returncode)}"
        yield Ended(address, _record(batch, directory, address, reason, log=last_words))


def _start(said: IO[bytes]) -> subprocess.Popen[bytes]:
    # Its own process group: Ctrl-C is for the parent to handle. -P: a file in the current directory
    # that is called like a module of the standard library must not be taken for it.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "reshake.batch.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        process_group=0,
        env=os.environ | _NO_THREADS,
    )


# One process per run is all the parallelism there is; a library's threads would forbid forks.
_NO_THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


def _failure(batch: Batch, directory: BatchDirectory, address: str, status: int) -> Failure:
    unfinished = directory.unfinished(address)
    reason = _text_of(unfinished / REASON) or _ending(status)
    log = _text_of(unfinished / LOG)
    shutil.rmtree(unfinished, ignore_errors=True)
    if status < 0 and log.strip():
        # A check of ours that fails says seed and virtual time, then aborts.
        reason = f"{reason}; it said: {log.strip().splitlines()[-1]}"
    return _record(batch, directory, address, reason, log=log)


def _record(
    batch: Batch,
    directory: BatchDirectory,
    address: str,
    reason: str,
    *,
    log: str,
) -> Failure:
    """Keeps what it takes to repeat a failed run, even one whose scenario was made in a script."""
    run = batch.runs[address]
    failed = directory.failed(address)
    failed.mkdir(parents=True, exist_ok=True)
    scenario = failed / "scenario.json"
    scenario.write_text(to_text(dump_value(run.scenario, identity=False)))
    (failed / LOG).write_text(f"{run}\n{reason}\n{log}")
    command = ["reshake", "run", str(scenario), "--seed", str(run.seed), "-o", str(failed / "again")]
    return Failure(run=run, reason=reason, log=log[-4000:], command=shlex.join(command))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _ending(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    hint = "; perhaps the machine ran out of memory" if -status == signal.SIGKILL else ""
    return f"killed by signal {-status} ({name}){hint}"
