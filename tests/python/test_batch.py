"""Batches: equal runs give equal files, finished runs are kept, and no run can hurt another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import reshake as rs
from reshake import engine
from reshake.batch.server import environment
from reshake.batch.tables import ON_REQUEST, TABLES

Command = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
WaitFor = Callable[[Callable[[], object]], None]

pytestmark = pytest.mark.usefixtures("core")

# Millions of visits: a run that is still going whenever a test looks.
ENDLESS = "2ms"


def small(lifetime: str = "10min") -> rs.Scenario:
    lte = rs.Link(rate="12Mbps", delay="45ms", loss=rs.GilbertElliott(mean_loss=0.05, mean_burst=3))
    phones = rs.Clients("phones", count=4, access=lte, arrivals=rs.Poisson(mean_gap="10min"))
    edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime=lifetime))
    cut = rs.Partition(between=("phones", "edge/ams"), start="10min", lasts="20min")
    return rs.Scenario(duration="1h", clients=[phones], fleets=[edge], faults=[cut])


def files_of(directory: Path) -> dict[str, bytes]:
    """Every table of every run, by the run's address."""
    return {str(each.relative_to(directory)): each.read_bytes() for each in sorted(directory.rglob("*.parquet"))}


def finished(directory: Path) -> list[Path]:
    return sorted(each for each in directory.glob("runs/*/manifest.json") if not each.parent.name.startswith("."))


def manifests(directory: Path) -> list[dict[str, object]]:
    return [json.loads(each.read_text()) for each in finished(directory)]


def test_one_worker_and_two_write_the_same_bytes(room: Path) -> None:
    study = rs.Study(small, lifetime=["10min", "30min"], seeds=2)
    for name, workers in {"one": 1, "two": 2}.items():
        study.run(name, workers=workers, progress=False)
    one, two = files_of(room / "one"), files_of(room / "two")
    assert len(one) == 4 * len(set(TABLES) - ON_REQUEST)
    assert one == two
    told = [[(each["address"], each["digest"], each["events"]) for each in manifests(room / n)] for n in ("one", "two")]
    assert told[0] == told[1]


def test_another_seed_is_another_run(room: Path) -> None:
    rs.Study(small, seeds=[1, 2]).run("out", progress=False)
    one, two = manifests(room / "out")
    assert one["digest"] != two["digest"]


def test_a_manifest_tells_everything_about_its_run(room: Path) -> None:
    rs.Study(small, lifetime=["30min"], seeds=[7]).run("out", progress=False)
    (manifest,) = manifests(room / "out")
    assert manifest["seed"] == 7
    assert manifest["parameters"] == {"lifetime": "30min"}
    assert rs.Scenario.from_json(json.dumps(manifest["scenario"])) == small("30min")
    assert manifest["versions"]["openssl"].startswith("3.5")  # type: ignore[index]
    assert len(manifest["versions"]["build"]) == 16  # type: ignore[index]
    assert manifest["wall_seconds"] >= 0  # type: ignore[operator]
    assert manifest["peak_memory_bytes"] > 1_000_000  # type: ignore[operator]
    assert manifest["rows"]["attempts"] > 0  # type: ignore[index]


def test_what_is_finished_is_not_run_again(room: Path) -> None:
    rs.Study(small, seeds=2).run("out", progress=False)
    before = {each: each.stat().st_mtime_ns for each in finished(room / "out")}
    results = rs.Study(small, seeds=3).run("out", progress=False)
    after = {each: each.stat().st_mtime_ns for each in finished(room / "out")}
    assert len(before) == 2
    assert len(after) == 3
    assert before.items() <= after.items()
    assert [run.seed for run in results.runs] == [0, 1, 2]


