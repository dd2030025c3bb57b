"""Wi-Fi and LTE from Python: the same results whatever the number of workers, and what the shipped scenarios find."""

from pathlib import Path

import pytest
from reshake.scenarios import lte_access, wifi_access

import reshake as rs

EDGE = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="10s"))


def of(access: rs.Wifi | rs.Lte) -> rs.Scenario:
    phones = rs.Clients("phones", count=3, access=access, arrivals=rs.Poisson(mean_gap="2s"))
    return rs.Scenario(duration="15s", clients=[phones], fleets=[EDGE])


def near(technology: str) -> rs.Scenario:
    return of(rs.Wifi(distance=10, neighbours=2) if technology == "wifi" else rs.Lte(distance=200, neighbours=1))


def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    study = rs.Study(near, technology=["wifi", "lte"], seeds=range(3))
    one = study.run(tmp_path / "one", workers=1, progress=False).attempts
    two = study.run(tmp_path / "two", workers=2, progress=False).attempts
    assert len(one) > 60
    assert one.equals(two)
    assert (one["outcome"] == "ok").mean() > 0.8


def test_packets_are_all_accounted_for(tmp_path: Path) -> None:
    results = rs.Study(near, technology=["wifi", "lte"], seeds=range(2)).run(tmp_path, progress=False)
    packets = results.packets
    assert (packets["sent"] > 100).all()
    lost = [
        "queue",
        "loss",
        "mtu",
        "corruption",
        "partition",
        "grey_failure",
        "nat",
        "firewall",
        "black_hole",
        "vanished",
    ]
    assert (packets["sent"] == packets[["delivered", "under_way", *lost]].sum(axis=1)).all()


def test_neighbours_and_distance_cost_clients_of_wifi_time(tmp_path: Path) -> None:
    grid = {"distance_m": [5, 35], "neighbours": [0, 4]}
    attempts = rs.Study(wifi_access.scenario, seeds=[0], **grid).run(tmp_path, progress=False).attempts
    attempts = attempts[attempts["started"].dt.total_seconds() > wifi_access.ASSOCIATED]
    waited = attempts.groupby(["neighbours", "distance_m"], observed=True)["first_byte"].median()
    assert waited[4, 5] > waited[0, 5]
    assert waited[0, 35] > waited[0, 5]
    assert waited[4, 35] > 2 * waited[0, 5]


def test_lte_fails_beyond_its_edge_and_nowhere_else(tmp_path: Path) -> None:
    attempts = rs.Study(lte_access.scenario, farthest_m=[400, 1600], seeds=[0]).run(tmp_path, progress=False).attempts
    attempts = attempts[attempts["started"].dt.total_seconds() > lte_access.ATTACHED]
    done = attempts["outcome"].isin(["ok", "unfinished"]).groupby(attempts["farthest_m"], observed=True).mean()
    assert done[400] == 1
    assert 0.2 < done[1600] < 0.8


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"access": rs.Wifi(distance=10, speed=1, farthest=5)}, "clients[0].access.farthest"),
        ({"access": rs.Lte(distance=10), "count": 40}, "clients[0].count"),
        ({"access": rs.Wifi(distance=10), "handovers": [rs.Handover(at=["1s"])]}, "clients[0].handovers"),
    ],
)
def test_what_a_cell_cannot_do_is_refused(given: dict[str, object], path: str) -> None:
    phones = rs.Clients("phones", **({"count": 1, "arrivals": rs.Poisson(mean_gap="2s")} | given))  # type: ignore[arg-type]
    made = rs.Scenario(duration="15s", clients=[phones], fleets=[EDGE])
    with pytest.raises(rs.ScenarioError) as caught:
        made.validate()
    assert [problem.path for problem in caught.value.problems] == [path]
