"""`reshake diff` on real batches."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")


def test_two_values_of_one_batch_are_compared(scenario_file: Path, reshake: Command, room: Path) -> None:
    grid = ("--set", "lifetime=1min,30min", "--set", "gap=5min", "--seeds", "4")
    assert reshake("run", str(scenario_file), *grid, "-o", "out").returncode == 0
    both = ("diff", "out", "out", "--a", "lifetime=1min", "--b", "lifetime=30min")
    ended = reshake(*both, "-o", "figures/diff.png")
    assert ended.returncode == 0, ended.stderr
    assert "±" in ended.stdout
    assert "B is better in the resumed share" in ended.stdout
    assert (room / "figures/diff.png").read_bytes().startswith(b"\x89PNG")

    rows = {each["quantity"]: each for each in json.loads(reshake(*both, "--json").stdout)}
    assert rows["resumed_share"]["pairs"] == 4
    assert rows["resumed_share"]["verdict"] == "better"
    assert rows["resumed_share"]["low"] > 0.3

    drawn = reshake(*both, "--intervals", "bootstrap", "--json")
    other = {each["quantity"]: each for each in json.loads(drawn.stdout)}["resumed_share"]
    assert (other["low"], other["high"]) == (rows["resumed_share"]["bootstrap_low"], other["bootstrap_high"])
    assert "(bootstrap over the differences)" in reshake(*both, "--intervals", "bootstrap").stdout

    for arguments, said in (
        (("diff", "out", "out", "--a", "lifetime"), '--a: "lifetime" is no choice; expected parameter=value'),
        (("diff", "out", "out", "--a", "lifetime=2h"), 'lifetime: no value "2h"; there is 1min, 30min'),
        (("diff", "out", "out", "-o", "x.pdf"), '-o: "x.pdf" is no figure; expected a file that ends in .png or .svg'),
        (("diff", "out", "nowhere"), "nowhere: there is no such directory"),
    ):
        ended = reshake(*arguments)
        assert (ended.returncode, ended.stderr) == (2, f"reshake: {said}\n")