def test_a_recording_makes_the_same_run_wherever_it_lies(room: Path) -> None:
    def recorded(path: str) -> rs.Scenario:
        link = rs.Link(delay="10ms")
        walkers = rs.Clients("walkers", count=1, access=link, arrivals=rs.Trace(path))
        edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="30s"))
        return rs.Scenario(duration="1min", clients=[walkers], fleets=[edge])

    for name in ("a.csv", "b.csv"):
        Path(name).write_text("ann,1\nann,9\n")
    results = rs.Study(recorded, path=["a.csv", "b.csv"]).run("out", progress=False)
    assert len(finished(room / "out")) == 1
    assert [run.parameters["path"] for run in results.runs] == ["a.csv", "b.csv"]


def test_a_worker_that_is_killed_fails_its_own_run_only(
    scenario_file: Path, start_reshake: Start, children_of: Callable[[int], list[int]], wait_for: WaitFor, room: Path
) -> None:
    out = room / "out"
    command = start_reshake("run", str(scenario_file), "--set", f"gap=10min,{ENDLESS}", "--workers", "2", "-o", "out")
    wait_for(lambda: finished(out))
    (server,) = children_of(command.pid)
    wait_for(lambda: len(children_of(server)) == 1)
    os.kill(children_of(server)[0], signal.SIGKILL)
    _, said = command.communicate(timeout=60)

    assert command.returncode == 1
    assert "Traceback" not in said
    assert "1 of 2 runs failed; the others are kept" in said
    assert f"gap={ENDLESS}, seed=0: killed by signal 9 (SIGKILL)" in said
    assert len(finished(out)) == 1
    (saved,) = out.glob("failed/*/scenario.json")
    repeat = f"reshake run {saved.relative_to(room)} --seed 0 -o {saved.parent.relative_to(room)}/again"
    assert f"to repeat it: {repeat}" in said
    assert rs.Scenario.from_json(saved.read_text()).clients[0].arrivals == rs.Poisson(mean_gap=ENDLESS)


def test_the_command_that_repeats_a_failed_run_makes_the_same_run(
    scenario_file: Path, reshake: Command, room: Path
) -> None:
    assert reshake("run", str(scenario_file), "--seed", "5", "-o", "out").returncode == 0
    (manifest,) = manifests(room / "out")
    (room / "saved.json").write_text(json.dumps(manifest["scenario"]))
    assert reshake("run", "saved.json", "--seed", "5", "-o", "again").returncode == 0
    assert files_of(room / "again") == files_of(room / "out")


def test_ctrl_c_keeps_what_is_finished_and_leaves_nothing_running(
    scenario_file: Path,
    start_reshake: Start,
    reshake: Command,
    children_of: Callable[[int], list[int]],
    wait_for: WaitFor,
    room: Path,
) -> None:
    out = room / "out"
    command = start_reshake("run", str(scenario_file), "--set", f"gap=10min,{ENDLESS}", "--workers", "2", "-o", "out")
    wait_for(lambda: finished(out))
    (server,) = children_of(command.pid)
    workers = children_of(server)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=60)

    assert command.returncode == 130
    assert "Traceback" not in said
    assert "interrupted; 1 of 2 runs are finished and kept in out" in said
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in (server, *workers)))
    assert [each.name for each in (out / "runs").iterdir()] == [finished(out)[0].parent.name]

    again = reshake("run", str(scenario_file), "--set", "gap=10min", "-o", "out")
    assert again.returncode == 0
    assert "1 run, finished before" in again.stderr


def test_runs_are_forked_from_a_process_that_has_everything_loaded_and_no_threads(
    scenario_file: Path, start_reshake: Start, children_of: Callable[[int], list[int]], wait_for: WaitFor
) -> None:
    command = start_reshake("run", str(scenario_file), "--set", f"gap={ENDLESS}", "-o", "out")
    wait_for(lambda: children_of(command.pid))
    (server,) = children_of(command.pid)
    wait_for(lambda: children_of(server))
    assert len(list(Path(f"/proc/{server}/task").iterdir())) == 1
    # Where a library starts a thread, the process begins again with nothing loaded, and says so.
    assert "--cold" not in Path(f"/proc/{server}/cmdline").read_text()
    assert "pyarrow" in Path(f"/proc/{server}/maps").read_text()


