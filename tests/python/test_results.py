"""Results: one table over all runs, with what set the runs apart, and nothing read too early."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import reshake as rs

pytestmark = pytest.mark.usefixtures("core")


def small(lifetime: str = "10min", loss: float | None = None) -> rs.Scenario:
    lossy = rs.Link(delay="45ms", loss=None if loss is None else rs.Bernoulli(loss=loss))
    phones = rs.Clients("phones", count=4, access=lossy, arrivals=rs.Poisson(mean_gap="10min"))
    desks = rs.Clients("desks", count=1, access=lossy, arrivals=rs.Poisson(mean_gap="10min"))
    edge = rs.Fleet("edge", sites=["iad", "ams"], tickets=rs.Tickets(lifetime=lifetime))
    cut = rs.Partition(between=("phones", "edge/ams"), start="50min", lasts="20min")
    return rs.Scenario(duration="1h", clients=[phones, desks], fleets=[edge], faults=[cut])


def study() -> rs.Study:
    return rs.Study(small, lifetime=["30min", "10min"], loss=[None, 0.1], seeds=[5, 3])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> rs.Results:
    return study().run(tmp_path_factory.mktemp("results") / "out", progress=False)


def test_the_attempts_of_all_runs_stand_in_one_table(results: rs.Results, core: ModuleType) -> None:
    attempts = results.attempts
    columns = [column["name"] for column in core.table_schema()["attempts"]]
    assert list(attempts.columns) == ["lifetime", "loss", "seed", *columns]
    assert len(attempts) == sum(run.manifest["rows"]["attempts"] for run in results.runs)
    assert attempts.groupby(["lifetime", "loss", "seed"], observed=True).ngroups == 8


def test_parameters_are_ordered_as_in_the_grid(results: rs.Results) -> None:
    lifetime, loss = results.attempts["lifetime"].cat, results.attempts["loss"].cat
    assert list(lifetime.categories) == ["30min", "10min"]
    assert list(loss.categories) == ["none", "0.1"]
    assert lifetime.ordered
    assert results.parameters == {"lifetime": ("30min", "10min"), "loss": (None, 0.1)}
    assert results.seeds == (5, 3)


def test_places_and_closed_sets_have_their_names(results: rs.Results, core: ModuleType) -> None:
    attempts = results.attempts
    assert list(attempts["population"].cat.categories) == ["phones", "desks"]
    assert set(attempts["home"].unique()) <= {"iad", "ams"}
    schema = {column["name"]: column["choices"] for column in core.table_schema()["attempts"]}
    for name in ("outcome", "not_resumed"):
        assert list(attempts[name].cat.categories) == schema[name]
    assert attempts["offered"].dtype == bool


def test_durations_are_times_and_what_was_not_reached_is_missing(results: rs.Results) -> None:
    attempts = results.attempts
    assert str(attempts["first_byte"].dtype) == "timedelta64[ns]"
    assert attempts["started"].notna().all()
    assert attempts["ticket_age"].isna().any()
    assert (attempts["ticket_age"].dropna().dt.total_seconds() >= 0).all()


def test_faults_name_whom_they_parted_and_have_no_end_when_the_run_ends_first(results: rs.Results) -> None:
    faults = results.faults
    assert len(faults) == 8
    assert set(faults["between"]) == {"phones | edge/ams"}
    assert (faults["began"].dt.total_seconds() == 3000).all()
    assert faults["ended"].isna().all()


def test_two_faults_may_part_the_same_pair(tmp_path: Path) -> None:
    def twice() -> rs.Scenario:
        once = small()
        again = rs.Partition(between=("phones", "edge/ams"), start="10min", lasts="5min")
        return dataclasses.replace(once, faults=[*once.faults, again])

    faults = rs.Study(twice, seeds=1).run(tmp_path / "out", progress=False).faults
    assert list(faults["between"]) == ["phones | edge/ams"] * 2


def test_a_ticket_key_of_the_fleet_belongs_to_no_site(results: rs.Results) -> None:
    assert results.ticket_keys["site"].isna().all()


def test_a_run_leads_back_to_its_scenario(results: rs.Results) -> None:
    for run in results.runs:
        assert run.scenario == small(**run.parameters)


def test_columns_can_be_chosen_before_anything_is_read(results: rs.Results) -> None:
    table = results.table("attempts", columns=["resumed"])
    assert table.column_names == ["lifetime", "loss", "seed", "resumed"]


def test_the_last_study_is_what_a_directory_holds(results: rs.Results) -> None:
    again = rs.Study(small, lifetime=["30min"], loss=[None], seeds=[3]).run(results.directory, progress=False)
    assert len(again.runs) == 1
    assert len(list((results.directory / "runs").iterdir())) == 8
    assert len(study().run(results.directory, progress=False).runs) == 8


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda results: results.table("atempts"), 'atempts: no such table; did you mean "attempts"?'),
        (lambda _: rs.Results("nowhere"), "nowhere: there is no such directory"),
        (lambda _: rs.Results("."), r"\.: holds no results of Reshake"),
    ],
)
def test_what_is_not_there_is_named(use: Callable[[rs.Results], object], sentence: str, results: rs.Results) -> None:
    with pytest.raises(rs.ScenarioError, match=sentence):
        use(results)


def test_restarts_and_deploys_name_their_servers(tmp_path: Path) -> None:
    def handled() -> rs.Scenario:
        once = small()
        restart = rs.Restart(where="edge/ams/server-1", start="10min", lasts="5min")
        deploy = rs.Deploy(fleet="edge", start="20min", every="1min", tls=rs.ServerTls(max_protocol="TLSv1.2"))
        return dataclasses.replace(once, faults=[restart, deploy])

    results = rs.Study(handled, seeds=1).run(tmp_path / "out", progress=False)
    assert list(results.faults["kind"]) == ["restart", "deploy"]
    assert list(results.faults["between"]) == ["edge/ams/server-1", "edge"]
    late = results.attempts[results.attempts["started"].dt.total_seconds() > 1500]
    assert set(late["tls_version"]) <= {0, 0x0303}
