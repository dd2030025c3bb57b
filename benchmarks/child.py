"""Programs measured from outside: CPU time as the kernel accounts for it, instructions as valgrind counts them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class MeasurementError(Exception):
    """A program that is measured did not do what it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What a program took, and said."""

    #: User and system time, with those of the processes that it started and waited for. Units: seconds.
    cpu: float
    #: By the clock. Units: seconds.
    wall: float
    output: str

    def tally(self) -> dict[str, float]:
        """What the program counted, from the JSON that it printed."""
        counted: dict[str, float] = json.loads(self.output)
        return counted


def run(command: Sequence[str | Path]) -> Child:
    """Runs a program to its end."""
    words = [str(word) for word in command]
    began = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise MeasurementError(f"{' '.join(words)} ended with {process.returncode}")
    return Child(cpu=usage.ru_utime + usage.ru_stime, wall=wall, output=output)


def can_count() -> bool:
    """Whether instructions can be counted on this machine."""
    return shutil.which("valgrind") is not None


def instructions(command: Sequence[str | Path]) -> int:
    """Instructions that a program executes, on the processor that valgrind shows it."""
    with tempfile.TemporaryDirectory() as directory:
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out"]
        words = [*tool, *(str(word) for word in command)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        raise MeasurementError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return int(collected[1])
