"""The only file of the package that reads the wall clock: for manifests and measurements, never for a model."""

from __future__ import annotations

import time


def today() -> str:
    """The date in UTC, as in 2026-11-23."""
    return time.strftime("%Y-%m-%d", time.gmtime())


class CpuStopwatch:
    """CPU time of this thread since it was made, whatever else the machine does."""

    def __init__(self) -> None:
        self._start = time.thread_time_ns()

    def nanoseconds(self) -> int:
        """The time so far, in nanoseconds."""
        return time.thread_time_ns() - self._start


class Stopwatch:
    """Wall time since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic_ns()

    def nanoseconds(self) -> int:
        """The time so far, in nanoseconds."""
        return time.monotonic_ns() - self._start

    def seconds(self) -> float:
        """The time so far, in seconds."""
        return self.nanoseconds() / 1e9
