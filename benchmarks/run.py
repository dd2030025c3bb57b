"""Measures speed and memory and prints one table: `make bench`. A figure out of its target fails nothing."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import child
import measure
import report
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/release/benchmarks/reshake_benchmarks"


def build() -> None:
    """Builds the program that is measured, of the objects of the extension module."""
    for command in (["cmake", "--preset", "tests"], ["cmake", "--build", "--preset", "benchmarks"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise child.MeasurementError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")


def environment(rounds: int) -> dict[str, Any]:
    """Where the figures come from."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "rounds": rounds,
    }


def main() -> int:
    """Measures, prints, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--rounds", type=int, default=5, help="how often each time is taken (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")

    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # A log has room for whole lines.
    progress = Console(stderr=True)
    where = environment(arguments.rounds)
    try:
        with progress.status("building") as status:
            build()
            measured = measure.measure(PROGRAM, arguments.rounds, status.update)
    except child.MeasurementError as failure:
        progress.print(str(failure), style="red", markup=False)
        return 1
    found = report.sections(measured)
    console.print(
        report.table(
            found,
            f"CPU time of {where['rounds']} rounds on one core; {where['processor']}, {where['cores']} cores, "
            f"load at the start {where['load']}. Instructions as valgrind counts them.",
        )
    )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.as_json(found, where), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
