"""Scenarios as tests: pytest finds this by itself where Reshake is installed.

A test that is marked returns its scenario, and passes where all invariants hold with every seed::

    @pytest.mark.scenario(seeds=3)
    @pytest.mark.parametrize("loss", [0.0, 0.05])
    def test_the_edge_keeps_its_promises(loss):
        return rs.Scenario(..., invariants=[rs.ErrorShare(at_most=0.01)])
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .values.scenario import Scenario

_MARKER = "scenario(seeds=1): the test returns a reshake.Scenario, whose invariants must hold with every seed"


def pytest_configure(config: pytest.Config) -> None:
    """Tells pytest of the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs the scenario that a marked test returns."""
    marker = pyfuncitem.get_closest_marker("scenario")
    if marker is None or inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name != "seeds")]
    if unknown:
        pytest.fail(f"scenario: takes seeds=… alone, got {', '.join(unknown)}", pytrace=False)
    wanted = pyfuncitem._fixtureinfo.argnames
    scenario = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted})
    factory: pytest.TempPathFactory = pyfuncitem._request.getfixturevalue("tmp_path_factory")
    _judge(scenario, marker.kwargs.get("seeds", 1), pyfuncitem.name, factory.mktemp("scenario") / "out")
    return True


def _judge(scenario: object, seeds: object, name: str, out: Path) -> None:
    from .errors import RunsFailed, ScenarioError
    from .study import Study
    from .values.scenario import Scenario
    from .verdicts import verdicts

    if not isinstance(scenario, Scenario):
        pytest.fail(f"{name} returned {scenario!r}; expected a reshake.Scenario", pytrace=False)
    if not scenario.invariants:
        pytest.fail(f"{name}: the scenario declares no invariants, so that it cannot fail", pytrace=False)

    def declared() -> Scenario:
        return scenario

    declared.__name__ = name
    refused: str | None = None
    try:
        results = Study(declared, seeds=seeds).run(out, progress=False)  # type: ignore[arg-type]
    except (ScenarioError, RunsFailed) as error:
        refused = str(error)
    if refused is not None:
        pytest.fail(refused, pytrace=False)
    broken = [each for each in verdicts(results) if not each.held]
    if broken:
        told = [f"{each.promise}: at worst {each.worst} ({each.where})" for each in broken]
        pytest.fail("\n".join([*told, f"the results are in {out}"]), pytrace=False)
