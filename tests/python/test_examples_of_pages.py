"""What README and the pages of docs/ show to be copied can be copied: Python runs, commands are understood."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import reshake as rs
from reshake.cli import main
from reshake.cli.arguments import commands, help_texts, parse
from reshake.openmetrics import FAMILIES

from .pages import BLOCKS, PAGES, ROOT, Block, blocks_of, lines_of

NEEDS_A_LAUNCHER = "docs/cluster.md"
FOLLOWED = "docs/tutorial.md"  # From its top to its end, by test_tutorial.py.
PROGRAMS = {".", "cd", "mkdir", "python", "dask", "prometheus", "promtool", "tcpdump", "wireshark"}
"""What pages call besides `reshake` and `make`."""


def command_lines() -> list[tuple[str, str]]:
    """Every line of a block of commands, without what sets a variable for it."""
    lines = [(block.where, line.strip()) for block in BLOCKS if block.language == "sh" for line in lines_of(block)]
    return [(where, re.sub(r"^([A-Z_]+=\S+ )+", "", line)) for where, line in lines if line]


PYTHON = [block for block in BLOCKS if block.language == "python" and not block.where.startswith(FOLLOWED)]
COMMANDS = [(where, line) for where, line in command_lines() if line.startswith("reshake ")]
OTHERS = [(where, line) for where, line in command_lines() if not line.startswith("reshake ")]
FIRST, SECOND = (block.code for block in PYTHON[:2])


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
@pytest.mark.parametrize("block", PYTHON, ids=[block.where for block in PYTHON])
def test_python_of_a_page_runs(block: Block, at_home: Path) -> None:
    compiled = compile(block.code, block.where, "exec")
    if block.where.startswith(NEEDS_A_LAUNCHER):
        return
    scenario = importlib.import_module("lifetime").scenario
    exec(compiled, {"rs": rs, "pytest": pytest, "scenario": scenario, "__name__": "page"})
    assert (at_home / "results/lifetime/reshake.json").is_file()


@pytest.mark.parametrize(("where", "line"), COMMANDS, ids=[where for where, _ in COMMANDS])
def test_a_command_of_a_page_is_understood(where: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    assert parse(words[1:]).command == words[1], where


@pytest.mark.parametrize(("where", "line"), OTHERS, ids=[where for where, _ in OTHERS])
def test_what_a_page_calls_besides_is_known(where: str, line: str) -> None:
    program, *words = shlex.split(line, comments=True)
    if program == "make":
        targets = {word for word in words if "=" not in word}
        assert targets, where
        assert targets <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)), where
    else:
        assert program in PROGRAMS, where


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_what_a_page_says_of_a_command_in_passing_is_true(page: Path) -> None:
    """Commands and flags between backticks exist, even where a sentence leaves the rest of the line out."""
    known = commands().commands
    text = page.read_text()
    for block in blocks_of(page):
        text = text.replace(block.code, "")
    for said in re.findall(r"`reshake ([a-z][^`]*)`", text):
        words = said.split()
        assert words[0] in known, f"reshake {said}"
        flags = {flag for option in known[words[0]].params if isinstance(option, click.Option) for flag in option.opts}
        assert {word.split("=")[0] for word in words if word.startswith("-")} <= {*flags, "--help"}, f"reshake {said}"


def test_the_commands_of_help_texts_are_understood() -> None:
    examples = [line for text in help_texts().values() for line in re.findall(r"example: reshake (.*)", text)]
    assert len(examples) == len(help_texts())
    for line in examples:
        words = shlex.split(line.partition(" >")[0])  # What a shell does with the answer is its own business.
        assert parse(words).command == words[0], line


def test_no_block_is_of_a_language_that_nobody_looks_at() -> None:
    languages = {(block.language, block.where.partition(":")[0]) for block in BLOCKS}
    others = {each for each in languages if each[0] not in ("python", "sh")}
    # What the tutorial shows as said is compared with what is said; the query names metrics that there are.
    assert others == {("text", FOLLOWED), ("promql", "docs/openmetrics.md")}


def test_a_query_of_a_page_names_metrics_that_there_are() -> None:
    (query,) = (block.code for block in BLOCKS if block.language == "promql")
    names = set(re.findall(r"reshake_\w+", query))
    told = {f"{family.name}_total": family for family in FAMILIES if family.kind == "counter"}
    assert names
    assert names <= set(told)
    labels = set(re.findall(r"{(\w+)=", query))
    assert labels <= {label for name in names for label in told[name].labels.values()}


@pytest.mark.usefixtures("core", "at_home")
def test_the_commands_of_the_first_scenario_run(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for where, line in COMMANDS if where.startswith("README.md") and "results/lifetime" in line]
    lines += [line for where, line in COMMANDS if where.startswith("docs/statistics.md")]
    assert len(lines) > 5
    for line in lines:
        assert main(shlex.split(line, comments=True)[1:]) == 0, (line, capsys.readouterr().err)
