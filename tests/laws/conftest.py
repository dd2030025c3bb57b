"""Runs of scenarios that tests make up, and what came of them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reshake as rs
from reshake.batch.tables import to_arrow

RUNNER = Path(__file__).with_name("runner.py")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run's tables, as `reshake.Results` would give them, its counts, and what its machines saw if asked for."""

    scenario: rs.Scenario
    tables: Mapping[str, pd.DataFrame]
    digest: str
    packets: Mapping[str, int]
    #: Files in the pcap format.
    captures: Mapping[str, bytes]


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Runs a scenario with a seed, and captures packets on request."""
    from reshake import _core

    schema = _core.table_schema()
    # One thread: what has several must not fork.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    runner = subprocess.Popen([sys.executable, RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert runner.stdin is not None
    assert runner.stdout is not None

    def of(scenario: rs.Scenario, seed: int = 1, *, capture: bool = False) -> Ran:
        pickle.dump((scenario, seed, capture), runner.stdin)
        runner.stdin.flush()
        code, said = pickle.load(runner.stdout)
        assert code == 0, f"seed {seed} ended with {code}:\n{scenario.to_json()}"
        outcome: dict[str, Any] = pickle.loads(said)
        as_run = scenario.with_faults_of(seed)
        tables = {name: to_arrow(columns, schema[name], as_run) for name, columns in outcome["tables"].items()}
        return Ran(
            scenario=as_run,
            tables={name: table.to_pandas() for name, table in tables.items()},
            digest=outcome["digest"],
            packets=outcome["packets"],
            captures=outcome["captures"],
        )

    yield of
    runner.stdin.close()
    runner.stdout.close()
    runner.wait()
