"""The tables that a scenario may ask for add up to its attempts, and asking for them changes nothing else."""

from __future__ import annotations

import dataclasses

import pandas as pd
from hypothesis import given

import reshake as rs

from .conftest import Run
from .records import RECORD_LAWS
from .scenarios import scenarios
from .test_laws import swarm

RECORDED = ("requests", "tickets", "compute")


@swarm(40)
@given(scenario=scenarios())
def test_recorded_tables_add_up_to_attempts(run: Run, scenario: rs.Scenario) -> None:
    ran = run(scenario)
    for law in RECORD_LAWS:
        law(ran)


@swarm(10)
@given(scenario=scenarios())
def test_recording_changes_nothing_else(run: Run, scenario: rs.Scenario) -> None:
    without = run(dataclasses.replace(scenario, records=()))
    for records in (RECORDED, *((name,) for name in RECORDED)):
        recorded = run(dataclasses.replace(scenario, records=records))
        assert recorded.digest == without.digest
        assert recorded.packets == without.packets
        for name, table in without.tables.items():
            if name in RECORDED:
                assert table.empty
                assert name in records or recorded.tables[name].empty
            else:
                pd.testing.assert_frame_equal(table, recorded.tables[name])
