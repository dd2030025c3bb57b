"""One run: a scenario, a seed, and the address that its results have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..values.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scenario with one seed.

    Attributes
    ----------
    parameters
        The values of the grid that made the scenario, as their labels: what JSON can hold.
    """

    scenario: Scenario
    seed: int
    parameters: Mapping[str, Any]

    def address(self, versions: Mapping[str, str]) -> str:
        """Where its results lie: a digest of everything that they depend on."""
        content = {
            "scenario": json.loads(self.scenario.identity()),
            "seed": self.seed,
            "versions": dict(versions),
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def scenario_digest(self) -> str:
        """What its scenario is called in a batch's directory: equal where runs differ by their seeds only."""
        return hashlib.sha256(self.scenario.identity().encode()).hexdigest()[:32]

    def __str__(self) -> str:
        return ", ".join([*(f"{k}={label(v)}" for k, v in self.parameters.items()), f"seed={self.seed}"])


def label(value: Any) -> str:
    """A parameter's value in a message."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
