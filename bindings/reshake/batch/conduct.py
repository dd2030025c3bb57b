"""A batch from its runs to its directory: what is finished is kept, what is left is run, here or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..errors import Problem, ScenarioError, gathered
from ..progress import Tally, progress_of
from ..units import Duration
from .directory import BatchDirectory
from .effort import efforts, longest_first
from .failure import Failure
from .limits import Limits, checked_workers, limits_of
from .pool import Batch, Ended, run_batch
from .run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How a batch is to be run; none of it changes a result.

    Attributes
    ----------
    workers
        Runs at a time on this machine. None: one per core that this process may use.
    cluster
        The address of a Dask scheduler, which then runs them instead.
    progress
        True: a bar. False: nothing. None: a bar on a terminal, else lines.
    """

    workers: int | None = None
    cluster: str | None = None
    limits: Limits = field(default_factory=Limits)
    progress: bool | None = None


def means_of(
    workers: int | None,
    progress: bool | None,
    cluster: str | None,
    memory_limit: str | None,
    time_limit: str | timedelta | Duration | None,
) -> Means:
    """What `Study.run` and `resume` were told; a `ScenarioError` with all that is wrong with it."""
    problems: list[Problem] = []
    with gathered(problems):
        checked_workers(workers)
    with gathered(problems):
        limits = limits_of(memory_limit, time_limit)
    if problems:
        raise ScenarioError(problems)
    return Means(workers=workers, cluster=cluster, limits=limits, progress=progress)


def conduct(
    directory: BatchDirectory,
    study: Mapping[str, Any],
    runs: Sequence[Run],
    versions: Mapping[str, str],
    means: Means,
) -> list[Failure]:
    """Makes `directory` that of a study and runs what is not finished; returns what failed.

    Parameters
    ----------
    study
        What the directory tells of the study besides its runs: name, source, grid, seeds.
    """
    addressed = {run.address(versions): run for run in runs}
    with directory.open_for_writing():
        directory.write_index(_index(study, runs, versions), _scenarios(runs))
        finished = {address: run for address, run in addressed.items() if directory.finished(address)}
        left = {address: run for address, run in addressed.items() if address not in finished}
        return _run_all(directory, finished, left, versions, means)


def _run_all(
    directory: BatchDirectory,
    finished: Mapping[str, Run],
    left: Mapping[str, Run],
    versions: Mapping[str, str],
    means: Means,
) -> list[Failure]:
    failures: list[Failure] = []
    effort = efforts(directory, finished, left)
    batch = Batch(directory=directory.path, runs=longest_first(left, effort), versions=versions, limits=means.limits)
    workers = min(means.workers or len(os.sched_getaffinity(0)), max(1, len(left)))
    where = f"on {means.cluster}" if means.cluster else f"{workers} at a time"
    tally = Tally(total=len(finished) + len(left), skipped=len(finished), effort=sum(effort.values()))
    with progress_of(tally, where, show=means.progress) as tell:
        if not left:
            return failures
        # Closed at once when interrupted: no run may outlive the lock on the directory.
        with closing(_ends(batch, workers, means.cluster)) as ends:
            for ended in ends:
                attempts = seconds = 0.0
                if ended.failure is not None:
                    failures.append(ended.failure)
                else:
                    attempts = directory.manifest(ended.address)["rows"]["attempts"]
                    seconds = left[ended.address].scenario.duration.seconds
                tally.count(effort[ended.address], seconds, attempts, failed=ended.failure is not None)
                tell()
    return failures


def _ends(batch: Batch, workers: int, cluster: str | None) -> Generator[Ended]:
    if cluster is None:
        return run_batch(batch, workers)
    from .cluster import run_on_cluster

    return run_on_cluster(batch, cluster)


def _index(study: Mapping[str, Any], runs: Sequence[Run], versions: Mapping[str, str]) -> dict[str, Any]:
    told = [
        {
            "address": run.address(versions),
            "parameters": run.parameters,
            "seed": run.seed,
            "scenario": run.scenario_digest,
        }
        for run in runs
    ]
    return {**study, "versions": dict(versions), "runs": told}


def _scenarios(runs: Sequence[Run]) -> dict[str, Any]:
    from ..values.kinds import dump_value

    return {run.scenario_digest: dump_value(run.scenario, identity=False) for run in runs}
