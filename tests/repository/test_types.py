"""The Python package holds up under mypy --strict."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path


def test_package_is_typed(
    root: Path,
    tmp_path: Path,
    tool: Callable[..., subprocess.CompletedProcess[str]],
    expect_none: Callable[[Iterable[str]], None],
) -> None:
    # As it is installed: analysis and scenarios stand beside bindings in the repository, but inside the package here.
    package = tmp_path / "reshake"
    package.mkdir()
    for part in [*(root / "bindings/reshake").iterdir(), root / "analysis", root / "scenarios"]:
        (package / part.name).symlink_to(part)
    settings = ["--config-file", str(root / "pyproject.toml"), "--cache-dir", str(root / "build/mypy")]
    result = tool("mypy", *settings, "--no-error-summary", "--package", "reshake", MYPYPATH=str(tmp_path))
    expect_none(line.replace(f"{tmp_path}/", "") for line in (result.stdout + result.stderr).splitlines())
    assert result.returncode == 0
