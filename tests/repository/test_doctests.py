"""Every example in a docstring of the package gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import reshake

MODULES = ["reshake", *(module.name for module in pkgutil.walk_packages(reshake.__path__, "reshake."))]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0
