"""Figures over parameters and gaps, and the numbers behind them."""

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from reshake.analysis import numbers, over_parameter, report_figures, resumption_by_gap, visits
from reshake.analysis.catalogue import usual
from reshake.analysis.quantities import ALL, OLDEST_CHAIN, RESUMED

from .synthetic import LIFETIMES, Batch, batch


@pytest.fixture(scope="module")
def two() -> Batch:
    """Three lifetimes, keys shared by the sites or not, two seeds."""
    parts = []
    for keys in ("shared", "per-site"):
        made = batch(lifetimes=("1h", "6h", "1d"), seeds=(1, 2), clients=40, shared_keys=keys == "shared")
        parts.append(made.attempts.assign(keys=keys))
    attempts = pd.concat(parts, ignore_index=True)
    attempts["keys"] = pd.Categorical(attempts["keys"], ["shared", "per-site"], ordered=True)
    parameters = {"keys": ["shared", "per-site"], "ticket_lifetime": ["1h", "6h", "1d"]}
    return dataclasses.replace(made, attempts=attempts, parameters=parameters)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def title(figure: Figure) -> str:
    return " ".join(figure.texts[0].get_text().split())


def test_numbers_have_a_row_per_combination(two: Batch) -> None:
    table = numbers(two)
    assert list(table.index.names) == ["keys", "ticket_lifetime"]
    assert len(table) == 6
    assert list(table.columns) == [quantity.name for quantity in ALL]
    folded = visits(two)
    chosen = folded[(folded["keys"] == "per-site") & (folded["ticket_lifetime"] == "6h") & folded["answered"]]
    expected = chosen.groupby("seed")["resumed"].mean().mean()
    assert table["resumed_share"]["per-site", "6h"] == pytest.approx(expected)


def test_offered_tickets_are_counted_apart_from_visits(shared: Batch) -> None:
    table = numbers(shared, ["resumed_share", "honoured_share"])
    # What has expired at the client is not offered, so that offers are refused for retired keys alone.
    assert table["resumed_share"]["10min"] < 0.1
    assert table["honoured_share"]["10min"] == 1.0


def test_a_line_shows_the_numbers_of_its_value(two: Batch) -> None:
    figure = over_parameter(two)
    table = numbers(two, ["resumed_share"])["resumed_share"]
    lines = {str(line.get_label()): line for line in figure.axes[0].lines}
    for keys in ("shared", "per-site"):
        shown = np.asarray(lines[keys].get_ydata(), dtype=float)
        assert shown == pytest.approx([table[keys, lifetime] for lifetime in ("1h", "6h", "1d")])
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["1 h", "6 h", "1 d"]


def test_the_title_names_the_ends(two: Batch) -> None:
    low = numbers(two, ["resumed_share"])["resumed_share"].min()
    assert title(over_parameter(two)).startswith(f"Visits that resume: from {100 * low:.0f} % (")
    assert "1 h tickets" in title(over_parameter(two))


def test_a_reference_is_drawn_at_its_heights(two: Batch) -> None:
    figure = over_parameter(two, reference=("half", lambda _: 0.5))
    line = next(line for line in figure.axes[0].lines if str(line.get_label()) == "_half")
    assert np.asarray(line.get_ydata()).tolist() == [0.5] * 3
    assert "dashed: half" in words(figure)


def test_lines_that_end_as_one_share_a_number(two: Batch) -> None:
    attempts = two.attempts[two.attempts["keys"] == "shared"]
    both = pd.concat([attempts, attempts.assign(keys="per-site")], ignore_index=True)
    both["keys"] = pd.Categorical(both["keys"], ["shared", "per-site"], ordered=True)
    figure = over_parameter(dataclasses.replace(two, attempts=both), quantities=["resumed_share"])
    last = RESUMED.label(numbers(two, ["resumed_share"])["resumed_share"]["shared", "1d"])
    assert words(figure).count(last) == 1
    assert {"shared", "per-site"} <= set(words(figure))


def named(made: Batch, **names: list[str]) -> Batch:
    """The same batch, whose parameters have other values."""
    attempts = made.attempts.assign(
        **{name: made.attempts[name].cat.rename_categories(values) for name, values in names.items()}
    )
    return dataclasses.replace(made, attempts=attempts, parameters={**made.parameters, **names})


def test_long_names_of_lines_stay_clear_of_the_next_panel(two: Batch) -> None:
    figure = over_parameter(named(two, keys=["renewed", "not renewed"]))
    figure.draw_without_rendering()
    first, second = figure.axes[:2]
    numbers_of_second = min(label.get_window_extent().x0 for label in second.get_yticklabels())
    for text in first.texts:
        assert text.get_window_extent().x1 < numbers_of_second, text.get_text()


def test_values_along_an_axis_stand_apart(shared: Batch) -> None:
    made = shared.attempts[shared.attempts["ticket_lifetime"] != "2d"]
    metres = [400, 800, 1200, 1600]
    kept = made["ticket_lifetime"].cat.remove_unused_categories().cat.rename_categories(metres)
    figure = over_parameter(
        dataclasses.replace(shared, attempts=made.assign(farthest_m=kept), parameters={"farthest_m": metres})
    )
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))


