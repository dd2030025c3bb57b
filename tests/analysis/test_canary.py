"""Canaries: harm beyond the margin and beyond chance rolls back, equal arms go on, few attempts say nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reshake.analysis import Stage, canary, first_rollback

STAGES = (
    Stage(name="5 %", began=0.0, ended=100.0, sites=("a",)),
    Stage(name="50 %", began=100.0, ended=200.0, sites=("a", "b")),
)


def attempts(*, harm: dict[str, float], each: int = 300, seed: int = 0, only: str = "resumed") -> pd.DataFrame:
    """Of three sites, over 200 s; at a site with the change so many resume, or succeed, less often."""
    random = np.random.default_rng(seed)
    rows = []
    for site in ("a", "b", "c"):
        at = np.sort(random.uniform(0, 200, each))
        changed = np.array([site in stage.sites for t in at for stage in STAGES if stage.began <= t < stage.ended])
        hit = changed & (random.uniform(size=each) < harm.get(site, 0.0))
        well = random.uniform(size=each) < 0.9
        rows.append(
            pd.DataFrame(
                {
                    "seed": seed, "site": site, "server": 1,
                    "started": pd.to_timedelta(at, unit="s"), "total": pd.Timedelta(0),
                    "server_hello": pd.Timedelta(milliseconds=50),
                    "first_byte": pd.to_timedelta(0.1 + 0.005 * random.standard_normal(each), unit="s"),
                    "resumed": well & ~hit if only == "resumed" else well,
                    "outcome": np.where(hit & (only == "failed"), "alert", "ok"),
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def verdicts(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    found = canary(frame, STAGES)
    return {(str(row["stage"]), str(row["metric"])): str(row["verdict"]) for _, row in found.iterrows()}


@pytest.mark.parametrize(("only", "metric"), [("resumed", "resumed_share"), ("failed", "failed_share")])
def test_harm_beyond_the_margin_rolls_back_at_its_stage(only: str, metric: str) -> None:
    frame = attempts(harm={"a": 0.5, "b": 0.5}, only=only)
    found = verdicts(frame)
    assert found["5 %", metric] == "roll back"
    assert found["5 %", "first_byte_mean"] == "go on"
    assert first_rollback(canary(frame, STAGES)) == {(0,): "5 %"}
    # A change that only hurts at the second site is found there.
    later = attempts(harm={"b": 0.9}, only=only)
    assert first_rollback(canary(later, STAGES)) == {(0,): "50 %"}


def test_arms_that_are_alike_are_rarely_told_apart() -> None:
    alarms = sum(first_rollback(canary(attempts(harm={}, seed=seed), STAGES))[seed,] != "never" for seed in range(60))
    assert alarms <= 1  # 99 % intervals, and a margin.


def test_the_arms_are_those_of_the_same_time() -> None:
    frame = attempts(harm={"a": 0.5})
    row = canary(frame, STAGES).set_index(["stage", "metric"]).loc[("5 %", "resumed_share")]
    at = frame["started"].dt.total_seconds()
    early = frame[at < 100]
    assert row["changed"] == pytest.approx(early.loc[early["site"] == "a", "resumed"].mean())
    assert row["others"] == pytest.approx(early.loc[early["site"] != "a", "resumed"].mean())
    assert row["worse"] == pytest.approx(row["others"] - row["changed"])
    late = canary(frame, STAGES).set_index(["stage", "metric"]).loc[("50 %", "resumed_share")]
    assert late["others"] == pytest.approx(frame[(at >= 100) & (frame["site"] == "c")]["resumed"].mean())


def test_few_attempts_are_undecided() -> None:
    found = canary(attempts(harm={"a": 1.0}, each=9), STAGES)
    assert set(found["verdict"]) == {"undecided"}
    assert first_rollback(found) == {(0,): "never"}
