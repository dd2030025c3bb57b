"""`reshake advise` on the command line: the front, the best, a second look with new seeds, and what is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

ROTATING = '''
"""A few phones and keys that change."""
import reshake as rs

GRID = {"every": ["30min", "2h"]}
SEEDS = range(3)

def scenario(every: str = "1h", lifetime: str = "1h") -> rs.Scenario:
    phones = rs.Clients("phones", count=12, access=rs.Link(rate="12Mbps", delay="20ms"),
                        arrivals=rs.Poisson(mean_gap="25min"))
    tickets = rs.Tickets(lifetime=lifetime, rotation=rs.StekRotation(every=every, keep_previous=0))
    edge = rs.Fleet("edge", sites=["ams"], servers_per_site=1, tickets=tickets)
    return rs.Scenario(duration="6h", clients=[phones], fleets=[edge])
'''


@pytest.mark.usefixtures("core")
def test_the_best_policy_is_found_and_measured_again(reshake: Command, room: Path) -> None:
    (room / "keys.py").write_text(ROTATING)
    asked = ("advise", "keys.py", "--set", "lifetime=1h", "--maximize", "resumed", "-o", "out")
    free = reshake(*asked, "--json")
    assert free.returncode == 0, free.stderr
    content = json.loads(free.stdout)
    assert content == json.loads((room / "out/advice.json").read_text())
    assert content["best"]["policy"] == {"every": "2h"}
    assert content["confirmed"]["resumed_share"]["mean"] == pytest.approx(
        content["best"]["resumed_share"]["mean"], abs=0.1
    )
    assert content["confirmed"]["resumed_share"] != content["best"]["resumed_share"]
    assert (room / "out/advice.png").stat().st_size > 10_000
    # The runs are there already; a short exposure asks for keys that change often.
    kept = reshake(*asked, "--constraint", "exposure<=45min", "--json")
    assert kept.returncode == 0, kept.stderr
    assert json.loads(kept.stdout)["best"]["policy"] == {"every": "30min"}
    assert 20 * 60 < json.loads(kept.stdout)["best"]["exposure"]["mean"] <= 30 * 60
    none = reshake(*asked, "--constraint", "exposure<=45min", "--constraint", "resumed>=99%")
    assert none.returncode == 1, none.stderr
    assert "No policy keeps exposure at most 45 min and visits that resume at least 99.0 %" in none.stdout
    assert "Traceback" not in none.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--maximize", "speed"), "--maximize: there is no quantity 'speed'"),
        (("--maximize", "p99"), "say --minimize"),
        (("--maximize", "resumed", "--constraint", "p99<2s"), '"p99<2s" is no constraint'),
        (("--maximize", "resumed", "--constraint", "p99<=2"), '"p99<=2": '),
        (("--maximize", "resumed", "--constraint", "failed<=120%"), "expected 0 to 1"),
        (("--maximize", "resumed", "--constraint", "x<=1", "--constraint", "y>=1"), "2 problems"),
        ((), "one of the arguments --maximize --minimize is required"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...], words: str, reshake: Command) -> None:
    ended = reshake("advise", "key_rotation", *arguments, "-o", "out")
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