def test_the_number_of_a_line_that_ends_on_the_floor_is_seen(two: Batch) -> None:
    outcome = two.attempts["outcome"].astype(str)
    failing = two.attempts.assign(outcome=outcome.where(two.attempts["keys"] != "per-site", "reset"))
    axes = over_parameter(dataclasses.replace(two, attempts=failing), quantities=["failed_share"]).axes[0]
    ends = {text.get_text(): text.xy[1] for text in axes.texts}  # type: ignore[attr-defined]
    assert "0 %" in ends
    assert min(ends.values()) >= axes.get_ylim()[0]


def test_numbers_at_points_stand_apart(shared: Batch) -> None:
    made = named(shared, ticket_lifetime=["none", "once", "often", "always", "ever"])
    apart = shared.attempts["first_byte"] * (1 + 0.1 * shared.attempts["seed"])
    figure = over_parameter(dataclasses.replace(made, attempts=made.attempts.assign(first_byte=apart)))
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.x0)
        assert len(boxes) == 5
        assert all(one.x1 < other.x0 or not one.overlaps(other) for one, other in itertools.pairwise(boxes))
        whiskers = [line.get_window_extent() for line in axes.lines if len(np.asarray(line.get_xdata())) == 2]
        assert whiskers
        assert not any(box.overlaps(whisker) for box in boxes for whisker in whiskers)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quantities": ["speed"]}, "no quantity 'speed'; there is resumed_share"),
        ({"quantities": []}, "0 given, one to three"),
        ({"by": "colour"}, "no parameter 'colour'"),
        ({"x": "colour"}, "no parameter 'colour'"),
    ],
)
def test_what_there_is_not_is_refused(two: Batch, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        over_parameter(two, **wrong)  # type: ignore[arg-type]


def test_gaps_beyond_the_lifetime_do_not_resume(shared: Batch) -> None:
    figure = resumption_by_gap(shared)
    for name, lifetime in zip(("10 min", "1 h", "6 h"), LIFETIMES.values(), strict=False):
        line = next(line for line in figure.axes[0].lines if line.get_label() == name)
        x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
        assert y[x < lifetime].min() > 0.9
        assert y[x > lifetime].max() < 0.1
    assert title(figure).startswith("1 d tickets resume")
    assert "10 min tickets resume" in title(figure)
    assert "those after gaps of up to 10 min" in title(figure)


def test_bars_are_shares_of_returning_visits(shared: Batch) -> None:
    bars = resumption_by_gap(shared).axes[0].patches
    folded = visits(shared)
    gaps = folded.groupby(["ticket_lifetime", "seed", "client"], observed=True)["started"].diff().dt.total_seconds()
    gaps = gaps[folded["answered"] & gaps.notna()]
    drawn = {bar.get_x(): bar.get_height() for bar in bars}  # type: ignore[attr-defined]
    assert drawn[3_600.0] == pytest.approx(((gaps >= 3_600) & (gaps < 7_200)).mean())


def test_a_batch_in_which_nobody_returns_has_a_figure(shared: Batch) -> None:
    once = dataclasses.replace(shared, attempts=shared.attempts[shared.attempts["visit"] == 0])
    assert title(resumption_by_gap(once)) == "No client came twice"
    assert not any(math.isnan(x) for x in resumption_by_gap(once).axes[0].get_xlim())


def test_what_a_scenario_draws_itself_stands_for_the_usual_figure(two: Batch, tmp_path: Path) -> None:
    assert usual(two)[0] == "over_parameter"
    assert "over_parameter" not in usual(dataclasses.replace(two, parameters={"keys": ["shared"]}))
    own = {"over_parameter": over_parameter(two, quantities=["failed_share"]), "gaps": resumption_by_gap(two)}
    written = report_figures(two, tmp_path, figures=["over_parameter"], instead=own)
    assert [path.name for path in written] == ["over_parameter.png", "gaps.png", "summary.csv"]


def test_a_chain_of_hours_is_told_in_hours() -> None:
    assert OLDEST_CHAIN.label(30_000.0) == "8.33 h"
    assert OLDEST_CHAIN.label(604_800.0) == "7 d"


def test_small_shares_have_an_axis_of_their_own(two: Batch) -> None:
    few = two.attempts.assign(outcome=two.attempts["outcome"].astype(str).where(two.attempts["client"] != 3, "reset"))
    figure = over_parameter(dataclasses.replace(two, attempts=few), quantities=["failed_share", "resumed_share"])
    most = numbers(dataclasses.replace(two, attempts=few), ["failed_share"])["failed_share"].max()
    assert 0 < most < 0.1
    assert most < figure.axes[0].get_ylim()[1] < 2 * most
    assert figure.axes[1].get_ylim()[1] > 1
