"""What the figures draw and say, read from their artists."""

import dataclasses
import datetime
import itertools
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from reshake.analysis import (
    fallback_reasons,
    heat_map,
    latency_cdf,
    latency_tail,
    percentile_lines,
    phase_stacks,
    quantity_lines,
    report_figures,
    resumption_over_time,
    visits,
)
from reshake.analysis.timeline import time_axis

from .synthetic import LIFETIMES, Batch, batch, seconds


def map_over_homes(results: Batch, by: str | None = None) -> Figure:
    several = [name for name, values in results.parameters.items() if len(values) > 1]
    x = by or next(iter([*several, "home"]))
    return heat_map(results, x=x, y="population" if x == "home" else "home")


def lines_of_shares(results: Batch, by: str | None = None) -> Figure:
    return quantity_lines(results, by=by, per="population")


FIGURES = (
    latency_cdf,
    latency_tail,
    resumption_over_time,
    fallback_reasons,
    phase_stacks,
    percentile_lines,
    lines_of_shares,
    map_over_homes,
)


def words(figure: Figure) -> list[str]:
    """Every text of a figure."""
    return [text.get_text() for text in figure.findobj(Text)]


def title(figure: Figure) -> str:
    return " ".join(figure.texts[0].get_text().split())


def lines(figure: Figure, panel: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name to data of the curves of a panel."""
    named = {str(line.get_label()): line for line in figure.axes[panel].lines}
    return {
        name: (np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float))
        for name, line in named.items()
        if not name.startswith("_")
    }


def without_resumption(made: Batch) -> Batch:
    attempts = made.attempts.assign(resumed=False)
    attempts.loc[attempts["not_resumed"] == "resumed", "not_resumed"] = "refused"
    return dataclasses.replace(made, attempts=attempts)


def all_unanswered(made: Batch) -> Batch:
    nothing = seconds([math.nan] * len(made.attempts))
    attempts = made.attempts.assign(
        server_hello=nothing, first_byte=nothing, resumed=False, outcome="connect_timeout", not_resumed="no_handshake"
    )
    return dataclasses.replace(made, attempts=attempts)


def test_curves_are_the_distributions_of_their_own_visits(shared: Batch) -> None:
    figure = latency_cdf(shared, by="ticket_lifetime")
    folded = visits(shared)
    for panel, resumed in enumerate((True, False)):
        curves = lines(figure, panel)
        assert list(curves) == ["10 min", "1 h", "6 h", "1 d", "2 d"]
        for lifetime, (x, y) in zip(LIFETIMES, curves.values(), strict=True):
            chosen = folded[
                (folded["ticket_lifetime"] == lifetime) & (folded["resumed"] == resumed) & folded["answered"]
            ]
            times = np.sort(chosen["first_byte"].dt.total_seconds())
            assert x[0] == x[1] == times[0]
            assert x[-1] == times[-1]
            assert y[-1] == pytest.approx(1.0)
            middle = x[np.searchsorted(y, 0.5)]
            assert (times <= middle).mean() >= 0.5 > (times < middle).mean()


def test_the_latency_title_tells_the_difference_of_medians(shared: Batch) -> None:
    # The synthetic handshakes differ by 3.2 ms and some jitter.
    assert "3.2 ms (0.9 %) sooner at the median" in title(latency_cdf(shared)).replace("3.3 ms", "3.2 ms")


def test_latency_without_a_measurable_difference_claims_none(shared: Batch) -> None:
    same = shared.attempts.assign(first_byte=seconds([0.3] * len(shared.attempts)))
    figure = latency_cdf(dataclasses.replace(shared, attempts=same))
    assert "no sooner, as far as these seeds can tell" in title(figure)


def test_the_latency_axis_is_logarithmic_only_where_values_span_it(shared: Batch) -> None:
    assert latency_cdf(shared).axes[0].get_xscale() == "log"
    near = shared.attempts.assign(first_byte=seconds(np.linspace(0.30, 0.33, len(shared.attempts))))
    near = near[near["attempt"] == 0]
    assert latency_cdf(dataclasses.replace(shared, attempts=near)).axes[0].get_xscale() == "linear"


def test_visits_that_failed_are_counted_in_the_note(shared: Batch) -> None:
    attempts = shared.attempts.copy()
    lost = attempts.index % 50 == 0
    attempts.loc[lost, "first_byte"] = pd.NaT
    attempts.loc[lost, "outcome"] = "reset"
    made = dataclasses.replace(shared, attempts=attempts)
    folded = visits(made)
    failed = int(folded["first_byte"].isna().sum())
    assert any(f"{failed:,} of {len(folded):,} visits failed" in text for text in words(latency_cdf(made)))


def test_shares_over_time_are_those_of_the_windows(shared: Batch) -> None:
    figure = resumption_over_time(shared, window="6h")
    x, y = lines(figure)["6 h"]
    assert x.tolist() == [(i + 0.5) * 21_600 for i in range(12)]
    folded = visits(shared)
    chosen = folded[(folded["ticket_lifetime"] == "6h") & folded["answered"]]
    at = chosen["started"].dt.total_seconds()
    inside = chosen[(at >= 5 * 21_600) & (at < 6 * 21_600)]
    assert y[5] == pytest.approx(inside.groupby("seed")["resumed"].mean().mean())


def test_the_share_follows_the_closed_form(shared: Batch) -> None:
    # P(gap < lifetime) of exponential gaps, once the first visits are over.
    for lifetime in ("10min", "1h", "6h"):
        x, y = lines(resumption_over_time(shared, window="24h"))[
            {"10min": "10 min", "1h": "1 h", "6h": "6 h"}[lifetime]
        ]
        expected = 1 - math.exp(-LIFETIMES[lifetime] / (4.8 * 3_600))
        assert y[2] == pytest.approx(expected, abs=0.03)
        assert x[2] == 2.5 * 86_400


def test_a_window_without_visits_is_a_gap(shared: Batch) -> None:
    at = shared.attempts["started"].dt.total_seconds()
    kept = shared.attempts[(at < 40 * 3_600) | (at > 50 * 3_600)]
    _, y = lines(resumption_over_time(dataclasses.replace(shared, attempts=kept), window="2h"))["1 h"]
    assert np.isnan(y[20:25]).all()
    assert not np.isnan(y[:20]).any()


def test_an_outage_is_no_line_at_0_percent(shared: Batch) -> None:
    # From 48 h on, visits of one value get a ServerHello and then an alert.
    at = shared.attempts["started"].dt.total_seconds()
    out = (at >= 48 * 3_600) & (shared.attempts["ticket_lifetime"] == "6h")
    attempts = shared.attempts.assign(
        outcome=shared.attempts["outcome"].astype(str).mask(out, "alert"), resumed=shared.attempts["resumed"] & ~out
    )
    figure = resumption_over_time(dataclasses.replace(shared, attempts=attempts), window="6h")
    curves = lines(figure)
    assert np.isnan(curves["6 h"][1][8:]).all()
    assert not np.isnan(curves["1 d"][1]).any()
    cross = next(line for line in figure.axes[0].lines if str(line.get_label()) == "_6 h")
    assert float(np.asarray(cross.get_xdata())[0]) == pytest.approx(48 * 3_600, abs=1_800)
    assert "✕ 2 d" in words(figure)
    assert any("✕ from then on nobody gets an answer" in text for text in words(figure))


@pytest.mark.parametrize("window", ["1 potato", "-1h", "0s", "3600", 3_600, datetime.timedelta(0)])
def test_a_window_that_is_no_duration_is_refused(shared: Batch, window: str | datetime.timedelta) -> None:
    with pytest.raises(ValueError, match=r"window: .* given, a positive duration"):
        resumption_over_time(shared, window=window)


@pytest.mark.parametrize(
    ("end", "unit", "ticks"),
    [
        (20.0, "seconds", ["0", "2", "4"]),
        (1_200.0, "minutes", ["0", "2", "4"]),
        (6 * 3_600.0, "hours", ["0", "1", "2"]),
        (6 * 86_400.0, "days", ["0", "0.5", "1"]),
    ],
)
def test_the_axis_of_time_says_in_which_unit_it_counts(end: float, unit: str, ticks: list[str]) -> None:
    axes = Figure().add_subplot()
    time_axis(axes, end)
    assert axes.get_xlabel() == f"time since the start of the run ({unit})"
    assert axes.get_xlim() == (0.0, end)
    shown = [at for at in axes.get_xticks() if at >= 0]
    assert axes.xaxis.get_major_formatter().format_ticks(shown)[:3] == ticks


def test_a_partition_is_a_named_band(shared: Batch) -> None:
    figure = resumption_over_time(shared)
    band = figure.axes[0].patches[0]
    assert band.get_extents().transformed(figure.axes[0].transData.inverted()).x0 == pytest.approx(30 * 3_600)
    assert "partition phones | edge/ams, 2 h" in words(figure)


def test_faults_at_once_are_named_in_one_place(shared: Batch) -> None:
    inside = shared.faults.assign(kind="deploy", between="edge", began=seconds([31 * 3_600.0]))
    faults = pd.concat([shared.faults, inside.assign(ended=seconds([31 * 3_600.0 + 3.0]))], ignore_index=True)
    assert "partition, 2 h; deploy, 3 s" in words(resumption_over_time(dataclasses.replace(shared, faults=faults)))


def test_a_fault_without_an_end_lasts_to_the_end_of_the_run(shared: Batch) -> None:
    faults = shared.faults.assign(ended=seconds([math.nan]))
    assert "partition phones | edge/ams, 42 h" in [
        text.replace("1.75 d", "42 h")
        for text in words(resumption_over_time(dataclasses.replace(shared, faults=faults)))
    ]


def test_shared_keys_are_not_measurably_hurt_and_the_title_says_so(shared: Batch) -> None:
    text = title(resumption_over_time(shared))
    assert text.startswith("1 d tickets resume")
    assert "and 2 d no more" in text
    assert text.endswith("the partition does not measurably change how often clients of ams resume")


@pytest.mark.parametrize("seeds", [(1,), (1, 2, 3)])
def test_keys_per_site_cost_the_clients_that_are_cut_off(seeds: tuple[int, ...]) -> None:
    text = title(resumption_over_time(batch(seeds=seeds, clients=150, shared_keys=False)))
    assert "; during the partition clients of ams resume " in text


def test_the_hour_of_the_day_is_not_taken_for_an_effect_of_the_fault(shared: Batch) -> None:
    # Nobody resumes while the partition lasts, wherever at home.
    at = shared.attempts["started"].dt.total_seconds()
    night = (at >= 30 * 3_600) & (at < 32 * 3_600)
    attempts = shared.attempts.assign(resumed=shared.attempts["resumed"] & ~night)
    text = title(resumption_over_time(dataclasses.replace(shared, attempts=attempts)))
    assert text.endswith("the partition does not measurably change how often clients of ams resume")


def test_a_fault_without_others_to_compare_with_is_not_judged(shared: Batch) -> None:
    faults = shared.faults.assign(between="phones | edge")
    assert "partition" not in title(resumption_over_time(dataclasses.replace(shared, faults=faults)))


def test_key_rotations_are_marked(shared: Batch) -> None:
    marks = [line for line in resumption_over_time(shared).axes[0].lines if line.get_marker() == "^"]
    assert np.asarray(marks[0].get_xdata(), dtype=float).tolist() == [86_400.0, 172_800.0]


def test_bars_add_up_and_show_each_reason(per_site: Batch) -> None:
    figure = fallback_reasons(per_site)
    folded = visits(per_site)
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]  # type: ignore[union-attr]
    assert names == ["resumed", "first visit", "ticket expired", "key unknown to the server"]
    for row, lifetime in enumerate(LIFETIMES):
        row_of_bars = [bar for bar in bars if round(bar.get_y() + bar.get_height() / 2) == row]
        pieces = [bar.get_width() for bar in row_of_bars]
        assert [bar.get_x() for bar in row_of_bars] == pytest.approx([0.0, *np.cumsum(pieces)[:-1]])
        assert sum(pieces) == pytest.approx(1.0, abs=0.003)
        chosen = folded[(folded["ticket_lifetime"] == lifetime) & folded["answered"]]
        expired = (chosen["not_resumed"] == "expired_at_client").groupby(chosen["seed"]).mean().mean()
        assert pieces[2] == pytest.approx(expired)


def test_the_title_of_the_reasons_names_the_ends(shared: Batch) -> None:
    text = title(fallback_reasons(shared))
    assert text.startswith("10 min tickets: ")
    assert "because the ticket has expired; 2 d tickets: " in text
    assert text.endswith("because the client has no ticket yet")


def test_reasons_that_do_not_differ_are_told_once() -> None:
    made = without_resumption(batch(lifetimes=["10min"], seeds=[1, 2], clients=60))
    doubled = pd.concat([made.attempts.assign(keys="a"), made.attempts.assign(keys="b")], ignore_index=True)
    doubled["keys"] = pd.Categorical(doubled["keys"], ["a", "b"], ordered=True)
    text = title(fallback_reasons(dataclasses.replace(made, attempts=doubled, parameters={"keys": ["a", "b"]})))
    assert text.count("because") == 1
    assert text.endswith("whatever the keys")


@pytest.mark.parametrize("draw", FIGURES)
def test_one_value_and_one_seed_say_that_there_is_no_interval(draw: Callable[..., Figure]) -> None:
    figure = draw(batch(lifetimes=["6h"], seeds=[1], clients=60, partition=False))
    assert any("One seed, so no confidence intervals" in text for text in words(figure))


@pytest.mark.parametrize("draw", FIGURES)
def test_the_note_says_how_many_visits_and_seeds_a_figure_rests_on(draw: Callable[..., Figure], shared: Batch) -> None:
    note = " ".join(draw(shared).texts[2].get_text().split())
    assert re.search(r"\b\d[\d,]* (visits|attempts with a first byte)\. 4 seeds\b", note), note


@pytest.mark.parametrize("draw", FIGURES)
@pytest.mark.parametrize("spoil", [without_resumption, all_unanswered])
def test_figures_draw_what_there_is(
    draw: Callable[..., Figure], spoil: Callable[[Batch], Batch], shared: Batch
) -> None:
    figure = draw(spoil(shared))
    figure.draw_without_rendering()
    assert title(figure)


@pytest.mark.parametrize("draw", FIGURES)
def test_no_grid_is_one_group(draw: Callable[..., Figure]) -> None:
    made = batch(lifetimes=["6h"], seeds=[1, 2], clients=60)
    alone = dataclasses.replace(made, attempts=made.attempts.drop(columns="ticket_lifetime"), parameters={})
    draw(alone).draw_without_rendering()


@pytest.mark.parametrize("draw", FIGURES)
def test_no_attempts_are_refused(draw: Callable[..., Figure], shared: Batch) -> None:
    with pytest.raises(ValueError, match="no attempts"):
        draw(dataclasses.replace(shared, attempts=shared.attempts.iloc[:0]))


@pytest.mark.parametrize("draw", FIGURES)
def test_an_unknown_parameter_is_refused_with_what_there_is(draw: Callable[..., Figure], shared: Batch) -> None:
    with pytest.raises(ValueError, match="no parameter 'lifetime' in these results; there is ticket_lifetime"):
        draw(shared, by="lifetime")


@pytest.mark.parametrize("draw", FIGURES)
def test_other_parameters_that_are_mixed_are_named(draw: Callable[..., Figure], shared: Batch) -> None:
    figure = draw(shared, by="home")
    assert any("Values of ticket lifetime are pooled" in text for text in words(figure))


@pytest.mark.parametrize("draw", FIGURES)
def test_missing_runs_are_told(draw: Callable[..., Figure], shared: Batch) -> None:
    figure = draw(dataclasses.replace(shared, missing=3))
    assert any("3 of the study's runs are missing" in text for text in words(figure))


@pytest.mark.parametrize("draw", FIGURES)
def test_every_text_lies_on_the_sheet(draw: Callable[..., Figure], per_site: Batch) -> None:
    figure = draw(per_site)
    figure.draw_without_rendering()
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= figure.bbox.height, text.get_text()


@pytest.mark.parametrize("draw", FIGURES)
def test_texts_do_not_stand_on_each_other(draw: Callable[..., Figure], per_site: Batch) -> None:
    figure = draw(per_site)
    figure.draw_without_rendering()
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    for i, (one, box) in enumerate(boxes):
        for other, its in boxes[:i]:
            assert not box.overlaps(its), f"{one!r} on {other!r}"


def test_the_report_is_the_same_to_the_byte(shared: Batch, tmp_path: Path) -> None:
    first = report_figures(shared, tmp_path / "one")
    second = report_figures(shared, tmp_path / "two")
    names = ["over_parameter.png", "latency_cdf.png", "resumption_over_time.png", "fallback_reasons.png", "summary.csv"]
    assert [path.name for path in first] == names
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    png = first[0].read_bytes()
    assert b"tEXt" not in png
    assert int.from_bytes(png[16:20]) == 1_200


def test_nothing_is_written_where_there_is_nothing_to_show(shared: Batch, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no attempts"):
        report_figures(dataclasses.replace(shared, attempts=shared.attempts.iloc[:0]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_value_that_is_faster_for_all_its_visits_is_the_finding(shared: Batch) -> None:
    longest = shared.attempts["ticket_lifetime"] == "2d"
    first_byte = shared.attempts["first_byte"]
    slower = shared.attempts.assign(first_byte=first_byte.where(longest, first_byte * 2))
    told = title(latency_cdf(dataclasses.replace(shared, attempts=slower), by="ticket_lifetime"))
    assert told.startswith("2 d tickets: first byte after ")
    assert title(latency_cdf(shared, by="ticket_lifetime")).startswith("Resumed visits ")


def test_windows_are_long_enough_to_hold_some_visits_of_every_seed(shared: Batch) -> None:
    few = shared.attempts[shared.attempts["client"] < 4]
    subtitles = [
        resumption_over_time(dataclasses.replace(shared, attempts=attempts), by="ticket_lifetime").texts[1].get_text()
        for attempts in (shared.attempts, few)
    ]
    assert subtitles[0].endswith("(windows of 2 h)")
    assert subtitles[1].endswith(("(windows of 1 d)", "(windows of 2 d)"))


def test_long_names_of_values_stay_clear_of_the_numbers(shared: Batch) -> None:
    renamed = shared.attempts.assign(
        ticket_lifetime=shared.attempts["ticket_lifetime"].cat.rename_categories({"10min": "no early data"})
    )
    values = {"ticket_lifetime": list(renamed["ticket_lifetime"].cat.categories)}
    figure = latency_cdf(dataclasses.replace(shared, attempts=renamed, parameters=values), by="ticket_lifetime")
    figure.draw_without_rendering()
    boxes = {text.get_text(): text.get_window_extent() for text in figure.axes[0].texts}
    assert boxes["no early data"].x1 < min(box.x0 for told, box in boxes.items() if told.endswith(" %"))


@pytest.mark.parametrize("draw", [latency_tail, resumption_over_time])
def test_long_names_beside_the_lines_stay_clear_of_the_numbers(draw: Callable[..., Figure], shared: Batch) -> None:
    names = {"10min": "short timeouts", "1h": "far away cache"}
    renamed = shared.attempts.assign(ticket_lifetime=shared.attempts["ticket_lifetime"].cat.rename_categories(names))
    values = {"ticket_lifetime": list(renamed["ticket_lifetime"].cat.categories)}
    figure = draw(dataclasses.replace(shared, attempts=renamed, parameters=values), by="ticket_lifetime")
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.axes[0].texts]
    assert set(names.values()) <= {name for name, _ in boxes}
    for number, (one, box) in enumerate(boxes):
        assert box.x1 <= figure.bbox.width, one
        for other, its in boxes[:number]:
            assert not box.overlaps(its), f"{one!r} on {other!r}"


@pytest.mark.parametrize("draw", [latency_cdf, latency_tail])
def test_marks_of_less_than_a_decade_have_room(draw: Callable[..., Figure], shared: Batch) -> None:
    spread = shared.attempts.assign(first_byte=seconds(np.geomspace(0.125, 0.437, len(shared.attempts))))
    figure = draw(dataclasses.replace(shared, attempts=spread[spread["attempt"] == 0]))
    figure.draw_without_rendering()
    for axes in figure.axes:
        low, high = axes.get_xlim()
        marks = [mark for mark in axes.get_xticklabels() if low <= mark.get_position()[0] <= high]
        assert len(marks) >= 2
        boxes = [mark.get_window_extent() for mark in marks]
        assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))
