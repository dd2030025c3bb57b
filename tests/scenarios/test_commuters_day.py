"""A day of phases: what a round trip is worth, and what a new address costs."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from reshake.scenarios import commuters_day

import reshake as rs


def few(resume: commuters_day.Resume) -> rs.Scenario:
    whole = commuters_day.scenario(resume, mean_gap="20min")
    return dataclasses.replace(whole, clients=[dataclasses.replace(whole.clients[0], count=12)])


def test_early_data_saves_a_round_trip_and_tickets_outlive_addresses(tmp_path: Path) -> None:
    results = rs.Study(few, resume=["tickets", "early data"]).run(tmp_path, progress=False)
    attempts = results.attempts
    hour = attempts["started"].dt.total_seconds() / 3_600
    office = attempts[attempts["resumed"] & hour.between(8.5, 17.5)]
    waited = office.groupby("resume", observed=True)["first_byte"].median().dt.total_seconds() * 1e3
    assert waited["tickets"] - waited["early data"] == pytest.approx(2 * (3 + 5), abs=0.5)
    commute = attempts[(hour.between(8.5, 18.5)) & (attempts["outcome"] == "ok")]
    first = commute.sort_values("started").groupby(["resume", "client"], observed=True)["resumed"].first()
    assert len(first) == 24
    assert first.mean() > 0.9  # At the office, with tickets from home or the train.
    assert set(attempts["outcome"]) <= {"ok", "connect_timeout", "attempt_timeout", "unfinished", "moved"}
    in_tunnel = attempts["started"].between(pd.Timedelta("8h"), pd.Timedelta("8.16h"))
    assert (attempts.loc[in_tunnel, "outcome"] != "ok").mean() > 0.5
