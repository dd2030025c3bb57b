"""The report: one page that refers to nothing outside itself, and says what the tables say."""

import dataclasses
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from reshake.analysis import over_seeds
from reshake.analysis.anomalies import anomalies
from reshake.analysis.catalogue import FIGURES
from reshake.analysis.dashboard import dashboard
from reshake.analysis.page import Facts, RunFacts, html_report

from .synthetic import LIFETIMES, Batch, batch, seconds

FACTS = Facts(
    name="lifetimes",
    question="How long <should> tickets live?",
    about="Two paragraphs.\n\nWhat matters:\n- how long <clients> stay away\n- what a key exposes",
    commands=["reshake run lifetimes -o out"],
    versions={"openssl": "3.5.7"},
    runs=[RunFacts(parameters={"ticket_lifetime": "1h"}, seed=1, digest="48845993a944449d")],
    scenario='{"duration": "3d"}',
)


class Reader(HTMLParser):
    """What a page names, refers to, and leaves open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input"):
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            elif name in ("href", "src", "xlink:href", "data", "action"):
                self.refers.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "link", "input"):
            self.open.pop()


@pytest.fixture(scope="module")
def made() -> Batch:
    made = batch(lifetimes=["10min", "6h"], seeds=[1, 2], clients=45)
    runs = made.attempts[["ticket_lifetime", "seed"]].drop_duplicates()
    keys = made.ticket_keys.assign(site=None, server=-1, fault=-1, key=made.ticket_keys["generation"])
    attempts = made.attempts.assign(tickets_received=1, ticket_age=pd.Timedelta("5min"))
    return dataclasses.replace(made, attempts=attempts, ticket_keys=runs.merge(keys, how="cross"))


@pytest.fixture(scope="module")
def page(made: Batch) -> str:
    return html_report(made, FACTS)


def test_the_page_refers_to_nothing_outside_itself(page: str) -> None:
    reader = Reader(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    inside = [each.removeprefix("#") for each in reader.refers if each.startswith("#")]
    assert set(inside) <= set(reader.ids)
    assert [each for each in reader.refers if not each.startswith("#")] == ["data:,"]
    used = re.findall(r"url\(([^)]*)\)", page)
    assert {each.removeprefix("#") for each in used} <= set(reader.ids)
    assert "@import" not in page


def test_the_page_has_every_figure_that_the_batch_allows(page: str) -> None:
    figures = {each for each in Reader(page).ids if each in FIGURES}
    assert {"latency_cdf", "latency_tail", "fallback_reasons", "phase_stacks", "percentile_lines"} <= figures
    # A heat map needs two parameters, crossings need two tenants, and the waterfall is drawn of the worst visits.
    assert not figures & {"heat_map", "latency_heat_map", "tenant_crossings", "waterfall"}
    assert page.count("<svg") == len(figures) + 3
    assert page.count('role="img"') == page.count("<svg")


def test_equal_batches_give_equal_pages(page: str, made: Batch) -> None:
    assert html_report(made, FACTS) == page


def test_a_pointer_is_told_which_value_a_line_is_of_and_which_fault_a_band_is(page: str) -> None:
    lines = page[page.index('<figure id="resumption_over_time">') :]
    lines = lines[: lines.index("</figure>")]
    for told in ("ticket lifetime: 10 min", "ticket lifetime: 6 h", "partition"):
        assert lines.count(f"<title>{told}</title>") == 1, told
    assert "<title>child" not in page
    assert not re.search(r"<title>[^<]*(?:child|line)\d", page)


def test_points_of_the_description_are_a_list(page: str) -> None:
    assert "<p>Two paragraphs.</p>" in page
    assert "<p>What matters:</p>" in page
    assert "<ul><li>how long &lt;clients&gt; stay away</li><li>what a key exposes</li></ul>" in page


def test_times_into_a_short_run_are_told_in_minutes(made: Batch) -> None:
    attempts = made.attempts.assign(started=made.attempts["started"] / 72)
    told = html_report(dataclasses.replace(made, attempts=attempts), FACTS)
    rows = told[told.index('<table id="worst"') :]
    times = re.findall(r"<td[^>]*>([\d.]+ (?:min|s|h))</td>", rows[: rows.index("</table>")])
    assert any(each.endswith(" min") for each in times)


def test_what_a_user_wrote_is_text(page: str) -> None:
    assert "How long &lt;should&gt; tickets live?" in page
    assert "How long <should>" not in page


def test_the_page_says_how_to_run_it_again(page: str) -> None:
    for told in ("reshake run lifetimes -o out", "3.5.7", "48845993a944449d"):
        assert told in page


def test_missing_runs_and_failures_are_in_the_verdict(made: Batch) -> None:
    attempts = made.attempts.copy()
    lost = attempts.index[attempts["ticket_lifetime"] == "6h"][::10]
    attempts.loc[lost, "outcome"] = "reset"
    attempts.loc[lost, "first_byte"] = pd.NaT
    told = html_report(dataclasses.replace(made, attempts=attempts, missing=2), FACTS)
    verdict = told[told.index('<ul class="verdict">') : told.index("</ul>")]
    assert "2 runs of the study are missing" in verdict
    assert re.search(r"% of visits failed, .*% with ticket lifetime 6 h", verdict)


def test_the_dashboard_counts_what_the_attempts_say(shared: Batch) -> None:
    attempts = shared.attempts.assign(
        tickets_received=2, ticket_age=seconds([60.0] * len(shared.attempts)), chain_age=shared.attempts["started"]
    )
    grouping, gauges = dashboard(dataclasses.replace(shared, attempts=attempts))
    assert [group.label for group in grouping.groups] == ["10 min", "1 h", "6 h", "1 d", "2 d"]
    by_name = {gauge.name: gauge for gauge in gauges}
    chosen = shared.attempts[shared.attempts["ticket_lifetime"] == "6h"]
    offered = over_seeds(chosen.groupby("seed")["offered"].mean())
    assert by_name["attempts that offer a ticket"].cells[2][2] == pytest.approx(offered.mean)
    assert by_name["age when offered, p50"].cells[0][0] == "60 s"
    assert by_name["keys in a run"].cells[0][0] == "3"
    assert by_name["a key opens tickets for, at most"].cells[0][0] == "2 d"
    gap = chosen.sort_values("started").groupby(["seed", "client"])["started"].diff().dt.total_seconds()
    median = over_seeds(gap.groupby(chosen["seed"]).median()).mean
    assert by_name["time between two renewals of a client, median"].cells[2][2] == pytest.approx(median, rel=0.01)
    assert list(LIFETIMES)[2] == "6h"


def test_a_partition_stands_out_with_its_name(shared: Batch) -> None:
    found = anomalies(shared)
    assert found
    assert all(30 * 3_600 - 5_400 <= each.began <= 32 * 3_600 for each in found)
    assert {each.fault for each in found} == {"partition phones | edge/ams"}
    assert "wait longer than" in found[0].what


def test_a_quiet_run_has_no_anomaly() -> None:
    assert anomalies(batch(lifetimes=["10min", "1d"], seeds=[1, 2, 3], clients=100, partition=False)) == []


def test_an_hour_of_failures_stands_out_without_a_fault(shared: Batch) -> None:
    at = shared.attempts["started"].dt.total_seconds()
    bad = (at > 50 * 3_600) & (at < 52 * 3_600) & (shared.attempts["client"] % 3 == 0)
    attempts = shared.attempts.copy()
    attempts.loc[bad, "outcome"] = "alert"
    failing = [each for each in anomalies(dataclasses.replace(shared, attempts=attempts)) if " fail" in each.what]
    assert failing
    assert {each.fault for each in failing} == {""}
    assert all(48 * 3_600 <= each.began <= 52 * 3_600 for each in failing)


def test_no_attempts_are_refused(shared: Batch) -> None:
    with pytest.raises(ValueError, match="no attempts"):
        html_report(dataclasses.replace(shared, attempts=shared.attempts.iloc[:0]), FACTS)
