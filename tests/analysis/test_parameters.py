"""Lines over a parameter and maps over two: numbers where they belong, and titles that say what they show."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from reshake.analysis import (
    heat_map,
    latency_cdf,
    over_seeds,
    percentile,
    percentile_lines,
    quantity_lines,
    report_figures,
    visits,
)
from reshake.analysis.groups import group_by

from .synthetic import LIFETIMES, Batch, seconds


def title(figure: Figure) -> str:
    return " ".join(figure.texts[0].get_text().split())


def line(figure: Figure, name: str) -> tuple[list[float], list[float]]:
    found = next(each for each in figure.axes[0].lines if each.get_label() == name)
    return list(np.asarray(found.get_xdata(), dtype=float)), list(np.asarray(found.get_ydata(), dtype=float))


@pytest.fixture(scope="module")
def over_two(shared: Batch, per_site: Batch) -> Batch:
    """Lifetimes times who shares keys."""
    parts = [shared.attempts.assign(keys="shared"), per_site.attempts.assign(keys="per-site")]
    attempts = pd.concat(parts, ignore_index=True)
    attempts["keys"] = pd.Categorical(attempts["keys"], ["shared", "per-site"], ordered=True)
    parameters = {**shared.parameters, "keys": ["shared", "per-site"]}
    return dataclasses.replace(shared, attempts=attempts, parameters=parameters)


def resumed_share(made: Batch, **chosen: str) -> float:
    folded = visits(made)
    folded = folded[folded["answered"]]
    for name, value in chosen.items():
        folded = folded[folded[name] == value]
    return over_seeds(folded.groupby("seed")["resumed"].mean()).mean


def test_a_percentile_line_goes_through_the_means_of_the_seeds(shared: Batch) -> None:
    _, y = line(percentile_lines(shared), "p95")
    folded = visits(shared)
    for place, lifetime in enumerate(LIFETIMES):
        of_value = folded[folded["ticket_lifetime"] == lifetime]
        by_seed = of_value["first_byte"].dt.total_seconds().groupby(of_value["seed"])
        assert y[place] == pytest.approx(over_seeds(percentile(times, 95) for _, times in by_seed).mean)


def test_values_stand_to_scale(shared: Batch) -> None:
    x, _ = line(percentile_lines(shared), "p50")
    assert x[0] == 0.0
    assert x[-1] == 1.0
    # 10 min, 1 h and 6 h are a factor of six apart each.
    assert x[1] - x[0] == pytest.approx(x[2] - x[1])
    assert x[4] - x[3] == pytest.approx(math.log(2) / math.log(288))


def test_the_title_names_the_percentile_that_moves_most(shared: Batch) -> None:
    assert title(percentile_lines(shared)).startswith("No percentile of the time to first byte measurably depends")
    slow = (shared.attempts["ticket_lifetime"] == "10min") & (shared.attempts["visit"] % 20 == 0)
    slower = shared.attempts["first_byte"].where(~slow, shared.attempts["first_byte"] + pd.Timedelta("1min"))
    told = title(percentile_lines(dataclasses.replace(shared, attempts=shared.attempts.assign(first_byte=slower))))
    assert told.startswith(("The 95th percentile", "The 99th percentile"))
    assert "falls from" in told
    assert "(ticket lifetime 10 min)" in told


@pytest.fixture(scope="module")
def over_distance(shared: Batch) -> Batch:
    """Lifetimes taken for distances: a parameter whose name ends in the unit of its numbers."""
    metres = dict(zip(LIFETIMES, (5, 15, 25, 35, 45.5), strict=True))
    named = shared.attempts["ticket_lifetime"].cat.rename_categories(metres)
    attempts = shared.attempts.assign(distance_m=named).drop(columns="ticket_lifetime")
    return dataclasses.replace(shared, attempts=attempts, parameters={"distance_m": list(metres.values())})


def test_numbers_have_the_unit_that_their_parameter_is_named_with(over_distance: Batch) -> None:
    over = percentile_lines(over_distance)
    assert over.axes[0].get_xlabel() == "distance"
    assert [label.get_text() for label in over.axes[0].get_xticklabels()] == ["5 m", "15 m", "25 m", "35 m", "45.5 m"]
    per_line = latency_cdf(over_distance)
    assert {"distance", "5 m", "45.5 m"} <= {text.get_text() for text in per_line.findobj(Text)}
    assert "distance_m" not in " ".join(text.get_text() for text in (*over.findobj(Text), *per_line.findobj(Text)))


def test_a_title_tells_the_unit_of_a_parameter(over_distance: Batch) -> None:
    told = title(quantity_lines(over_distance))
    assert told.startswith("The resumed share rises from 3 % (distance 5 m) to 93 % (45.5 m)")
    assert group_by(over_distance, None).groups[0].phrase == "distance = 5 m"


def test_ranks_may_be_chosen(shared: Batch) -> None:
    figure = percentile_lines(shared, ranks=(99.9, 10))
    assert [each.get_label() for each in figure.axes[0].lines] == ["p10", "p99.9"]
    with pytest.raises(ValueError, match="rank: 0 given, above 0 and at most 100 allowed"):
        percentile_lines(shared, ranks=(0,))


def test_one_line_per_value_of_a_second_parameter(over_two: Batch) -> None:
    figure = quantity_lines(over_two, of="resumed_share")
    for keys in ("shared", "per-site"):
        _, y = line(figure, keys)
        assert y[3] == pytest.approx(resumed_share(over_two, ticket_lifetime="1d", keys=keys))
    assert title(figure).startswith("The resumed share rises from 3 % (ticket lifetime 10 min) to 93 % (2 d)")
    assert title(figure).endswith("with keys shared")
    with pytest.raises(ValueError, match="per: 'keys' is on the axis already"):
        quantity_lines(over_two, by="keys", per="keys")


def test_a_cell_of_the_map_holds_the_estimate_of_its_two_values(over_two: Batch) -> None:
    figure = heat_map(over_two)
    share = resumed_share(over_two, ticket_lifetime="6h", keys="per-site")
    cells = {
        (round(text.get_position()[0] - 0.5), int(text.get_position()[1])): text.get_text()
        for text in figure.axes[0].texts
        if text.get_text().endswith("%")
    }
    assert len(cells) == 10
    assert float(cells[2, 1].removesuffix(" %")) == pytest.approx(100 * share, abs=0.51)


def test_the_title_of_the_map_names_its_ends_and_what_decides(over_two: Batch) -> None:
    told = title(heat_map(over_two))
    assert told.startswith("The resumed share goes from 3 % (ticket lifetime 10 min, keys ")
    assert "to 93 % (ticket lifetime 2 d, keys shared)" in told
    assert told.endswith("the ticket lifetime decides more than the keys")


def test_cells_that_differ_by_chance_alone_are_not_told_apart(over_two: Batch) -> None:
    random = np.random.default_rng(5)
    noise = over_two.attempts.assign(first_byte=seconds(random.lognormal(0.0, 0.5, len(over_two.attempts))))
    told = title(heat_map(dataclasses.replace(over_two, attempts=noise), of="first_byte_p99"))
    assert told.startswith("These seeds cannot tell the cells apart")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"of": "speed"}, "of: no quantity 'speed'; there is resumed_share"),
        ({"x": "loss"}, "by: no parameter 'loss'"),
        ({"x": "keys", "y": "keys"}, "y: 'keys' is the other axis already"),
    ],
)
def test_what_a_map_cannot_show_is_refused(wrong: dict[str, str], said: str, over_two: Batch) -> None:
    with pytest.raises(ValueError, match=said):
        heat_map(over_two, **wrong)


def test_a_map_needs_two_parameters(shared: Batch) -> None:
    with pytest.raises(ValueError, match="a heat map needs two parameters with several values"):
        heat_map(shared)


def test_figures_are_written_in_the_formats_that_are_named(shared: Batch, tmp_path: Path) -> None:
    names = ["percentile_lines", "resumed_lines"]
    written = [
        report_figures(shared, tmp_path / part, figures=names, formats=("svg", "png")) for part in ("one", "two")
    ]
    assert [path.name for path in written[0][:4]] == [f"{name}.{ending}" for name in names for ending in ("svg", "png")]
    for one, two in zip(*written, strict=True):
        assert one.read_bytes() == two.read_bytes()
    with pytest.raises(ValueError, match="figures: no figure 'latency'; there is over_parameter, latency_cdf"):
        report_figures(shared, tmp_path, figures=["latency"])
    with pytest.raises(ValueError, match="formats: no format 'gif'; there is png, svg"):
        report_figures(shared, tmp_path, formats=["gif"])  # type: ignore[list-item]
