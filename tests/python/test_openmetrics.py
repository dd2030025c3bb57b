"""A batch as OpenMetrics: the official parser takes it, and its last samples are the sums of the tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import reshake as rs
from reshake.exporting import export
from reshake.openmetrics import EPOCH, FAMILIES

NOTE = 'what a label must "escape" \\ somehow'


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> rs.Results:
    def scenario(lifetime: str = "10min", note: str = "", loss: float = 0.02) -> rs.Scenario:
        link = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss))
        phones = rs.Clients("phones", count=6 if note else 1, access=link, arrivals=rs.Poisson(mean_gap="10min"))
        edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime=lifetime))
        cut = rs.Partition(between=("phones", "edge/ams"), start="10min", lasts="20min")
        return rs.Scenario(duration="1h", clients=[phones], fleets=[edge], faults=[cut], audit=True)

    pytest.importorskip("reshake._core")
    return rs.Study(scenario, lifetime=["1min", "1h"], note=[NOTE], seeds=2).run(
        tmp_path_factory.mktemp("openmetrics") / "batch", progress=False
    )


@pytest.fixture(scope="module")
def text(batch: rs.Results, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("exported")
    (file,) = export(batch, out, "openmetrics")
    assert file == out / "metrics.txt"
    return file.read_text()


def at(text: str, time: int) -> dict[str, Metric]:
    """What a scrape at that time would have seen, by the official parser."""
    lines = [
        line for line in text.splitlines() if line.startswith(("#", "reshake_run_info")) or line.endswith(f" {time}")
    ]
    return {family.name: family for family in text_string_to_metric_families("\n".join(lines) + "\n")}


def total(family: Metric, suffix: str = "_total", **labels: str) -> float:
    return sum(
        float(sample.value)
        for sample in family.samples
        if sample.name == family.name + suffix and labels.items() <= sample.labels.items()
    )


def test_the_parser_takes_every_step(text: str) -> None:
    times = sorted({int(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")})
    assert times[0] == EPOCH
    assert times[-1] == EPOCH + 3_600
    assert 60 <= len(times) <= 121
    for time in times[1::10]:
        assert set(at(text, time)) == {family.name for family in FAMILIES} | {"reshake_run"}


def test_series_over_time_are_taken_too(text: str) -> None:
    plain = (
        "\n".join(line for line in text.splitlines() if not re.search(r"(first_byte|handshake)_seconds", line)) + "\n"
    )
    families = {family.name: family for family in text_string_to_metric_families(plain)}
    values = [
        (sample.timestamp, sample.value)
        for sample in families["reshake_attempts"].samples
        if (sample.labels["seed"], sample.labels["param_lifetime"], sample.labels["site"]) == ("0", "1h", "ams")
        and sample.labels["outcome"] == "ok"
    ]
    assert len(values) > 30
    assert [value for _, value in values] == sorted(value for _, value in values)


def test_the_last_samples_are_the_sums_of_the_tables(text: str, batch: rs.Results) -> None:
    last = at(text, EPOCH + 3_600)
    attempts = batch.attempts
    of = attempts[(attempts["lifetime"] == "1h") & (attempts["seed"] == 1)]
    chosen = {"param_lifetime": "1h", "seed": "1"}
    assert total(last["reshake_attempts"], **chosen) == len(of)
    assert total(last["reshake_attempts"], param_note=NOTE) == len(attempts)
    assert total(last["reshake_handshakes"], reason="resumed", **chosen) == of["resumed"].sum()
    first = of["first_byte"].dropna().dt.total_seconds()
    assert total(last["reshake_first_byte_seconds"], "_count", **chosen) == len(first)
    assert total(last["reshake_first_byte_seconds"], "_sum", **chosen) == pytest.approx(first.sum())
    assert total(last["reshake_first_byte_seconds"], "_bucket", le="0.3", **chosen) == (first <= 0.3).sum()
    assert total(last["reshake_decisions"]) == len(batch.security_events)
    assert total(last["reshake_tls_sent_bytes"]) == attempts["bytes_sent"].sum()


def test_a_fault_is_on_while_it_lasts(text: str) -> None:
    on = [total(at(text, EPOCH + 60 * minute)["reshake_faults_active"], "") for minute in (9, 11, 29, 32)]
    assert on == [0, 4, 4, 0]


def test_a_table_chooses_its_metrics(batch: rs.Results, tmp_path: Path) -> None:
    (file,) = export(batch, tmp_path, "openmetrics", ["faults"])
    assert re.findall(r"# TYPE (\w+)", file.read_text()) == ["reshake_run", "reshake_faults_active"]
