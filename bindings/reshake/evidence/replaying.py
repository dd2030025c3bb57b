"""A run of a batch, run again: equal to the byte, and this time with witnesses."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import engine
from ..batch import schema
from ..batch.tables import TABLES
from ..errors import NotReplayed, Problem, ScenarioError
from ..results import FinishedRun, Results
from . import rerun
from .choice import ChosenAttempt, chosen_attempt, chosen_run, name_of
from .tracing import TraceEvent, as_lines_of_json, as_text

_LAST = 800  # Characters of what a process said before it died.


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A run that was run again, and what was seen of it.

    Attributes
    ----------
    run
        The run of the batch.
    attempt
        The attempt that was asked for: `number` is its row, `row` what the table says of it.
    directory
        Where the files are. None where none were asked for.
    captures
        A pcap file per machine that saw a packet.
    key_log
        The secrets of the connections, for Wireshark.
    trace
        What happened in the attempt, moment by moment.
    """

    run: FinishedRun
    attempt: ChosenAttempt | None
    directory: Path | None
    captures: tuple[Path, ...]
    key_log: Path | None
    trace: tuple[TraceEvent, ...]


def replay(
    results: Results | str | os.PathLike[str],
    *,
    run: str | None = None,
    attempt: int | str | None = None,
    out: str | os.PathLike[str] | None = None,
    pcap: bool = False,
    keylog: bool = False,
    trace: bool = False,
    all_packets: bool = False,
    json_lines: bool = False,
) -> Replay:
    """Runs a finished run once more, requires the same results to the byte, and writes evidence of it.

    Parameters
    ----------
    results
        A batch, or its directory.
    run
        How the run's address begins, or what sets it apart (``"ticket_lifetime=1h,seed=3"``). None: the only one.
    attempt
        A row of the run's table of attempts, from 0, or its names: ``"phones/17/3"`` is client 17's visit 3;
        connection and attempt may follow. Files are then of its connection alone.
    out
        A new directory for the files. None: in the batch, below ``evidence``.
    pcap
        Write the packets of each machine, ``phones-17.pcap``.
    keylog
        Write ``keys.log``, in the format of SSLKEYLOGFILE.
    trace
        Write what happened in the attempt as text, ``trace.txt``.
    all_packets
        Packets and keys of the whole run, although an attempt is given.
    json_lines
        The trace as JSON instead, an object per line, ``trace.jsonl``.

    Raises
    ------
    ScenarioError
        Where there is no such run or attempt, or `out` exists or cannot be written.
    NotReplayed
        Where the results differ from those of the batch: with another build or library, most likely.

    Notes
    -----
    See ``docs/evidence.md`` for Wireshark. Recordings and device profiles that the scenario names must still be where
    they were.

    Examples
    --------
    >>> import reshake as rs
    >>> def scenario() -> rs.Scenario:
    ...     phones = rs.Clients("phones", count=1, access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap="1min"))
    ...     edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="1min"))
    ...     return rs.Scenario(duration="5min", clients=[phones], fleets=[edge])
    >>> results = rs.Study(scenario).run("seen", progress=False)
    >>> seen = rs.replay(results, attempt=0, pcap=True, keylog=True, trace=True)
    >>> [file.name for file in seen.captures]
    ['edge-ams-server-1.pcap', 'phones-0.pcap']
    >>> seen.trace[0].event
    'begins'
    """
    batch = results if isinstance(results, Results) else Results(results)
    problems = []
    if trace and attempt is None:
        problems.append(Problem("trace", "is of one attempt; which? attempt says it"))
    if all_packets and not pcap:
        problems.append(Problem("all_packets", "says which packets a capture holds; ask for pcap, too"))
    if problems:
        raise ScenarioError(problems)
    engine.require()
    asked = chosen_run(batch, run)
    chosen = None if attempt is None else chosen_attempt(asked, attempt)
    wishes = rerun.Wishes(
        attempt=None if chosen is None else chosen.key,
        packets=pcap,
        key_log=keylog,
        trace=trace,
        everything=all_packets,
    )
    wanted = pcap or keylog or trace
    target = _target(batch, asked, chosen, out) if wanted else None
    with _workshop(target) as directory:
        answer = _rerun(asked, wishes, directory)
        _require_equal(asked, answer, directory / rerun.TABLES)
        events = tuple(
            TraceEvent(at=at, node=node, event=event, details=told) for at, node, event, told in answer["trace"]
        )
        if target is not None:
            files = directory / rerun.FILES
            if trace:
                name, text = ("trace.jsonl", as_lines_of_json(events)) if json_lines else ("trace.txt", as_text(events))
                (files / name).write_text(text)
            files.rename(target)
    return Replay(
        run=asked,
        attempt=chosen,
        directory=target,
        captures=tuple(target / name for name in answer["captures"]) if target is not None else (),
        key_log=target / rerun.KEY_LOG if target is not None and keylog else None,
        trace=events,
    )


