"""How far a batch is: a bar with the time left on a terminal, a line at start and end elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .terminal import say


@contextmanager
def progress_of(total: int, skipped: int, workers: int, *, show: bool | None) -> Iterator[Callable[[int], None]]:
    """Yields a function that is called after each run with the number of failures so far.

    Parameters
    ----------
    total
        Runs of the study; `skipped` of them are finished already.
    show
        True: always the bar. False: nothing. None: the bar on a terminal, else two lines.
    """
    if skipped == total:
        plan = f"{_runs(total)}, finished before"
    else:
        before = f", {skipped} finished before" if skipped else ""
        plan = f"{_runs(total)}{before}; {workers} at a time"
    if show is False:
        yield _ignore
    elif show or sys.stderr.isatty():
        with _bar(total, skipped) as advance:
            yield advance
    else:
        say(plan)
        ended = failed = 0

        def count(failures: int) -> None:
            nonlocal ended, failed
            ended, failed = ended + 1, failures

        yield count
        say(f"{_runs(ended)} ended, {failed} failed")


def _ignore(_failures: int) -> None:
    return None


@contextmanager
def _bar(total: int, skipped: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("runs", total=total, completed=skipped)

        def advance(failures: int) -> None:
            failed = f" [red]({failures} failed)[/red]" if failures else ""
            bar.update(task, advance=1, description=f"runs{failed}")

        yield advance


def _runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"
