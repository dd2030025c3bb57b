"""What README and the pages of docs/ show to be copied can be copied: Python runs, commands are understood."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import reshake as rs
from reshake.cli import main
from reshake.cli.arguments import parse

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NEEDS_A_LAUNCHER = "docs/cluster.md"


def blocks(language: str) -> list[tuple[str, str]]:
    """The blocks of a language in all pages, each with where it begins."""
    found: list[tuple[str, str]] = []
    for page in PAGES:
        text, name = page.read_text(), page.relative_to(ROOT)
        beginnings = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        found += [(f"{name}:{text[: each.start()].count(chr(10)) + 1}", each[1]) for each in beginnings]
    return found


def commands() -> list[tuple[str, str]]:
    """Every line that calls Reshake."""
    return [
        (where, line) for where, block in blocks("sh") for line in block.splitlines() if line.startswith("reshake ")
    ]


PYTHON, COMMANDS = blocks("python"), commands()
FIRST, SECOND = (code for where, code in PYTHON[:2])


@pytest.fixture(scope="module")
def first_batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which README's first scenario has been saved and its second example has run."""
    room = tmp_path_factory.mktemp("pages")
    (room / "lifetime.py").write_text(FIRST)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(room)
        patch.syspath_prepend(room)
        exec(SECOND, {})
    return room


@pytest.fixture
def at_home(first_batch: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(first_batch)
    monkeypatch.syspath_prepend(first_batch)
    yield first_batch
    sys.modules.pop("lifetime", None)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(("where", "code"), PYTHON, ids=[where for where, _ in PYTHON])
def test_python_of_a_page_runs(where: str, code: str, at_home: Path) -> None:
    compiled = compile(code, where, "exec")
    if where.startswith(NEEDS_A_LAUNCHER):
        return
    scenario = importlib.import_module("lifetime").scenario
    exec(compiled, {"rs": rs, "pytest": pytest, "scenario": scenario, "__name__": "page"})
    assert (at_home / "results/lifetime/reshake.json").is_file()


@pytest.mark.parametrize(("where", "line"), COMMANDS, ids=[where for where, _ in COMMANDS])
def test_a_command_of_a_page_is_understood(where: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    assert parse(words[1:]).command == words[1], where


@pytest.mark.usefixtures("core", "at_home")
def test_the_commands_of_the_first_scenario_run(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for where, line in COMMANDS if where.startswith("README.md") and "results/lifetime" in line]
    lines += [line for where, line in COMMANDS if where.startswith("docs/statistics.md")]
    assert len(lines) > 5
    for line in lines:
        assert main(shlex.split(line, comments=True)[1:]) == 0, (line, capsys.readouterr().err)
