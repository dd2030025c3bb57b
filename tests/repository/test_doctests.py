"""Every example in a docstring of the package gives what it says."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import reshake

MODULES = ["reshake", *(module.name for module in pkgutil.walk_packages(reshake.__path__, "reshake."))]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # Some write a file to read it.
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0
