"""What the checks of the repository share: its files, and how to run a tool of the virtual environment."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _listed_files() -> list[Path]:
    """Files git knows or would add; an exported tree without git is listed whole."""
    git = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if git.returncode == 0:
        names = git.stdout.splitlines()
    else:
        hidden = {".venv", "build", ".git", "__pycache__"}
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not hidden & set(path.parts)]
    return sorted({Path(name) for name in names if (ROOT / name).is_file()})


FILES = _listed_files()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def files() -> Callable[..., list[Path]]:
    """Project files, relative to the root, by suffix: `files(".cc", ".h")`; optionally below some directories only."""

    def select(*suffixes: str, under: tuple[str, ...] = ("",)) -> list[Path]:
        return [
            path
            for path in FILES
            if path.suffix in suffixes and any(str(path).startswith(directory) for directory in under)
        ]

    return select


@pytest.fixture(scope="session")
def tool() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a tool that is installed beside this interpreter, from the root."""

    def run(name: str, *arguments: str | os.PathLike[str], **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).parent / name, *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | environment,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def expect_none() -> Callable[[Iterable[str]], None]:
    """Fails with the findings alone: the reader wants the line of the source, not of the test."""

    def check(findings: Iterable[str]) -> None:
        if listed := list(findings):
            pytest.fail("\n".join(listed), pytrace=False)

    return check
