"""Faults as bands, and what they are said to do."""

import numpy as np
import pandas as pd
from reshake.analysis.faults import Band, bands_of, effect_of

from .synthetic import no_faults, one_partition, seconds

BAND = Band(kind="partition", between="phones | edge/ams", began=100.0, ended=200.0)


def visits_of(*, affected: float, others: float, clients: int = 400, seed: int = 1) -> pd.DataFrame:
    """One visit of each client within the band, a third of them at home in ams."""
    random = np.random.default_rng(seed)
    home = np.where(np.arange(clients) % 3 == 0, "ams", "iad")
    chance = np.where(home == "ams", affected, others)
    return pd.DataFrame(
        {
            "at": 150.0,
            "home": home,
            "population": "phones",
            "client": np.arange(clients),
            "resumed": (random.random(clients) < chance).astype(float),
        }
    )


def test_the_same_fault_in_every_run_is_one_band() -> None:
    twice = pd.concat([one_partition(), one_partition(), one_partition(began=10.0)], ignore_index=True)
    assert [band.began for band in bands_of(twice, 1e6)] == [10.0, 108_000.0]
    assert bands_of(no_faults(), 1e6) == []


def test_a_fault_that_is_still_on_ends_with_the_run() -> None:
    open_ended = one_partition().assign(ended=seconds([float("nan")]))
    assert bands_of(open_ended, 200_000.0)[0].ended == 200_000.0


def test_sites_are_read_from_either_side_and_from_servers() -> None:
    between = Band(kind="partition", between="edge/ams | edge/nrt/server-2", began=0.0, ended=1.0)
    assert between.sites == ("ams", "nrt")
    assert Band(kind="partition", between="phones | edge", began=0.0, ended=1.0).sites == ()


def test_a_real_effect_is_found_and_its_size_is_right() -> None:
    effect = effect_of(BAND, visits_of(affected=0.2, others=0.7), comparisons=5)
    assert effect is not None
    assert effect.measurable
    assert abs(effect.affected - 0.2) < 0.1
    assert abs(effect.others - 0.7) < 0.1


def test_false_alarms_are_as_rare_as_promised() -> None:
    # 5 % for all comparisons together; three standard deviations of a binomial share above it.
    trials = 300
    alarms = 0
    for seed in range(trials):
        effect = effect_of(BAND, visits_of(affected=0.6, others=0.6, clients=150, seed=seed), comparisons=1)
        assert effect is not None
        alarms += effect.measurable
    assert alarms / trials < 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5


def test_visits_that_repeat_each_other_are_no_more_evidence() -> None:
    once = visits_of(affected=0.5, others=0.6, clients=150)
    again = pd.concat([once] * 20, ignore_index=True)
    first, second = effect_of(BAND, once, comparisons=1), effect_of(BAND, again, comparisons=1)
    assert first is not None
    assert second is not None
    assert abs(first.error - second.error) < 1e-12


def test_all_of_a_few_clients_are_no_certainty() -> None:
    effect = effect_of(BAND, visits_of(affected=1.0, others=1.0, clients=21), comparisons=1)
    assert effect is not None
    assert effect.error > 0


def test_too_few_clients_are_not_compared() -> None:
    assert effect_of(BAND, visits_of(affected=0.0, others=1.0, clients=9), comparisons=1) is None
