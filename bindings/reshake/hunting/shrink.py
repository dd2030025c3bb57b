"""From a case that fails to the simplest one that fails alike, by Hypothesis' shrinker.

Hypothesis shrinks what it has drawn. So each knob is drawn as a whole number, and the first draw that leaves
room on every knob is taken to mean the case as it was found: from there on a smaller number is a simpler step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from .declared import Case
from .knobs import Knob, knobs, turned

_RESOLUTION: Final = 16
_DRAWS: Final = 20_000

Steps = tuple[int, ...]


class Shrinker:
    """Shrinks one case.

    Parameters
    ----------
    case
        One that fails.
    fails
        Whether another fails alike; None where nobody may ask any more.
    """

    def __init__(self, case: Case, fails: Callable[[Case], bool | None]) -> None:
        #: The simplest that is known to fail.
        self.best = case
        #: Whether nothing simpler was left to try.
        self.finished = False
        self._fails = fails
        self._is_over = False
        self._all_of: Sequence[Knob] = ()
        self._origin: Steps | None = None
        self._simplest: Steps | None = None

    def shrink(self) -> None:
        """Shrinks it. What was reached before an interruption is in `best`."""
        before: Case | None = None
        # What one round has made simple may leave room elsewhere.
        while self.best != before and not self._is_over:
            before = self.best
            self._turn(before)
        self.finished = not self._is_over

    def _turn(self, case: Case) -> None:
        """One round: every knob of a case."""
        self._all_of = knobs(case)
        self._origin = self._simplest = None
        if not self._all_of:
            return
        drawn = st.tuples(*(st.integers(0, _RESOLUTION * (len(each.ladder) - 1)) for each in self._all_of))
        quiet = settings(
            max_examples=_DRAWS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        with suppress(NoSuchExample):  # Where nobody may ask at all.
            find(drawn, lambda numbers: self._holds(case, numbers), settings=quiet)

    def _holds(self, found: Case, numbers: Steps) -> bool:
        most = [len(each.ladder) - 1 for each in self._all_of]
        if self._origin is None:
            if any(number < each for number, each in zip(numbers, most, strict=True)):
                return False
            self._origin = numbers
        steps = tuple(
            min(math.ceil(each * number / origin), each)
            for number, origin, each in zip(numbers, self._origin, most, strict=True)
        )
        case = turned(found, self._all_of, steps)
        if case is None:
            return False
        fails = self._fails(case)
        self._is_over |= fails is None
        if fails and steps != tuple(most) and (self._simplest is None or steps < self._simplest):
            self._simplest, self.best = steps, case
        return bool(fails)
