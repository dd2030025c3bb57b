"""What `make bench` makes of its measurements; the measurements themselves are nobody's test."""

import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """`measure` and `report`, which stand beside the program that uses them."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import measure
    import report

    return measure, report


def measured(measure: ModuleType, *, attempt: float, instructions: float | None, importing: float | None) -> object:
    """OpenSSL and TCP cost 500 us and 200 us; an attempt what is given."""
    seconds = {
        "openssl": 500e-6,
        "tcp": 200e-6,
        "attempts": attempt,
        "audited": attempt,
        "clients": attempt,
        "faults": attempt,
        "idle": 1e-6,
    }
    counts = {"openssl": 8e6, "tcp": 2e6}
    counts |= dict.fromkeys(("attempts", "audited", "clients", "faults"), instructions)

    def cost(case: tuple[str, ...]) -> object:
        least = seconds[case[0]]
        counted = None if instructions is None else counts.get(case[0])
        return measure.Cost(rounds=(least, 1.1 * least, 3 * least), least=least, instructions=counted)

    return measure.Measured(
        costs={
            case: cost(case)
            for case in (
                *measure.CONNECTIONS,
                *measure.VARIED,
                *measure.AUDITED,
                *measure.CROWDS,
                *measure.TROUBLES,
                measure.IDLE,
            )
        },
        memory={"never_visited": 180.0, "visited_once": 5000.0, "row": 156.0},
        importing=None if importing is None else measure.Figure(least=importing, median=importing),
        batches=None if importing is None else batches(measure, run=0.02, peak=2**30),
    )


def batches(measure: ModuleType, *, run: float, peak: float) -> object:
    def figures(**least: float) -> dict[str, object]:
        return {name: measure.Figure(least=value, median=2 * value) for name, value in least.items()}

    readings = {way: figures(cpu=5.0, wall=8.0, peak=peak) for way in measure.READINGS}
    return measure.Batches(run=figures(cpu=run, wall=2 * run), readings=readings)


def rows(report: ModuleType, figures: object, name: str) -> list:
    return [row for section in report.sections(figures) for row in section.rows if row.figure == name]


def test_the_program_is_optimised_as_the_extension_module_is() -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
    ours = next(preset for preset in presets if preset["name"] == "tests")["cacheVariables"]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["scikit-build"]["cmake"]
    module = {"CMAKE_BUILD_TYPE": build["build-type"], **build["define"]}
    assert ours.pop("RESHAKE_BENCHMARKS")
    assert ours.pop("RESHAKE_TESTS")
    assert module.pop("RESHAKE_PYTHON")
    assert ours == module


def test_every_handshake_that_is_timed_has_been_run_by_the_tests(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, _ = modules
    run = (ROOT / "benchmarks/CMakeLists.txt").read_text()
    assert [name for name in (*measure.HANDSHAKES, *measure.VARIATIONS) if f'"attempts;{name}"' not in run] == []


def test_an_attempt_is_held_against_the_sum_of_its_parts(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, report = modules
    for attempt, instructions, met in ((840e-6, 11e6, True), (1050e-6, 11e6, False), (840e-6, 15e6, False)):
        figures = measured(measure, attempt=attempt, instructions=instructions, importing=0.1)
        for row in rows(report, figures, "attempt / (OpenSSL + TCP)"):
            assert row.least == pytest.approx(attempt / 700e-6)
            assert row.median == pytest.approx(attempt / 700e-6)
            assert row.instructions == pytest.approx(instructions / 10e6)
            assert row.met is met


def test_what_could_not_be_measured_says_why(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, report = modules
    figures = measured(measure, attempt=840e-6, instructions=None, importing=None)
    (ratio, _) = rows(report, figures, "attempt / (OpenSSL + TCP)")
    assert (ratio.instructions, ratio.missing, ratio.met) == (None, report.NO_VALGRIND, True)
    for flat in rows(report, figures, "dearest / cheapest"):
        assert (flat.missing, flat.met) == (report.NO_VALGRIND, None)
    for name in ("import reshake", "a run beyond its simulation"):
        (row,) = rows(report, figures, name)
        assert (row.least, row.missing, row.met) == (None, report.NO_PACKAGE, None)


def test_connections_that_carry_other_bytes_are_not_compared(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, _ = modules
    alike = {"connections": 100.0, "resumed": 0.0, "sent": 64_200.0, "received": 654_200.0}
    tallies = dict.fromkeys(measure.CONNECTIONS, alike)
    measure.check_alike(tallies)
    for wrong in ({"received": 656_400.0}, {"resumed": 1.0}, {"connections": 99.0}):
        with pytest.raises(measure.child.MeasurementError, match="attempts full"):
            measure.check_alike({**tallies, ("attempts", "full"): {**alike, **wrong}})


def test_a_run_costs_what_a_batch_takes_longer_than_its_simulations(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, _ = modules
    few, many = measure.RUNS

    def seconds(start: float, run: float, simulation: float) -> dict[tuple[str, int], float]:
        return {
            (how, count): start + count * each
            for how, each in (("batch", run), ("alone", simulation))
            for count in (few, many)
        }

    quiet, busy = seconds(1.0, 0.025, 0.005), seconds(2.0, 0.050, 0.010)
    figure = measure.beyond_simulation([busy, quiet, busy])
    assert (figure.least, figure.median) == (pytest.approx(0.020), pytest.approx(0.040))


def test_batches_have_their_bounds(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, report = modules
    figures = measured(measure, attempt=840e-6, instructions=None, importing=0.1)
    bounds = {
        "a run beyond its simulation, CPU": ("below 30 ms", True),
        "a run beyond its simulation, by the clock": ("below 30 ms", False),
        "10 M attempts, polars, by the clock": ("below 10 s", True),
        "10 M attempts, numbers, peak": ("below 4 GiB", True),
    }
    for name, expected in bounds.items():
        (row,) = rows(report, figures, name)
        assert (row.target, row.met) == expected, name
    assert "1 GiB" in report._number(2**30, "GiB")


@pytest.mark.parametrize("how", ["batch", "alone"])
def test_runs_in_which_nobody_comes_are_timed(how: str, modules: tuple[ModuleType, ModuleType]) -> None:
    measure, _ = modules
    assert measure.child.run([sys.executable, measure.BESIDE / "trivial_runs.py", how, "2"]).tally()["wall"] > 0


def test_days_of_phones_are_held_against_each_other(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, _ = modules
    script = measure.BESIDE / "phones_day.py"
    said = measure.child.run([sys.executable, script, "--small", "2", "--large", "4", "--rounds", "1"]).output
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "2 phones",
        "4 phones",
        "2 phones",
        "rate, large / small",
        "peak of the large day",
    ]


def test_a_large_batch_is_read_in_every_way(modules: tuple[ModuleType, ModuleType], tmp_path: Path) -> None:
    measure, _ = modules
    import large_batch

    script = measure.BESIDE / "large_batch.py"
    measure.child.run([sys.executable, script, "--attempts", "4000", "--seeds", "2", "--make", tmp_path / "made"])
    assert set(measure.READINGS) <= set(large_batch.WAYS)
    for way in large_batch.WAYS:
        tally = measure.child.run(large_batch.command(way, tmp_path / "made")).tally()
        assert tally["answer"] > 0
        assert tally["peak"] > 10 * 2**20
