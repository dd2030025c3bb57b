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

_LIBRARIES = ("click", "numpy", "pyarrow", "pandas", "matplotlib", "jinja2", "PyYAML", "rich")
_OPTIONAL = {
    "polars": 'for rs.load: pip install "reshake[polars]"',
    "distributed": 'to run on a cluster: pip install "reshake[cluster]"',
    "hypothesis": 'to hunt: pip install "reshake[hunt]"',
    "dpkt": 'to fit packet captures: pip install "reshake[pcap]"',
}
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
    for name in _LIBRARIES:
        yield _library(name)
    yield _compiler()
    for name, use in _OPTIONAL.items():
        yield _library(name, use)
    for name, use in _TOOLS.items():
        found = shutil.which(name)
        yield Finding(name, "ok", found) if found else Finding(name, "optional", use)
    cores = len(os.sched_getaffinity(0))
    yield Finding("cores", "ok", f"{cores}; as many runs at a time")
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield Finding("memory", "ok", f"{total / 2**30:.1f} GiB")


def _engine() -> Iterator[Finding]:
    try:
        versions = engine.versions()
    except NotBuilt as error:
        yield Finding("engine", "missing", str(error))
        cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "reshake"
        manifests = sorted(Path(os.environ.get("RESHAKE_CACHE", cache)).glob("*/manifest"))
        yield from (_native(manifest, "built") for manifest in manifests)
        return
    from .. import _core

    yield Finding("engine", "ok", str(_core.__file__))
    yield from (Finding(f"  {name}", "ok", version) for name, version in versions.items())
    yield (
        Finding("  radio", "ok", "Wi-Fi and LTE")
        if _core.radio_is_built_in()
        else Finding("  radio", "optional", "for rs.Wifi and rs.Lte: RESHAKE_RADIO=1 make setup")
    )
    allocator = engine.allocator()
    yield (
        Finding("  allocator", "ok", str(allocator))
        if allocator
        else Finding("  allocator", "optional", "to be faster: apt-get install libjemalloc2, and build anew")
    )
    manifests = sorted((Path(_core.__file__).parent / "_dependencies").glob("*.txt"))
    yield from (_native(manifest, "built in") for manifest in manifests)


def _native(manifest: Path, where: str) -> Finding:
    """A native library, from the manifest that its build wrote: version, patches, chosen features."""
    said: dict[str, list[str]] = {}
    for line in manifest.read_text(errors="replace").splitlines():
        name, _, value = line.partition(": ")
        said.setdefault(name, []).append(value)
    features = [each.removeprefix("enable-") for each in said.get("flag", ()) if each.startswith("enable-")]
    parts = [*said.get("version", ()), f"sha256 {''.join(said.get('sha256', ()))[:12]}", where]
    parts += [f"with {', '.join(features)}"] if features else []
    parts += [f"{len(said['patch'])} patches"] if "patch" in said else []
    return Finding(f"  {''.join(said.get('name', (manifest.stem,)))}", "ok", ", ".join(parts))


def _library(name: str, use: str | None = None) -> Finding:
    """A library; `use`: what it is good for, where it need not be there."""
    try:
        return Finding(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", f"pip install {name}") if use is None else Finding(name, "optional", use)


def _compiler() -> Finding:
    for name in ("c++", "g++", "clang++"):
        found = shutil.which(name)
        if found:
            said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
            first = said.stdout.splitlines()
            return Finding("compiler", "ok", first[0] if first else found)
    return Finding("compiler", "optional", "to build the engine: apt-get install g++")
