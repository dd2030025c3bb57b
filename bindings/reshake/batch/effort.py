"""How long each run will take, about: the longest begin first, and the time left is told by it."""

from __future__ import annotations

from collections.abc import Mapping

from ..units import Duration
from ..values.arrivals import Trace
from ..values.clients import Clients
from ..values.scenario import Scenario
from .directory import BatchDirectory
from .run import Run

# Of a run without any clients' visits, in attempts.
_LEAST = 1.0
_SECONDS_PER_ATTEMPT = 1e-3


def expected_attempts(scenario: Scenario) -> float:
    """How many attempts a run will make, about: faults and retries are not thought of.

    Examples
    --------
    >>> import reshake as rs
    >>> phones = rs.Clients("phones", count=100, access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap="2h"))
    >>> expected_attempts(rs.Scenario(duration="1d", clients=[phones], fleets=[rs.Fleet("edge", sites=["ams"])]))
    1201.0
    """
    return _LEAST + sum(_visits(each, scenario.duration.seconds) * each.connections for each in scenario.clients)


def efforts(directory: BatchDirectory, finished: Mapping[str, Run], left: Mapping[str, Run]) -> dict[str, float]:
    """Seconds that each run that is left will take: as its scenario with other seeds, else by its attempts."""
    took: dict[str, list[float]] = {}
    attempts = seconds = 0.0
    for address, run in finished.items():
        spent = float(directory.manifest(address)["wall_seconds"])
        took.setdefault(run.scenario_digest, []).append(spent)
        attempts += expected_attempts(run.scenario)
        seconds += spent
    per_attempt = seconds / attempts if seconds else _SECONDS_PER_ATTEMPT
    found = {}
    for address, run in left.items():
        same = took.get(run.scenario_digest)
        found[address] = sum(same) / len(same) if same else per_attempt * expected_attempts(run.scenario)
    return found


def longest_first(left: Mapping[str, Run], effort: Mapping[str, float]) -> dict[str, Run]:
    """The runs that are left in the order in which they are to begin."""
    return dict(sorted(left.items(), key=lambda each: -effort[each[0]]))


def _visits(clients: Clients, seconds: float) -> float:
    arrivals = clients.arrivals
    if isinstance(arrivals, Trace):
        return sum(map(len, arrivals.visits)) * clients.count / max(1, arrivals.clients)
    mean_gap = getattr(arrivals, "mean_gap", None)
    # Arrivals that name no mean count as one visit per client: all this is about the order only.
    return clients.count * (seconds / mean_gap.seconds if isinstance(mean_gap, Duration) else 1.0)
