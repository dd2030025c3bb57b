"""Laws of behaviour: what is refused, with the line to blame, and what survives JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reshake as rs

pytestmark = pytest.mark.usefixtures("room")


def scenario(**clients: Any) -> rs.Scenario:
    given = {"count": 2, "access": rs.Link(delay="10ms"), "arrivals": rs.Poisson(mean_gap="1h")} | clients
    phones = rs.Clients("phones", **given)
    return rs.Scenario(duration="6h", clients=[phones], fleets=[rs.Fleet("edge", sites=["ams"])])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,0.5\n2,0.4\n3,1\n", r'line 2: "2,0.4" falls: neither values nor shares may'),
        ("2,0.5\n1,1\n", r'line 2: "1,1" falls'),
        ("1,0.5\n2,1.2\n", r'line 2: "2,1.2" has a share above 1'),
        ("1,0.5\nnan,1\n", r'line 2: "nan,1" is not "value,cumulative"'),
        ("-1,0.5\n1,1\n", r'line 1: "-1,0.5" is not "value,cumulative"'),
        ("1,0.5,7\n", r'line 1: "1,0.5,7" is not "value,cumulative"'),
        ("1,0.5\n2,0.9\n", "does not end with a share of 1"),
        ("value,cumulative\n", "does not end with a share of 1"),
        ("0,1\n", "holds no value above 0"),
        ("1,0.5\n400000000,1\n", r"values go up to 315,360,000 seconds"),
    ],
)
def test_a_distribution_is_refused_with_the_line_to_blame(text: str, reason: str) -> None:
    Path("cdf.csv").write_text(text)
    with pytest.raises(rs.ScenarioError, match=reason):
        rs.Empirical("cdf.csv")


def test_sizes_are_bytes() -> None:
    Path("cdf.csv").write_text("100,0.5\n70000000,1\n")
    with pytest.raises(rs.ScenarioError, match=r"EmpiricalBytes.path: cdf.csv, line 2: .* up to 67,108,864 bytes"):
        rs.EmpiricalBytes("cdf.csv")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: rs.Pareto(least="1s", shape=1.0), r"Pareto.shape: 1.0 is out of range; .*above 1 and at most 100"),
        (lambda: rs.Weibull(scale="0s", shape=1.0), r'Weibull.scale: "0s" is out of range'),
        (lambda: rs.Renewal(gap=rs.Poisson(mean_gap="1h")), r"Renewal.gap: .*expected an Exponential or Weibull"),
        (lambda: rs.FlashCrowd(gap=rs.Constant(time="1h"), start="1h", peak=0.5), r"FlashCrowd.peak: 0.5 is out of"),
        (lambda: rs.Rounds(mean=0.5, think=rs.Constant(time="1s")), r"Rounds.mean: 0.5 is out of range"),
        (lambda: rs.LogNormalBytes(median=4096, p90=8), r"LogNormalBytes.p90: 8 is out of range"),
    ],
)
def test_what_no_law_can_be_is_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(rs.ScenarioError, match=reason):
        make()


def test_percentiles_in_the_wrong_order_are_all_found() -> None:
    wrong = rs.LogNormal(median="10min", p90="1min")
    errors, warnings = scenario(
        arrivals=rs.FlashCrowd(gap=wrong, start="7h", peak=9),
        rounds=rs.Rounds(mean=2, think=wrong),
        churn=rs.Alternating(up=wrong, down=wrong),
        device_change=rs.DeviceChange(gap=wrong),
        request_sizes=rs.LogNormalBytes(median=900, p90=800),
    ).problems()
    paths = ("arrivals.gap", "churn.up", "churn.down", "rounds.think", "device_change.gap", "request_sizes")
    assert [each.path for each in errors] == [f"clients[0].{path}.p90" for path in paths]
    assert errors[0].sentence == "is 1min, below median (10min)"
    assert {each.path for each in warnings} == {"clients[0].arrivals.start", "clients[0].arrivals.lasts"}


def test_laws_survive_json() -> None:
    Path("gaps.csv").write_text("value,cumulative\n0.5,0.25\n60,1\n")
    gap = rs.Empirical("gaps.csv")
    assert gap.times == (500_000_000, 60_000_000_000)
    one = scenario(
        arrivals=rs.Renewal(gap=gap),
        rounds=rs.Rounds(mean=2, think=rs.Weibull(scale="9s", shape=0.7)),
        churn=rs.Alternating(up=rs.Pareto(least="1min", shape=1.5), down=gap),
        response_sizes=rs.ParetoBytes(least=900, shape=1.1),
    )
    assert rs.Scenario.from_json(one.to_json()) == one
