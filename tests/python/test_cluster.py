"""A batch on a Dask cluster gives the bytes that this machine gives, and a worker that dies costs no result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import reshake as rs

Command = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
WaitFor = Callable[[Callable[[], object]], None]
ChildrenOf = Callable[[int], list[int]]

pytestmark = pytest.mark.usefixtures("core")

GRID = ("--set", "gap=20s,30s,40s,60s,90s,2min")


class Cluster:
    """A scheduler and two workers of one thread each, on this machine's loopback."""

    def __init__(self, room: Path) -> None:
        self._file = room / "scheduler.json"
        self._log = (room / "cluster.log").open("w")
        self.processes = [self._start("dask_scheduler", "--port", "0", "--scheduler-file", str(self._file))]

    def add_worker(self) -> int:
        options = ("--nthreads", "1", "--no-nanny", "--scheduler-file", str(self._file))
        self.processes.append(self._start("dask_worker", *options))
        return self.processes[-1].pid

    @property
    def address(self) -> str:
        address: str = json.loads(self._file.read_text())["address"]
        return address

    @property
    def is_up(self) -> bool:
        return self._file.exists() and self._file.read_text().endswith("}")

    def close(self) -> None:
        for each in self.processes:
            each.kill()
            each.wait()
        self._log.close()

    def _start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--host", "127.0.0.1", "--no-dashboard", *options]
        return subprocess.Popen(command, cwd=self._file.parent, stdout=self._log, stderr=self._log)


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory, wait_for: WaitFor) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        wait_for(lambda: started.is_up)
        yield started
    finally:
        started.close()


def files_of(directory: Path) -> dict[str, bytes]:
    return {str(each.relative_to(directory)): each.read_bytes() for each in sorted(directory.rglob("*.parquet"))}


def told(directory: Path) -> dict[str, tuple[object, ...]]:
    kept = ("digest", "events", "rows", "parameters", "seed", "versions")
    manifests = (json.loads(each.read_text()) for each in directory.glob("runs/*/manifest.json"))
    return {each["address"]: tuple(each[name] for name in kept) for each in manifests}


def test_a_cluster_gives_the_same_bytes_even_when_a_worker_dies_meanwhile(
    cluster: Cluster,
    scenario_file: Path,
    reshake: Command,
    start_reshake: Start,
    children_of: ChildrenOf,
    wait_for: WaitFor,
    room: Path,
) -> None:
    assert reshake("run", str(scenario_file), *GRID, "-o", "local").returncode == 0
    first, second = cluster.add_worker(), cluster.add_worker()
    command = start_reshake("run", str(scenario_file), *GRID, "--cluster", cluster.address, "-o", "remote")
    # A worker that has a run under way: below it the process that forks, below that the run.
    wait_for(lambda: any(children_of(each) for each in children_of(first)))
    os.kill(first, signal.SIGKILL)
    _, said = command.communicate(timeout=120)
    assert command.returncode == 0, said
    assert f"6 runs; on {cluster.address}" in said
    assert len(told(room / "local")) == 6
    assert told(room / "remote") == told(room / "local")
    assert files_of(room / "remote") == files_of(room / "local")
    assert [each for each in (room / "remote/runs").iterdir() if each.name.startswith(".")] == []
    assert Path(f"/proc/{second}").exists()


def test_limits_and_failures_come_back_from_a_cluster(
    cluster: Cluster, scenario_file: Path, reshake: Command, room: Path
) -> None:
    cluster.add_worker()
    options = ("--cluster", cluster.address, "--time-limit", "3s")
    ended = reshake("run", str(scenario_file), "--set", "gap=10min,1ms", *options, "-o", "out")
    assert ended.returncode == 1
    assert "gap=1ms, seed=0: stopped after 3s, its time limit" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(rs.Results(room / "out").runs) == 1


def test_a_cluster_that_is_not_there_is_the_users_mistake(scenario_file: Path, reshake: Command) -> None:
    ended = reshake("run", str(scenario_file), "--cluster", "nowhere", "-o", "out")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("reshake: cluster: nowhere cannot be reached: ")
    assert "Traceback" not in ended.stderr
