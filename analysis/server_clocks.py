"""What each server's clock shows, as a scenario's faults put it off: worked out without the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .policy import ServerName, nanoseconds


@dataclass(frozen=True, kw_only=True)
class _Skew:
    """One fault, in nanoseconds."""

    where: str
    begins: int
    ends: int | None
    """None: it has jumped for good."""
    offset: int
    drift_ppm: float

    def ahead(self, at: int) -> int:
        if at < self.begins or (self.ends is not None and at >= self.ends):
            return 0
        return self.offset + int(float(at - self.begins) * self.drift_ppm / 1e6)


class ServerClocks:
    """Dates as nanoseconds since the start of the run.

    Parameters
    ----------
    scenario
        A `reshake.Scenario` whose faults are those of the run, one by one.
    """

    def __init__(self, scenario: Any) -> None:
        self._fleet = scenario.fleets[0].name
        self._skews = [
            _Skew(
                where=fault.where,
                begins=nanoseconds(fault.start),
                ends=None if fault.lasts is None else nanoseconds(fault.start) + nanoseconds(fault.lasts),
                offset=nanoseconds(fault.offset),
                drift_ppm=fault.drift_ppm,
            )
            for fault in scenario.faults
            if type(fault).__name__ == "ClockSkew"
        ]

    def shows(self, server: ServerName, at: int) -> int:
        """The date on a server's clock."""
        return at + sum(each.ahead(at) for each in self._of(server))

    def earliest(self, server: ServerName, began: int, at: int) -> int:
        """The earliest date that it showed between two times, both included."""
        return min(self.shows(server, moment) for moment in self._moments(server, began, at))

    def latest(self, server: ServerName, began: int, at: int) -> int:
        """The latest one."""
        return max(self.shows(server, moment) for moment in self._moments(server, began, at))

    def _of(self, server: ServerName) -> list[_Skew]:
        if not self._skews:
            return []
        path = f"{self._fleet}/{server[0]}/server-{server[1]}/"
        return [each for each in self._skews if path.startswith(f"{each.where}/")]

    def _moments(self, server: ServerName, began: int, at: int) -> list[int]:
        """Between two of these a clock runs evenly."""
        edges = [
            edge
            for each in self._of(server)
            for edge in (each.begins, each.ends)
            if edge is not None and began < edge <= at
        ]
        return [began, at, *edges, *(edge - 1 for edge in edges)]
