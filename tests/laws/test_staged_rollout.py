"""Staged rollouts: who has the change when, what the run says of it, and what comes back."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pandas as pd
import pytest
from reshake.analysis.auditor import violations

import reshake as rs

from .conftest import Ran, Run

MINUTE = pd.Timedelta(minutes=1)
START, BAKE = 10 * MINUTE, 6 * MINUTE
SITES = {"a": 15.0, "b": 25.0, "c": 60.0}
MARGINS = rs.CanaryAnalysis(failed_share=0.05, resumed_share=0.1, first_byte_mean="20ms", confidence=0.95)

OWN_KEYS: dict[str, Any] = {"tickets": rs.Tickets(lifetime="30min", keys="per-server"), "keys": "lost"}
OLD_TLS: dict[str, Any] = {"tls": rs.ServerTls(max_protocol="TLSv1.2")}
REFUSES: dict[str, Any] = {"tls": rs.ServerTls(groups="P-384")}
NOTHING: dict[str, Any] = {"tls": rs.ServerTls(), "tickets": rs.Tickets(lifetime="30min")}


def rollout(*, stages: str = "abc", analysis: rs.CanaryAnalysis | None = MARGINS, **change: Any) -> rs.StagedRollout:
    planned = [rs.RolloutStage(sites=[site], bake="6min") for site in stages]
    return rs.StagedRollout(fleet="edge", start="10min", stages=planned, analysis=analysis, **change)


def scenario(*faults: Any, keys: Any = "shared") -> rs.Scenario:
    phones = rs.Clients(
        "phones",
        count=100,
        access=rs.Link(delay="15ms", loss=rs.Bernoulli(loss=0.01)),
        arrivals=rs.Poisson(mean_gap="60s"),
        tls=rs.ClientTls(groups="X25519:P-256"),
    )
    edge = rs.Fleet("edge", sites=[rs.Site(name, share=share) for name, share in SITES.items()],
                    servers_per_site=4, tickets=rs.Tickets(lifetime="30min", keys=keys))  # fmt: skip
    return rs.Scenario(duration="33min", clients=[phones], fleets=[edge], faults=faults, audit=True)


Once = Callable[[rs.Scenario], Ran]


@pytest.fixture(scope="module")
def ran(run: Run) -> Once:
    """Runs each scenario once, with the same seed."""
    return functools.cache(lambda of: run(of, 3))


def ended(attempts: pd.DataFrame) -> pd.Series[pd.Timedelta]:
    return attempts["started"] + attempts["total"]


# What the run says.


def arms(attempts: pd.DataFrame, row: Any) -> tuple[pd.Series[float], pd.Series[float]]:
    """The values that a verdict is about, of changed sites and of the others, from the table of attempts alone."""
    part = attempts[(attempts["started"] >= row.since) & (ended(attempts) < row.at)]
    answered = part["server_hello"].notna() & (part["outcome"] != "alert")
    values = {
        "failed_share": (~part["outcome"].isin(["ok", "vanished", "moved", "unfinished"])).astype(float),
        "resumed_share": part["resumed"].astype(float).where(answered),
        "first_byte_mean": part["first_byte"].dt.total_seconds(),
    }[row.metric]
    changed = part["site"].isin(list("abc"[: row.stage]))
    return values[changed].dropna(), values[~changed].dropna()


def error_of(values: pd.Series[float], metric: str) -> float:
    if metric == "first_byte_mean":
        return float(values.var()) / len(values)
    smoothed = (values.sum() + 1) / (len(values) + 2)
    return float(smoothed * (1 - smoothed)) / len(values)


def check_rows(ran: Ran, analysis: rs.CanaryAnalysis) -> None:
    for row in ran.tables["rollout"].itertuples(index=False):
        changed, others = arms(ran.tables["attempts"], row)
        assert (row.changed_count, row.others_count) == (len(changed), len(others))
        assert row.changed == pytest.approx(changed.mean(), rel=1e-12, abs=1e-15, nan_ok=True)
        assert row.others == pytest.approx(others.mean(), rel=1e-12, abs=1e-15)
        if min(len(changed), len(others)) < analysis.min_count:
            assert math.isnan(row.low)
            assert row.verdict == "undecided"
            continue
        worse = (changed.mean() - others.mean()) * (-1 if row.metric == "resumed_share" else 1)
        reach = NormalDist().inv_cdf((1 + analysis.confidence) / 2) * math.sqrt(
            error_of(changed, row.metric) + error_of(others, row.metric)
        )
        assert row.worse == pytest.approx(worse, rel=1e-12, abs=1e-12)
        assert (row.low, row.high) == pytest.approx((worse - reach, worse + reach), rel=1e-12, abs=1e-12)
        margin = getattr(analysis, row.metric)
        margin = margin.nanoseconds / 1e9 if isinstance(margin, rs.Duration) else margin
        expected = "roll_back" if row.low > margin else "go_on" if row.high <= margin else "undecided"
        assert row.verdict == expected


@pytest.mark.parametrize("change", [NOTHING, OWN_KEYS, OLD_TLS, REFUSES], ids=["nothing", "keys", "old", "refuses"])
def test_verdicts_are_what_the_table_of_attempts_gives(ran: Once, change: dict[str, Any]) -> None:
    seen = ran(scenario(rollout(**change)))
    assert len(seen.tables["rollout"]) in (3, 6)
    check_rows(seen, MARGINS)


def test_a_stage_is_judged_by_what_began_in_it(ran: Once) -> None:
    seen = ran(scenario(rollout(**NOTHING)))
    rows = seen.tables["rollout"]
    assert list(rows["stage"]) == [1, 1, 1, 2, 2, 2]
    assert list(rows["since"]) == [START] * 3 + [START + BAKE] * 3
    assert list(rows["at"]) == [START + BAKE] * 3 + [START + 2 * BAKE] * 3
    assert list(rows["metric"]) == ["failed_share", "resumed_share", "first_byte_mean"] * 2


def test_few_attempts_decide_nothing(ran: Once) -> None:
    analysis = dataclasses.replace(MARGINS, min_count=100_000)
    rows = ran(scenario(rollout(analysis=analysis, **REFUSES))).tables["rollout"]
    assert set(rows["verdict"]) == {"undecided"}
    assert rows["worse"].isna().all()
    assert rows["others"].notna().all()
    assert list(rows["metric"][rows["changed"].isna()].unique()) == ["resumed_share", "first_byte_mean"]


# Who has the change when.


def test_a_change_that_harms_nobody_reaches_all_and_stays(ran: Once) -> None:
    seen = ran(scenario(rollout(analysis=rs.CanaryAnalysis(failed_share=0.2), **OLD_TLS)))
    assert set(seen.tables["rollout"]["verdict"]) == {"go_on"}
    attempts = seen.tables["attempts"]
    for place, site in enumerate("abc"):
        of_site = attempts[(attempts["site"] == site) & (attempts["tls_version"] > 0)]
        before = of_site[ended(of_site) < START + place * BAKE]
        after = of_site[of_site["started"] >= START + place * BAKE]
        assert set(before["tls_version"]) == {0x0304}
        assert set(after["tls_version"]) == {0x0303}
    [fault] = seen.tables["faults"].itertuples(index=False)
    assert (fault.kind, fault.between, fault.began, fault.ended) == ("staged_rollout", "edge", START, START + 3 * BAKE)


def test_a_change_that_does_harm_is_taken_back_after_the_first_stage(ran: Once) -> None:
    seen = ran(scenario(rollout(**OWN_KEYS)))
    verdicts = seen.tables["rollout"].set_index("metric")["verdict"]
    assert verdicts["resumed_share"] == "roll_back"
    assert len(verdicts) == 3
    [fault] = seen.tables["faults"].itertuples(index=False)
    assert fault.ended == START + BAKE
    attempts = seen.tables["attempts"]
    of_a = attempts[(attempts["site"] == "a") & (attempts["outcome"] == "ok")]
    during = of_a[(of_a["started"] > START + MINUTE) & (of_a["started"] < START + BAKE)]
    later = of_a[of_a["started"] > START + BAKE + 4 * MINUTE]
    assert during["resumed"].mean() < 0.5
    assert later["resumed"].mean() > 0.97
    # Nobody else has had the change: their keys are those of the start all along.
    others = attempts[(attempts["site"] != "a") & attempts["offered"] & (attempts["outcome"] == "ok")]
    assert others["resumed"].all()
    aftermath = of_a[(of_a["started"] >= START + BAKE) & ~of_a["resumed"] & of_a["offered"]]
    assert set(aftermath["not_resumed"]) == {"unknown_key"}


def test_keys_are_on_record_for_as_long_as_somebody_has_them(ran: Once) -> None:
    seen = ran(scenario(rollout(**OWN_KEYS), keys="per-site"))
    keys = seen.tables["ticket_keys"]
    back = START + BAKE
    of_a = keys[keys["site"] == "a"].sort_values(["fault", "issued_from"])
    former = of_a[of_a["fault"] == -1]
    assert list(former["issued_from"]) == [pd.Timedelta(0), back]
    assert list(former["issued_until"]) == [START, 33 * MINUTE]
    assert former["key"].nunique() == 1
    own = of_a[of_a["fault"] == 0]
    assert list(own["server"]) == [1, 2, 3, 4]
    assert set(own["issued_from"]) == {START}
    assert set(own["issued_until"]) == {back}
    assert (keys[keys["site"] != "a"]["fault"] == -1).all()


def test_keys_that_are_lost_meanwhile_do_not_come_back(ran: Once) -> None:
    wipe = rs.KeyWipe(where="edge/a", start="12min")
    seen = ran(scenario(rollout(**OWN_KEYS), wipe))
    assert "roll_back" in set(seen.tables["rollout"]["verdict"])
    keys = seen.tables["ticket_keys"]
    wiped = keys[keys["fault"] == 1]
    assert set(wiped["server"]) == {1, 2, 3, 4}  # Under the settings of the rollout.
    assert set(wiped["issued_until"]) == {START + BAKE}
    (new,) = keys[keys["issued_from"] == START + BAKE].itertuples()
    assert new.fault == 0
    assert pd.isna(new.site)  # As the former settings say: the fleet's.
    assert new.issued_until == 33 * MINUTE
    assert new.key not in set(keys.drop(index=new.Index)["key"])
    assert audited(seen) == []


@pytest.mark.parametrize("change", [NOTHING, OWN_KEYS, OLD_TLS], ids=["nothing", "keys", "old"])
def test_nothing_is_different_before_it_begins(ran: Once, change: dict[str, Any]) -> None:
    with_it, without = ran(scenario(rollout(**change))), ran(scenario())
    before = [
        frame[ended(frame) < START].reset_index(drop=True)
        for frame in (with_it.tables["attempts"], without.tables["attempts"])
    ]
    assert len(before[0]) > 1000
    pd.testing.assert_frame_equal(*before)


def test_until_the_rollback_it_is_the_run_that_nobody_judges(ran: Once) -> None:
    judged, pushed = (ran(scenario(rollout(analysis=each, **OWN_KEYS))).tables for each in (MARGINS, None))
    assert pushed["rollout"].empty
    assert list(pushed["faults"]["ended"]) == [START + 3 * BAKE]
    before = [
        frame[ended(frame) < START + BAKE].reset_index(drop=True) for frame in (judged["attempts"], pushed["attempts"])
    ]
    pd.testing.assert_frame_equal(*before)


def test_a_rollout_of_the_same_settings_is_nobodys_business(ran: Once) -> None:
    """Processes are replaced, and neither keys nor bytes change: sealed tickets need no memory."""
    with_it, without = ran(scenario(rollout(**NOTHING))), ran(scenario())
    assert with_it.digest == without.digest
    pd.testing.assert_frame_equal(with_it.tables["attempts"], without.tables["attempts"])
    pd.testing.assert_frame_equal(with_it.tables["ticket_keys"], without.tables["ticket_keys"])


# What is done where nothing can be told.

TIGHT = rs.CanaryAnalysis(failed_share=0.001)


def test_undecided_is_what_its_user_says(ran: Once) -> None:
    rows = {}
    for policy in ("go-on", "roll-back", "wait"):
        analysis = dataclasses.replace(TIGHT, undecided=policy)  # type: ignore[arg-type]
        seen = ran(scenario(rollout(analysis=analysis, **NOTHING)))
        rows[policy] = seen.tables["rollout"]
        assert set(rows[policy]["verdict"]) == {"undecided"}
        check_rows(seen, analysis)
        ends = seen.tables["faults"]["ended"]
        assert ends.isna().all() if policy == "wait" else ends.notna().all(), policy
    assert list(rows["go-on"]["stage"]) == [1, 2]
    assert list(rows["roll-back"]["stage"]) == [1]
    assert list(rows["wait"]["stage"]) == [1, 1, 1]
    assert list(rows["wait"]["at"]) == [START + n * BAKE for n in (1, 2, 3)]
    assert set(rows["wait"]["since"]) == {START}


# The auditor knows the policy that the run arrived at.


def audited(ran: Ran) -> list[Any]:
    judged = [
        (row.fault, row.stage, row.at.value, row.verdict) for row in ran.tables["rollout"].itertuples(index=False)
    ]
    return violations(ran.scenario, ran.tables["security_events"], ran.tables["attempts"], judged)


@pytest.mark.parametrize("analysis", [MARGINS, None], ids=["judged", "not"])
def test_the_auditor_follows_a_rollout_and_its_rollback(ran: Once, analysis: rs.CanaryAnalysis | None) -> None:
    seen = ran(scenario(rollout(analysis=analysis, **OWN_KEYS)))
    assert audited(seen) == []
    if analysis is not None:
        blind = violations(seen.scenario, seen.tables["security_events"], seen.tables["attempts"])
        assert len(blind) > 5


# Bad input.

BAD: dict[str, rs.StagedRollout] = {
    "faults[0].fleet": dataclasses.replace(rollout(**NOTHING), fleet="ams"),
    "faults[0].stages": rollout(stages="", **NOTHING),
    "faults[0].stages[1].sites": dataclasses.replace(
        rollout(**NOTHING), stages=[rs.RolloutStage(sites=each, bake="1min") for each in (["a"], [])]
    ),
    "faults[0].stages[1].sites[0]": rollout(stages="aa", **NOTHING),
    "faults[0].stages[0].sites[0]": rollout(stages="x", **NOTHING),
    "faults[0].analysis": rollout(analysis=rs.CanaryAnalysis(), **NOTHING),
    "faults[0].keys": rollout(tickets=rs.Tickets(lifetime="30min", keys="per-server")),
    "faults[0].tls": rollout(tls=rs.ServerTls(certificate="rsa-2048")),
}


@pytest.mark.parametrize("path", BAD)
def test_what_a_rollout_cannot_mean_is_told_where_it_stands(path: str) -> None:
    errors, _ = scenario(BAD[path]).problems()
    assert [problem.path for problem in errors] == [path]


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = rollout(stages="axa", analysis=rs.CanaryAnalysis())
    errors, _ = scenario(wrong).problems()
    assert [problem.path for problem in errors] == [
        f"faults[0].{field}" for field in ("stages[1].sites[0]", "stages[2].sites[0]", "analysis")
    ]


def test_one_rollout_at_a_time_and_in_the_list_itself() -> None:
    first = rollout(stages="a", **NOTHING)
    second = dataclasses.replace(rollout(stages="b", **NOTHING), start="15min")
    assert [each.path for each in scenario(first, second).problems()[0]] == ["faults[1].start"]
    assert scenario(first, dataclasses.replace(second, start="17min")).problems()[0] == []
    rules = [
        rs.Periodic(fault=first, every="20min"),
        rs.Nemesis(strikes=[rs.Strike(fault=first, mean_gap="10min")]),
    ]
    paths = [each.path for each in scenario(*rules).problems()[0]]
    assert {"faults[0].fault", "faults[1].strikes[0].fault"} <= set(paths)


def test_what_cannot_work_as_meant_is_a_doubt() -> None:
    late, never = (dataclasses.replace(rollout(**NOTHING), start=start) for start in ("20min", "33min"))
    alone = rs.RolloutStage(sites=list(SITES), bake="1min")
    for path, fault in {
        "faults[0].stages[2].bake": late,
        "faults[0].start": never,
        "faults[0].analysis": dataclasses.replace(rollout(**NOTHING), stages=[alone]),
        "faults[0]": rollout(),
    }.items():
        errors, doubts = scenario(fault).problems()
        assert errors == []
        assert [doubt.path for doubt in doubts if doubt.path.startswith("faults")] == [path]


# Workers.


def judged_or_not(judged: bool = True) -> rs.Scenario:
    return scenario(rollout(analysis=MARGINS if judged else None, **OWN_KEYS))


def test_however_many_workers_there_are_the_files_are_equal(tmp_path: Path) -> None:
    study = rs.Study(judged_or_not, judged=[True, False])
    of = {}
    for workers in (1, 2):
        results = study.run(tmp_path / str(workers), workers=workers, progress=False)
        files = results.directory.rglob("*.parquet")
        of[workers] = {path.relative_to(results.directory): path.read_bytes() for path in files}
    assert sum(path.name == "rollout.parquet" for path in of[1]) == 1
    assert of[1] == of[2]
