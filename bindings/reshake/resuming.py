"""An interrupted batch goes on, from its directory alone."""

from __future__ import annotations

import os
from datetime import timedelta

from . import engine
from .batch.conduct import conduct, means_of
from .batch.directory import BatchDirectory
from .batch.run import Run
from .errors import Problem, RunsFailed, ScenarioError
from .results import Results
from .units import Duration
from .values.scenario import Scenario


def resume(
    directory: str | os.PathLike[str],
    workers: int | None = None,
    progress: bool | None = None,
    *,
    cluster: str | None = None,
    memory_limit: str | None = None,
    time_limit: str | timedelta | Duration | None = None,
) -> Results:
    """Runs what the study that was last run into `directory` has not finished.

    Neither the file nor the script that made the study is needed: the directory holds its scenarios. Recordings and
    device profiles that they name must still be where they were.

    Parameters
    ----------
    directory
        As given to `Study.run`.
    workers, progress, cluster, memory_limit, time_limit
        As for `Study.run`.

    Returns
    -------
    Results
        Of all runs of the study.

    Raises
    ------
    ScenarioError
        Where the directory holds no batch, or a recording has changed.
    RunsFailed
        After everything else has finished, where a run failed.

    Notes
    -----
    Runs that were finished by another build of Reshake do not count as finished by this one: their addresses differ.

    Examples
    --------
    >>> import reshake as rs
    >>> def scenario() -> rs.Scenario:
    ...     phones = rs.Clients("phones", count=1, access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap="1min"))
    ...     edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="1min"))
    ...     return rs.Scenario(duration="5min", clients=[phones], fleets=[edge])
    >>> finished = rs.Study(scenario).run("resumed", progress=False)
    >>> len(rs.resume("resumed", progress=False).runs)
    1
    """
    means = means_of(workers, progress, cluster, memory_limit, time_limit)
    batch = BatchDirectory(directory)
    index = batch.read_index()
    runs = _runs(batch)
    study = {name: index[name] for name in ("scenario", "source", "grid", "seeds")}
    failures = conduct(batch, study, runs, engine.versions(), means)
    results = Results(batch.path)
    if failures:
        raise RunsFailed(failures, results)
    return results


def _runs(batch: BatchDirectory) -> list[Run]:
    problems: list[Problem] = []
    scenarios = {}
    for digest, content in batch.read_scenarios().items():
        try:
            scenarios[digest] = Scenario.from_content(content)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    return [
        Run(scenario=scenarios[each["scenario"]], seed=each["seed"], parameters=each["parameters"])
        for each in batch.read_index()["runs"]
    ]
