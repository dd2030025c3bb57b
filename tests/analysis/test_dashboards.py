"""The dashboards of session caches and of ticket keys, beside the same numbers computed from the tables."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reshake.analysis import cache_dashboard, key_dashboard, over_seeds, percentile
from reshake.analysis.cache_dashboard import shows_caches
from reshake.analysis.key_dashboard import shows_keys

from .synthetic import DAY, Batch, batch, with_lookups, with_servers

HOUR = 3_600.0
BEGAN, ENDED = 30 * HOUR, 32 * HOUR  # Of the synthetic partition, in which the cache is down.


@pytest.fixture(scope="module")
def asked() -> Batch:
    return with_lookups(batch(lifetimes=("1h", "2d"), clients=150))


@pytest.fixture(scope="module")
def handed() -> Batch:
    return with_servers(batch(lifetimes=("1h", "2d"), clients=150))


def title(figure: Figure) -> str:
    return " ".join(figure.texts[0].get_text().split())


def note(figure: Figure) -> str:
    return " ".join(figure.texts[2].get_text().split())


def panel(figure: Figure, head: str) -> Axes:
    found = [axes for axes in figure.axes if axes.get_title(loc="left").startswith(head)]
    assert len(found) == 1, [axes.get_title(loc="left") for axes in figure.axes]
    return found[0]


def at_window(axes: Axes, line: int, instant: float) -> tuple[float, float, float]:
    """Where the window begins and ends in which an instant lies, and the value of a line there."""
    x, y = (np.asarray(values, dtype=float) for values in axes.lines[line].get_data())
    width = x[1] - x[0]
    window = int(instant // width)
    return window * width, (window + 1) * width, float(y[window])


def lookups_in(made: Batch, lifetime: str, began: float, ended: float) -> pd.DataFrame:
    cache = made.cache
    at = cache["at"].dt.total_seconds()
    chosen = cache[(cache["ticket_lifetime"] == lifetime) & (at >= began) & (at < ended)]
    return chosen[chosen["operation"].isin(["hit", "miss", "timeout"])]


def test_shares_of_lookups_are_those_of_their_window(asked: Batch) -> None:
    figure = cache_dashboard(asked)
    for operation, head in (("hit", "lookups that find"), ("timeout", "lookups that time out")):
        for line, lifetime in enumerate(("1h", "2d")):
            for instant in (10 * HOUR, BEGAN + HOUR, 60 * HOUR):
                began, ended, value = at_window(panel(figure, head), line, instant)
                inside = lookups_in(asked, lifetime, began, ended)
                share = over_seeds((inside["operation"] == operation).groupby(inside["seed"]).mean()).mean
                assert value == pytest.approx(share), (operation, lifetime, instant)


def test_lookups_take_as_long_as_the_table_says(asked: Batch) -> None:
    axes = panel(cache_dashboard(asked), "time of a lookup")
    solid, dashed = axes.lines[0], axes.lines[1]
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    for instant in (10 * HOUR, BEGAN + HOUR):
        for line, rank in enumerate((50, 95)):
            began, ended, value = at_window(axes, line, instant)
            inside = lookups_in(asked, "1h", began, ended)
            waits = inside["latency"].dt.total_seconds().groupby(inside["seed"])
            assert value == pytest.approx(over_seeds([percentile(of_seed, rank) for _, of_seed in waits]).mean)


def test_evictions_are_counted_by_the_hour(asked: Batch) -> None:
    axes = panel(cache_dashboard(asked), "entries given up for want of room")
    began, ended, value = at_window(axes, 0, 20 * HOUR)
    # One for each lookup under the shorter lifetime, none under the other.
    assert value == pytest.approx(len(lookups_in(asked, "1h", began, ended)) / 4 / ((ended - began) / HOUR))
    assert at_window(axes, 1, 20 * HOUR)[2] == 0


def test_what_never_happens_has_no_panel_and_is_told(asked: Batch) -> None:
    figure = cache_dashboard(asked)
    assert not [axes for axes in figure.axes if "time in the cache was over" in axes.get_title(loc="left")]
    assert note(figure).endswith("Did not happen: offered sessions whose time in the cache was over.")
    assert note(figure).startswith(
        f"{len(lookups_in(asked, '1h', 0, 3 * DAY)) + len(lookups_in(asked, '2d', 0, 3 * DAY)):,} lookups. 4 seeds;"
    )
    attempts = asked.attempts.copy()
    attempts["not_resumed"] = attempts["not_resumed"].cat.add_categories(["expired_in_cache"])
    attempts.loc[attempts["offered"] & ~attempts["resumed"], "not_resumed"] = "expired_in_cache"
    told = cache_dashboard(dataclasses.replace(asked, attempts=attempts))
    axes = panel(told, "offered sessions whose time in the cache was over")
    assert max(np.nanmax(line.get_ydata()) for line in axes.lines) > 0
    assert "Did not happen" not in note(told)


def test_the_title_tells_the_best_and_the_worst_cache(asked: Batch) -> None:
    cache = asked.cache.copy()
    longer = (cache["ticket_lifetime"] == "2d") & cache["operation"].isin(["hit", "miss"])
    cache.loc[longer, "operation"] = "timeout"
    told = title(cache_dashboard(dataclasses.replace(asked, cache=cache)))
    assert "of lookups find the session with 1 h tickets, 0 % with 2 d tickets, where 100 % time out" in told
    same = asked.cache[asked.cache["operation"] == "hit"]
    told = title(cache_dashboard(dataclasses.replace(asked, cache=same)))
    assert told == "100 % of lookups find the session, and 95 % of them are answered within 4 ms"


def test_without_a_session_cache_the_servers_own_memories_are_shown(asked: Batch) -> None:
    attempts = asked.attempts.copy()
    attempts["not_resumed"] = attempts["not_resumed"].cat.add_categories(["not_cached", "evicted"])
    missed = attempts["offered"] & (attempts["ticket_lifetime"] == "2d") & (attempts["client"] % 3 == 0)
    attempts.loc[missed, "not_resumed"] = "not_cached"
    alone = dataclasses.replace(asked, attempts=attempts, cache=asked.cache.iloc[:0])
    figure = cache_dashboard(alone)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "offered sessions that the server's own memory did not have (share)"
    ]
    offers = attempts[attempts["offered"] & (attempts["ticket_lifetime"] == "2d")]
    share = over_seeds((offers["not_resumed"] == "not_cached").groupby(offers["seed"]).mean()).mean
    began, ended, value = at_window(figure.axes[0], 0, 40 * HOUR)
    at = offers["started"].dt.total_seconds()
    inside = offers[(at >= began) & (at < ended)]
    assert value == pytest.approx((inside["not_resumed"] == "not_cached").groupby(inside["seed"]).mean().mean())
    assert title(figure).startswith(f"{100 * share:.0f} % of offered sessions are not in the memory of the server")
    assert note(figure).startswith(f"{len(offers):,} offered sessions.")


def test_no_lookups_no_dashboard_of_caches(asked: Batch) -> None:
    stores = asked.cache.assign(operation=pd.Categorical(["store"] * len(asked.cache)))
    for cache in (asked.cache.iloc[:0], stores, pd.DataFrame({"seed": []})):
        bare = dataclasses.replace(asked, cache=cache)
        assert not shows_caches(bare)
        with pytest.raises(ValueError, match="no lookups in a session cache, and no session that a server's memory"):
            cache_dashboard(bare)
    assert shows_caches(asked)


def test_what_lookups_do_not_know_is_refused(asked: Batch) -> None:
    with pytest.raises(ValueError, match="do not know 'home'; take a parameter, or 'site'"):
        cache_dashboard(asked, by="home")


@pytest.mark.parametrize("draw", [cache_dashboard, key_dashboard])
def test_faults_are_shaded_in_every_panel(draw: object, asked: Batch) -> None:
    figure = draw(asked)  # type: ignore[operator]
    assert len(figure.axes) > 1
    for axes in figure.axes:
        bands = [patch for patch in axes.patches if str(patch.get_label()).startswith("_partition")]
        assert [(band.get_x(), band.get_width()) for band in bands] == [(BEGAN, ENDED - BEGAN)]
    assert any("grey: partition phones | edge/ams, 2 h" in text.get_text() for text in figure.texts)


def test_the_age_of_a_key_grows_until_the_next(handed: Batch) -> None:
    figure = key_dashboard(handed)
    axes = panel(figure, "age of the key that each server seals with (days)")
    first, second = axes.lines[0].get_data(), axes.lines[1].get_data()
    # Server 1 has a new key every day; server 2 keeps the first for two.
    assert list(zip(*first, strict=True)) == [
        (0, 0),
        (DAY, DAY),
        (DAY, 0),
        (2 * DAY, DAY),
        (2 * DAY, 0),
        (3 * DAY, DAY),
    ]
    assert list(zip(*second, strict=True)) == [(0, 0), (2 * DAY, 2 * DAY), (2 * DAY, 0), (3 * DAY, DAY)]
    assert len(axes.lines) == 4


def test_an_age_counts_from_when_the_key_first_sealed_anywhere(handed: Batch) -> None:
    keys = handed.ticket_keys.copy()
    late = (keys["server"] == 2) & (keys["generation"] == 2)
    keys.loc[late, "issued_from"] = pd.Timedelta(hours=60)
    axes = panel(key_dashboard(dataclasses.replace(handed, ticket_keys=keys)), "age")
    at, age = (np.asarray(values, dtype=float) for values in axes.lines[1].get_data())
    assert (at[-2], age[-2]) == (60 * HOUR, 12 * HOUR)
    # Between its keys nothing seals, and the line is broken.
    assert np.isnan(age[list(at).index(60 * HOUR)])


def test_keys_that_open_tickets_are_counted(handed: Batch) -> None:
    axes = panel(key_dashboard(handed), "keys that open tickets at each server (number)")
    at, number = axes.lines[0].get_data()
    # Each opens for two days from the day on which it arrives.
    assert list(zip(at, number, strict=True)) == [(0, 1), (DAY, 2), (2 * DAY, 2), (3 * DAY, 2)]
    at, number = axes.lines[1].get_data()
    assert list(zip(at, number, strict=True)) == [(0, 1), (2 * DAY, 1), (3 * DAY, 1)]


def test_a_ring_that_its_servers_have_left_has_no_line_any_more(handed: Batch) -> None:
    keys = handed.ticket_keys.iloc[:1].assign(
        source="schedule", issued_until=pd.Timedelta(hours=20), opens_until=pd.Timedelta(hours=20)
    )
    head = "keys that open tickets at each server (number)"
    (line,) = panel(key_dashboard(dataclasses.replace(handed, ticket_keys=keys)), head).lines
    assert [*zip(*line.get_data(), strict=True)] == [(0.0, 1), (72_000.0, 1)]
    # A server that waits for a coordinator's next key has none.
    waits = keys.assign(source="coordinator")
    (line,) = panel(key_dashboard(dataclasses.replace(handed, ticket_keys=waits)), head).lines
    assert list(line.get_ydata()) == [1, 0, 0]


def test_shares_of_tickets_without_a_key_are_those_of_their_window() -> None:
    made = batch(lifetimes=("2d",), clients=150, shared_keys=False)
    figure = key_dashboard(made)
    offers = made.attempts[made.attempts["offered"]]
    for reason, head in (
        ("unknown_key", "offered tickets whose key the server does not know"),
        ("key_retired", "offered tickets whose key the server has retired"),
    ):
        for instant in (BEGAN + HOUR, 60 * HOUR):
            began, ended, value = at_window(panel(figure, head), 0, instant)
            at = offers["started"].dt.total_seconds()
            inside = offers[(at >= began) & (at < ended)]
            assert value == pytest.approx((inside["not_resumed"] == reason).groupby(inside["seed"]).mean().mean())
    assert "Did not happen: offered tickets whose key is damaged at the server." in note(figure)


def test_the_title_tells_the_tickets_that_no_key_opens_and_the_oldest_key(handed: Batch) -> None:
    attempts = handed.attempts.copy()
    after = attempts["offered"] & (attempts["started"].dt.total_seconds() >= BEGAN)
    attempts.loc[after, "not_resumed"] = np.where(
        attempts.loc[after, "ticket_lifetime"] == "2d", "unknown_key", "resumed"
    )
    told = title(key_dashboard(dataclasses.replace(handed, attempts=attempts)))
    assert told == (
        "From the partition on, 100 % of offered tickets are of a key that their server cannot use with 2 d tickets, "
        "0 % with 1 h tickets; a key seals for up to 2 d"
    )
    attempts.loc[attempts["offered"], "not_resumed"] = "resumed"
    told = title(key_dashboard(dataclasses.replace(handed, attempts=attempts)))
    assert told == "A key seals for up to 2 d, and every ticket finds its key"


def test_keys_are_of_the_first_run_and_the_note_says_of_which(handed: Batch) -> None:
    assert "Keys: of the run with seed 1." in note(key_dashboard(handed))
    by_home = key_dashboard(handed, by="home")
    assert "Keys: of the run with ticket lifetime 1h, seed 1." in note(by_home)
    assert len(panel(by_home, "age").lines) == 2


def test_no_keys_no_dashboard_of_keys(handed: Batch) -> None:
    with pytest.raises(ValueError, match="no ticket keys"):
        key_dashboard(dataclasses.replace(handed, ticket_keys=handed.ticket_keys.iloc[:0]))


def test_a_report_shows_keys_that_change_or_fail_a_ticket(handed: Batch) -> None:
    opened = dataclasses.replace(handed, attempts=handed.attempts.assign(not_resumed="resumed"))
    still = handed.ticket_keys[handed.ticket_keys["generation"] == 0]
    assert shows_keys(handed)
    assert shows_keys(opened)
    assert shows_keys(dataclasses.replace(handed, ticket_keys=still)) == bool(
        handed.attempts["not_resumed"].isin(["unknown_key", "key_retired"]).any()
    )
    assert not shows_keys(dataclasses.replace(opened, ticket_keys=still))


def test_dashboards_stand_batches_without_offers(asked: Batch, handed: Batch) -> None:
    nothing = asked.attempts.assign(offered=False, resumed=False, not_resumed="first_visit")
    cache_dashboard(dataclasses.replace(asked, attempts=nothing)).draw_without_rendering()
    figure = key_dashboard(dataclasses.replace(handed, attempts=nothing))
    figure.draw_without_rendering()
    assert title(figure) == "A key seals for up to 2 d"


def test_many_values_are_named_in_several_lines(asked: Batch) -> None:
    names = [f"a policy number {number}" for number in range(8)]
    attempts = asked.attempts.assign(policy=pd.Categorical([names[i % 8] for i in range(len(asked.attempts))], names))
    cache = asked.cache.assign(policy=pd.Categorical([names[i % 8] for i in range(len(asked.cache))], names))
    figure = cache_dashboard(dataclasses.replace(asked, attempts=attempts, cache=cache, parameters={"policy": names}))
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.texts if text.get_text()]
    boxes += [(axes.get_title(loc="left"), axes._left_title.get_window_extent()) for axes in figure.axes]  # type: ignore[attr-defined]
    for number, (one, box) in enumerate(boxes):
        assert box.x1 <= figure.bbox.width, one
        for other, its in boxes[:number]:
            assert not box.overlaps(its), f"{one!r} on {other!r}"
