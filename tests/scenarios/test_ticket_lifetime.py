"""The shipped scenario: what it says, what it takes, and what it refuses."""

import importlib
import itertools
import pkgutil
from pathlib import Path

import pytest
import reshake.scenarios
from reshake.scenarios.ticket_lifetime import GRID, SEEDS, scenario

import reshake as rs


@pytest.fixture
def arrivals(tmp_path: Path) -> Path:
    """Three clients, five visits."""
    path = tmp_path / "arrivals.csv"
    path.write_text("client,seconds\nann,0.5\nbob,3600\nann,7200\ncyd,90000\nann,90001.25\n")
    return path


@pytest.fixture
def access(tmp_path: Path) -> Path:
    """One delivery every 2 ms for a second."""
    path = tmp_path / "cell.down"
    path.write_text("".join(f"{at}\n" for at in range(0, 1_001, 2)))
    return path


SHIPPED = [each.name for each in pkgutil.iter_modules(reshake.scenarios.__path__) if not each.name.startswith("_")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_asks_its_question_first_and_has_what_the_command_line_needs(name: str) -> None:
    module = importlib.import_module(f"reshake.scenarios.{name}")
    assert (module.__doc__ or "").splitlines()[0].endswith("?")
    rs.Study(module.scenario, seeds=module.SEEDS, **module.GRID)


def test_the_grid_gives_one_run_per_lifetime_and_seed() -> None:
    study = rs.Study(scenario, seeds=SEEDS, **GRID)
    assert len(study.runs) == 5 * len(SEEDS)
    lifetimes = [run.scenario.fleets[0].tickets.lifetime for run in study.runs[:5]]
    assert lifetimes == [rs.Duration(text) for text in GRID["ticket_lifetime"]]


def test_lifetimes_differ_in_nothing_else() -> None:
    one, other = (scenario(ticket_lifetime=lifetime) for lifetime in ("1h", "6h"))
    assert one != other
    assert one.clients == other.clients
    assert one.faults == other.faults


def test_the_partition_parts_the_phones_from_one_site_of_several() -> None:
    made = scenario()
    (fault,) = made.faults
    population, site = fault.between
    assert population == made.clients[0].name
    assert site in [f"{made.fleets[0].name}/{each.name}" for each in made.fleets[0].sites]
    assert len(made.fleets[0].sites) == 3
    assert made.fleets[0].servers_per_site == 2


def test_parameters_reach_the_values_they_name() -> None:
    made = scenario(keys="per-site", loss=0.05, certificate="rsa-2048")
    fleet, phones = made.fleets[0], made.clients[0]
    assert fleet.tickets.keys == "per-site"
    assert fleet.tls.certificate == "rsa-2048"
    assert isinstance(phones.access.loss, rs.GilbertElliottInTime)
    assert phones.access.loss.mean_loss == 0.05


def test_recorded_arrivals_bring_their_clients(arrivals: Path) -> None:
    phones = scenario(arrivals=str(arrivals)).clients[0]
    assert phones.count == 3
    assert isinstance(phones.arrivals, rs.Trace)
    assert phones.arrivals.visits[0] == (500_000_000, 7_200_000_000_000, 90_001_250_000_000)
    assert phones.churn is None


def test_a_recorded_link_replaces_the_rate_and_keeps_the_loss(access: Path) -> None:
    link = scenario(access=str(access), loss=0.01).clients[0].access
    assert isinstance(link, rs.TraceLink)
    assert link.downlink.opportunities[:3] == (0, 2, 4)
    assert isinstance(link.loss, rs.GilbertElliottInTime)


@pytest.mark.parametrize(
    ("name", "text"), [("arrivals", "ann,0\nbob,later\n"), ("access", "0\nsoon\n"), ("access", "5\n3\n")]
)
def test_a_malformed_recording_is_refused_with_its_line(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text(text)
    with pytest.raises(rs.ScenarioError, match="recording, line 2"):
        rs.Study(scenario, seeds=1, **{name: [str(path)]})


def test_impossible_values_are_refused() -> None:
    for wrong in ({"ticket_lifetime": "8d"}, {"loss": 1.5}, {"keys": "mine"}, {"certificate": "dsa"}):
        with pytest.raises(rs.ScenarioError):
            rs.Study(scenario, **wrong)


def test_every_combination_of_parameters_is_valid(arrivals: Path, access: Path) -> None:
    choices = itertools.product(("shared", "per-site"), (None, str(arrivals)), (None, str(access)))
    for keys, recorded, cell in choices:
        study = rs.Study(scenario, keys=keys, arrivals=[recorded], access=[cell], ticket_lifetime="6h")
        study.validate()


def test_a_lifetime_beyond_the_rotation_draws_a_warning() -> None:
    with pytest.warns(rs.ScenarioWarning, match="lifetime"):
        rs.Study(scenario, ticket_lifetime="3d").validate()
