"""Wi-Fi and LTE as full radio models, in a build without them: values like others, but not to be run."""

import subprocess
from collections.abc import Callable
from types import ModuleType

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", ["wifi_access", "lte_access"])
def test_a_cell_is_refused_by_a_build_without_radio(name: str, reshake: Command, core: ModuleType) -> None:
    if core.radio_is_built_in():
        pytest.skip("this build has the radio models")
    ended = reshake("run", name, "-o", "out")
    assert ended.returncode == 2
    assert "clients[0].access: is " in ended.stderr
    assert "RESHAKE_RADIO=1 make setup" in ended.stderr
    assert "Traceback" not in ended.stderr
