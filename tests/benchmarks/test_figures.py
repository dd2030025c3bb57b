"""What `make bench` makes of its measurements; the measurements themselves are nobody's test."""

import json
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
    seconds = {"openssl": 500e-6, "tcp": 200e-6, "attempts": attempt, "clients": attempt, "idle": 1e-6}
    counts = {"openssl": 8e6, "tcp": 2e6, "attempts": instructions, "clients": instructions}

    def cost(case: tuple[str, ...]) -> object:
        least = seconds[case[0]]
        counted = None if instructions is None else counts.get(case[0])
        return measure.Cost(rounds=(least, 1.1 * least, 3 * least), least=least, instructions=counted)

    return measure.Measured(
        costs={case: cost(case) for case in (*measure.CONNECTIONS, *measure.VARIED, *measure.CROWDS, measure.IDLE)},
        memory={"never_visited": 180.0, "visited_once": 5000.0, "row": 156.0},
        importing=None if importing is None else measure.Import(least=importing, median=importing),
    )


def rows(report: ModuleType, figures: object, name: str) -> list:
    return [row for section in report.sections(figures) for row in section.rows if row.figure == name]


def test_the_program_is_optimised_as_the_extension_module_is() -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
    ours = next(preset for preset in presets if preset["name"] == "benchmarks")["cacheVariables"]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["scikit-build"]["cmake"]
    module = {"CMAKE_BUILD_TYPE": build["build-type"], **build["define"]}
    assert ours.pop("RESHAKE_BENCHMARKS")
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
    (flat,) = rows(report, figures, "dearest / cheapest")
    assert (flat.missing, flat.met) == (report.NO_VALGRIND, None)
    (importing,) = rows(report, figures, "import reshake")
    assert (importing.least, importing.missing, importing.met) == (None, report.NO_PACKAGE, None)


def test_connections_that_carry_other_bytes_are_not_compared(modules: tuple[ModuleType, ModuleType]) -> None:
    measure, _ = modules
    alike = {"connections": 100.0, "resumed": 0.0, "sent": 64_200.0, "received": 654_200.0}
    tallies = dict.fromkeys(measure.CONNECTIONS, alike)
    measure.check_alike(tallies)
    for wrong in ({"received": 656_400.0}, {"resumed": 1.0}, {"connections": 99.0}):
        with pytest.raises(measure.child.MeasurementError, match="attempts full"):
            measure.check_alike({**tallies, ("attempts", "full"): {**alike, **wrong}})
