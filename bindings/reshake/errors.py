"""What a user can get wrong, said in one place: a path, what was given, what is allowed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .results import Results
    from .study import Failure


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    `path` leads to a field ("clients[0].access.delay"); it is empty for the value as a whole.
    """

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence

    def without(self, outer: str) -> Problem:
        """The same problem, seen from the value at `outer` itself."""
        return Problem(self.path.removeprefix(outer).removeprefix("."), self.sentence)

    def below(self, outer: str) -> Problem:
        """The same problem, seen from the value that holds this one at `outer`."""
        if not self.path or not outer:
            return Problem(outer or self.path, self.sentence)
        joint = "" if self.path.startswith("[") else "."
        return Problem(f"{outer}{joint}{self.path}", self.sentence)


class ScenarioError(ValueError):
    """Everything that is wrong with a scenario, a study or their files, a line each.

    Parameters
    ----------
    problems
        At least one problem.

    Examples
    --------
    >>> import reshake as rs
    >>> try:
    ...     rs.Link(delay=45, queue_packets=0)
    ... except rs.ScenarioError as error:
    ...     for problem in error.problems:
    ...         print(problem.path)
    Link.delay
    Link.queue_packets
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


@contextmanager
def gathered(into: list[Problem]) -> Iterator[None]:
    """Adds what a `ScenarioError` says to a list, so that what comes after can be looked at too.

    Examples
    --------
    >>> import reshake as rs
    >>> problems = []
    >>> for loss in (0.5, 2, -1):
    ...     with gathered(problems):
    ...         rs.Bernoulli(loss=loss)
    Bernoulli(loss=0.5)
    >>> [problem.sentence[:2] for problem in problems]
    ['2 ', '-1']
    """
    try:
        yield
    except ScenarioError as error:
        into.extend(error.problems)


class ScenarioWarning(UserWarning):
    """A policy that is allowed and cannot work as meant, such as a lifetime no key lives up to."""


class NotBuilt(ImportError):  # noqa: N818 - read as a sentence: not built
    """The compiled half of Reshake is missing or does not load."""


class NotReplayed(RuntimeError):  # noqa: N818 - read as a sentence: not replayed
    """A run that was run again did not come out as it had, or not at all."""


class RunLost(RuntimeError):  # noqa: N818 - what is raised is what happened
    """The machine could not make a run, which says nothing about the scenario."""


class RunsFailed(RuntimeError):  # noqa: N818 - what is raised is what happened
    """Some runs of a study failed. The others are finished and kept.

    Attributes
    ----------
    failures
        What failed: seed, parameters, reason, and the command that repeats it.
    results
        The results of the runs that finished.
    """

    def __init__(self, failures: Iterable[Failure], results: Results) -> None:
        self.failures = tuple(failures)
        self.results = results
        super().__init__("\n".join(map(str, self.failures)))
