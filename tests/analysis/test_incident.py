"""What the figure of an incident draws and says, beside the same numbers computed from the visits."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from reshake.analysis import FAILED, among, incident, rests_on_before, visits

from .synthetic import Batch, batch

BEGAN, ENDED = 30 * 3_600.0, 32 * 3_600.0  # Of the synthetic partition.


@pytest.fixture(scope="module")
def failing() -> Batch:
    """Two lifetimes; with the longer one, four in ten visits fail during the partition."""
    made = batch(lifetimes=("1h", "2d"), clients=200)
    attempts = made.attempts.copy()
    at = attempts["started"].dt.total_seconds()
    lost = (at >= BEGAN) & (at < ENDED) & (attempts["ticket_lifetime"] == "2d") & (attempts.index % 5 < 2)
    attempts.loc[lost, "outcome"] = "reset"
    return dataclasses.replace(made, attempts=attempts)


def said(results: Batch) -> str:
    return " ".join(incident(results).texts[0].get_text().split())


def test_each_panel_has_the_value_of_its_windows(failing: Batch) -> None:
    figure = incident(failing)
    waited, failed, resumed, cpu = (axes.lines[0] for axes in figure.axes)
    x = np.asarray(failed.get_xdata(), dtype=float)
    width = x[1] - x[0]
    window = int(BEGAN // width)
    folded = visits(failing)
    at = folded["started"].dt.total_seconds()
    inside = folded[(folded["ticket_lifetime"] == "1h") & (at >= window * width) & (at < (window + 1) * width)]
    by_seed = inside.groupby("seed")
    assert resumed.get_ydata()[window] == pytest.approx(by_seed["resumed"].mean().mean())
    slowest = by_seed["first_byte"].quantile(0.95, interpolation="higher").dt.total_seconds().mean()
    assert waited.get_ydata()[window] == pytest.approx(slowest, rel=0.35)  # Another definition of the percentile.
    # No server computed anything in these tables but for the handshakes themselves.
    assert 138e-6 <= cpu.get_ydata()[window] <= 204e-6
    assert failed.get_ydata()[window] == 0
    assert figure.axes[1].lines[1].get_ydata()[window] == pytest.approx(0.4, abs=0.12)


def test_what_fails_is_told_before_what_is_slow(failing: Batch) -> None:
    title = said(failing)
    assert title.startswith("From the partition on, ")
    assert "of visits fail with 2 d tickets, 0 % with 1 h tickets" in title


def test_without_failures_waiting_is_told_and_else_resumption(failing: Batch) -> None:
    attempts = failing.attempts.assign(outcome="ok")
    slow = (attempts["ticket_lifetime"] == "1h") & (attempts["started"].dt.total_seconds() >= BEGAN)
    late = attempts.assign(first_byte=attempts["first_byte"] + pd.to_timedelta(np.where(slow, 1.0, 0.0), unit="s"))
    assert "the first byte takes 1." in said(dataclasses.replace(failing, attempts=late))
    level = attempts.assign(first_byte=pd.Timedelta(milliseconds=300))
    assert "users feel nothing, and " in said(dataclasses.replace(failing, attempts=level))


def test_all_alike_is_told_as_such(failing: Batch) -> None:
    alike = failing.attempts.assign(outcome="ok", first_byte=pd.Timedelta(milliseconds=300), resumed=True)
    title = said(dataclasses.replace(failing, attempts=alike))
    assert title.endswith(" in the mean, whatever the ticket lifetime")


def test_lines_end_where_the_run_ended_before_its_visits(failing: Batch) -> None:
    at = failing.attempts["started"].dt.total_seconds()
    late = (at >= at.max() - 6 * 3_600) & (failing.attempts["ticket_lifetime"] == "2d")
    attempts = failing.attempts.copy()
    attempts.loc[late & (attempts.index % 5 < 2), "outcome"] = "unfinished"
    figure = incident(dataclasses.replace(failing, attempts=attempts))
    for axes in figure.axes:
        whole, cut = (np.asarray(line.get_ydata(), dtype=float) for line in axes.lines[:2])
        assert not np.isnan(whole[-1])
        assert np.isnan(cut[-1])
        assert not np.isnan(cut[len(cut) // 2])
    assert any("Lines stop where" in text.get_text() for text in figure.texts)
    assert not any("Lines stop where" in text.get_text() for text in incident(failing).texts)


def test_faults_are_shaded_in_every_panel(failing: Batch) -> None:
    for axes in incident(failing).axes:
        (band,) = axes.patches
        assert (band.get_x(), band.get_x() + band.get_width()) == (BEGAN, ENDED)


def test_panels_windows_beginning_and_title_are_as_asked(failing: Batch) -> None:
    homes = sorted(visits(failing)["home"].astype(str).unique())[:1]
    some = among(FAILED, "home", homes, "of one home")
    figure = incident(
        failing,
        panels=[("users", FAILED), ("neighbours", some)],
        window=7_200.0,
        since=86_400.0,
        title="So it is",
        marks=[(90_000.0, "dawn")],
    )
    assert figure.texts[0].get_text() == "So it is"
    everybody, one = figure.axes
    assert one.get_title(loc="left") == "neighbours: share of visits that failed, of one home"
    assert everybody.get_xlim()[0] == 86_400.0
    assert [text.get_text() for text in everybody.texts] == ["dawn"]
    folded = visits(failing)
    chosen = folded[folded["home"].isin(homes) & (folded["ticket_lifetime"] == "2d")]
    inside = chosen[(chosen["started"].dt.total_seconds() // 7_200) == BEGAN // 7_200]
    drawn = one.lines[1].get_ydata()
    assert drawn[int(BEGAN // 7_200)] == pytest.approx(inside.groupby("seed")["failed"].mean().mean())


@pytest.mark.parametrize("count", [2, 4, 5, 6])
def test_what_is_grey_covers_no_other_text(failing: Batch, count: int) -> None:
    kinds = [f"certificate_{what}" for what in ("expiry", "replacement", "corruption", "desync", "wipe", "loss")]
    faults = pd.concat([failing.faults.assign(kind=kind) for kind in kinds[:count]], ignore_index=True)
    long = among(FAILED, "home", ["ams"], "of those who come more often than every twenty minutes")
    figure = incident(dataclasses.replace(failing, faults=faults), panels=[("users", long)])
    figure.canvas.draw()
    (grey,) = (text for text in figure.texts if text.get_text().startswith("grey: "))
    others = [text for text in figure.texts if text is not grey] + [axes._left_title for axes in figure.axes]
    assert not any(grey.get_window_extent().overlaps(each.get_window_extent()) for each in others)


def test_names_of_marks_that_are_near_stand_at_two_heights(failing: Batch) -> None:
    hours = {"night": 0.0, "dawn": 1.0, "noon": 2.0, "evening": 40.0}
    figure = incident(failing, marks=[(3_600.0 * at, name) for name, at in hours.items()])
    heights = {text.get_text(): text.xy[1] for text in figure.axes[0].texts}
    assert heights["night"] == heights["noon"] == heights["evening"] > heights["dawn"]


def test_what_rests_on_an_old_authentication_is_told_by_the_age_of_its_chain() -> None:
    frame = pd.DataFrame(
        {
            "started": pd.to_timedelta([110.0] * 5, unit="s"),
            "chain": [9.0, 11.0, 12.0, np.nan, 11.0],
            "answered": [True, True, True, True, False],
        }
    )
    # Of those that were answered one rests on 101 s, two on what was before, and a full handshake on itself.
    assert rests_on_before(100.0, "then").of_run(frame) == pytest.approx(2 / 4)