def test_a_run_is_written_without_pandas(room: Path) -> None:
    # Importing it costs more than a short run does.
    (room / "saved.json").write_text(small().to_json())
    program = (
        "import pathlib, sys, reshake; from reshake import _core; from reshake.batch.tables import write_tables\n"
        "scenario = reshake.Scenario.from_json(pathlib.Path('saved.json').read_text())\n"
        "tables = _core.run(scenario, 0).tables()\n"
        "write_tables(tables, _core.table_schema(), scenario, pathlib.Path())\n"
        "print('pandas' in sys.modules)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=room, capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
    assert (room / "attempts.parquet").is_file()


def test_nothing_goes_on_when_the_command_itself_is_killed(
    scenario_file: Path, start_reshake: Start, children_of: Callable[[int], list[int]], wait_for: WaitFor
) -> None:
    command = start_reshake("run", str(scenario_file), "--set", f"gap={ENDLESS}", "-o", "out")
    wait_for(lambda: children_of(command.pid))
    (server,) = children_of(command.pid)
    wait_for(lambda: children_of(server))
    pids = [server, *children_of(server)]
    command.kill()
    wait_for(lambda: not any(alive(pid) for pid in pids))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_two_batches_do_not_run_into_one_directory(
    scenario_file: Path, start_reshake: Start, reshake: Command, wait_for: WaitFor, room: Path
) -> None:
    start_reshake("run", str(scenario_file), "--set", f"gap={ENDLESS}", "-o", "out")
    wait_for((room / "out" / "reshake.json").exists)
    other = reshake("run", str(scenario_file), "-o", "out")
    assert other.returncode == 2
    assert other.stderr.endswith("out: another batch is running into it\n")


def test_a_setting_that_openssl_refuses_is_the_users_mistake(scenario_file: Path, reshake: Command) -> None:
    ended = reshake("run", str(scenario_file), "--set", "groups=X25519,X9", "-o", "out")
    assert ended.returncode == 2
    assert ended.stderr.startswith("reshake: clients[0].tls.groups: ")
    assert '"X9"' in ended.stderr
    assert "Traceback" not in ended.stderr


def test_runs_that_fail_are_raised_with_the_results_of_the_others(room: Path) -> None:
    # No directory can be made where a file stands: the run fails in its own process.
    (room / "out" / "runs").mkdir(parents=True)
    study = rs.Study(small, seeds=2)
    first = rs.Study(small, seeds=2).run("probe", progress=False).runs[0].address
    (room / "out" / "runs" / first).write_text("in the way")
    with pytest.raises(rs.RunsFailed) as caught:
        study.run("out", progress=False)
    (failure,) = caught.value.failures
    assert failure.run.seed == 0
    assert [run.seed for run in caught.value.results.runs] == [1]


def test_workers_preload_an_allocator_after_what_the_user_preloads_and_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(engine.allocator())
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.delenv("MALLOC_CONF", raising=False)
    loaded = "print(any('jemalloc' in line for line in open('/proc/self/maps')))"
    for environ, expected in ((environment(), "True\n"), (dict(os.environ), "False\n")):
        ended = subprocess.run([sys.executable, "-c", loaded], env=environ, capture_output=True, text=True, check=True)
        assert (ended.stdout, ended.stderr) == (expected, "")
    monkeypatch.setenv("LD_PRELOAD", "libz.so.1")
    monkeypatch.setenv("MALLOC_CONF", "narenas:2")  # jemalloc obeys the last.
    assert environment()["LD_PRELOAD"] == f"libz.so.1:{path}"
    assert environment()["MALLOC_CONF"].endswith(",narenas:2")


def test_workers_do_without_an_allocator_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setattr("reshake._core.allocator", lambda: "/nowhere/libjemalloc.so.2")
    assert "LD_PRELOAD" not in environment()
    monkeypatch.setattr("reshake._core.allocator", lambda: "")
    assert "LD_PRELOAD" not in environment()
