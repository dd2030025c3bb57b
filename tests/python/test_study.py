"""Studies: which runs there are, and that a mistake stops a study before anything is run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import reshake as rs


def small(
    lifetime: Any = "10min", loss: float = 0.0, where: str = "edge/ams", access: rs.Link | None = None
) -> rs.Scenario:
    lossy = rs.Link(delay="45ms", loss=rs.Bernoulli(loss=loss))
    phones = rs.Clients("phones", count=2, access=access or lossy, arrivals=rs.Poisson(mean_gap="10min"))
    return rs.Scenario(
        duration="1h",
        clients=[phones],
        fleets=[rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime=lifetime))],
        faults=[rs.Partition(between=("phones", where), start="10min", lasts="10min")],
    )


def test_every_combination_meets_every_seed() -> None:
    study = rs.Study(small, seeds=range(2), lifetime=["10min", "1h"], loss=[0, 0.1])
    found = [(run.seed, run.parameters["lifetime"], run.parameters["loss"]) for run in study.runs]
    assert found == [(s, t, p) for s in (0, 1) for t in ("10min", "1h") for p in (0, 0.1)]
    assert study.runs[3].scenario == small(lifetime="1h", loss=0.1)


def test_a_number_of_seeds_counts_from_zero() -> None:
    assert rs.Study(small, seeds=3).seeds == rs.Study(small, seeds=range(3)).seeds == (0, 1, 2)


def test_a_value_that_is_no_list_stands_for_itself() -> None:
    assert rs.Study(small, lifetime="1h").grid == {"lifetime": ("1h",)}


def test_values_of_any_kind_have_labels_that_json_can_hold() -> None:
    links = [rs.Link(delay="1ms"), rs.Link(delay="2ms")]
    study = rs.Study(small, lifetime=[timedelta(hours=1), rs.Duration("2h")], access=[None, *links])
    assert study.grid["lifetime"] == ("1h", "2h")
    assert study.grid["access"][0] is None
    assert '"delay": "1ms"' in study.grid["access"][1]


@pytest.mark.parametrize(
    ("make", "lines"),
    [
        (
            lambda: rs.Study(small, lifetimes=["1h"]),
            ['lifetimes: no such parameter of the scenario; did you mean "lifetime"?'],
        ),
        (lambda: rs.Study(small, lifetime=[]), ["lifetime: has no values; expected at least one"]),
        (lambda: rs.Study(small, loss=[0, 0.0]), ["loss: 0.0 stands twice"]),
        (lambda: rs.Study(small, lifetime=["1h", "1h"]), ['lifetime: "1h" stands twice']),
        (lambda: rs.Study(small, seeds=[1, 1]), ["seeds: a seed stands twice"]),
        (lambda: rs.Study(small, seeds=0), ["seeds: none given"]),
        (lambda: rs.Study(small, seeds=[-1]), ["seeds: -1 is out of range"]),
        (lambda: rs.Study(small, seeds="3"), ['seeds: "3" is no list']),  # type: ignore[arg-type]
        (lambda: rs.Study(lambda loss: small(loss=loss)), ["loss: the scenario needs a value for it"]),
        (
            lambda: rs.Study(lambda site: small(loss=site), site=[0.0]),
            ["site: the scenario's parameter is called like"],
        ),
        (
            lambda: rs.Study(
                lambda site, lifetime: small(loss=site, lifetime=lifetime), site=[0.0], lifetime=["9d"], seeds=0
            ),
            ["seeds: none given", "site: the scenario's parameter is called like", 'Tickets.lifetime: "9d" is out'],
        ),
        (lambda: rs.Study(lambda: 5), ["<lambda>: returned 5; expected a Scenario"]),  # type: ignore[arg-type, return-value]
        (lambda: rs.Study(small()), ["scenario: Scenario(duration"]),  # type: ignore[arg-type]
        (lambda: rs.Study(small, access=[object()]), ["access: <object object at"]),
        (
            lambda: rs.Study(small, lifetime=["1h", "9d", 60], loss=[0.0, 2.0]),
            [
                'Tickets.lifetime: "9d" is out of range',
                "Tickets.lifetime: 60 has no unit",
                "Bernoulli.loss: 2.0 is out of range",
            ],
        ),
    ],
)
def test_every_mistake_in_a_study_is_named(make: Callable[[], object], lines: list[str]) -> None:
    with pytest.raises(rs.ScenarioError) as caught:
        make()
    found = str(caught.value).splitlines()
    for line in lines:
        assert any(each.startswith(line) for each in found), found
    assert len(found) == len(lines)


def test_a_problem_is_named_with_the_parameters_that_have_it() -> None:
    with pytest.raises(rs.ScenarioError, match=r"\(with lifetime=1h, loss=2.0; lifetime=2h, loss=2.0\)"):
        rs.Study(small, lifetime=["1h", "2h"], loss=[0.0, 2.0])
    with pytest.raises(rs.ScenarioError) as caught:
        rs.Study(small, lifetime="1h", loss=[2.0])
    assert "with" not in str(caught.value)


def test_a_users_own_error_passes_with_the_parameters_that_led_to_it() -> None:
    def broken(x: int) -> rs.Scenario:
        raise KeyError(x)

    with pytest.raises(KeyError) as caught:
        rs.Study(broken, x=[3])
    assert caught.value.__notes__ == ["while making the scenario broken(x=3)"]


@pytest.mark.usefixtures("core", "room")
def test_nothing_is_run_where_anything_is_wrong() -> None:
    study = rs.Study(small, where=["edge/ams", "edge/mars", "moon"])
    with pytest.raises(rs.ScenarioError) as caught, warnings.catch_warnings(action="ignore"):
        study.run("out", progress=False)
    said = str(caught.value).splitlines()
    assert len(said) == 2
    for line, where in zip(said, ("edge/mars", "moon"), strict=True):
        assert line.startswith("faults[0].between")
        assert line.endswith(f"(with where={where})")
    assert not Path("out").exists()


@pytest.mark.usefixtures("core")
def test_a_policy_that_cannot_matter_draws_one_warning() -> None:
    study = rs.Study(small, lifetime=["10min", "5d"], seeds=3)
    with pytest.warns(rs.ScenarioWarning, match=r"fleets\[0\].tickets.lifetime: ") as caught:
        study.validate()
    assert len(caught) == 1
    assert "lifetime=5d" in str(caught[0].message)


@pytest.mark.usefixtures("core", "room")
def test_what_is_wrong_with_how_to_run_is_told_beside_the_scenarios_problems() -> None:
    study = rs.Study(small, where=["moon"])
    with pytest.raises(rs.ScenarioError) as caught:
        study.run("out", workers=0, memory_limit="2", time_limit="-1s")
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["workers", "memory_limit", "time_limit", "faults[0].between[1]"]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("workers", [0, -1, True])
def test_workers_are_counted_from_one(workers: int) -> None:
    with pytest.raises(rs.ScenarioError, match=r"^workers: .* is out of range; expected a whole number, at least 1"):
        rs.Study(small).run("out", workers=workers)
