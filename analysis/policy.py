"""What a scenario declares about its servers, worked out without the simulator: who holds which keys, when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

ServerName = tuple[str, int]
"""A site's name and the number of a server in it, from 1, as in paths."""

Ring = tuple[int, str | None, int | None, tuple[int, int] | None]
"""Keys that servers have in common: the fault that brought them (-1: the start), site, server, and how often they turn,
in nanoseconds, with how many are kept."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """What one server is set to from `since` on, in nanoseconds, until the next one takes its place."""

    since: int
    until: int | None
    tls: Any
    tickets: Any
    ring: Ring
    memory: int
    """Counts how often the server has lost its memory."""

    @property
    def keys_from(self) -> str:
        """How the server comes by its keys: by the "schedule", its "clock", or a "coordinator"."""
        kinds = {"NoneType": "schedule", "ClockDerived": "clock", "KeyCoordinator": "coordinator"}
        return kinds[type(self.tickets.distribution).__name__]

    @property
    def single_use(self) -> bool:
        """Whether tickets are used up by early data's protection against replays."""
        return bool(self.tls.max_early_data > 0 and self.tls.anti_replay == "single-use")

    def generation(self, at: int) -> int:
        """The number of the key that seals tickets at a time, or at a date by its own clock."""
        rotation = self.tickets.rotation
        return 0 if rotation is None else at // nanoseconds(rotation.every)


def nanoseconds(duration: Any) -> int:
    """A duration of a scenario as an integer."""
    return int(duration.nanoseconds)


def ring_of(tickets: Any, fault: int, server: ServerName) -> Ring:
    """The keys that a server has by its settings."""
    site, number = {"shared": (None, None), "per-site": (server[0], None), "per-server": server}[tickets.keys]
    rotation = tickets.rotation
    return fault, site, number, None if rotation is None else (nanoseconds(rotation.every), rotation.keep_previous)


Judged = tuple[int, int, int, str]
"""Of a verdict on a staged rollout: the fault's index, the stage from 1, when in nanoseconds, and the verdict."""


def processes_of(scenario: Any, judged: Sequence[Judged] = ()) -> Mapping[ServerName, Sequence[Process]]:
    """The processes of each server, one after the other, as faults and deploys of a scenario make them.

    Parameters
    ----------
    scenario
        A `reshake.Scenario`.
    judged
        What its staged rollouts were told in the run, in the order of the table `rollout`.
    """
    fleet = scenario.fleets[0]
    servers = [(site.name, number + 1) for site in fleet.sites for number in range(fleet.servers_per_site)]
    found = {
        server: [
            Process(
                since=0,
                until=None,
                tls=fleet.tls,
                tickets=fleet.tickets,
                ring=ring_of(fleet.tickets, -1, server),
                memory=0,
            )
        ]
        for server in servers
    }
    settings: dict[ServerName, Settings] = dict.fromkeys(servers, (fleet.tls, fleet.tickets))
    flips: dict[ServerName, dict[int, Any]] = {server: {} for server in servers}
    rings = _Rings()
    # At the same instant what stands first in the list comes first, and stages that a verdict has let through last.
    for at, server, _, index, begins in sorted(
        [*_successions(scenario, servers), *_rollouts(scenario, servers, judged)]
    ):
        fault = scenario.faults[index]
        before = found[server][-1]
        found[server][-1] = replace(before, until=at)
        settings[server], flips[server] = _settings(settings[server], flips[server], fault, index, begins)
        tls, tickets = settings[server]
        for flip in flips[server].values():
            tls, tickets = flip.tls or tls, flip.tickets or tickets
        keys = fault.keys if hasattr(fault, "keys") else {"KeyWipe": "lost"}.get(type(fault).__name__, "kept")
        memory = fault.memory if hasattr(fault, "memory") else {"KeyWipe": "kept"}.get(type(fault).__name__, "lost")
        found[server].append(
            replace(
                before,
                since=at,
                tls=tls,
                tickets=tickets,
                ring=rings.after(before.ring, server, tickets, keys == "lost", _part(fault, begins), index),
                memory=before.memory + (memory == "lost"),
            )
        )
    return found


def _part(fault: Any, begins: bool) -> str:
    """Which part of a staged rollout a change is: "out", "back", or none."""
    if type(fault).__name__ != "StagedRollout":
        return ""
    return "out" if begins else "back"


