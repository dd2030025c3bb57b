"""Runs on this machine, some at a time, each in a process of its own."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .directory import BatchDirectory
from .failure import Failure, ending, failure_of, record
from .limits import Limits
from .run import Run
from .server import ForkServer, ServerDied
from .worker import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The runs that are wanted, by their addresses, in the order in which they are to begin."""

    directory: Path
    runs: Mapping[str, Run]
    versions: Mapping[str, str]
    limits: Limits

    def order(self, number: int, address: str) -> Order:
        """One of them, to be asked for."""
        return Order(
            number=number,
            address=address,
            run=self.runs[address],
            directory=self.directory,
            versions=self.versions,
            limits=self.limits,
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended: well, or with a failure."""

    address: str
    failure: Failure | None


def run_batch(batch: Batch, workers: int) -> Generator[Ended]:
    """Runs every run of `batch`, `workers` at a time, and yields each when it ends.

    When the iterator is closed early, or interrupted, everything that it started is ended with it.
    """
    directory = BatchDirectory(batch.directory)
    addresses = list(batch.runs)
    waiting = deque(range(len(addresses)))
    while waiting:
        server = ForkServer()
        under_way: set[int] = set()
        try:
            while waiting or under_way:
                while waiting and len(under_way) < workers:
                    number = waiting.popleft()
                    under_way.add(number)
                    server.ask(batch.order(number, addresses[number]))
                end = server.wait()
                under_way.remove(end.number)
                address = addresses[end.number]
                run = batch.runs[address]
                yield Ended(address, failure_of(directory, address, run, end, batch.limits) if end.status else None)
        except ServerDied as died:
            # Another takes its place, unless it would fare no better.
            lost = [*under_way, *([] if server.has_begun else waiting)]
            if not server.has_begun:
                waiting.clear()
            yield from _lost(batch, directory, (addresses[number] for number in sorted(lost)), died)
        finally:
            server.close()


def _lost(batch: Batch, directory: BatchDirectory, addresses: Iterable[str], died: ServerDied) -> Generator[Ended]:
    for address in addresses:
        if directory.finished(address):
            yield Ended(address, None)
            continue
        shutil.rmtree(directory.unfinished(address), ignore_errors=True)
        reason = f"the process that starts the runs ended: {ending(died.status)}"
        yield Ended(address, record(directory, address, batch.runs[address], "lost", reason, log=died.said))
