"""Every source looks as the formatters would write it; `make format` does."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

Tool = Callable[..., subprocess.CompletedProcess[str]]
ExpectNone = Callable[[Iterable[str]], None]


def test_cpp_is_formatted(files: Callable[..., list[Path]], tool: Tool, expect_none: ExpectNone) -> None:
    result = tool("clang-format", "--dry-run", *files(".cc", ".h"))
    assert result.returncode == 0, result.stderr
    ill = {line.split(":")[0] for line in result.stderr.splitlines() if "warning:" in line}
    expect_none(f"{path}: not formatted (make format)" for path in sorted(ill))


def test_python_is_formatted(tool: Tool, expect_none: ExpectNone) -> None:
    result = tool("ruff", "format", "--check", "--quiet", "--output-format", "concise")
    expect_none(f"{line} (make format)" for line in (result.stdout + result.stderr).splitlines())
    assert result.returncode == 0
