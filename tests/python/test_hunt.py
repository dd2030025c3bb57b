"""The hunt: finds what breaks a promise, shrinks it, and writes a file that shows it again to the byte."""

from __future__ import annotations

import dataclasses
import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import reshake as rs
from reshake.cli import main
from reshake.hunting.declared import Case
from reshake.hunting.found import Found
from reshake.hunting.places import KINDS, targets
from reshake.hunting.rounds import CASES, draw_round
from reshake.hunting.shrink import Shrinker
from reshake.hunting.space import Refusals, cases

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")

FILE = '''
"""Does it hold?"""
import reshake as rs

HUNT = rs.Hunt(faults=["partition"], places=["phones", "edge"], parameters={"loss": (0.0, 0.1)})


def scenario(loss: float = 0.0, count: int = 5) -> rs.Scenario:
    phones = rs.Clients(
        "phones", count=count, access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss)),
        arrivals=rs.Poisson(mean_gap="1min"), churn=rs.OnOff(mean_up="1h", mean_down="1min"),
    )
    return rs.Scenario(
        duration="20min", clients=[phones],
        fleets=[rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="10min"))],
        invariants=[rs.EveryAttemptEnds(), rs.ErrorShare(at_most=0.05, min_count=10)],
    )
'''


def scenario_of(text: str) -> Callable[..., rs.Scenario]:
    module: dict[str, Any] = {}
    exec(text, module)
    made: Callable[..., rs.Scenario] = module["scenario"]
    return made


def test_what_is_found_is_simple_and_seen_again_to_the_byte(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FILE)
    told = reshake("hunt", "file.py", "--max-runs", "25", "-o", "found.py", "--json")
    assert told.returncode == 1, told.stderr
    said = json.loads(told.stdout)
    found = said["found"]
    assert (room / "found.py").read_text() == found["python"]
    scenario = rs.Scenario.from_content(found["scenario"])
    assert scenario_of(found["python"])() == scenario
    assert [type(each) for each in scenario.faults] == [rs.Partition]
    assert [type(each) for each in scenario.invariants] == [rs.ErrorShare]
    assert scenario.clients[0].count <= 5
    again = reshake(*found["command"].split()[1:])
    assert again.returncode == 1
    assert f"at worst {found['worst'].split()[2].rstrip(',')}" in again.stdout
    assert rs.Results(room / "found-results").runs[0].manifest["digest"] == found["digest"]


def test_the_finding_does_not_depend_on_the_number_of_workers() -> None:
    scenario, space = scenario_of(FILE), rs.Hunt(faults=["partition", "restart"])
    one, other = (rs.hunt(scenario, space, max_runs=30, workers=workers).found for workers in (1, 3))
    assert one is not None
    assert one == other
    assert len(one.first[0].faults) >= len(one.scenario.faults) > 0


def test_where_nothing_breaks_nothing_is_found(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FILE)
    told = reshake("hunt", "file.py", "--faults", "none", "--set", "loss=0:0.01", "--max-runs", "4")
    assert (told.returncode, told.stdout) == (0, "")
    assert "nothing found in 4 runs" in told.stderr


def test_a_range_is_hunted_without_any_fault() -> None:
    result = rs.hunt(scenario_of(FILE), rs.Hunt(faults=[], parameters={"loss": (0.0, 0.9)}), max_runs=20)
    assert result.found is not None
    assert result.found.parameters["loss"] > 0.1
    assert result.found.scenario.faults == ()


def test_parameters_that_make_no_scenario_are_passed_over_and_told(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FILE)
    told = reshake("hunt", "file.py", "--faults", "none", "--set", "loss=0.3:2", "--max-runs", "8", "--json")
    assert told.returncode == 1, told.stderr
    refused = json.loads(told.stdout)["refused"]
    assert refused > 10
    line = (
        rf"^reshake: {refused} draws of parameters passed over, which make no valid scenario; the first: loss=1\.\d+: "
    )
    assert re.search(line, told.stderr, re.MULTILINE), told.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--faults", "partitions"], '--faults: "partitions" is no kind of fault; did you mean "partition"?'),
        (["--places", "edge/nyc"], '--places: "edge/nyc" is no place of the scenario'),
        (["--max-faults", "-1"], "--max-faults: -1 is out of range"),
        (["--budget", "10"], "--budget: "),
        (["--max-runs", "0"], "--max-runs: 0 is out of range"),
        (["--workers", "0"], "--workers: 0"),
        (["--seed", "-3"], "--seed: -3 is out of range"),
        (["--set", "los=0:1"], 'los: no such parameter of the scenario; did you mean "loss"?'),
        (["--set", "loss=0.5:0.1"], "loss: (0.5, 0.1) does not rise"),
        (["--set", "loss=-1:0.1"], "-1"),
        (["-o", "found.json"], "-o: "),
    ],
)
def test_bad_input_is_told_and_nothing_is_run(reshake: Command, room: Path, arguments: list[str], told: str) -> None:
    (room / "file.py").write_text(FILE)
    ended = reshake("hunt", "file.py", *arguments)
    assert ended.returncode == 2, ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_everything_that_is_wrong_with_a_hunt_is_told_at_once() -> None:
    space = rs.Hunt(faults=["partitions"], places=["edge/nyc"], parameters={"loss": (0.5, 0.1)})
    with pytest.raises(rs.ScenarioError) as caught:
        rs.hunt(scenario_of(FILE), space, budget="10", max_runs=0, workers=0, seed=-1)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["budget", "max_runs", "seed", "workers", "places", "loss", "faults"]


