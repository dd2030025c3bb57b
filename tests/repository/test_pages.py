"""The pages of docs/ say what the code says: each is written from its source, and nobody edits it by hand."""

import importlib.util
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from reshake.cli.sources import shipped

ExpectNone = Callable[[Iterable[str]], None]

MEND = "make pages"


@pytest.fixture(scope="module")
def tool_of(root: Path) -> Callable[[str], ModuleType]:
    """A program of docs/ as a module."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, root / "docs" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_a_scenario_has_its_page(name: str, root: Path, tool_of: Callable[[str], ModuleType]) -> None:
    tool = tool_of("scenario_pages")
    found = tool.measured(name)
    assert found is not None, f"scenarios/{name}.py has no page: {MEND} NAMES={name}"
    answer, code, _ = found
    text = (root / "docs/scenarios" / f"{name}.md").read_text()
    assert text == tool.page(name, *found), f"the page differs from the docstrings: {MEND}"
    assert code == tool.code_of(tool.module_of(name)), (
        f"what the page says was measured with other code: {MEND} NAMES={name}"
    )
    assert any(figure in answer for figure in "0123456789"), "an answer has numbers"


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_a_picture_is_small(name: str, root: Path) -> None:
    picture = root / "docs/scenarios" / f"{name}.png"
    assert picture.stat().st_size < 120_000


def test_a_line_that_others_cover_keeps_its_colour_in_a_small_picture(tool_of: Callable[[str], ModuleType]) -> None:
    blue = (0, 114, 178)
    ways = np.linspace(0.0, 1.0, 600)[:, np.newaxis]
    picture = np.full((400, 600, 3), 255, dtype=np.uint8)
    for row, colour in enumerate([(0, 158, 115), (213, 94, 0), (86, 180, 233), (204, 121, 167)]):
        picture[80 * row : 80 * (row + 1)] = 255 * (1 - ways) + ways * np.array(colour)
    picture[350:353, 100:110] = blue
    whole = io.BytesIO()
    Image.fromarray(picture).save(whole, format="png")
    small = Image.open(io.BytesIO(tool_of("scenario_pages").small(whole.getvalue()))).convert("RGB")
    assert small.getpixel((105, 351)) == pytest.approx(blue, abs=8)


def test_no_page_is_left_behind(root: Path, expect_none: ExpectNone) -> None:
    known = {name for name, _ in shipped()} | {"README"}
    pages = sorted((root / "docs/scenarios").iterdir())
    expect_none(f"{page.relative_to(root)}: of no scenario" for page in pages if page.stem not in known)


def test_the_index_leads_to_every_scenario(root: Path, tool_of: Callable[[str], ModuleType]) -> None:
    text = (root / "docs/scenarios/README.md").read_text()
    assert text == tool_of("scenario_pages").index(), MEND
    assert all(f"({name}.md)" in text for name, _ in shipped())
    assert all(f"| Q{number} |" in text for number in range(1, 16))


def test_access_networks_are_told_with_their_sources(root: Path, tool_of: Callable[[str], ModuleType]) -> None:
    assert (root / "docs/access_networks.md").read_text() == tool_of("access_networks_page").page(), MEND


def test_client_stacks_are_told_with_their_sources(root: Path, tool_of: Callable[[str], ModuleType]) -> None:
    assert (root / "docs/client_stacks.md").read_text() == tool_of("client_stacks_page").page(), MEND


def test_columns_are_told_as_the_code_has_them(root: Path, tool_of: Callable[[str], ModuleType]) -> None:
    assert (root / "docs/tables.md").read_text() == tool_of("tables_page").page(), MEND


def test_metrics_are_told_as_the_code_has_them(root: Path, tool_of: Callable[[str], ModuleType]) -> None:
    assert (root / "docs/openmetrics.md").read_text() == tool_of("openmetrics_page").page(), MEND
