"""Builds the site of the documentation into `build/site`: README, the pages of docs/, and a reference from docstrings.

python docs/website.py            writes build/site/html
python docs/website.py --pages    only the Markdown that the site is made of, build/site/pages
"""

import argparse
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

import reshake as rs
from reshake import analysis
from reshake.cli.arguments import help_texts
from reshake.cli.sources import shipped

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build/site"

NAV: dict[str, dict[str, str]] = {
    "Tutorial": {
        "A first answer": "tutorial.md",
    },
    "How-to": {
        "What breaks a promise": "hunt.md",
        "Looking into a run": "evidence.md",
        "Your own traffic": "fit.md",
        "Your own dashboards": "openmetrics.md",
        "Many machines": "cluster.md",
    },
    "Reference": {
        "Command line": "commands.md",
        "Python": "reference.md",
        "Analysis": "analysis.md",
        "Tables of a run": "tables.md",
        "Access networks by name": "access_networks.md",
        "How real clients handle sessions": "client_stacks.md",
        "Changelog": "changelog.md",
    },
    "Explanation": {
        "How it works, and where it ends": "how_it_works.md",
        "How sure a number is": "statistics.md",
        "Wi-Fi and LTE, simulated whole": "radio.md",
        "Questions and answers": "scenarios/README.md",
    },
}
"""The four kinds of pages (https://diataxis.fr), after the front page: titles and pages, in the order of the menu.

The scenarios' own pages follow their index.
"""


def write_pages(out: Path) -> None:
    """Every page as Markdown, with links that hold within the site."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "scenarios").mkdir(parents=True)
    for page in (*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/scenarios").glob("*.md")):
        text = _plain(page.read_text()).replace("](../README.md", "](index.md")
        (out / page.relative_to(ROOT / "docs")).write_text(text)
    for picture in (*(ROOT / "docs").glob("*.png"), *(ROOT / "docs/scenarios").glob("*.png")):
        shutil.copyfile(picture, out / picture.relative_to(ROOT / "docs"))
    (out / "index.md").write_text(_plain((ROOT / "README.md").read_text()).replace("](docs/", "]("))
    (out / "changelog.md").write_text((ROOT / "CHANGELOG.md").read_text())
    (out / "commands.md").write_text("\n".join(_commands()))
    (out / "reference.md").write_text("\n".join(_reference("Python", rs)))
    (out / "analysis.md").write_text("\n".join(_reference("Analysis", analysis)))


def settings(pages: Path, html: Path) -> dict[str, object]:
    """What MkDocs is told. Nothing is loaded from elsewhere: no fonts, no scripts."""
    scenarios = [{name: f"scenarios/{name}.md"} for name, _ in shipped()]
    nav: list[dict[str, object]] = [{"Reshake": "index.md"}]
    for kind, pages_of in NAV.items():
        entries: list[dict[str, object]] = [{title: page} for title, page in pages_of.items()]
        nav.append({kind: [_with(scenarios, each) for each in entries]})
    return {
        "site_name": "Reshake",
        "docs_dir": str(pages),
        "site_dir": str(html),
        "nav": nav,
        "strict": True,
        "use_directory_urls": False,
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.indexes", "navigation.tabs", "content.code.copy", "toc.follow"],
            "palette": [
                _palette("light", "default", "material/weather-night", "dark"),
                _palette("dark", "slate", "material/weather-sunny", "light"),
            ],
        },
        "plugins": ["material/search"],
        "markdown_extensions": [
            "tables",
            "fenced_code",
            "toc",
            "sane_lists",
            "pymdownx.superfences",
            {"pymdownx.highlight": {"use_pygments": True}},
        ],
        "validation": {"links": {"anchors": "warn"}},
    }


def _palette(preferred: str, scheme: str, icon: str, other: str) -> dict[str, object]:
    """Colours for readers who prefer them: the theme follows a preference only where a button can change it."""
    return {
        "media": f"(prefers-color-scheme: {preferred})",
        "scheme": scheme,
        "primary": "blue grey",
        "toggle": {"icon": icon, "name": f"Switch to {other} colours"},
    }


def _with(scenarios: list[dict[str, str]], entry: dict[str, object]) -> dict[str, object]:
    """An entry of the menu; that of the index of scenarios as a menu of its own."""
    return {title: [page, *scenarios] if page == "scenarios/README.md" else page for title, page in entry.items()}


def build(build: Path) -> subprocess.CompletedProcess[str]:
    """Writes pages and HTML below `build`; fails where a link leads nowhere."""
    write_pages(build / "pages")
    config = build / "mkdocs.yml"
    config.write_text(yaml.safe_dump(settings(build / "pages", build / "html"), sort_keys=False))
    # Not quietly: what is not said does not count as a warning.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)


def _plain(text: str) -> str:
    """Without comments: a table that follows one would be no table."""
    return re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)


def _commands() -> Iterator[str]:
    yield "# Command line\n"
    for name, text in help_texts().items():
        yield f"## reshake {name}\n\n```text\n{text.rstrip()}\n```\n"


def _reference(title: str, package: object) -> Iterator[str]:
    yield f"# {title}\n"
    yield f"{_prose((inspect.getdoc(package) or '').partition(chr(10) * 2)[0])}\n"
    for name in package.__all__:  # type: ignore[attr-defined]
        value = getattr(package, name)
        yield f"## {name}\n"
        yield from _documented(value)
        if inspect.isclass(value):
            for own, member in vars(value).items():
                if not own.startswith("_") and inspect.isfunction(member):
                    yield f"### {name}.{own}\n"
                    yield from _documented(member)


def _documented(value: object) -> Iterator[str]:
    """A docstring in numpy style as Markdown: sections as small headings, parameters as lists, examples as code."""
    parts = re.split(r"^(\w[\w ]*)\n-+\n", inspect.getdoc(value) or "", flags=re.MULTILINE)
    yield f"{_prose(parts[0])}\n"
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        yield f"**{heading}**\n"
        if heading == "Examples":
            yield f"```python\n{body.rstrip()}\n```\n"
        elif re.search(r"^\S.*\n +\S", body, re.MULTILINE):
            for names, meaning in re.findall(r"^(\S[^\n]*)\n((?:(?: +[^\n]*)?\n?)+)", body, re.MULTILINE):
                yield f"- `{names}`: {_prose(' '.join(meaning.split()))}"
            yield ""
        else:
            yield f"{_prose(body)}\n"


def _prose(text: str) -> str:
    return text.replace("``", "`").rstrip()


def main() -> int:
    """The command line."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--pages", action="store_true", help="only the Markdown")
    if arguments.parse_args().pages:
        write_pages(BUILD / "pages")
        return 0
    BUILD.mkdir(parents=True, exist_ok=True)
    ended = build(BUILD)
    print(BUILD / "html/index.html" if ended.returncode == 0 else ended.stdout + ended.stderr)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
