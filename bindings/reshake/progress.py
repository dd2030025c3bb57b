"""How far a batch is: a bar with the time left on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from .terminal import counted, say
from .wallclock import Stopwatch

SECONDS_BETWEEN_LINES: Final = 10.0


@dataclass(kw_only=True)
class Tally:
    """What has been done of a batch.

    Attributes
    ----------
    total, skipped
        Runs of the study, and how many of them were finished before.
    effort
        What the runs that were left will take, in seconds of one process, about.
    """

    total: int
    skipped: int
    effort: float
    ended: int = 0
    failed: int = 0
    attempts: float = 0.0
    simulated_seconds: float = 0.0
    effort_done: float = 0.0
    watch: Stopwatch = field(default_factory=Stopwatch)

    def count(self, effort: float, simulated_seconds: float, attempts: float, *, failed: bool) -> None:
        """One run more that ended."""
        self.ended += 1
        self.failed += failed
        self.effort_done += effort
        self.simulated_seconds += simulated_seconds
        self.attempts += attempts

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; None as long as there is none."""
        if not self.effort_done:
            return None
        return max(0.0, self.effort / self.effort_done - 1.0) * self.watch.seconds()

    @property
    def done(self) -> str:
        """What has been simulated, and how fast."""
        rate = self.attempts / max(self.watch.seconds(), 1e-9)
        return f"{_long(self.simulated_seconds)} simulated, {rate:,.0f} attempts/s"

    def __str__(self) -> str:
        left = self.seconds_left
        time = "" if left is None or self.ended + self.skipped == self.total else f", about {_long(left)} left"
        return f"{self.skipped + self.ended} of {counted(self.total, 'run')}, {self.failed} failed, {self.done}{time}"


@contextmanager
def progress_of(tally: Tally, where: str, *, show: bool | None) -> Iterator[Callable[[], None]]:
    """Yields a function that is called whenever the tally has changed.

    Parameters
    ----------
    where
        What the runs run on, in words.
    show
        True: always the bar. False: nothing. None: the bar on a terminal, else a line at start and
        end, and one at most every ten seconds.
    """
    if tally.skipped == tally.total:
        plan = f"{counted(tally.total, 'run')}, finished before"
    else:
        before = f", {tally.skipped} finished before" if tally.skipped else ""
        plan = f"{counted(tally.total, 'run')}{before}; {where}"
    if show is False:
        yield lambda: None
    elif show or sys.stderr.isatty():
        with _bar(tally) as tell:
            yield tell
    else:
        say(plan)
        said = 0.0

        def tell() -> None:
            nonlocal said
            now = tally.watch.seconds()
            if now - said >= SECONDS_BETWEEN_LINES:
                said = now
                say(str(tally))

        yield tell
        end = f"; {tally.done}" if tally.attempts else ""
        say(f"{counted(tally.ended, 'run')} ended, {tally.failed} failed{end}")


@contextmanager
def _bar(tally: Tally) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("runs{task.fields[failed]}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=tally.total, completed=tally.skipped, failed="", said="")

        def tell() -> None:
            left = tally.seconds_left
            said = tally.done if left is None else f"{tally.done}, {_long(left)} left"
            failed = f" [red]({tally.failed} failed)[/red]" if tally.failed else ""
            bar.update(task, completed=tally.skipped + tally.ended, failed=failed, said=said)

        yield tell


def _long(seconds: float) -> str:
    """A length of time for a reader: two digits are enough.

    Examples
    --------
    >>> _long(0.4), _long(75), _long(5400), _long(4.1 * 86400)
    ('0 s', '75 s', '90 min', '4.1 d')
    """
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        amount = seconds / size
        if amount >= 2 or (unit == "min" and seconds >= 120):
            return f"{amount:.2g} {unit}" if amount < 100 else f"{amount:,.0f} {unit}"
    return f"{seconds:.0f} s"
