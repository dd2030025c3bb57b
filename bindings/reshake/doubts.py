"""Policies that are allowed and cannot work as meant: what validation finds, and what a reviewer would say."""

from __future__ import annotations

import math

from .errors import Problem
from .units import Duration
from .values.arrivals import Poisson
from .values.clients import Clients
from .values.fleet import Fleet
from .values.scenario import Scenario

_FEW = 0.1  # A share of visits below which a policy does not serve its purpose.
_FEWEST_VISITS = 5.0  # Of a client in a run: with fewer, first visits decide what is seen.


def doubts_about(scenario: Scenario) -> list[Problem]:
    """Everything that is odd about a scenario, with the path of the field to look at.

    Parameters
    ----------
    scenario
        Any that has no errors.

    Notes
    -----
    The first are those that `Scenario.validate` warns of. The others are closed forms: 1 - exp(-lifetime / gap) of
    returning visits come within a ticket's lifetime, and 1 / n of them meet the server that sealed it.
    """
    found = list(scenario.problems()[1])
    for f, fleet in enumerate(scenario.fleets):
        path = f"fleets[{f}]"
        found += _early_data(scenario, fleet, path)
        found += _rotation(scenario, fleet, path)
        for c, clients in enumerate(scenario.clients):
            found += _lifetimes(clients, fleet, c, path)
            found += _unshared(clients, fleet, path)
            found += _connections(clients, fleet, c)
    for c, clients in enumerate(scenario.clients):
        found += _visits(scenario, clients, f"clients[{c}]")
        found += _tickets_lost(clients, f"clients[{c}]")
    return list(dict.fromkeys(found))


def _early_data(scenario: Scenario, fleet: Fleet, path: str) -> list[Problem]:
    if fleet.tls.max_early_data == 0 or not any(clients.tls.early_data for clients in scenario.clients):
        return []
    servers = fleet.servers_per_site * len(fleet.sites)
    if fleet.tls.anti_replay == "none":
        sentence = "is none: whoever records early data can have it executed again until its ticket expires"
        return [Problem(f"{path}.tls.anti_replay", sentence)]
    if fleet.tls.anti_replay == "client-hello-record" and servers > 1 and fleet.tickets.keys != "per-server":
        sentence = (
            f"is a record of each server's own, and {servers} servers open the same tickets: recorded early data is "
            "accepted once by each of them"
        )
        return [Problem(f"{path}.tls.anti_replay", sentence)]
    return []


def _rotation(scenario: Scenario, fleet: Fleet, path: str) -> list[Problem]:
    rotation = fleet.tickets.rotation
    if rotation is None or rotation.every < scenario.duration:
        return []
    sentence = f"is {rotation.every}, and the run ends after {scenario.duration}: no key ever changes"
    return [Problem(f"{path}.tickets.rotation.every", sentence)]


def _lifetimes(clients: Clients, fleet: Fleet, index: int, path: str) -> list[Problem]:
    if not isinstance(clients.arrivals, Poisson) or clients.connections > 1:
        return []
    gap, lifetime = clients.arrivals.mean_gap, fleet.tickets.lifetime
    share = 1 - math.exp(-lifetime.nanoseconds / gap.nanoseconds)
    if share >= _FEW:
        return []
    sentence = (
        f"is {lifetime}, and clients[{index}] come back after {gap} in the mean: {_percent(share)} of returning visits "
        "can resume at most"
    )
    return [Problem(f"{path}.tickets.lifetime", sentence)]


def _unshared(clients: Clients, fleet: Fleet, path: str) -> list[Problem]:
    servers = fleet.servers_per_site
    wandering = fleet.balancing in ("random", "round-robin", "least-connections")
    if fleet.tickets.keys != "per-server" or servers == 1 or not wandering or clients.connections > 1:
        return []
    sentence = (
        f'is "per-server", and {fleet.balancing} balancing over {servers} servers brings a client back to the one that '
        f"knows its key in about {_percent(1 / servers)} of visits"
    )
    return [Problem(f"{path}.tickets.keys", sentence)]


def _connections(clients: Clients, fleet: Fleet, index: int) -> list[Problem]:
    capacity = clients.tickets.capacity
    if capacity is not None and 0 < capacity < clients.connections and clients.tickets.reuse != "always":
        sentence = f"is {capacity}, and a visit opens {clients.connections} connections: the others cannot resume"
        return [Problem(f"clients[{index}].tickets.capacity", sentence)]
    if clients.connections > max(fleet.tickets.num_tickets, 1) and not fleet.tickets.renew:
        sentence = (
            f"is {clients.connections}, and without renewal a full handshake brings {fleet.tickets.num_tickets} tickets"
        )
        return [Problem(f"clients[{index}].connections", sentence)]
    return []


def _visits(scenario: Scenario, clients: Clients, path: str) -> list[Problem]:
    if not isinstance(clients.arrivals, Poisson):
        return []
    expected = scenario.duration.nanoseconds / clients.arrivals.mean_gap.nanoseconds
    if expected >= _FEWEST_VISITS:
        return []
    sentence = (
        f"is {clients.arrivals.mean_gap}, so that a client visits {expected:.2g} times in the run of "
        f"{scenario.duration}: mostly first visits are seen"
    )
    return [Problem(f"{path}.arrivals.mean_gap", sentence)]


def _tickets_lost(clients: Clients, path: str) -> list[Problem]:
    if clients.tickets.capacity == 0:
        return [Problem(f"{path}.tickets.capacity", "is 0: these clients never resume")]
    if clients.tls.early_data and clients.linger == Duration("0s"):
        sentence = "is 0s, and after early data tickets come later than the response: a client that leaves has none"
        return [Problem(f"{path}.linger", sentence)]
    return []


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"
