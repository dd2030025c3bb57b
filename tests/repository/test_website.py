"""The site of the documentation: every page is in it, every link leads somewhere, nothing is loaded from elsewhere."""

import importlib.util
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest

import reshake as rs

ExpectNone = Callable[[Iterable[str]], None]


@pytest.fixture(scope="module")
def website(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("website", root / "docs/website.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(website: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site is."""
    build = tmp_path_factory.mktemp("site")
    ended: subprocess.CompletedProcess[str] = website.build(build)
    # Strict: a link that leads nowhere, or a page in no menu, is a failure.
    assert ended.returncode == 0, ended.stderr
    assert "WARNING" not in ended.stderr
    return build


def test_the_site_holds_every_page(built: Path, root: Path, expect_none: ExpectNone) -> None:
    pages = [*(root / "docs").glob("*.md"), *(root / "docs/scenarios").glob("*.md")]
    html = {page.relative_to(root / "docs").with_suffix(".html") for page in pages}
    html = {page.with_name("index.html") if page.stem == "README" else page for page in html}
    expect_none(f"{page}: is not in the site" for page in sorted(html) if not (built / "html" / page).is_file())


def test_the_menu_has_every_page_once_under_its_kind(website: ModuleType, built: Path) -> None:
    assert list(website.NAV) == ["Tutorial", "How-to", "Reference", "Explanation"]
    placed = [page for pages in website.NAV.values() for page in pages.values()]
    written = {str(page.relative_to(built / "pages")) for page in (built / "pages").rglob("*.md")}
    of_scenarios = {page for page in written if page.startswith("scenarios/") and page != "scenarios/README.md"}
    assert sorted(placed) == sorted(written - of_scenarios - {"index.md"})


def test_the_front_page_leads_to_the_tutorial_and_to_how_it_works(built: Path) -> None:
    front = (built / "html/index.html").read_text()
    assert 'href="tutorial.html"' in front
    assert 'href="how_it_works.html"' in front
    assert 'id="limitations"' in front


def test_the_site_follows_a_preference_for_dark(built: Path) -> None:
    page = (built / "html/tutorial.html").read_text()
    for preferred, scheme in (("light", "default"), ("dark", "slate")):
        (choice,) = re.findall(rf'<input[^>]*data-md-color-media="\(prefers-color-scheme: {preferred}\)"[^>]*>', page)
        assert f'data-md-color-scheme="{scheme}"' in choice


def test_the_reference_tells_every_public_name(built: Path, expect_none: ExpectNone) -> None:
    text = (built / "pages/reference.md").read_text()
    expect_none(f"{name}: is not in the reference" for name in rs.__all__ if f"\n## {name}\n" not in text)
    commands = (built / "pages/commands.md").read_text()
    assert "## reshake advise\n" in commands
    assert commands.count("example: ") > 10


def test_the_site_loads_nothing_from_elsewhere(built: Path, expect_none: ExpectNone) -> None:
    loaded = re.compile(r"<(?:script|img|link)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+\"[^>]*>")
    expect_none(
        f"{page.relative_to(built)}: {found[0]}"
        for page in (built / "html").rglob("*.html")
        for found in [loaded.search(page.read_text())]
        if found and 'rel="canonical"' not in found[0]
    )
