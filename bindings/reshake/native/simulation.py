"""The exchanges of a plan in the simulation."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..study import Study
from ..values.scenario import Scenario
from .observed import FACTS, Facts, Observed, Times
from .plan import VISITS, Plan

if TYPE_CHECKING:
    import pandas as pd


def simulated(plan: Plan) -> dict[str, list[Observed]]:
    """Per kind of visit, the exchanges by client, each from a row of the run's table.

    Raises
    ------
    ScenarioError
        Where the plan names what OpenSSL does not know.
    """
    with tempfile.TemporaryDirectory(prefix="reshake-native-") as directory:
        return _observed(_attempts(plan, Path(directory)))


def _attempts(plan: Plan, directory: Path) -> pd.DataFrame:
    scenario = plan.scenario()

    def exchanges() -> Scenario:
        return scenario

    study = Study(exchanges, seeds=[plan.seed])
    return study.run(directory, progress=False).attempts.sort_values(["visit", "client"])


def _observed(attempts: pd.DataFrame) -> dict[str, list[Observed]]:
    rows: list[dict[str, Any]] = attempts.to_dict("records")  # type: ignore[assignment]
    found: dict[str, list[Observed]] = {name: [] for name in VISITS}
    for row in rows:
        kind = found[VISITS[row["visit"]]]
        facts = Facts(**{name: row[name] for name in FACTS})
        kind.append(Observed(facts=facts, times=_times(row) if facts.outcome == "ok" else None))
    return found


def _times(row: dict[str, Any]) -> Times:
    connect = int(row["connect"].value)
    return Times(
        connect=connect,
        server_hello=int(row["server_hello"].value),
        handshake=int(row["handshake"].value),
        first_byte=int(row["first_byte"].value) - connect,
        client_compute=int(row["client_compute"].value),
        server_compute=int(row["server_compute"].value),
        harness=0,
    )
