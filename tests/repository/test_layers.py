"""The laws of the house, read from the sources: who may use whom, and which words are banned where."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

Files = Callable[..., list[Path]]
ExpectNone = Callable[[Iterable[str]], None]

# The room of each third-party header is the room that may link the library, in cmake/Layers.cmake.
LIBRARY_OF_HEADER = {
    "openssl/": "deps::openssl",
    "ns3/": "deps::ns3",
    "ngtcp2/": "deps::ngtcp2",
    "pybind11/": "deps::pybind11",
    "Python.h": "deps::pybind11",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
CPP_COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
AMBIENT = re.compile(
    r"\b(?:system_clock|steady_clock|high_resolution_clock|random_device|utc_clock)\b"
    r"|(?<![\w.>])(?:s?rand|rand_r|time|gettimeofday|clock_gettime|clock|getrandom)\s*\("
)
THE_WALL_CLOCK = Path("bindings/reshake/wallclock.py")
# Python modules that bring ambient time or random with them.
AMBIENT_MODULES = {"time", "random", "secrets", "uuid"}
AMBIENT_CALLS = {"now", "utcnow", "today", "urandom", "getrandom"}


@pytest.fixture(scope="module")
def layers(root: Path) -> dict[str, set[str]]:
    """Room -> what it may use, as the build reads it."""
    text = (root / "cmake/Layers.cmake").read_text()
    lines = re.findall(r"^reshake_layer\(([^)]*)\)", text, re.MULTILINE)
    return {name: set(used) for name, *used in (line.split() for line in lines)}


def room_of(path: Path) -> str:
    return path.parts[1] if path.parts[0] == "sim" else path.parts[0]


@cache
def includes_of(path: Path) -> list[tuple[str, str]]:
    """What a source includes: (in quotes, in angle brackets), one of them empty."""
    return INCLUDE.findall(path.read_text())


def reachable(start: Path, root: Path) -> Iterator[tuple[str, list[Path]]]:
    """What `start` includes, directly or through our own headers, with the way there."""
    seen = {start}
    ways = [[start]]
    while ways:
        way = ways.pop()
        for own, system in includes_of(root / way[-1]):
            yield own or system, way
            header = Path(own)
            if own and header not in seen and (root / header).is_file():
                seen.add(header)
                ways.append([*way, header])


def test_a_floor_uses_only_the_floors_below_it(layers: dict[str, set[str]]) -> None:
    below: set[str] = set()
    for room, used in layers.items():
        rooms = {name for name in used if not name.startswith("deps::")}
        assert rooms <= below, f"{room} uses {sorted(rooms - below)}, which cmake/Layers.cmake lists above it"
        below.add(room)


def test_each_library_has_one_room(layers: dict[str, set[str]]) -> None:
    libraries = [used for uses in layers.values() for used in uses if used.startswith("deps::")]
    assert sorted(libraries) == sorted(set(libraries)) == sorted(set(LIBRARY_OF_HEADER.values()))


def test_a_room_includes_only_what_its_layer_allows(
    layers: dict[str, set[str]], files: Files, root: Path, expect_none: ExpectNone
) -> None:
    wrong = []
    for source in files(".cc", ".h", under=("sim/", "models/", "bindings/")):
        room = room_of(source)
        if room not in layers:
            wrong.append(f"{source}: {room} is no room of cmake/Layers.cmake")
            continue
        for header, way in reachable(source, root):
            library = next((lib for start, lib in LIBRARY_OF_HEADER.items() if header.startswith(start)), None)
            path = " -> ".join(map(str, [*way, header]))
            if library is not None:
                if library not in layers[room]:
                    wrong.append(f"{path}: {library} is not for {room}")
            elif "/" in header and header.split("/")[0] in {"sim", "models", "bindings", "tests"}:
                other = room_of(Path(header))
                if len(way) == 1 and other != room and other not in layers[room]:
                    wrong.append(f"{path}: {room} may not use {other}")
    expect_none(wrong)


def test_quotes_include_what_is_ours_from_the_root(files: Files, root: Path, expect_none: ExpectNone) -> None:
    wrong = [
        f"{source}: {own}"
        for source in files(".cc", ".h", under=("sim/", "models/", "bindings/", "tests/"))
        for own, _ in includes_of(root / source)
        if own and not (root / own).is_file()
    ]
    expect_none(wrong)


def test_cpp_asks_for_neither_time_nor_random(files: Files, root: Path, expect_none: ExpectNone) -> None:
    wrong = []
    for source in files(".cc", ".h", under=("sim/", "models/", "bindings/")):
        code = CPP_COMMENT_OR_STRING.sub(lambda match: "\n" * match[0].count("\n"), (root / source).read_text())
        for number, line in enumerate(code.splitlines(), start=1):
            wrong += [f"{source}:{number}: {found[0]}" for found in AMBIENT.finditer(line)]
    expect_none(wrong)


def imports_of(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute name of every import; relative ones are resolved against `package`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            # `from reshake import analysis` names a module too.
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def package_of(path: Path) -> str:
    """The package a Python source belongs to once it is installed."""
    parts = path.parent.parts
    parts = parts[1:] if parts[0] == "bindings" else ("reshake", *parts)
    return ".".join(parts)


def python_sources(files: Files, root: Path) -> Iterator[tuple[Path, str, ast.AST]]:
    for source in files(".py", under=("bindings/reshake/", "analysis/", "scenarios/")):
        yield source, package_of(source), ast.parse((root / source).read_text(), filename=str(source))


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_python_knows_only_the_floors_below_it(files: Files, root: Path, expect_none: ExpectNone) -> None:
    wrong = []
    for source, package, tree in python_sources(files, root):
        for line, name in imports_of(tree, package):
            if not inside(name, "reshake"):
                continue
            if inside(package, "reshake.cli") or source.name == "__main__.py":
                allowed = True
            elif inside(package, "reshake.analysis"):
                allowed = inside(name, "reshake.analysis")
            elif inside(package, "reshake.scenarios"):
                # What a user could write: the public names of the package, its plots, and a module of one's own beside.
                beside = name.startswith("reshake.scenarios._")
                allowed = beside or inside(name, "reshake.analysis") or name.count(".") <= 1
            else:
                allowed = not inside(name, "reshake.analysis", "reshake.scenarios", "reshake.cli")
            if not allowed:
                wrong.append(f"{source}:{line}: {package} may not use {name}")
    expect_none(wrong)


def test_one_python_file_reads_the_wall_clock(files: Files, root: Path, expect_none: ExpectNone) -> None:
    wrong = []
    for source, package, tree in python_sources(files, root):
        if source == THE_WALL_CLOCK:
            continue
        wrong += [
            f"{source}:{line}: import {name}"
            for line, name in imports_of(tree, package)
            if name.split(".")[0] in AMBIENT_MODULES
        ]
        wrong += [
            f"{source}:{node.lineno}: {ast.unparse(node)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and (
                node.func.attr in AMBIENT_CALLS
                # An unseeded generator of numpy.
                or (node.func.attr == "default_rng" and not node.args and not node.keywords)
            )
        ]
    expect_none(wrong)


def test_no_hall_where_there_could_be_rooms(files: Files, root: Path, expect_none: ExpectNone) -> None:
    expect_none(
        f"{source}: {lines} lines"
        for source in files(".cc", ".h", ".py")
        if (lines := len((root / source).read_text().splitlines())) > 450
    )
