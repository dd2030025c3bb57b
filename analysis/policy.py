"""What a scenario declares about its servers, worked out without the simulator: who holds which keys, when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

ServerName = tuple[str, int]
"""A site's name and the number of a server in it, from 1, as in paths."""

Ring = tuple[int, str | None, int | None]
"""The servers that have the same ticket keys: the fault that brought the keys (-1: the start), site and server."""


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
    def single_use(self) -> bool:
        """Whether tickets are used up by early data's protection against replays."""
        return bool(self.tls.max_early_data > 0 and self.tls.anti_replay == "single-use")

    def generation(self, at: int) -> int:
        """The key that seals tickets at a time: its number since the start of the run."""
        rotation = self.tickets.rotation
        return 0 if rotation is None else at // nanoseconds(rotation.every)


def nanoseconds(duration: Any) -> int:
    """A duration of a scenario as an integer."""
    return int(duration.nanoseconds)


def ring_of(scope: str, fault: int, server: ServerName) -> Ring:
    """Whose keys they are, by `Tickets.keys`."""
    return {
        "shared": (fault, None, None),
        "per-site": (fault, server[0], None),
        "per-server": (fault, *server),
    }[scope]


def processes_of(scenario: Any) -> Mapping[ServerName, Sequence[Process]]:
    """The processes of each server, one after the other, as faults and deploys of a scenario make them.

    Parameters
    ----------
    scenario
        A `reshake.Scenario`.
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
                ring=ring_of(fleet.tickets.keys, -1, server),
                memory=0,
            )
        ]
        for server in servers
    }
    for at, server, index in sorted(_successions(scenario, servers)):
        fault = scenario.faults[index]
        before = found[server][-1]
        found[server][-1] = replace(before, until=at)
        tickets = getattr(fault, "tickets", None) or before.tickets
        found[server].append(
            replace(
                before,
                since=at,
                tls=getattr(fault, "tls", None) or before.tls,
                tickets=tickets,
                ring=ring_of(tickets.keys, index, server) if fault.keys == "lost" else before.ring,
                memory=before.memory + (fault.memory == "lost"),
            )
        )
    return found


def _successions(scenario: Any, servers: Sequence[ServerName]) -> Iterator[tuple[int, ServerName, int]]:
    """When which server gets a new process, by which fault."""
    fleet = scenario.fleets[0]
    for index, fault in enumerate(scenario.faults):
        kind = type(fault).__name__
        if kind == "Restart":
            for site, number in servers:
                path = f"{fleet.name}/{site}/server-{number}"
                if f"{path}/".startswith(f"{fault.where}/"):
                    yield nanoseconds(fault.start) + nanoseconds(fault.lasts), (site, number), index
        elif kind == "Deploy":
            for place, server in enumerate(servers):
                turn = place // fault.servers_at_once
                gone = nanoseconds(fault.drain) + nanoseconds(fault.lasts)
                yield nanoseconds(fault.start) + turn * nanoseconds(fault.every) + gone, server, index
