"""Every source passes its linter: clang-tidy, ruff, shellcheck."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

Tool = Callable[..., subprocess.CompletedProcess[str]]
Files = Callable[..., list[Path]]
ExpectNone = Callable[[Iterable[str]], None]

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r"^(.*?:\d+):\d+: (?:error|warning): (.*)$", re.MULTILINE)

# Tests are compiled with warnings as errors, and judged by nobody else: macros of GoogleTest trip half of the checks.
JUDGED = ("sim", "models", "bindings")
# Only `make test-radio` has the libraries for these.
RADIO = (Path("sim/net/radio"), Path("tests/radio"))


class Compilation(NamedTuple):
    source: Path
    command: str
    database: Path


def compilations(root: Path) -> list[Compilation]:
    """How our sources are compiled for the extension module and the preset `tests`."""
    database = root / "build/release"
    found: dict[Path, Compilation] = {}
    for entry in json.loads((database / "compile_commands.json").read_text()):
        source = Path(entry["file"]).relative_to(root)
        if (root / source).is_file():
            found.setdefault(source, Compilation(source, entry["command"], database))
    return [found[source] for source in sorted(found)]


def with_headers(source: Path, root: Path) -> list[Path]:
    """A source and every header of ours that it sees."""
    seen: set[Path] = set()
    ahead = [source]
    while ahead:
        path = ahead.pop()
        if path not in seen and (root / path).is_file():
            seen.add(path)
            ahead += map(Path, INCLUDE.findall((root / path).read_text()))
    return sorted(seen)


def test_every_source_is_compiled(root: Path, files: Files, expect_none: ExpectNone) -> None:
    compiled = {each.source for each in compilations(root)}
    expect_none(
        f"{source}: no build compiles it (after `cmake --preset tests`)"
        for source in files(".cc", under=(*(f"{room}/" for room in JUDGED), "tests/"))
        if source not in compiled and source.parent not in RADIO
    )


def test_clang_tidy_finds_nothing(root: Path, tool: Tool, expect_none: ExpectNone) -> None:
    sources = [each for each in compilations(root) if each.source.parts[0] in JUDGED]

    # What was clean stays clean until something it is made of changes: a source costs seconds, looking here nothing.
    clean = root / "build/lint"
    clean.mkdir(exist_ok=True)
    judge = tool("clang-tidy", "--version").stdout + (root / ".clang-tidy").read_text()

    def findings(each: Compilation) -> list[str]:
        digest = hashlib.sha256((judge + each.command).encode())
        for path in with_headers(each.source, root):
            digest.update((root / path).read_bytes())
        known = clean / digest.hexdigest()
        if known.exists():
            return []
        result = tool("clang-tidy", "--quiet", "-p", each.database, each.source)
        if result.returncode == 0:
            known.touch()
            return []
        found = [f"{where.removeprefix(f'{root}/')}: {what}" for where, what in FINDING.findall(result.stdout)]
        return found or [f"{each.source}: {result.stdout}{result.stderr}"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        expect_none(sorted({finding for found in pool.map(findings, sources) for finding in found}))


def test_ruff_finds_nothing(tool: Tool, expect_none: ExpectNone) -> None:
    result = tool("ruff", "check", "--quiet", "--output-format", "concise")
    expect_none((result.stdout + result.stderr).splitlines())
    assert result.returncode == 0


def test_shellcheck_finds_nothing(root: Path, files: Files, expect_none: ExpectNone) -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    scripts = [
        path for path in files("") if (root / path).read_bytes().startswith((b"#!/bin/sh", b"#!/usr/bin/env bash"))
    ]
    assert scripts
    result = subprocess.run(
        [shellcheck, "--format", "gcc", *scripts], cwd=root, capture_output=True, text=True, check=False
    )
    expect_none((result.stdout + result.stderr).splitlines())
    assert result.returncode == 0
