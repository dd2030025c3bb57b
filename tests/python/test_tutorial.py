"""The tutorial is true: what it says to save is saved, what it says to run is run, and says what the page shows."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest
from matplotlib import image

from reshake.cli import main

from .pages import ROOT, blocks_of

PAGE = ROOT / "docs/tutorial.md"
PICTURE = ROOT / "docs/tutorial.png"
SET_UP = ("make setup", ". .venv/bin/activate", "mkdir first", "cd first")
"""Lines that have been run where these tests run."""

FAILS = "# ends with exit code 1"


def plain(text: str) -> list[str]:
    """Lines without blanks at their ends, and without what differs from machine to machine: the speed."""
    return [re.sub(r", \d+ attempts/s$", "", line.rstrip()) for line in text.splitlines()]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which somebody has followed the tutorial to its end."""
    room = tmp_path_factory.mktemp("tutorial") / "first"
    room.mkdir()
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(room)
        patch.setenv("COLUMNS", "80")
        patch.syspath_prepend(str(room))
        for block in blocks_of(PAGE):
            if block.language == "python":
                names = re.findall(r"[Ss]ave this (?:as|over) `(\w+\.py)`", block.before)
                assert len(names) == 1, f"{block.where}: is not said to be saved as a file"
                (room / names[0]).write_text(block.code)
            elif block.language == "sh":
                said = [line for command in block.code.splitlines() for line in follow(command, block.where)]
            else:
                assert block.language == "text", block.where
                hold_against(said, block.code, block.where)
    return room


def follow(command: str, where: str) -> list[str]:
    """Runs a line of the page, and gives back what it said on both streams."""
    if command in SET_UP:
        return []
    words = shlex.split(command, comments=True)
    with pytest.MonkeyPatch.context() as patch:
        streams = Streams()
        patch.setattr(sys, "stdout", streams)
        patch.setattr(sys, "stderr", streams)
        if words[0] == "python":
            runpy.run_path(words[1], run_name="__main__")
        else:
            assert words[0] == "reshake", f"{where}: {command}"
            assert main(words[1:]) == (1 if FAILS in command else 0), (where, command, streams.text)
    return plain(streams.text)


def hold_against(said: list[str], shown: str, where: str) -> None:
    """Each line that the page shows must have been said, in the page's order; the page may leave lines out."""
    rest = iter(said)
    for line in plain(shown):
        assert line in rest, f"{where}: not said, or not at this place: {line!r}\n" + "\n".join(said)


class Streams:
    """What was written, in the order of writing."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


@pytest.mark.usefixtures("core")
def test_the_tutorial_can_be_followed_and_says_what_it_shows(walked: Path) -> None:
    made = {path.name for path in (walked / "results").iterdir()}
    assert made == {"quiet", "cut", "shared", "per-site"}
    assert (walked / "evidence/trace.txt").is_file()


@pytest.mark.usefixtures("core")
def test_its_picture_is_the_one_that_one_gets(walked: Path) -> None:
    drawn = image.imread(walked / "results/cut/figures/resumption_over_time.png")
    shown = image.imread(PICTURE)
    assert drawn.shape == shown.shape
    assert float(((drawn - shown) ** 2).mean()) ** 0.5 < 0.002
    assert f"]({PICTURE.name})" in PAGE.read_text()