def _target(
    results: Results, run: FinishedRun, attempt: ChosenAttempt | None, out: str | os.PathLike[str] | None
) -> Path:
    name = run.address[:8] if attempt is None else f"{run.address[:8]}-{attempt.number}"
    target = Path(out) if out is not None else results.directory / "evidence" / name
    if target.exists() or target.is_symlink():
        raise ScenarioError([Problem(str(target), "exists; choose a new directory")])
    return target


@contextmanager
def _workshop(target: Path | None) -> Iterator[Path]:
    """A directory to work in, beside the target so that what is whole needs only another name."""
    if target is None:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=target.parent))
    except OSError as error:
        raise ScenarioError([Problem(str(target), f"cannot be written: {error.strerror}")]) from None
    try:
        yield directory
    except OSError as error:
        raise ScenarioError([Problem(str(target), f"cannot be written: {error.strerror or error}")]) from None
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _rerun(run: FinishedRun, wishes: rerun.Wishes, directory: Path) -> dict[str, Any]:
    order = rerun.Rerun(scenario=run.scenario, seed=run.seed, wishes=wishes, directory=directory)
    # -P: a file in the current directory must not pass for a module of ours.
    command = [sys.executable, "-P", "-m", rerun.__name__]
    ended = subprocess.run(command, input=pickle.dumps(order), stderr=subprocess.PIPE, check=False)
    if ended.returncode == -signal.SIGINT:
        raise KeyboardInterrupt
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip()[-_LAST:]
        raise NotReplayed(f"run {name_of(run)} did not end well (status {ended.returncode}): {said}")
    answer: dict[str, Any] = json.loads((directory / rerun.ANSWER).read_text())
    return answer


def _require_equal(run: FinishedRun, answer: Mapping[str, Any], tables: Path) -> None:
    stored = run.manifest
    differ = [name for name in ("digest", "events", "visits_while_down") if stored[name] != answer[name]]
    if any(answer["packets"].get(name) != count for name, count in stored["packets"].items()):
        differ.append("packets")
    differ += [f"{name}.parquet" for name in TABLES if not _equal(run.directory, tables, f"{name}.parquet")]
    if not differ:
        return
    then, now = stored["versions"], engine.versions()
    changed = [
        f"{name} was {then.get(name, 'not told')} and is {now.get(name, 'not told')}"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    ]
    why = "; ".join(changed) if changed else "every version is the same, so this is a fault of Reshake"
    raise NotReplayed(f"run {name_of(run)} came out differently ({', '.join(differ)}): {why}")


def _equal(stored: Path, again: Path, name: str) -> bool:
    old, new = stored / name, again / name
    if not old.exists() or (new.exists() and old.read_bytes() == new.read_bytes()):
        return True  # Of a version that had no such table.
    was, is_now = schema.read(old), schema.read(new)
    return was is not None and is_now is not None and bool(was.equals(is_now))
