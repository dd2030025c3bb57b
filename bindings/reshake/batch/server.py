"""The process that runs are forked from, seen from the one that asks for them."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from .. import engine
from .worker import Order

# One process per run is all the parallelism there is; a library's threads would forbid forks.
_NO_THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
# One thread, which takes again what it gives back.
_ONE_THREAD = "narenas:1,dirty_decay_ms:-1"


def environment() -> dict[str, str]:
    """The environment of a process that simulates: ours, with what that needs. What the user has set counts.

    A connection takes and gives back thousands of small pieces of memory. glibc lets the next one have them from the
    holes between what clients keep: among 100,000 clients an attempt takes a fifth longer. jemalloc keeps them
    together.
    """
    added = dict(_NO_THREADS)
    allocator = engine.allocator()
    if allocator is not None:
        added["LD_PRELOAD"] = ":".join(filter(None, [os.environ.get("LD_PRELOAD"), str(allocator)]))
        added["MALLOC_CONF"] = ",".join(filter(None, [_ONE_THREAD, os.environ.get("MALLOC_CONF")]))
    return os.environ | added


@dataclass(frozen=True, slots=True)
class End:
    """How the process of an order ended: its status, and which limit it was stopped at."""

    number: int
    status: int
    stopped: str | None


class ServerDied(Exception):  # noqa: N818 - what is raised is what happened
    """The process that runs are forked from is gone, and every run with it.

    Attributes
    ----------
    status
        As from `os.waitstatus_to_exitcode`.
    said
        What it wrote before.
    """

    def __init__(self, status: int, said: str) -> None:
        self.status = status
        self.said = said
        super().__init__(f"status {status}")


class ForkServer:
    """A process with everything loaded, from which each run is forked.

    Invariant: it lives no longer than the thread that made it, and no run longer than it.
    """

    def __init__(self) -> None:
        #: Whether it has ever begun a run.
        self.has_begun = False
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        # Its own process group: Ctrl-C is for the parent to handle. -P: a file in the current directory
        # that is called like a module of the standard library must not be taken for it.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reshake.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            process_group=0,
            env=environment(),
        )

    def ask(self, order: Order) -> None:
        """Has a run begun. That the server is gone, `wait` tells."""
        assert self._process.stdin is not None
        content = pickle.dumps(order)
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(len(content).to_bytes(8, "big") + content)
            self._process.stdin.flush()

    def wait(self) -> End:
        """The next end of a run.

        Raises
        ------
        ServerDied
            Where there will be none.
        """
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            if "ended" in event:
                return End(event["ended"], event["status"], event["stopped"])
            self.has_begun = True
        status = self._process.wait()
        self._said.seek(0)
        raise ServerDied(status, self._said.read().decode(errors="replace"))

    def close(self) -> None:
        """Ends it, and all its runs: they ask the kernel to end with it."""
        self._process.kill()
        self._process.wait()
        for each in (self._process.stdin, self._process.stdout):
            if each is not None:
                # Its last order may have nobody to go to.
                with contextlib.suppress(BrokenPipeError):
                    each.close()
        self._said.close()
