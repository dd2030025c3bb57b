"""Figures look as they did: each is held against a picture of `reference/`, pixel by pixel.

Where another look is meant, this draws the pictures anew; look at each before it is committed:
`.venv/bin/pytest tests/analysis/test_reference_pictures.py --mpl-generate-path tests/analysis/reference`
"""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from reshake.analysis import (
    cache_dashboard,
    fallback_reasons,
    heat_map,
    incident,
    key_dashboard,
    key_lines,
    latency_cdf,
    latency_tail,
    over_parameter,
    percentile_lines,
    phase_stacks,
    resumption_by_gap,
    resumption_over_time,
    ticket_lines,
    waterfall,
)
from reshake.analysis.incident import PANELS

from .synthetic import Batch, batch, with_lookups, with_servers

REFERENCE = Path(__file__).parent / "reference"
DPI = 32  # Enough to see a line move or change its colour, in pictures of less than 40 kB.
TOLERANCE = 0.5  # Root mean square over all pixels, 0 to 255.
FIGURES: Mapping[str, Callable[[Batch], Figure]] = {
    "over_parameter": over_parameter,
    "latency_cdf": latency_cdf,
    "latency_tail": latency_tail,
    "resumption_over_time": lambda results: resumption_over_time(results, window="6h"),
    "incident": lambda results: incident(results, panels=PANELS[::2], window=6 * 3_600.0),
    "fallback_reasons": fallback_reasons,
    "resumption_by_gap": resumption_by_gap,
    "phase_stacks": phase_stacks,
    "percentile_lines": percentile_lines,
    "heat_map": lambda results: heat_map(results, x="ticket_lifetime", y="home"),
    "waterfall": waterfall,
    "waterfall_with_compute": lambda _: waterfall(recorded()),
    "key_lines": key_lines,
    "key_dashboard": lambda results: key_dashboard(with_servers(results)),
    "cache_dashboard": lambda results: cache_dashboard(with_lookups(results)),
    "ticket_lines": lambda _: ticket_lines(recorded()),
}


@pytest.fixture(scope="module")
def results() -> Batch:
    """Three lifetimes, three seeds, a partition, keys of their own at each site."""
    return batch(lifetimes=("10min", "1h", "6h"), seeds=(1, 2, 3), clients=120, shared_keys=False)


@functools.cache
def recorded() -> Batch:
    """Fewer clients, with their tickets and their compute."""
    return batch(lifetimes=("6h",), seeds=(1, 2), clients=12, partition=False, recorded=True)


def compared(name: str) -> object:
    """A figure's name, marked so that the plugin compares what a test returns for it."""
    mark = pytest.mark.mpl_image_compare(
        filename=f"{name}.png", baseline_dir=str(REFERENCE), tolerance=TOLERANCE, savefig_kwargs={"dpi": DPI}
    )
    return pytest.param(name, id=name, marks=mark)


@pytest.mark.parametrize("name", [compared(name) for name in FIGURES])
def test_a_figure_looks_as_its_picture(name: str, results: Batch) -> Figure:
    return FIGURES[name](results)


def test_there_is_a_picture_for_each_of_the_figures_and_no_other() -> None:
    assert {picture.stem for picture in REFERENCE.iterdir()} == set(FIGURES)
