"""What the tests of the Python package share: a small scenario, and the command line as users call it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCENARIO = '''
"""A few phones for an hour."""

import reshake as rs


def scenario(
    lifetime: str = "10min", gap: str = "10min", loss: float = 0.0, groups: str = "X25519", cut_off: str = "edge/ams"
) -> rs.Scenario:
    lte = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss))
    tls = rs.ClientTls(groups=groups)
    phones = rs.Clients("phones", count=4, access=lte, arrivals=rs.Poisson(mean_gap=gap), tls=tls)
    edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime=lifetime))
    cut = rs.Partition(between=("phones", cut_off), start="10min", lasts="20min")
    return rs.Scenario(duration="1h", clients=[phones], fleets=[edge], faults=[cut])
'''

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def core() -> ModuleType:
    """The compiled half, imported when a test runs, so that the others are collected without it."""
    return importlib.import_module("reshake._core")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def scenario_file(room: Path) -> Path:
    file = room / "small.py"
    file.write_text(SCENARIO)
    return file


@pytest.fixture
def reshake(room: Path) -> Command:
    """Calls the command line in a process of its own, in an empty directory."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "reshake", *arguments]
        return subprocess.run(command, cwd=room, capture_output=True, text=True, timeout=120, check=False)

    return call


@pytest.fixture
def start_reshake(room: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """The same, without waiting for its end; whatever still runs after the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "reshake", *arguments]
        process = subprocess.Popen(command, cwd=room, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def children_of() -> Callable[[int], list[int]]:
    """The processes whose parent a process is."""

    def children(parent: int) -> list[int]:
        found = []
        for each in Path("/proc").iterdir():
            if each.name.isdecimal():
                try:
                    after_name = (each / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue  # It ended meanwhile.
                state, its_parent = after_name[0], int(after_name[1])
                if its_parent == parent and state != "Z":
                    found.append(int(each.name))
        return found

    return children


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Waits until a condition holds, and fails where it does not within a minute."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "waited for a minute"
            time.sleep(0.02)

    return wait


def pytest_configure() -> None:
    # A test's command must not find a terminal of the person who runs the tests.
    os.environ.pop("FORCE_COLOR", None)
