"""A study: a scenario function, the values of its parameters, and seeds."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from . import engine
from .batch.columns import column_of
from .batch.conduct import conduct, means_of
from .batch.directory import BatchDirectory
from .batch.failure import Failure
from .batch.run import Run, label
from .errors import Problem, RunsFailed, ScenarioError, ScenarioWarning, gathered
from .results import Results
from .units import Duration, Rate, spell
from .values.kinds import dump_value, nearest, type_key
from .values.scenario import Scenario

__all__ = ["Failure", "Run", "Study"]

_LARGEST_SEED = 2**63 - 1


class Study:
    r"""Every combination of parameter values, each with every seed.

    Parameters
    ----------
    scenario
        A function that returns a `Scenario`.
    seeds
        Whole numbers from 0 to 2**63 - 1; ``seeds=3`` is short for ``range(3)``.
    **grid
        For parameters of the function, a list of values each; a value that is no list stands for
        itself. A parameter that is not named here keeps its default.

    Raises
    ------
    ScenarioError
        Where a name is no parameter of the function, values are missing, stand twice or cannot be
        written down, or the function's own values are refused: all problems at once, each with the
        parameters that led to it.

    Notes
    -----
    Equal seeds give different policies the same arrivals, losses and churn, so that differences
    between them are differences in policy.

    Examples
    --------
    >>> import reshake as rs
    >>> def scenario(loss: float = 0.0) -> rs.Scenario:
    ...     lte = rs.Link(delay="45ms", loss=rs.Bernoulli(loss=loss))
    ...     return rs.Scenario(
    ...         duration="1h", fleets=[rs.Fleet("edge", sites=["ams"])],
    ...         clients=[rs.Clients("phones", count=1, access=lte,
    ...                             arrivals=rs.Poisson(mean_gap="1min"))])
    >>> study = rs.Study(scenario, loss=[0.0, 0.02], seeds=2)
    >>> print(*study.runs, sep="\n")
    loss=0.0, seed=0
    loss=0.02, seed=0
    loss=0.0, seed=1
    loss=0.02, seed=1
    """

    def __init__(self, scenario: Callable[..., Scenario], /, *, seeds: int | Iterable[int] = 1, **grid: Any) -> None:
        apart: list[Problem] = []  # They keep no scenario from being made.
        problems: list[Problem] = []
        self.name: str = getattr(scenario, "__name__", "scenario")
        #: Where the scenario function comes from, for `reshake plot`; set by the command line.
        self.source: str | None = None
        self.seeds = _seeds(seeds, apart)
        _check_columns(grid, apart)
        values = {name: _values(name, given, problems) for name, given in grid.items()}
        _check_signature(scenario, values, problems)
        if not problems:
            self._labels = {
                name: tuple(_label(each, name, problems) for each in each_of) for name, each_of in values.items()
            }
            _check_distinct(self._labels, problems)
        if not problems:
            self._combinations = self._evaluate(scenario, values, problems)
        if apart or problems:
            raise ScenarioError([*apart, *problems])

    @property
    def grid(self) -> Mapping[str, tuple[Any, ...]]:
        """The labels of each parameter's values, in order: text, number, truth or None."""
        return self._labels

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every combination with the first seed, then with the next, and so on."""
        return tuple(
            Run(scenario=scenario, seed=seed, parameters=parameters)
            for seed in self.seeds
            for parameters, scenario in self._combinations
        )

    def validate(self) -> None:
        """Validates every scenario before any is run.

        Raises
        ------
        ScenarioError
            With all problems of all combinations, each with the parameters that led to it.

        Warns
        -----
        ScenarioWarning
            Once for each policy that is allowed and cannot work as meant.
        """
        errors: dict[Problem, list[str]] = {}
        doubts: dict[Problem, list[str]] = {}
        for parameters, scenario in self._combinations:
            for found, into in zip(scenario.problems(), (errors, doubts), strict=True):
                for problem in found:
                    into.setdefault(problem, []).append(_said(parameters))
        for message in self._with_parameters(doubts):
            warnings.warn(str(message), ScenarioWarning, stacklevel=2)
        if errors:
            raise ScenarioError(self._with_parameters(errors))

    def run(
        self,
        out: str | os.PathLike[str],
        workers: int | None = None,
        progress: bool | None = None,
        *,
        cluster: str | None = None,
        memory_limit: str | None = None,
        time_limit: str | timedelta | Duration | None = None,
    ) -> Results:
        """Runs what is not finished yet, each run in a process of its own.

        Parameters
        ----------
        out
            A directory: new, empty, or of an earlier batch, whose runs are not repeated.
        workers
            Runs at a time, at least 1. None: one per core that this process may use.
        progress
            True: a progress bar. False: nothing. None: a bar on a terminal, else lines.
        cluster
            The address of a Dask scheduler, such as ``"tcp://10.0.0.5:8786"``: its workers run instead
            of this machine. See docs/cluster.md.
        memory_limit
            Of each run, such as ``"2GiB"``: what its process may hold in memory, of which about 70 MiB
            are there before it begins. It is looked at twenty times a second.
        time_limit
            Of each run, such as ``"10min"`` of wall time.

        Returns
        -------
        Results
            Of all runs of this study.

        Raises
        ------
        ScenarioError
            Before anything is run: what `validate` finds and what is wrong with the other arguments, or an `out` that
            cannot be used.
        RunsFailed
            After everything else has finished, where a run failed, crashed or was stopped at a limit.

        Notes
        -----
        A run is addressed by a digest of its scenario, seed and versions: after Ctrl-C or a failure
        the same call does what is missing, and so does `resume`. Results do not depend on how or where
        they were run.
        """
        problems: list[Problem] = []
        with gathered(problems):
            means = means_of(workers, progress, cluster, memory_limit, time_limit)
        with gathered(problems):
            self.validate()
        if problems:
            raise ScenarioError(problems)
        directory = BatchDirectory(out)
        failures = conduct(directory, self._description(), self.runs, engine.versions(), means)
        results = Results(directory.path)
        if failures:
            raise RunsFailed(failures, results)
        return results

    def _description(self) -> dict[str, Any]:
        return {
            "scenario": self.name,
            "source": self.source,
            "grid": {name: list(labels) for name, labels in self._labels.items()},
            "seeds": list(self.seeds),
        }

    def _evaluate(
        self,
        scenario: Callable[..., object],
        values: Mapping[str, tuple[Any, ...]],
        problems: list[Problem],
    ) -> tuple[tuple[Mapping[str, Any], Scenario], ...]:
        found: dict[Problem, list[str]] = {}
        made = []
        choices = itertools.product(*values.values())
        labels = itertools.product(*self._labels.values())
        for choice, labelled in zip(choices, labels, strict=True):
            parameters = dict(zip(values, labelled, strict=True))
            try:
                result = scenario(**dict(zip(values, choice, strict=True)))
            except ScenarioError as error:
                for problem in error.problems:
                    found.setdefault(problem, []).append(_said(parameters))
                continue
            except Exception as error:
                error.add_note(f"while making the scenario {self.name}({_said(parameters)})")
                raise
            if isinstance(result, Scenario):
                made.append((parameters, result))
            else:
                sentence = f"returned {spell(result)}; expected a Scenario"
                found.setdefault(Problem(self.name, sentence), []).append(_said(parameters))
        problems.extend(self._with_parameters(found))
        return tuple(made)

    def _with_parameters(self, found: Mapping[Problem, list[str]]) -> list[Problem]:
        """Each problem once, with the combinations that have it unless all have."""
        everywhere = 1
        for labels in self._labels.values():
            everywhere *= len(labels)
        return [
            problem
            if len(where) == everywhere
            else Problem(problem.path, f"{problem.sentence} (with {_several(where)})")
            for problem, where in found.items()
        ]


def _several(where: list[str]) -> str:
    shown = "; ".join(where[:4])
    return shown if len(where) <= 4 else f"{shown}; and {len(where) - 4} more"


def _said(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={label(each)}" for name, each in parameters.items())


def _seeds(given: Any, problems: list[Problem]) -> tuple[int, ...]:
    expected = f"expected whole numbers from 0 to {_LARGEST_SEED}, or how many"
    if isinstance(given, int) and not isinstance(given, bool):
        given = range(given)
    if not isinstance(given, Iterable) or isinstance(given, str):
        problems.append(Problem("seeds", f"{spell(given)} is no list; {expected}"))
        return ()
    seeds = tuple(given)
    if not seeds:
        problems.append(Problem("seeds", f"none given; {expected}"))
    problems.extend(
        Problem("seeds", f"{spell(each)} is out of range; {expected}")
        for each in seeds
        if isinstance(each, bool) or not isinstance(each, int) or not 0 <= each <= _LARGEST_SEED
    )
    if len(set(seeds)) < len(seeds):
        problems.append(Problem("seeds", "a seed stands twice"))
    return seeds


def _values(name: str, given: Any, problems: list[Problem]) -> tuple[Any, ...]:
    if isinstance(given, list | tuple | range):
        if not given:
            problems.append(Problem(name, "has no values; expected at least one"))
        return tuple(given)
    return (given,)


def _check_signature(scenario: object, values: Mapping[str, Any], problems: list[Problem]) -> None:
    if not callable(scenario):
        problems.append(Problem("scenario", f"{spell(scenario)} is not a function"))
        return
    parameters = inspect.signature(scenario).parameters
    named = [name for name, each in parameters.items() if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    for name in values:
        if name not in named and not takes_any:
            known = f"; the parameters are {', '.join(named)}" if named else "; it has none"
            sentence = f"no such parameter of the scenario{nearest(name, named) or known}"
            problems.append(Problem(name, sentence))
    problems.extend(
        Problem(name, "the scenario needs a value for it")
        for name in named
        if parameters[name].default is inspect.Parameter.empty and name not in values
    )
    if "seeds" in named:
        problems.append(Problem("seeds", "a parameter of a scenario cannot be called that"))


def _check_columns(names: Iterable[str], problems: list[Problem]) -> None:
    problems.extend(
        Problem(name, "the scenario's parameter is called like a column of the table of attempts; call it otherwise")
        for name in names
        if name == "seed" or column_of(name, "attempts") != name
    )


def _label(value: Any, name: str, problems: list[Problem]) -> Any:
    """What stands for a value in tables and manifests."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Duration | Rate | timedelta):
        return str(Duration(value) if isinstance(value, timedelta) else value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(_label(each, name, problems)) for each in value)
    if dataclasses.is_dataclass(value) and hasattr(value, "__reshake_fields__"):
        rows = {type_key: type(value).__name__} | dump_value(value, identity=False)
        return label(rows)
    sentence = f"{spell(value)} cannot be written into a manifest"
    problems.append(Problem(name, f"{sentence}; expected text, a number or a value of Reshake"))
    return None


def _check_distinct(labels: Mapping[str, tuple[Any, ...]], problems: list[Problem]) -> None:
    for name, each_of in labels.items():
        texts: set[str] = set()
        for i, each in enumerate(each_of):
            # 1, 1.0 and "1" would be one category of the result's column.
            if label(each) in texts or (not isinstance(each, str) and each in each_of[:i]):
                problems.append(Problem(name, f"{spell(each)} stands twice"))
            texts.add(label(each))
