"""The shipped hunts: each weakness takes what its scenario says, no less, and what was found on its page breaks it."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from reshake.scenarios import hunt_clock_jump, hunt_replay, hunt_stale_key

import reshake as rs

PAGES = Path(__file__).parents[2] / "docs/scenarios"
MODULES = [hunt_clock_jump, hunt_replay, hunt_stale_key]

# What is shrunk is shorter than its tickets live, and `none` has no fault to recover from.
pytestmark = pytest.mark.filterwarnings("ignore::reshake.errors.ScenarioWarning")


@pytest.mark.parametrize(
    ("module", "harmless", "breaks", "mends"),
    [
        (hunt_clock_jump, ["none", "outage", "behind"], "ahead", [{"without_key": "keep-sealing"}, {"jump": "5min"}]),
        (
            hunt_replay,
            ["none", "partition", "restart"],
            "both",
            [{"memory": "kept"}, {"anti_replay": "single-use"}, {"early_requests": "wait"}],
        ),
        (hunt_stale_key, ["none", "partition", "deploy"], "both", [{"keys": "kept"}]),
    ],
)
def test_the_weakness_takes_all_of_its_parts(
    module: ModuleType, harmless: list[str], breaks: str, mends: list[dict[str, str]], tmp_path: Path
) -> None:
    study = rs.Study(module.scenario, trouble=[*harmless, breaks], seeds=module.SEEDS)
    results = study.run(tmp_path / "all", progress=False)
    assert set(results.violations["trouble"]) == {breaks}
    for number, mend in enumerate(mends):
        study = rs.Study(module.scenario, trouble=breaks, seeds=module.SEEDS, **mend)
        assert study.run(tmp_path / str(number), progress=False).violations.empty, mend


@pytest.mark.parametrize("module", MODULES)
def test_what_its_page_shows_breaks_the_promise(module: ModuleType, tmp_path: Path) -> None:
    text = (PAGES / f"{module.__name__.rpartition('.')[2]}.md").read_text()
    [code] = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    scenario = found["scenario"]()
    assert 1 <= len(scenario.faults) <= 3
    assert scenario.fleets[0].tickets == module.scenario().fleets[0].tickets
    results = rs.Study(found["scenario"], seeds=found["SEEDS"]).run(tmp_path / "out", progress=False)
    assert len(results.violations) > 0


@pytest.mark.parametrize(
    ("module", "parts"),
    [(hunt_replay, {rs.Partition, rs.Restart}), (hunt_stale_key, {rs.Partition, rs.Deploy})],
)
def test_the_hunt_finds_what_is_planted_and_nothing_beside_it(module: ModuleType, parts: set[type]) -> None:
    found = rs.hunt(module.scenario, module.HUNT, seed=1, max_runs=250, budget="1h").found
    assert found is not None
    assert found.is_minimal
    assert len(found.scenario.faults) == 2
    assert {type(each) for each in found.scenario.faults} == parts


def test_a_small_budget_finds_and_shrinks_a_weakness() -> None:
    space = rs.Hunt(faults=["clock_skew"], places=["edge/keys"], max_faults=1)
    found = rs.hunt(hunt_clock_jump.scenario, space, max_runs=30, budget="1h").found
    assert found is not None
    [jump] = found.scenario.faults
    assert isinstance(jump, rs.ClockSkew)
    # The next key is due when the clock has come to where it was: after the promised time, and the window.
    assert jump.offset >= rs.Duration("20min")