FAULTY = (
    FILE
    + """
def scenario(count: int = 5, inner=scenario) -> rs.Scenario:
    return inner(count=10 // (7 - count))

HUNT = rs.Hunt(faults=[], parameters={"count": [5, 7]})
"""
)


def test_an_error_of_the_file_is_laid_at_its_door(reshake: Command, room: Path) -> None:
    (room / "file.py").write_text(FAULTY)
    ended = reshake("hunt", "file.py", "--max-runs", "4")
    line = FAULTY[: FAULTY.index("10 // ")].count("\n") + 1
    assert ended.returncode == 2
    assert f"file.py, line {line}: ZeroDivisionError" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_error_of_ours_is_not_laid_at_the_door_of_the_file(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (room / "file.py").write_text(FILE)

    def broken(*_: object) -> list[Case]:
        raise RuntimeError("a mistake of the hunt's own")

    monkeypatch.setattr("reshake.hunting.rounds.draw_round", broken)
    with pytest.raises(RuntimeError, match="of the hunt's own"):
        main(["hunt", "file.py"])


def test_a_scenario_without_a_promise_cannot_be_hunted(reshake: Command, scenario_file: Path) -> None:
    ended = reshake("hunt", str(scenario_file))
    assert ended.returncode == 2
    assert "declares no invariants" in ended.stderr


def test_an_interrupted_hunt_says_so(
    start_reshake: Callable[..., subprocess.Popen[str]],
    room: Path,
    children_of: Callable[[int], list[int]],
    wait_for: Callable[[Callable[[], object]], None],
) -> None:
    (room / "file.py").write_text(FILE)
    hunt = start_reshake("hunt", "file.py", "--faults", "none", "--budget", "1h")
    wait_for(lambda: any(children_of(child) for child in children_of(hunt.pid)))
    hunt.send_signal(signal.SIGINT)
    _, said = hunt.communicate()
    assert hunt.returncode == 130
    assert "interrupted; nothing found" in said


@pytest.mark.parametrize(
    ("spoils", "told"),
    [
        ("os.fork = fork", "no process could be started: Resource temporarily unavailable"),
        ("os.fork = os.abort", "the process that starts the runs ended: killed by signal 6 (SIGABRT)"),
    ],
)
def test_a_run_that_the_machine_cannot_make_is_no_finding(
    spoils: str, told: str, reshake: Command, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room / "file.py").write_text(FILE)
    (room / "sitecustomize.py").write_text(
        "import os, sys\ndef fork():\n    raise BlockingIOError(11, os.strerror(11))\n"
        f"if 'reshake.batch.worker' in sys.orig_argv:\n    {spoils}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(room))
    ended = reshake("hunt", "file.py", "--max-runs", "3", "-o", "found.py")
    assert (ended.returncode, ended.stderr) == (3, f"reshake: {told}\n")
    assert not (room / "found.py").exists()


def crowded() -> rs.Scenario:
    """One in which every kind of fault can happen."""
    phones = rs.Clients("phones", count=1, access=rs.Link(delay="1ms"), arrivals=rs.Poisson(mean_gap="1min"))
    keys = rs.Tickets(lifetime="10min", rotation=rs.StekRotation(every="20min"), distribution=rs.KeyCoordinator())
    edge = rs.Fleet("edge", sites=["ams", "iad"], servers_per_site=2, tickets=keys)
    return rs.Scenario(duration="1h", clients=[phones], fleets=[edge], invariants=[rs.EveryAttemptEnds()])


def test_every_kind_of_fault_can_be_made_up() -> None:
    can = targets(crowded(), list(KINDS.values()), [])
    assert {each.kind for each in can} == set(KINDS.values())
    assert {"where": "edge/keys"} in [each.at for each in can if each.kind is rs.ClockSkew]
    assert {"between": ("edge/keys", "edge/ams")} in [each.at for each in can if each.kind is rs.Partition]
    space = cases(crowded, rs.Hunt(), Refusals())
    drawn = [case for number in range(2) for case in draw_round(space, 0, number)]
    assert {type(fault) for case in drawn for fault in case.scenario.faults} == set(KINDS.values())
    assert all(case.scenario.problems()[0] == [] for case in drawn)
    assert len({case.seed for case in drawn}) == len(drawn)


def test_a_space_of_one_scenario_is_searched_by_seeds() -> None:
    one, other = (draw_round(cases(crowded, rs.Hunt(faults=[]), Refusals()), hunt, 0) for hunt in (0, 1))
    assert {case.scenario for case in one} == {crowded()}
    assert len({case.seed for case in [*one, *other]}) == len(one) + len(other) == 2 * CASES


def test_what_can_happen_in_a_scenario_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # It takes a validation for each fault at each place, where a draw takes none.
    asked: list[rs.Scenario] = []

    def counted(scenario: rs.Scenario, *rest: Any) -> list[Any]:
        asked.append(scenario)
        return targets(scenario, *rest)

    monkeypatch.setattr("reshake.hunting.space.targets", counted)

    @settings(max_examples=20, derandomize=True, database=None, phases=[Phase.generate], deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(cases(scenario_of(FILE), rs.Hunt(), Refusals()))
    def draw(case: Case) -> None:
        assert case.scenario.faults

    draw()
    assert len(asked) == 1


def trouble(case: Case) -> bool:
    """What a run might say: enough clients for long enough, and a long cut that begins after half an hour."""
    scenario = case.scenario
    cuts = [each for each in scenario.faults if isinstance(each, rs.Partition) and each.lasts >= rs.Duration("90s")]
    late = any(each.start >= rs.Duration("30min") for each in cuts)
    return late and scenario.clients[0].count >= 7 and scenario.duration >= rs.Duration("40min")


@pytest.mark.parametrize(
    ("count", "start", "lasts", "seed"),
    [(7, 1_800, 90, 0), (8, 1_801, 91, 1), (300, 4_007, 7_200, 77_777), (1_000_000, 79_999, 80_001, 2**20)],
)
def test_the_shrinker_keeps_what_it_takes_and_nothing_else(count: int, start: int, lasts: int, seed: int) -> None:
    lossy = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.0173), down=rs.OneWay(delay="1s"))
    phones = rs.Clients("phones", count=count, access=lossy, arrivals=rs.Poisson(mean_gap="7min"))
    faults = [
        rs.Partition(between=("phones", "edge/iad"), start="1h", lasts="50s"),
        rs.Partition(between=("phones", "edge/ams"), start=f"{start}s", lasts=f"{lasts}s"),
        rs.Restart(where="edge", start="2h", lasts="1min", memory="kept"),
    ]
    edge = rs.Fleet("edge", sites=["ams", "iad"], servers_per_site=4, tickets=rs.Tickets(lifetime="1h"))
    full = rs.Scenario(
        duration="1d", clients=[phones], fleets=[edge], faults=faults, invariants=[rs.EveryAttemptEnds()]
    )  # fmt: skip
    shrinker = Shrinker(Case(full, seed, {}), trouble)
    shrinker.shrink()
    assert shrinker.finished
    best = shrinker.best
    [cut] = best.scenario.faults
    assert isinstance(cut, rs.Partition)
    assert (cut.start, best.scenario.clients[0].count, best.seed) == (rs.Duration("30min"), 7, 0)
    assert rs.Duration("90s") <= cut.lasts <= rs.Duration("2min")
    assert best.scenario.duration == rs.Duration("45min")
    assert best.scenario.clients[0].access == rs.Link(delay="1ms")
    assert [each.name for each in best.scenario.fleets[0].sites] == ["ams"]
    assert best.scenario.fleets[0].tickets == edge.tickets


def test_a_run_that_does_not_end_is_a_finding_too() -> None:
    broken = Found(
        scenario=crowded(), seed=3, promise="the run ends by itself", worst="it did not: killed", violations=0,
        digest="", parameters={}, first=(crowded(), 3), after=1, is_minimal=True,
    )  # fmt: skip
    text = broken.as_python()
    assert scenario_of(text)() == crowded()
    assert "digest is unknown" in text
    assert re.search(r"^SEEDS = \[3\]$", text, re.MULTILINE)


def test_a_space_is_checked_when_it_is_declared() -> None:
    with pytest.raises(rs.ScenarioError) as caught:
        rs.Hunt(faults="partition", places=3, max_faults=-1, parameters=[])  # type: ignore[arg-type]
    assert len(caught.value.problems) == 4
    with pytest.raises(rs.ScenarioError, match="does not rise"):
        rs.hunt(scenario_of(FILE), rs.Hunt(parameters={"loss": (0.2, 0.1)}))
    with pytest.raises(rs.ScenarioError, match="at least one"):
        rs.hunt(scenario_of(FILE), dataclasses.replace(rs.Hunt(), parameters={"loss": []}))
