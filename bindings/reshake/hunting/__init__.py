"""The hunt: a search for a seed, a schedule of faults and parameters that break what a scenario promises.

Hypothesis draws cases in rounds, which are run on all cores and judged in the order in which they were drawn: the
first that fails is the finding, whichever run ends first. Then Hypothesis' shrinker looks for the simplest
scenario that breaks the same invariant.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from ..batch.limits import checked_workers
from ..errors import Problem, RunLost, ScenarioError, gathered
from ..units import Duration, UnitError, above_zero, spell
from ..values.scenario import Scenario
from ..wallclock import Stopwatch
from .declared import Case, Hunt, is_whole

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .found import Found
    from .shrink import Shrinker
    from .trials import Outcome, Trials

__all__ = ["Hunt", "HuntResult", "hunt"]

_LARGEST_SEED: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntResult:
    """What came of a hunt.

    Attributes
    ----------
    found
        What breaks an invariant. None: nothing was found.
    runs
        How many runs were made.
    seconds
        Of wall time.
    interrupted
        Whether Ctrl-C ended it, or a run that could not be made.
    refused
        How often parameters were drawn with which there is no valid scenario. They were passed over.
    refusal
        The first such parameters, and what is wrong with them; empty where there were none.
    """

    found: Found | None
    runs: int
    seconds: float
    interrupted: bool
    refused: int
    refusal: str


Teller = Callable[[int, "Case | None"], None]
"""Is told how many runs were made, and the simplest case that fails, if any, after each run."""


def hunt(
    scenario: Callable[..., Scenario],
    space: Hunt | None = None,
    *,
    budget: str | timedelta | Duration = "10min",
    max_runs: int | None = None,
    workers: int | None = None,
    seed: int = 0,
    tell: Teller | None = None,
) -> HuntResult:
    """Looks for a seed, faults and parameters that break an invariant, and shrinks what it finds.

    Parameters
    ----------
    scenario
        A function that returns a `Scenario` with invariants.
    space
        Where to look. None: any seed, any fault that the scenario can have, no parameters.
    budget
        Wall time for both.
    max_runs
        Runs for both, at least 1. None: as many as the budget allows.
    workers
        Runs at a time while searching, at least 1. None: one per core that this process may use.
    seed
        Of the hunt.
    tell
        Called with the number of runs and the simplest case that fails, after each run.

    Raises
    ------
    ScenarioError
        Where there is nothing to hunt for, or the space is none: all problems at once, those of the other arguments
        included.
    RunLost
        Where the machine cannot make a run, and nothing was found before.

    Notes
    -----
    The same function, space, seed and `max_runs` under the same versions of Reshake, Hypothesis and Python find and
    shrink to the same scenario, whatever the number of workers, unless the budget of time ends it earlier.
    """
    space = Hunt() if space is None else space
    _require_hypothesis()
    from .space import Refusals, cases
    from .trials import Trials

    problems: list[Problem] = []
    refusals = Refusals()
    with gathered(problems):
        limit = _limit(budget, max_runs, seed)
    with gathered(problems):
        count = checked_workers(workers) or len(os.sched_getaffinity(0))
    with gathered(problems):
        _check(scenario, space)
    with gathered(problems):
        drawn = cases(scenario, space, refusals)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    watch = Stopwatch()
    with Trials(count) as trials:
        chase = _Chase(trials, lambda: watch.nanoseconds() < limit, max_runs, tell or (lambda _runs, _best: None))
        try:
            chase.search(drawn, seed)
            chase.shrink()
        except (KeyboardInterrupt, RunLost) as error:
            # What was found before is not lost with a run; that nothing was found would not be true.
            if isinstance(error, RunLost) and not chase.has_found:
                raise
            chase.interrupted = True
        return HuntResult(
            found=chase.found(),
            runs=trials.made,
            seconds=watch.seconds(),
            interrupted=chase.interrupted,
            refused=refusals.count,
            refusal=refusals.first,
        )


class _Chase:
    """A hunt under way. What it has reached is there when it is interrupted.

    Parameters
    ----------
    in_time
        Whether there is any left.
    at_most
        Cases and turns of the shrinker, together. Runs that other workers have begun meanwhile do not count,
        lest the finding depend on their number.
    """

    def __init__(self, trials: Trials, in_time: Callable[[], bool], at_most: int | None, tell: Teller) -> None:
        self.interrupted = False
        self._trials = trials
        self._in_time = in_time
        self._at_most = at_most
        self._taken = 0
        self._tell = tell
        self._first: Case | None = None
        self._after = 0
        self._broken = 0
        self._shrinker: Shrinker | None = None

    def search(self, drawn: SearchStrategy[Case], seed: int) -> None:
        """Looks for the first case, in the order of drawing, that breaks an invariant."""
        from .rounds import CASES, draw_round

        before = 0
        while self._left():
            batch = draw_round(drawn, seed, before // CASES)
            failing: dict[int, Outcome] = {}
            for index, outcome in self._trials.each(self._wanted(batch, failing)):
                if outcome.broken:
                    failing[index] = outcome
                self._tell(self._trials.made, None)
            if failing:
                index = min(failing)
                self._first, self._broken = batch[index], failing[index].broken[0]
                self._after = self._taken = before + index + 1
                return
            before += CASES

    def shrink(self) -> None:
        """Makes what was found as simple as it gets."""
        from .found import only
        from .shrink import Shrinker

        if self._first is not None:
            self._shrinker = Shrinker(only(self._first, self._broken), self._fails)
            self._shrinker.shrink()

    def found(self) -> Found | None:
        """What was found, as simple as it was made."""
        from .found import found, only

        if self._first is None:
            return None
        case = self._shrinker.best if self._shrinker else only(self._first, self._broken)
        return found(
            case,
            self._trials.known(case) or self._trials.of(case),
            min(self._broken, 0),
            first=self._first,
            after=self._after,
            is_minimal=self._shrinker is not None and self._shrinker.finished,
        )

    @property
    def has_found(self) -> bool:
        """Whether there is a case that fails."""
        return self._first is not None

    def _wanted(self, batch: Sequence[Case], failing: Mapping[int, Outcome]) -> Iterator[Case]:
        for case in batch:
            if failing or not self._left():
                return
            self._taken += 1
            yield case

    def _left(self) -> bool:
        return self._in_time() and (self._at_most is None or self._taken < self._at_most)

    def _fails(self, case: Case) -> bool | None:
        """Whether another case breaks the same invariant, the only one that it has left."""
        outcome = self._trials.known(case)
        if outcome is None:
            if not self._left():
                return None
            self._taken += 1
            outcome = self._trials.of(case)
            self._tell(self._trials.made, self._shrinker.best if self._shrinker else None)
        return min(self._broken, 0) in outcome.broken


def _require_hypothesis() -> None:
    try:
        importlib.import_module("hypothesis")
    except ImportError:
        sentence = 'Hypothesis is not installed, which draws and shrinks; pip install "reshake[hunt]"'
        raise ScenarioError([Problem("hunt", sentence)]) from None


def _check(scenario: Callable[..., Scenario], space: Hunt) -> None:
    """Refuses what cannot be hunted, with the messages that the scenario itself would give."""
    from ..study import Study
    from .places import check_places

    some = {name: each[:1] if isinstance(each, list | tuple) else [each] for name, each in space.parameters.items()}
    study = Study(scenario, **some)
    base = study.runs[0].scenario
    problems = list(base.problems()[0])
    if not base.invariants:
        sentence = "declares no invariants, so that nothing can break; Scenario(invariants=[...]) does"
        problems.append(Problem(study.name, sentence))
    with gathered(problems):
        check_places(base, space.places)
    if problems:
        raise ScenarioError(problems)


def _limit(budget: Any, max_runs: Any, seed: Any) -> int:
    problems = []
    nanoseconds = 0
    try:
        nanoseconds = above_zero(Duration.parse(budget))
    except UnitError as error:
        problems.append(Problem("budget", f"{spell(budget)} {error}; expected {Duration.EXPECTED}"))
    if max_runs is not None and not is_whole(max_runs, at_least=1):
        problems.append(Problem("max_runs", f"{spell(max_runs)} is out of range; expected a whole number, at least 1"))
    if not is_whole(seed, at_least=0) or seed > _LARGEST_SEED:
        expected = f"expected a whole number from 0 to {_LARGEST_SEED}"
        problems.append(Problem("seed", f"{spell(seed)} is out of range; {expected}"))
    if problems:
        raise ScenarioError(problems)
    return nanoseconds
