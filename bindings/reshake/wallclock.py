"""The only file of the package that reads the wall clock: for manifests, never for a model."""

from __future__ import annotations

import time


class Stopwatch:
    """Wall time since it was made, in seconds."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def seconds(self) -> float:
        """The time so far."""
        return time.monotonic() - self._start
