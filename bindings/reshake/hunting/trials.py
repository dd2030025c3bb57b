"""Cases, run and judged: each in a process of its own, several at a time, none twice."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from .. import engine
from ..batch.directory import BatchDirectory
from ..batch.failure import ending, failure_of
from ..batch.limits import Limits
from ..batch.run import Run
from ..batch.server import End, ForkServer, ServerDied
from ..batch.worker import Order
from ..errors import RunLost
from .declared import Case

#: What stands in the place of an invariant's index where a run did not end by itself.
NO_END: Final = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes
    ----------
    violations
        Rows of the table; of a run that failed, none.
    digest
        Of every byte sent.
    reason
        Why it failed, if it did.
    """

    violations: tuple[dict[str, Any], ...]
    digest: str
    reason: str | None = None

    @property
    def broken(self) -> tuple[int, ...]:
        """The indices of the invariants that did not hold, or `NO_END`."""
        if self.reason is not None:
            return (NO_END,)
        return tuple(dict.fromkeys(row["invariant"] for row in self.violations))


class Trials:
    """Runs cases.

    Invariant: what it has started ends when it is closed.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        #: Runs that were really made.
        self.made = 0
        self._known: dict[str, Outcome] = {}
        self._versions = engine.versions()
        self._room = BatchDirectory(tempfile.mkdtemp(prefix="reshake-hunt-"))
        self._room.runs.mkdir()
        self._server = ForkServer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        shutil.rmtree(self._room.path, ignore_errors=True)

    def known(self, case: Case) -> Outcome | None:
        """What came of a case that was run before."""
        run = Run(scenario=case.scenario, seed=case.seed, parameters={})
        return self._known.get(run.address(self._versions))

    def of(self, case: Case) -> Outcome:
        """What comes of one case."""
        [(_, outcome)] = self.each([case])
        return outcome

    def each(self, cases: Iterable[Case]) -> Generator[tuple[int, Outcome]]:
        """What comes of several, as they end, each with its index; the next is taken when there is room for it.

        Of equal cases only the first is run.

        Raises
        ------
        RunLost
            Where a run could not be made.
        """
        waiting = enumerate(cases)
        under_way: dict[int, tuple[int, str, Run]] = {}
        taken: set[str] = set()
        is_open = True
        while under_way or is_open:
            while is_open and len(under_way) < self.workers:
                index, case = next(waiting, (0, None))
                if case is None:
                    is_open = False
                    continue
                run = Run(scenario=case.scenario, seed=case.seed, parameters={})
                address = run.address(self._versions)
                if address in self._known:
                    yield index, self._known[address]
                elif address not in taken:
                    taken.add(address)
                    under_way[self._begin(address, run)] = index, address, run
            if under_way:
                try:
                    end = self._server.wait()
                except ServerDied as died:
                    raise RunLost(f"the process that starts the runs ended: {ending(died.status)}") from None
                if end.number in under_way:  # Else somebody has lost interest in it.
                    index, address, run = under_way.pop(end.number)
                    self._known[address] = self._read(address) if end.status == 0 else self._failed(address, run, end)
                    yield index, self._known[address]

    def _begin(self, address: str, run: Run) -> int:
        self.made += 1
        order = Order(
            number=self.made,
            address=address,
            run=run,
            directory=self._room.path,
            versions=self._versions,
            limits=Limits(),
        )
        self._server.ask(order)
        return self.made

    def _read(self, address: str) -> Outcome:
        import pyarrow.parquet as pq

        directory: Path = self._room.run(address)
        rows = pq.read_table(directory / "violations.parquet").to_pylist()
        digest = self._room.manifest(address)["digest"]
        shutil.rmtree(directory)
        return Outcome(tuple(rows), digest)

    def _failed(self, address: str, run: Run, end: End) -> Outcome:
        failure = failure_of(self._room, address, run, end, Limits())
        if failure.kind == "lost":
            raise RunLost(failure.reason)
        return Outcome((), "", failure.reason)
