"""Whatever ends a batch, nothing finished is lost or half-written, and `resume` does the rest."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import reshake as rs
from reshake.batch import effort
from reshake.batch.directory import BatchDirectory
from reshake.batch.tables import ON_REQUEST

Command = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
WaitFor = Callable[[Callable[[], object]], None]
ChildrenOf = Callable[[int], list[int]]

pytestmark = pytest.mark.usefixtures("core")

# Long enough that a batch is still going when a test looks.
LONG = "gap=12s,15s,19s,24s,30s,38s"


def finished(directory: Path) -> dict[str, dict[str, bytes]]:
    """The tables of every run that has its name, by its address; each must be whole."""
    found = {}
    for run in (directory / "runs").iterdir():
        if not run.name.startswith("."):
            rows = json.loads((run / "manifest.json").read_text())["rows"]
            tables = {each.stem: each for each in run.glob("*.parquet")}
            assert {name: pq.read_metadata(each).num_rows for name, each in tables.items()} == {
                name: count for name, count in rows.items() if count or name not in ON_REQUEST
            }
            found[run.name] = {name: each.read_bytes() for name, each in tables.items()}
    return found


def without_remains(directory: Path) -> bool:
    return not list((directory / "runs").glob(".unfinished-*"))


_whole: dict[str, dict[str, bytes]] = {}


@pytest.fixture
def whole(scenario_file: Path, reshake: Command, room: Path) -> dict[str, dict[str, bytes]]:
    """What the batch gives that nothing interrupts; it is run once for all tests."""
    if not _whole:
        assert reshake("run", str(scenario_file), "--set", LONG, "-o", "whole").returncode == 0
        _whole.update(finished(room / "whole"))
    return _whole


def test_a_batch_whose_command_is_killed_goes_on_without_the_file_that_made_it(
    whole: dict[str, dict[str, bytes]],
    scenario_file: Path,
    start_reshake: Start,
    reshake: Command,
    children_of: ChildrenOf,
    wait_for: WaitFor,
    room: Path,
) -> None:
    out = room / "out"
    command = start_reshake("run", str(scenario_file), "--set", LONG, "--workers", "2", "-o", "out")
    wait_for(lambda: (out / "runs").exists() and len(finished(out)) >= 2)
    (server,) = children_of(command.pid)
    command.send_signal(signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{server}").exists() or "Z" in Path(f"/proc/{server}/stat").read_text())

    kept = finished(out)
    assert 2 <= len(kept) < 6
    assert kept.items() <= whole.items()
    scenario_file.unlink()
    before = {each: (out / "runs" / each).stat().st_mtime_ns for each in kept}
    again = reshake("resume", "out")
    assert again.returncode == 0, again.stderr
    assert f"6 runs, {len(kept)} finished before" in again.stderr
    assert finished(out) == whole
    assert {each: (out / "runs" / each).stat().st_mtime_ns for each in kept} == before
    assert without_remains(out)
    assert list(rs.Results(out).parameters["gap"]) == ["12s", "15s", "19s", "24s", "30s", "38s"]


def test_where_the_process_that_starts_the_runs_is_killed_another_takes_its_place(
    whole: dict[str, dict[str, bytes]],
    scenario_file: Path,
    start_reshake: Start,
    reshake: Command,
    children_of: ChildrenOf,
    wait_for: WaitFor,
    room: Path,
) -> None:
    command = start_reshake("run", str(scenario_file), "--set", LONG, "--workers", "1", "-o", "out")
    wait_for(lambda: children_of(command.pid) and children_of(children_of(command.pid)[0]))
    os.kill(children_of(command.pid)[0], signal.SIGKILL)
    _, said = command.communicate(timeout=60)

    assert command.returncode == 1
    assert "1 of 6 runs failed" in said
    assert "gap=12s, seed=0: the process that starts the runs ended: killed by signal 9 (SIGKILL)" in said
    assert len(finished(room / "out")) == 5
    assert reshake("resume", "out").returncode == 0
    assert finished(room / "out") == whole


def test_runs_for_which_there_is_no_process_fail_and_are_made_later(
    whole: dict[str, dict[str, bytes]],
    scenario_file: Path,
    reshake: Command,
    room: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (room / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def fork():\n"
        "    raise BlockingIOError(11, os.strerror(11))\n"
        "if 'reshake.batch.worker' in sys.orig_argv:\n"
        "    os.fork = fork\n"
    )
    with monkeypatch.context() as patched:
        patched.setenv("PYTHONPATH", str(room))
        ended = reshake("run", str(scenario_file), "--set", LONG, "-o", "out")
    assert ended.returncode == 1
    assert "6 of 6 runs failed" in ended.stderr
    assert "gap=12s, seed=0: no process could be started: Resource temporarily unavailable" in ended.stderr
    assert reshake("resume", "out").returncode == 0
    assert finished(room / "out") == whole


def test_a_full_disk_fails_what_did_not_fit_and_harms_nothing_else(
    whole: dict[str, dict[str, bytes]], scenario_file: Path, reshake: Command, room: Path
) -> None:
    # The kernel cuts a write short and refuses the next, as it does on a full disk: for files beyond a size.
    sizes = sorted(len(each["attempts"]) for each in whole.values())
    limit = (sizes[2] + sizes[3]) // 2

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    arguments = [sys.executable, "-m", "reshake", "run", str(scenario_file), "--set", LONG, "-o", "out"]
    ended = subprocess.run(arguments, cwd=room, capture_output=True, text=True, check=False, preexec_fn=fill)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "3 of 6 runs failed; the others are kept" in ended.stderr
    assert "File too large" in ended.stderr
    kept = finished(room / "out")
    assert {len(each["attempts"]) for each in kept.values()} == set(sizes[:3])
    assert kept.items() <= whole.items()
    assert without_remains(room / "out")
    assert reshake("resume", "out").returncode == 0
    assert finished(room / "out") == whole


def test_a_batch_that_cannot_even_be_written_down_is_refused(scenario_file: Path, reshake: Command, room: Path) -> None:
    assert reshake("run", str(scenario_file), "-o", "out").returncode == 0
    index = (room / "out/reshake.json").read_bytes()

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    arguments = [sys.executable, "-m", "reshake", "run", str(scenario_file), "--seeds", "2", "-o", "out"]
    ended = subprocess.run(arguments, cwd=room, capture_output=True, text=True, check=False, preexec_fn=fill)
    assert ended.returncode == 2
    assert ended.stderr == "reshake: out: cannot be written: File too large\n"
    assert (room / "out/reshake.json").read_bytes() == index
    assert len(rs.Results(room / "out").runs) == 1


@pytest.mark.parametrize(
    ("limits", "large", "kind", "reason"),
    [
        ({"time_limit": "1s"}, (50, "2ms"), "time_limit", "stopped after 1s, its time limit"),
        (
            {"memory_limit": "250MiB"},
            (2_000_000, "10d"),
            "memory_limit",
            "stopped when it held more than 250 MiB, its memory limit",
        ),
    ],
)
def test_a_run_beyond_its_limit_is_stopped_for_a_typed_reason_and_alone(
    limits: dict[str, str], large: tuple[int, str], kind: str, reason: str, room: Path
) -> None:
    def scenario(size: int) -> rs.Scenario:
        count, gap = (1, "1min") if size == 1 else large
        many = rs.Clients("many", count=count, access=rs.Link(delay="1ms"), arrivals=rs.Poisson(mean_gap=gap))
        edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="10min"))
        return rs.Scenario(duration="1h", clients=[many], fleets=[edge])

    study = rs.Study(scenario, size=[1, 2])
    with pytest.raises(rs.RunsFailed) as caught:
        study.run(room / "out", progress=False, **limits)  # type: ignore[arg-type]
    (failure,) = caught.value.failures
    assert failure.run.parameters == {"size": 2}
    assert failure.kind == kind
    assert failure.reason == reason
    assert [run.parameters["size"] for run in caught.value.results.runs] == [1]
    assert without_remains(room / "out")


def test_limits_that_are_none_are_refused_together(scenario_file: Path, reshake: Command) -> None:
    for command in (["run", str(scenario_file), "-o", "out"], ["resume", "out"]):
        ended = reshake(*command, "--memory-limit=2", "--time-limit=-5s")
        assert ended.returncode == 2
        assert ended.stderr.splitlines()[1:] == [
            '--memory-limit: "2" has no unit; expected an amount of memory with its unit (kB, MB, GB, KiB, MiB, GiB), '
            'such as "2GiB"',
            '--time-limit: "-5s" is out of range; expected a duration with its unit (ns, us, ms, s, min, h, d), '
            'such as "45ms"',
        ]


def test_what_cannot_be_resumed_says_why(reshake: Command, scenario_file: Path, room: Path) -> None:
    ended = reshake("resume", "nowhere")
    assert (ended.returncode, ended.stderr) == (2, "reshake: nowhere: there is no such directory\n")
    assert reshake("run", str(scenario_file), "-o", "out").returncode == 0
    (beside,) = (room / "out").glob("scenarios-*.json")
    beside.unlink()
    ended = reshake("resume", "out")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"reshake: out/{beside.name}: cannot be read: ")


def scenario_of(gap: str) -> rs.Scenario:
    phones = rs.Clients("phones", count=2, access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap=gap))
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="10min"))
    return rs.Scenario(duration="1h", clients=[phones], fleets=[edge])


def test_the_longest_runs_begin_first(room: Path) -> None:
    runs = rs.Study(scenario_of, gap=["30min", "1min", "10min"], seeds=2).runs
    left = {str(run): run for run in runs}
    directory = BatchDirectory(room)
    expected = effort.efforts(directory, {}, left)
    ordered = effort.longest_first(left, expected)
    assert [run.parameters["gap"] for run in ordered.values()] == ["1min"] * 2 + ["10min"] * 2 + ["30min"] * 2


def test_what_runs_took_with_other_seeds_goes_before_a_guess(room: Path) -> None:
    results = rs.Study(scenario_of, gap=["30min", "1min"], seeds=1).run("out", progress=False)
    for run, seconds in zip(results.runs, (50.0, 2.0), strict=True):
        manifest = run.directory / "manifest.json"
        manifest.write_text(json.dumps({**run.manifest, "wall_seconds": seconds}))
    study = rs.Study(scenario_of, gap=["30min", "1min", "2min"], seeds=2)
    directory = BatchDirectory(room / "out")
    versions = json.loads((room / "out/reshake.json").read_text())["versions"]
    addressed = {run.address(versions): run for run in study.runs}
    done = {address: run for address, run in addressed.items() if directory.finished(address)}
    left = {address: run for address, run in addressed.items() if address not in done}
    found = effort.efforts(directory, done, left)
    assert len(done) == 2
    by_gap = {left[address].parameters["gap"]: seconds for address, seconds in found.items()}
    assert by_gap["30min"] == 50.0
    assert by_gap["1min"] == 2.0
    assert by_gap["2min"] == pytest.approx(52 / (1 + 4 + 1 + 120) * 61)


def test_the_address_is_of_everything_that_a_result_depends_on(room: Path) -> None:
    run = rs.Study(scenario_of, gap=["1min"]).runs[0]
    results = rs.Study(scenario_of, gap=["1min"]).run("out", progress=False)
    versions = json.loads((room / "out/reshake.json").read_text())["versions"]
    assert {"reshake", "openssl", "ns3", "compiler", "build"} <= set(versions)
    address = run.address(versions)
    assert results.runs[0].address == address
    others = [
        rs.Study(scenario_of, gap=["1min"], seeds=[1]).runs[0].address(versions),
        rs.Study(scenario_of, gap=["2min"]).runs[0].address(versions),
        *(run.address({**versions, name: "another"}) for name in versions),
    ]
    assert len({address, *others}) == 1 + len(others)


def test_a_run_gets_its_name_after_it_is_on_the_disk_and_its_name_is_brought_there_too(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def recorded_fsync(file: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{file}').readlink().relative_to(room)}")
        fsync(file)

    def recorded_rename(self: Path, target: Path) -> Path:
        done.append(f"rename {self.relative_to(room)} {target.relative_to(room)}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(Path, "rename", recorded_rename)
    directory = BatchDirectory(room)
    directory.runs.mkdir()
    directory.adopt("abc", {"attempts.parquet": b"x", "manifest.json": b"{}"})
    unfinished = "runs/.unfinished-abc"
    assert sorted(done[:3]) == [f"sync {unfinished}{each}" for each in ("", "/attempts.parquet", "/manifest.json")]
    assert done[3:] == [f"rename {unfinished} runs/abc", "sync runs"]
