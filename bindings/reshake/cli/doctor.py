"""`reshake doctor`: what was found, which versions, and what to do about what is missing."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .. import engine
from ..errors import NotBuilt

_LIBRARIES = ("numpy", "pyarrow", "pandas", "matplotlib", "rich")
_TOOLS = {
    "tshark": "to open runs in Wireshark: apt-get install tshark",
    "valgrind": "to count instructions in benchmarks: apt-get install valgrind",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis."""

    subject: str
    state: Literal["ok", "missing", "optional"]
    said: str


def examine() -> Iterator[Finding]:
    """Everything that a run, a plot or a build needs, and what helps."""
    executable = f"{platform.python_implementation()} {platform.python_version()}"
    yield Finding("python", "ok", f"{executable} on {platform.machine()}, {platform.system()}")
    yield from _engine()
    yield from _dependencies()
    for name in _LIBRARIES:
        yield _library(name)
    yield _compiler()
    for name, use in _TOOLS.items():
        found = shutil.which(name)
        yield Finding(name, "ok", found) if found else Finding(name, "optional", use)
    cores = len(os.sched_getaffinity(0))
    yield Finding("cores", "ok", f"{cores}; as many runs at a time")
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield Finding("memory", "ok", f"{total / 2**30:.1f} GiB")


def _engine() -> Iterator[Finding]:
    try:
        engine.require()
    except NotBuilt as error:
        yield Finding("engine", "missing", str(error))
        return
    from .. import _core

    yield Finding("engine", "ok", str(_core.__file__))
    for name, version in _core.versions().items():
        yield Finding(f"  {name}", "ok", str(version))


def _dependencies() -> Iterator[Finding]:
    """The manifests of the native libraries that are linked into the engine."""
    directory = Path(__file__).parent.parent / "_dependencies"
    for manifest in sorted(directory.glob("*.txt")):
        lines = [line.strip() for line in manifest.read_text(errors="replace").splitlines()]
        yield Finding(f"built-in {manifest.stem}", "ok", "; ".join(line for line in lines if line))


def _library(name: str) -> Finding:
    try:
        return Finding(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", f"pip install {name}")


def _compiler() -> Finding:
    for name in ("c++", "g++", "clang++"):
        found = shutil.which(name)
        if found:
            said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
            first = said.stdout.splitlines()
            return Finding("compiler", "ok", first[0] if first else found)
    return Finding("compiler", "optional", "to build the engine: apt-get install g++")
