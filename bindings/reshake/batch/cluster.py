"""The same runs on a Dask cluster: each worker forks them as this machine would, and sends their files back.

Only the machine that asks writes into the batch's directory, so that the workers need no file system in common with it.
"""

from __future__ import annotations

import dataclasses
import tempfile
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import engine
from ..errors import Problem, ScenarioError
from .directory import BatchDirectory
from .failure import Failure, FailureKind, ending, failure_of, record
from .pool import Batch, Ended
from .run import Run
from .server import ForkServer, ServerDied
from .worker import Order

if TYPE_CHECKING:
    from distributed import Future

_PATIENCE = "10s"
_local = threading.local()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a worker sends back: the files of a finished run, or why there are none."""

    files: Mapping[str, bytes]
    kind: FailureKind = "error"
    reason: str = ""
    log: str = ""


def run_on_cluster(batch: Batch, address: str) -> Generator[Ended]:
    """Runs every run of `batch` on the cluster of a scheduler, and yields each when it ends.

    A worker that dies costs the time of its runs: the scheduler gives them to another.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ScenarioError([Problem("cluster", f"{address} cannot be reached: {reason}")]) from None
    directory = BatchDirectory(batch.directory)
    with client:
        futures = {}
        for number, (name, run) in enumerate(batch.runs.items()):
            order = batch.order(number, name)
            # The first are the longest.
            futures[client.submit(_run, order, key=f"reshake-{name}", pure=False, priority=-number)] = (name, run)
        try:
            for future in distributed.as_completed(futures):
                name, run = futures.pop(future)
                yield Ended(name, _settle(directory, name, run, future))
                # The scheduler forgets it, and the worker its files.
                future.release()
        finally:
            client.cancel(list(futures), force=True)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        sentence = "needs Dask, which is not installed: pip install distributed"
        raise ScenarioError([Problem("cluster", sentence)]) from None
    return distributed


def _settle(directory: BatchDirectory, address: str, run: Run, future: Future[_Outcome]) -> Failure | None:
    try:
        outcome = future.result()
        if outcome.files:
            directory.adopt(address, outcome.files)
            return None
        kind, reason, log = outcome.kind, outcome.reason, outcome.log
    except OSError as error:
        kind, reason, log = "error", f"its results cannot be written: {error.strerror or error}", ""
    except Exception as error:  # noqa: BLE001 - whatever the cluster makes of a run is what the user is told
        kind, reason, log = "lost", f"the cluster gave it up: {type(error).__name__}: {error}", ""
    return record(directory, address, run, kind, " ".join(reason.split()), log=log)


def _run(order: Order) -> _Outcome:
    """One run on a worker."""
    if engine.versions() != dict(order.versions):
        differing = ", ".join(sorted(k for k, v in order.versions.items() if engine.versions().get(k) != v))
        return _Outcome({}, reason=f"the worker has another build of Reshake; {differing} differ")
    with tempfile.TemporaryDirectory(prefix="reshake-") as room:
        directory = BatchDirectory(room)
        directory.runs.mkdir()
        server = _server()
        server.ask(dataclasses.replace(order, directory=Path(room)))
        try:
            end = server.wait()
        except ServerDied as died:
            server.close()
            _local.server = None
            reason = f"the process that starts the runs ended: {ending(died.status)}"
            return _Outcome({}, kind="lost", reason=reason, log=died.said)
        if end.status:
            failure = failure_of(directory, order.address, order.run, end, order.limits)
            return _Outcome({}, kind=failure.kind, reason=failure.reason, log=failure.log)
        return _Outcome({each.name: each.read_bytes() for each in directory.run(order.address).iterdir()})


def _server() -> ForkServer:
    """The thread's own; it ends with the thread."""
    if getattr(_local, "server", None) is None:
        _local.server = ForkServer()
    server: ForkServer = _local.server
    return server
