"""What people do, as the tables of whole runs show it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import reshake as rs

from .conftest import Run


def scenario(duration: str = "6h", **clients: Any) -> rs.Scenario:
    given = {"count": 20, "access": rs.Link(delay="10ms"), "arrivals": rs.Poisson(mean_gap="20min")} | clients
    return rs.Scenario(
        duration=duration, clients=[rs.Clients("phones", **given)], fleets=[rs.Fleet("edge", sites=["ams"])]
    )


def seconds(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.dt.total_seconds()


def test_a_visit_goes_on_after_a_think_for_as_many_rounds_as_the_mean_says(run: Run) -> None:
    rounds = rs.Rounds(mean=4, think=rs.LogNormal(median="10s", p90="60s"))
    attempts = run(scenario(rounds=rounds, connections=2)).tables["attempts"]
    attempts = attempts.assign(
        begins=seconds(attempts["started"]),
        ends=seconds(attempts["started"] + attempts["total"]),
        round=attempts["connection"] // 2,
    )
    found = attempts.groupby(["client", "visit", "round"]).agg(begins=("begins", "min"), ends=("ends", "max"))
    assert (attempts.groupby(["client", "visit", "round"]).size() == 2).all()
    visits = found.groupby(["client", "visit"]).size()
    # Geometric: the variance is mean * (mean - 1). A run ends some visits early.
    assert visits.mean() == pytest.approx(4, abs=4 * np.sqrt(12 / len(visits)))
    pauses = (found["begins"] - found.groupby(["client", "visit"])["ends"].shift()).dropna()
    sigma = np.log(6) / stats.norm.ppf(0.9)
    # From the last close on: a round trip or two after the response, which the median does not notice.
    assert stats.kstest(pauses, stats.lognorm(s=sigma, scale=10).cdf).pvalue > 0.01
    assert attempts.loc[attempts["round"] > 0, "resumed"].all()


def test_a_new_device_holds_nothing_and_computes_as_it_can(run: Run) -> None:
    change = rs.DeviceChange(gap=rs.Constant(time="2h"), device=rs.Device(slowdown=40))
    ran = run(scenario(device_change=change, tickets=rs.TicketStorage(persistent=True), churn=None))
    attempts = ran.tables["attempts"].sort_values(["client", "started"])
    lost = attempts[attempts["not_resumed"] == "store_lost"]
    # Every two hours, from some time in the first two on.
    times = seconds(lost["started"])
    changes = lost.groupby("client").size()
    assert changes.between(2, 3).mean() > 0.9
    first = times.groupby(lost["client"]).min()
    assert first.between(0, 2 * 3600 + 3 * 3600).all()
    old = seconds(attempts["started"]) < first.reindex(attempts["client"]).to_numpy()
    full = ~attempts["resumed"] & (attempts["outcome"] == "ok")
    computed = attempts["client_compute"].dt.total_seconds()
    assert computed[full & ~old].median() == pytest.approx(10 * computed[full & old].median(), rel=0.05)


def test_messages_have_the_sizes_of_their_laws(run: Run) -> None:
    sizes = {
        "request_sizes": rs.LogNormalBytes(median=800, p90=4000),
        "response_sizes": rs.ParetoBytes(least=2000, shape=1.5),
    }
    attempts = run(scenario(duration="12h", **sizes)).tables["attempts"]
    plain = run(scenario(duration="12h")).tables["attempts"]
    resumed, other = attempts[attempts["resumed"]], plain[plain["resumed"]]
    assert (resumed["started"].to_numpy() == other["started"].to_numpy()).mean() > 0.95
    # What is not application data is the same, but for a record's frame in each 16 KiB.
    around = other["bytes_received"].median() - 4096
    received = resumed["bytes_received"] - around
    assert stats.kstest(received, stats.pareto(b=1.5, scale=2000).cdf).pvalue > 0.01
    sent = resumed["bytes_sent"] - (other["bytes_sent"].median() - 200)
    sigma = np.log(5) / stats.norm.ppf(0.9)
    assert stats.kstest(sent, stats.lognorm(s=sigma, scale=800).cdf).pvalue > 0.01


def test_a_crowd_comes_when_it_is_due(run: Run) -> None:
    crowd = rs.FlashCrowd(gap=rs.Exponential(mean="1h"), start="2h", peak=20, ramp="5min", lasts="10min", decay="10min")
    at = seconds(run(scenario(arrivals=crowd)).tables["attempts"]["started"])
    before = (at < 2 * 3600).sum()
    during = at.between(2 * 3600, 3 * 3600).sum()
    # 20 clients: 20 an hour, and (20 - 1) * (2.5 + 10 + 10) minutes more of them.
    assert before == pytest.approx(40, abs=4 * np.sqrt(40))
    assert during == pytest.approx(20 + 142, abs=4 * np.sqrt(162))


def test_behaviour_is_the_same_twice_and_what_is_not_used_changes_nothing(run: Run, tmp_path: Any) -> None:
    (tmp_path / "gaps.csv").write_text("value,cumulative\n5,0.1\n600,0.8\n7200,1\n")
    gap = rs.Empirical(tmp_path / "gaps.csv")
    used = scenario(
        arrivals=rs.Renewal(gap=gap),
        churn=rs.Alternating(up=rs.Pareto(least="30min", shape=1.5), down=rs.Weibull(scale="5min", shape=0.6)),
        rounds=rs.Rounds(mean=2, think=gap),
        device_change=rs.DeviceChange(gap=rs.Exponential(mean="3h")),
        response_sizes=rs.ParetoBytes(least=2000, shape=1.2),
    )
    one, other = run(used), run(used)
    assert (one.digest, one.packets) == (other.digest, other.packets)
    pd.testing.assert_frame_equal(one.tables["attempts"], other.tables["attempts"])
    assert one.digest != run(used, seed=2).digest
    # A round that nothing follows, and a device that outlives the run: as without either.
    idle = scenario(
        rounds=rs.Rounds(mean=1, think=rs.Constant(time="1s")),
        device_change=rs.DeviceChange(gap=rs.Pareto(least="3000d", shape=50)),
    )  # fmt: skip
    assert run(idle).digest == run(scenario()).digest
