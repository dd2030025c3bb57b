"""`reshake calibrate`: a profile with every line, that scenarios take; nothing here asks how fast this machine is."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import reshake as rs
from reshake import calibrate, engine
from reshake.values.profiles import parse_profile

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")


def test_a_calibration_writes_a_profile_that_a_device_names(reshake: Command, room: Path) -> None:
    ended = reshake("calibrate", "-o", "here.json", "--seconds", "0.2")
    assert ended.returncode == 0, ended.stderr
    profile = parse_profile((room / "here.json").read_text())
    assert profile.name == "here"
    assert profile.cpu == calibrate.cpu_name()
    assert profile.openssl == engine.versions()["openssl"]
    reference = calibrate.server_core()
    assert [line[:3] for line in profile.table] == [line[:3] for line in reference.table]
    assert all(line.microseconds > 0 or line.nanoseconds_per_byte > 0 for line in profile.table[:-2])
    assert {line.origin.split()[0] for line in profile.table} == {"measured", "as", "fitted"}
    assert rs.Device(profile=str(room / "here.json")).profile.table == profile.table

    shown = ended.stdout.splitlines()
    assert len([line for line in shown if line.split()[:1] == ["sign"]]) == 12
    assert len([line for line in shown if line.endswith("(not fitted)")]) == 6
    assert [each.name for each in room.iterdir()] == ["here.json"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["-o", "/proc/profile.json"], "reshake: /proc/profile.json: cannot be written: "),
        (["-o", "nowhere/profile.json"], "reshake: nowhere/profile.json: cannot be written: No such file"),
        (["-o", "."], "reshake: .: is not a file"),
        (["-o", "/dev/null"], "reshake: /dev/null: is not a file"),
        (["--seconds", "0"], 'reshake: argument --seconds: "0" is out of range; expected a number from 0.1 to 600'),
        (["--seconds", "nan"], 'reshake: argument --seconds: "nan" is out of range'),
        (["--seconds", "soon"], 'reshake: argument --seconds: "soon" is out of range'),
    ],
)
def test_a_mistake_is_answered_before_anything_is_measured(arguments: list[str], line: str, reshake: Command) -> None:
    ended = reshake("calibrate", *arguments)
    assert ended.returncode == 2
    (said,) = ended.stderr.splitlines()
    assert said.startswith(line)
    assert ended.stdout == ""


def test_an_interrupted_calibration_leaves_the_profile_of_before(
    start_reshake: Callable[..., subprocess.Popen[str]], room: Path
) -> None:
    (room / "here.json").write_text("of before")
    process = start_reshake("calibrate", "-o", "here.json", "--seconds", "600")
    deadline = time.monotonic() + 60
    while not (room / "here.json.partial").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.splitlines()[-1] == "reshake: here.json: interrupted; nothing was written"
    assert "Traceback" not in said
    assert (room / "here.json").read_text() == "of before"
    assert [each.name for each in room.iterdir()] == ["here.json"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("processor\t: 0\nmodel name\t: Brand X @ 2GHz\nprocessor\t: 1\nmodel name\t: Little\n", "Brand X @ 2GHz"),
        ("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n", "(implementer 0x41, part 0xd0b)"),
        ("CPU part\t: 0xd08\n\nModel\t\t: Raspberry Pi 4\n", "Raspberry Pi 4"),
    ],
)
def test_the_processor_is_named_as_it_names_itself(text: str, name: str, room: Path) -> None:
    (room / "cpuinfo").write_text(text)
    assert calibrate.cpu_name(room / "cpuinfo").endswith(name)
    assert calibrate.cpu_name(room / "nowhere")
