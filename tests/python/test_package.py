"""The package as a whole: one tidy list of names, documented, typed, and light to import."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import reshake as rs

HEAVY = {"jinja2", "matplotlib", "multiprocessing", "numpy", "pandas", "pyarrow", "rich"}
PACKAGE = Path(rs.__file__).parent


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert rs.__all__ == sorted(rs.__all__)
    assert len(set(rs.__all__)) == len(rs.__all__)
    for name in rs.__all__:
        assert getattr(rs, name).__module__.startswith("reshake.")


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("name", rs.__all__)
def test_every_public_name_is_documented_and_every_value_with_an_example(name: str) -> None:
    public = getattr(rs, name)
    text = inspect.getdoc(public) or ""
    assert text
    if hasattr(public, "__reshake_fields__"):
        assert ">>>" in text
        for field in public.__reshake_fields__:
            documented = re.search(rf"(^|[ ,]){field}(,|$)", text, re.MULTILINE)
            assert documented, f"{name}.{field} is not in the docstring"


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, reshake; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(ended.stdout.split())
    assert "reshake" in loaded
    assert not loaded & HEAVY


def test_the_wall_clock_is_read_in_one_file() -> None:
    clocks = re.compile(r"^\s*(import|from) (time|datetime)\b.*|\b(monotonic|perf_counter|utcnow|now)\(", re.MULTILINE)
    # Lengths of time are no clock, and neither are dates that somebody else has written.
    harmless = {"from datetime import timedelta", "from datetime import UTC, datetime"}
    for file in PACKAGE.glob("**/*.py"):
        if "analysis" in file.parts or "scenarios" in file.parts or file.name == "wallclock.py":
            continue
        found = [each.group(0).strip() for each in clocks.finditer(file.read_text())]
        assert [each for each in found if each not in harmless] == [], file


def test_only_the_command_line_uses_analysis_and_scenarios() -> None:
    uses = re.compile(r"^\s*(from \.+|import reshake\.|from reshake\.)(import )?(analysis|scenarios)\b", re.MULTILINE)
    for file in PACKAGE.glob("**/*.py"):
        if not {"analysis", "scenarios", "cli"} & set(file.relative_to(PACKAGE).parts):
            assert not uses.search(file.read_text()), file


@pytest.mark.usefixtures("room")
def test_a_type_checker_takes_what_a_constructor_takes() -> None:
    mypy = pytest.importorskip("mypy.api")
    Path("right.py").write_text(
        "import reshake as rs\n"
        "from datetime import timedelta\n"
        'link = rs.Link(rate="12Mbps", delay=timedelta(milliseconds=45))\n'
        "milliseconds: int = link.delay.nanoseconds // 10**6\n"
        'edge = rs.Fleet("edge", sites=["ams", rs.Site("iad")])\n'
        "names: list[str] = [site.name for site in edge.sites]\n"
    )
    Path("wrong.py").write_text(
        'import reshake as rs\nrs.Link(delay=45)\nrs.Link(dealy="45ms", delay="45ms")\nrs.Tickets(keys="per_site")\n'
    )
    options = ["--strict", "--cache-dir", "cache", "--follow-imports", "silent"]
    said, _, status = mypy.run([*options, "right.py"])
    assert status == 0, said
    said, _, status = mypy.run([*options, "wrong.py"])
    assert [line.split(":")[1] for line in said.splitlines() if ": error:" in line] == ["2", "3", "4"]