class _Rings:
    """Which keys servers have after a change, and which come back as a rollout is taken back."""

    def __init__(self) -> None:
        self._set_aside: dict[ServerName, tuple[int, Ring]] = {}

    def after(self, before: Ring, server: ServerName, tickets: Any, lost: bool, part: str, index: int) -> Ring:
        """The keys of a server from a fault on; `tickets`: what it is set to then, which its keys always follow."""
        if part == "back":
            of, aside = self._set_aside.get(server, (-1, before))
            if of == index and aside == ring_of(tickets, aside[0], server):
                del self._set_aside[server]
                return aside
            lost = False
        if not lost and before == ring_of(tickets, before[0], server):
            return before
        self._set_aside.pop(server, None)
        if part == "out":
            self._set_aside[server] = index, before
        return ring_of(tickets, index, server)


Settings = tuple[Any, Any]
"""Of TLS and of tickets, without what a policy flip changes for a while."""


def _settings(
    before: Settings, flips: Mapping[int, Any], fault: Any, index: int, begins: bool
) -> tuple[Settings, dict[int, Any]]:
    """Settings and flips that are on after a fault has begun, or is over."""
    if type(fault).__name__ in ("PolicyFlip", "StagedRollout"):
        others = {each: flip for each, flip in flips.items() if each != index}
        return before, {**others, index: fault} if begins else others
    tls, tickets = getattr(fault, "tls", None), getattr(fault, "tickets", None)
    # A deploy is the last word on what it sets.
    left = {
        each: replace(flip, tls=None if tls else flip.tls, tickets=None if tickets else flip.tickets)
        for each, flip in flips.items()
    }
    return (tls or before[0], tickets or before[1]), left


_AT_ONCE = {"CacheLoss", "KeyWipe"}
_AT_THE_END = {"Restart", "Crash"}
_BOTH = {"PolicyFlip", "CertificateReplacement"}


Succession = tuple[int, ServerName, bool, int, bool]
"""When which server gets a new process, whether the run has decided that, by which fault, and whether that begins."""


def _successions(scenario: Any, servers: Sequence[ServerName]) -> Iterator[Succession]:
    fleet = scenario.fleets[0]
    for index, fault in enumerate(scenario.faults):
        kind = type(fault).__name__
        if kind == "Deploy":
            for place, server in enumerate(servers):
                turn = place // fault.servers_at_once
                gone = nanoseconds(fault.drain) + nanoseconds(fault.lasts)
                yield nanoseconds(fault.start) + turn * nanoseconds(fault.every) + gone, server, False, index, True
            continue
        if kind not in _AT_ONCE | _AT_THE_END | _BOTH | {"Drain"}:
            continue
        start = nanoseconds(fault.start)
        for site, number in servers:
            if not f"{fleet.name}/{site}/server-{number}/".startswith(f"{fault.where}/"):
                continue
            if kind in _AT_ONCE | _BOTH:
                yield start, (site, number), False, index, True
            if kind in _AT_THE_END:
                yield start + nanoseconds(fault.lasts), (site, number), False, index, False
            if kind == "Drain":
                yield start + nanoseconds(fault.grace) + nanoseconds(fault.lasts), (site, number), False, index, False
            if kind in _BOTH and fault.lasts is not None:
                yield start + nanoseconds(fault.lasts), (site, number), False, index, False


def _rollouts(scenario: Any, servers: Sequence[ServerName], judged: Sequence[Judged]) -> Iterator[Succession]:
    """The same of staged rollouts, whose stages follow from what they were told."""
    for index, fault in enumerate(scenario.faults):
        if type(fault).__name__ != "StagedRollout":
            continue
        at, changed = nanoseconds(fault.start), []
        for number, stage in enumerate(fault.stages, start=1):
            now = [server for server in servers if server[0] in stage.sites]
            changed += now
            yield from ((at, server, number > 1, index, True) for server in now)
            told = [(when, verdict) for of, which, when, verdict in judged if (of, which) == (index, number)]
            if not told:
                at += nanoseconds(stage.bake)
                continue
            at = max(when for when, _ in told)
            last = {verdict for when, verdict in told if when == at}
            policy = fault.analysis.undecided
            if "roll_back" in last or ("undecided" in last and policy == "roll-back"):
                yield from ((at, server, True, index, False) for server in changed)
                break
            if "undecided" in last and policy == "wait":
                break  # The run ended first.
