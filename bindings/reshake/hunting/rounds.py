"""Rounds of cases: what Hypothesis draws from a space, each case by itself and with a seed of its own."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Final

import hypothesis
from hypothesis.strategies import SearchStrategy

from ..errors import Problem, ScenarioError
from .declared import Case

CASES: Final = 100
"""In a round."""

_SEEDS: Final = 2**32
"""So many that cases of a hunt hardly ever share one, and still short to read."""


def draw_round(drawn: SearchStrategy[Case], hunt: int, number: int) -> list[Case]:
    """A round of the hunt with that seed, by its number from 0."""
    return [_draw(drawn, _seed_of(hunt, number, index)) for index in range(CASES)]


def _seed_of(hunt: int, number: int, index: int) -> int:
    digest = hashlib.sha256(f"{hunt}/{number}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS


def _draw(drawn: SearchStrategy[Case], seed: int) -> Case:
    """One case, whose run has the seed by which it was drawn.

    Hypothesis' first example is the simplest, and its later ones are largely earlier ones of which a part has changed:
    within a hundred of them seeds and faults repeat. The second of each of a hundred searches is drawn at random.
    """
    found: list[Case] = []

    @hypothesis.settings(
        max_examples=2,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.seed(seed)
    @hypothesis.given(drawn)
    def collect(case: Case) -> None:
        found.append(case)

    try:
        collect()
    except hypothesis.errors.Unsatisfiable:
        sentence = "no valid scenario was drawn; are the ranges of its parameters allowed?"
        raise ScenarioError([Problem("hunt", sentence)]) from None
    return dataclasses.replace(found[-1], seed=seed)
