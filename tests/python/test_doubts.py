"""Policies that cannot work as meant are named, with the field to look at; those that can are left alone."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reshake as rs
from reshake.doubts import doubts_about

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")


def scenario(clients: dict[str, Any] | None = None, tickets: dict[str, Any] | None = None, **fleet: Any) -> rs.Scenario:
    phones = rs.Clients(
        "phones", count=10, access=rs.Link(delay="45ms"),
        **{"arrivals": rs.Poisson(mean_gap="1h"), **(clients or {})},
    )  # fmt: skip
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(**{"lifetime": "6h", **(tickets or {})}), **fleet)
    return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])


EARLY = {"tls": rs.ClientTls(early_data=True), "linger": "1s"}
RECORD = rs.ServerTls(max_early_data=16_384, anti_replay="client-hello-record")


@pytest.mark.parametrize(
    ("odd", "path", "told"),
    [
        ({"tickets": {"lifetime": "4min"}}, "fleets[0].tickets.lifetime", "6 % of returning visits can resume at most"),
        (
            {"tickets": {"rotation": rs.StekRotation(every="2d")}},
            "fleets[0].tickets.rotation.every",
            "no key ever changes",
        ),
        (
            {"tickets": {"rotation": rs.StekRotation(every="1h")}},
            "fleets[0].tickets.lifetime",
            "a ticket's key is gone at the latest after 2h",
        ),
        (
            {"tickets": {"keys": "per-server"}, "servers_per_site": 4},
            "fleets[0].tickets.keys",
            "in about 25 % of visits",
        ),
        (
            {"clients": EARLY, "tls": RECORD, "servers_per_site": 3},
            "fleets[0].tls.anti_replay",
            "3 servers open the same tickets",
        ),
        (
            {"clients": EARLY, "tls": dataclasses.replace(RECORD, anti_replay="none")},
            "fleets[0].tls.anti_replay",
            "whoever records early data",
        ),
        ({"clients": EARLY | {"linger": "0s"}, "tls": RECORD}, "clients[0].linger", "a client that leaves has none"),
        ({"clients": {"tickets": rs.TicketStorage(capacity=0)}}, "clients[0].tickets.capacity", "never resume"),
        (
            {"clients": {"tickets": rs.TicketStorage(capacity=2), "connections": 6}},
            "clients[0].tickets.capacity",
            "the others cannot resume",
        ),
        (
            {"clients": {"connections": 6}, "tickets": {"renew": False}},
            "clients[0].connections",
            "a full handshake brings 2 tickets",
        ),
        ({"clients": {"arrivals": rs.Poisson(mean_gap="12h")}}, "clients[0].arrivals.mean_gap", "visits 2 times"),
    ],
)
def test_a_policy_that_cannot_work_as_meant_is_named(odd: dict[str, Any], path: str, told: str) -> None:
    found = doubts_about(scenario(**odd))
    assert [each for each in found if each.path == path and told in each.sentence], found


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"tickets": {"keys": "per-server"}, "servers_per_site": 4, "balancing": "consistent-hash"},
        {"clients": EARLY, "tls": RECORD},
        {"clients": {"connections": 6, "tickets": rs.TicketStorage(capacity=8)}},
        {"tickets": {"rotation": rs.StekRotation(every="6h")}},
    ],
)
def test_a_policy_that_can_is_left_alone(fine: dict[str, Any]) -> None:
    assert doubts_about(scenario(**fine)) == []


def test_lint_tells_each_doubt_once_and_its_exit_code_is_for_machines(scenario_file: Path, reshake: Command) -> None:
    odd = reshake("lint", str(scenario_file), "--set", "lifetime=10min,5d")
    assert odd.returncode == 1
    assert any("no ticket can expire (in 1 of 2 scenarios)" in line for line in odd.stdout.splitlines())
    rows = json.loads(reshake("lint", str(scenario_file), "--set", "lifetime=5d", "--json").stdout)
    assert {row["path"] for row in rows} >= {"fleets[0].tickets.lifetime"}
    fine = reshake("lint", str(scenario_file))
    assert (fine.returncode, fine.stdout) == (0, "")
    wrong = reshake("lint", str(scenario_file), "--set", "cut_off=edge/mars")
    assert wrong.returncode == 2
    assert "edge/mars" in wrong.stderr
