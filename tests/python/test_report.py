"""`reshake report`, opened in a real browser: alone, without errors, readable in light, in dark and on a phone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("core")

CHROMIUM = shutil.which("chromium")
DARK = "--blink-settings=preferredColorScheme=0"

# Runs in the page: what a reader would see, measured.
PROBE = """
<script>
addEventListener("load", () => {
  const light = (text) => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = text.match(/[0-9.]+/g).map((part) => linear(Number(part) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour) && colour !== "transparent") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const contrasts = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest("svg, script")) continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const name = element.tagName + "." + element.className;
    contrasts[name] = Math.min(contrasts[name] ?? 99, ratio);
  }
  const column = (name, index) =>
    [...document.querySelectorAll(`#${name} tbody tr`)].map((row) => row.cells[index].firstChild.data.trim());
  const before = column("summary", 0);
  const button = document.querySelector("#summary th button");
  button.click();
  button.click();
  const after = column("summary", 0);
  const filter = document.querySelector("label.filter input");
  const rows = [...filter.closest("label").nextElementSibling.querySelectorAll("tbody tr")];
  filter.value = rows[0].cells[1].textContent;
  filter.dispatchEvent(new Event("input"));
  const said = {
    contrasts, before, after,
    shown: rows.filter((row) => !row.hidden).length, rows: rows.length,
    figures: [...document.querySelectorAll("figure svg")].map((svg) => {
      const box = svg.getBoundingClientRect();
      return box.width > 250 && box.height > 80;
    }),
    wider: document.documentElement.scrollWidth - innerWidth,
    width: innerWidth,
    paper: light(behind(document.body)),
    loaded: performance.getEntriesByType("resource").map((each) => each.name),
  };
  const place = document.createElement("pre");
  place.id = "probe";
  place.textContent = JSON.stringify(said);
  document.body.append(place);
});
</script>
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small batch."""
    import reshake as rs
    from reshake.cli import main

    room = tmp_path_factory.mktemp("report")

    def phones(lifetime: str = "10min") -> rs.Scenario:
        lossy = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.05))
        clients = rs.Clients("phones", count=12, access=lossy, arrivals=rs.Poisson(mean_gap="10min"))
        edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime=lifetime))
        cut = rs.Partition(between=("phones", "edge/ams"), start="1h", lasts="20min")
        return rs.Scenario(duration="3h", clients=[clients], fleets=[edge], faults=[cut])

    rs.Study(phones, lifetime=["10min", "1h"], seeds=2).run(room / "out", progress=False)
    assert main(["report", str(room / "out"), "-o", str(room / "page.html")]) == 0
    return room / "page.html"


def opened(page: Path, room: Path, *flags: str) -> tuple[dict[str, Any], str]:
    """What the probe measured in the page, and what the browser logged."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (cmake/test installs it)")
    probed = room / "probed.html"
    probed.write_text(page.read_text().replace("</body>", f"{PROBE}</body>"))
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={room / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=5000", *flags,
        "--dump-dom", f"file://{probed}",
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    told = re.search(r'<pre id="probe">(.*?)</pre>', ended.stdout, re.DOTALL)
    assert told, ended.stderr[-2000:]
    return json.loads(html.unescape(told[1])), ended.stderr


@pytest.mark.parametrize("flags", [(), (DARK,)], ids=["light", "dark"])
def test_the_page_works_in_a_browser(page: Path, tmp_path: Path, flags: tuple[str, ...]) -> None:
    seen, logged = opened(page, tmp_path, "--window-size=1200,900", *flags)
    assert "CONSOLE" not in logged
    assert seen["loaded"] == []
    assert len(seen["figures"]) == page.read_text().count("<svg")
    closed = page.read_text().count("<details><summary>First byte") + page.read_text().count(
        "<details><summary>Attempt"
    )
    assert seen["figures"].count(False) <= closed  # Waterfalls that wait to be opened.
    assert seen["wider"] <= 0
    assert (seen["paper"] < 0.1) == (DARK in flags)
    # WCAG 2.2 level AA for text.
    assert {name: ratio for name, ratio in seen["contrasts"].items() if ratio < 4.5} == {}
    assert len(seen["contrasts"]) > 10
    assert (seen["before"], seen["after"]) == (["10 min", "1 h"], ["1 h", "10 min"])
    assert 0 < seen["shown"] < seen["rows"]


def test_the_page_fits_a_phone(page: Path, tmp_path: Path) -> None:
    seen, _ = opened(page, tmp_path, "--window-size=500,900")
    assert seen["width"] <= 500
    assert seen["wider"] <= 0


def test_the_command_names_the_file_and_the_page_the_commands(page: Path, reshake: Command, room: Path) -> None:
    text = page.read_text()
    assert "--set lifetime=10min,1h --seeds 2" in text
    ended = reshake("report", str(page.parent / "out"), "-o", "sub/mine.html", "--by", "home")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "sub/mine.html\n"
    assert "<svg" in (room / "sub" / "mine.html").read_text()
    for command in (["report"], ["plot"]):
        refused = reshake(*command, str(page.parent / "out"), "-o", "sub/mine.html/inside")
        assert refused.returncode == 2
        assert refused.stderr.startswith("reshake: sub/mine.html/inside: cannot be written: sub/mine.html")
    refused = reshake("report", str(page.parent / "out"), "--by", "hoem")
    assert refused.returncode == 2
    assert "no parameter 'hoem'" in refused.stderr
