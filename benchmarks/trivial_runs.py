"""Runs in which nobody comes, one after another: `trivial_runs.py batch COUNT` or `trivial_runs.py alone COUNT`.

A batch has each in a process of its own and keeps its results; alone, they are simulated and no more.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import reshake as rs
from reshake import _core


def scenario() -> rs.Scenario:
    """A client that stays away, and a server that waits for it."""
    lte = rs.Link(rate="12Mbps", delay="45ms")
    phone = rs.Clients("phones", count=1, access=lte, arrivals=rs.Poisson(mean_gap="30d"))
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="1s"))
    return rs.Scenario(duration="10s", clients=[phone], fleets=[edge])


def in_a_batch(count: int) -> None:
    """So many seeds, by one worker."""
    with tempfile.TemporaryDirectory() as room:
        rs.Study(scenario, seeds=count).run(Path(room) / "batch", workers=1, progress=False)


def alone(count: int) -> None:
    """The same in this process."""
    for seed in range(count):
        _core.run(scenario(), seed)


def main() -> None:
    """Runs them, and prints how long they took by the clock."""
    how, count = {"batch": in_a_batch, "alone": alone}[sys.argv[1]], int(sys.argv[2])
    began = time.monotonic()
    how(count)
    print(json.dumps({"wall": time.monotonic() - began}))


if __name__ == "__main__":
    main()
