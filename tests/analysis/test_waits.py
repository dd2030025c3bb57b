"""Tails, phases, the waterfall of a visit and the life lines of keys: every piece where its time lies."""

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from reshake.analysis import key_lines, latency_tail, phase_stacks, ticket_lines, visits, waterfall, worst_visits
from reshake.analysis.phases import PHASES, phases

from .synthetic import Batch, batch, seconds


def title(figure: Figure) -> str:
    return " ".join(figure.texts[0].get_text().split())


def bars(figure: Figure, row: int) -> list[tuple[float, float]]:
    """Start and length of the bars of a row."""
    found = [patch for container in figure.axes[0].containers if isinstance(container, BarContainer)
             for patch in container]  # fmt: skip
    return [(bar.get_x(), bar.get_width()) for bar in found if round(bar.get_y() + bar.get_height() / 2) == row]


def test_the_tail_is_the_share_that_still_waits(shared: Batch) -> None:
    line = next(each for each in latency_tail(shared).axes[0].lines if each.get_label() == "6 h")
    x, y = (np.asarray(data, dtype=float) for data in (line.get_xdata(), line.get_ydata()))
    folded = visits(shared)
    times = folded.loc[folded["ticket_lifetime"] == "6h", "first_byte"].dt.total_seconds().to_numpy()
    for at in (0.33, 0.5, 1.2):
        assert y[np.searchsorted(x, at, side="right") - 1] == pytest.approx((times > at).mean())


def test_a_visit_that_failed_waits_for_ever(shared: Batch) -> None:
    lost = shared.attempts.index % 50 == 0
    attempts = shared.attempts.assign(first_byte=shared.attempts["first_byte"].mask(lost))
    attempts.loc[lost, "outcome"] = "reset"
    made = dataclasses.replace(shared, attempts=attempts)
    failed = float((visits(made)["first_byte"].isna()).mean())
    ends = [np.asarray(line.get_ydata(), dtype=float)[-1] for line in latency_tail(made).axes[0].lines]
    assert np.mean(ends) == pytest.approx(failed, rel=0.2)
    assert title(latency_tail(made)).endswith("% fail")
    never = dataclasses.replace(made, attempts=attempts.assign(first_byte=seconds([math.nan] * len(attempts))))
    never.attempts.loc[:, "outcome"] = "reset"
    told = "One visit in 20 never gets its first byte, whatever the ticket lifetime; 100 % fail"
    assert title(latency_tail(never)).replace("in 100", "in 20") == told


def test_phases_add_up_to_the_first_byte(shared: Batch) -> None:
    pieces = phases(shared.attempts)
    first_byte = shared.attempts["first_byte"].dt.total_seconds()
    assert pieces.sum(axis=1, min_count=1).to_numpy() == pytest.approx(first_byte.to_numpy(), nan_ok=True)
    # The table has no column for the making of the ClientHello; it is what the handshake has beyond the others.
    made = pieces.loc[first_byte.notna(), "client_hello"]
    assert made.to_numpy() == pytest.approx(np.full(len(made), 0.0003))


def test_a_stack_shows_the_mean_of_each_phase(shared: Batch) -> None:
    figure = phase_stacks(shared)
    chosen = shared.attempts["ticket_lifetime"] == "10min"
    of_kind = shared.attempts[chosen & shared.attempts["resumed"].astype(bool)]
    means = phases(of_kind).groupby(of_kind["seed"]).mean().mean()
    first = bars(figure, 0)
    assert [width for _, width in first] == pytest.approx([means[name] for name in PHASES])
    assert [left for left, _ in first] == pytest.approx([0.0, *np.cumsum(means.to_numpy())[:-1]])


def test_accepted_early_data_has_a_stack_of_its_own(shared: Batch) -> None:
    early = np.where(shared.attempts["resumed"], "accepted", "no_ticket")
    figure = phase_stacks(dataclasses.replace(shared, attempts=shared.attempts.assign(no_early_data=early)))
    told = [text.get_text() for text in figure.axes[0].texts]
    assert "early data" in told
    assert "resumed" not in told


def test_the_worst_visits_are_failures_first_then_the_slowest(shared: Batch) -> None:
    attempts = shared.attempts.copy()
    failed = attempts.index[attempts["attempt"] == 0][:3]
    attempts.loc[failed, "outcome"] = "attempt_timeout"
    attempts.loc[failed, "first_byte"] = pd.NaT
    attempts.loc[failed, "total"] = pd.to_timedelta([30.0, 20.0, 40.0], unit="s")
    worst = worst_visits(dataclasses.replace(shared, attempts=attempts), count=8)
    assert worst["total"].dt.total_seconds().tolist()[:3] == [40.0, 30.0, 20.0]
    assert (worst["outcome"] == "attempt_timeout").sum() == 3
    slow = worst["first_byte"].iloc[3:].dt.total_seconds()
    assert slow.is_monotonic_decreasing
    assert slow.iloc[0] == visits(shared)["first_byte"].dt.total_seconds().max()


def test_the_waterfall_follows_a_visit_from_site_to_site(shared: Batch) -> None:
    folded = visits(shared)
    visit = folded[(folded["attempts"] == 2) & (folded["outcome"] == "ok")].iloc[0]
    figure = waterfall(shared, visit)
    told = [text.get_text() for text in figure.axes[0].texts]
    assert "ams: until connect timeout" in told
    assert "iad: TCP connect" in told
    rows = [bar for row in range(12) for bar in bars(figure, row)]
    steps, whole = rows[:-5], rows[-5:]
    assert steps[0] == pytest.approx((0.0, 10.0))
    # Each begins where the one before it ended, and the last ends with the first byte.
    for (left, width), (after, _) in itertools.pairwise(steps):
        assert after == pytest.approx(left + width)
    assert sum(steps[-1]) == pytest.approx(visit["first_byte"].total_seconds())
    assert sum(width for _, width in whole) == pytest.approx(visit["first_byte"].total_seconds())
    assert title(figure).endswith("10 s of it connect timeout without an answer at ams")


def test_without_a_visit_the_slowest_is_shown(shared: Batch) -> None:
    slowest = visits(shared)["first_byte"].max().total_seconds()
    assert title(waterfall(shared)).startswith(f"First byte after {slowest:.1f} s")


def test_a_key_seals_until_the_next_and_opens_until_it_retires(shared: Batch) -> None:
    figure = key_lines(shared)
    assert bars(figure, 0) == [(0.0, 172_800.0), (0.0, 86_400.0)]
    assert bars(figure, 1) == [(86_400.0, 172_800.0), (86_400.0, 86_400.0)]
    assert title(figure).startswith("Whoever steals a ticket key can use it for up to 2 d; up to 2 keys open tickets")
    bands = [patch for patch in figure.axes[0].patches if str(patch.get_label()).startswith("_partition")]
    assert len(bands) == 1


def test_each_ring_of_keys_has_its_lanes(shared: Batch) -> None:
    parts = [shared.ticket_keys.assign(site=site, server=-1, fault=-1) for site in ("ams", "iad")]
    keys = pd.concat(parts, ignore_index=True)
    figure = key_lines(dataclasses.replace(shared, ticket_keys=keys))
    told = [text.get_text() for text in figure.axes[0].texts]
    assert [each for each in told if each in ("ams", "iad")] == ["ams", "iad"]
    assert title(figure).endswith("2 sets of keys")


def test_rings_that_a_fault_has_brought_to_the_same_servers_are_counted(shared: Batch) -> None:
    # Servers that share keys, but turn them differently.
    parts = [shared.ticket_keys.assign(site=None, server=-1, fault=0, ring=ring, key=ring) for ring in (5, 3)]
    keys = pd.concat(parts, ignore_index=True)
    faults = shared.faults.assign(fault=0)
    figure = key_lines(dataclasses.replace(shared, ticket_keys=keys, faults=faults))
    told = [text.get_text() for text in figure.axes[0].texts]
    assert [each for each in told if "after" in each] == ["fleet, after partition", "fleet, after partition (2)"]
    assert title(figure).endswith("2 sets of keys")


def test_no_keys_no_life_lines(shared: Batch) -> None:
    with pytest.raises(ValueError, match="no ticket keys"):
        key_lines(dataclasses.replace(shared, ticket_keys=shared.ticket_keys.iloc[:0]))


@pytest.fixture(scope="module")
def recorded() -> Batch:
    return batch(lifetimes=("6h",), seeds=(1, 2), clients=12, recorded=True)


def test_a_ticket_lives_from_its_receipt_to_its_offer_or_its_end(recorded: Batch) -> None:
    first = recorded.tickets[recorded.tickets["client"] == 0].head(2)
    rows = recorded.tickets[recorded.tickets["seed"] == 1]
    assert first["end"].tolist() == ["expired", "used_up"]
    figure = ticket_lines(dataclasses.replace(recorded, tickets=first))
    (axes,) = figure.axes
    received, offered, ended = (
        first[name].dt.total_seconds().tolist() for name in ("received", "first_offered", "ended")
    )
    # The first is too old from six hours on, and the client notices later; the second is offered.
    usable, too_old = bars(figure, 0)
    assert usable == pytest.approx((received[0], 21_600.0))
    assert too_old == pytest.approx((received[0] + 21_600.0, ended[0] - received[0] - 21_600.0))
    assert bars(figure, 1) == [pytest.approx((received[1], offered[1] - received[1]))]
    (mark,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert np.asarray(mark.get_xydata()) == pytest.approx(np.array([[offered[1], 1.0]]))
    assert title(figure) == "50 % of all tickets were never offered; 100 % of the offers resumed"
    refused = first.assign(resumptions=0)
    (axes,) = ticket_lines(dataclasses.replace(recorded, tickets=refused)).axes
    assert [line.get_marker() for line in axes.lines if line.get_marker() in "oX"] == ["X"]
    told = [text.get_text() for text in ticket_lines(dataclasses.replace(recorded, tickets=rows)).axes[0].texts]
    assert sum(text.startswith("phones/") for text in told) == 4


def test_without_recorded_tickets_it_says_how_to_get_them(shared: Batch) -> None:
    with pytest.raises(ValueError, match=r'Scenario\(records=\["tickets"\]\)'):
        ticket_lines(shared)


def test_the_waterfall_shows_when_each_side_computed_where_that_is_known(recorded: Batch) -> None:
    visit = visits(recorded)[visits(recorded)["attempts"] == 1].iloc[0]
    figure = waterfall(recorded, visit)
    told = [text.get_text() for text in figure.axes[0].texts]
    assert [each for each in told if "computes" in each] == ["client computes", "server computes"]
    work = recorded.compute
    own = work[
        (work["seed"] == visit["seed"]) & (work["client"] == visit["client"]) & (work["visit"] == visit["visit"])
    ]
    lanes = [row for row in range(12) if len(bars(figure, row)) > 0]
    client, server = lanes[-3:-1]
    for row, side in ((client, "client"), (server, "server")):
        (piece,) = own[own["side"] == side].itertuples()
        drawn = bars(figure, row)
        assert drawn[-1] == pytest.approx(
            ((piece.began - visit["started"]).total_seconds(), piece.cpu.total_seconds()), abs=1e-9
        )
        assert len(drawn) == (2 if side == "server" else 1), "a pale piece where it waited"
    assert not [text for text in waterfall(dataclasses.replace(recorded, compute=pd.DataFrame()), visit).axes[0].texts
                if "computes" in text.get_text()]  # fmt: skip


@pytest.mark.parametrize("draw", [waterfall, key_lines, ticket_lines])
def test_every_text_lies_on_the_sheet(draw: object, recorded: Batch) -> None:
    assert callable(draw)
    figure = draw(recorded)
    figure.draw_without_rendering()
    for text in [*figure.texts, *figure.axes[0].texts]:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()
    assert all(isinstance(patch, Rectangle) for patch in figure.axes[0].patches)
