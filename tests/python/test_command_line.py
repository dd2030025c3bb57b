"""The command line: a user's mistake is one clear message, exit code 2, and no traceback."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reshake.analysis import catalogue, estimates, latency

import reshake as rs
from reshake import analysis
from reshake.cli import figures, words
from reshake.cli.outputs import file_to_write
from reshake.cli.sources import figures_of

Command = Callable[..., subprocess.CompletedProcess[str]]


def refused(ended: subprocess.CompletedProcess[str]) -> list[str]:
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    return ended.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["export", "DIR", "--format", "openmetrix"],
            'reshake: --format: no "openmetrix"; did you mean "openmetrics"? (see reshake export --help)',
        ),
        (["rnu"], 'reshake: no such command "rnu"; did you mean "run"? (see reshake --help)'),
        ([], "reshake: the following arguments are required: COMMAND (see reshake --help)"),
        (["run", "small.py"], "reshake: the following arguments are required: -o/--out (see reshake run --help)"),
        (["run", "nowhere.py", "-o", "out"], "reshake: nowhere.py: cannot be read: No such file or directory"),
        (["run", "nowhere.json", "-o", "out"], "reshake: nowhere.json: cannot be read: No such file or directory"),
        (
            ["run", "tiket_lifetime", "-o", "out"],
            'reshake: tiket_lifetime: no such file or shipped scenario; did you mean "ticket_lifetime"?',
        ),
        (["run", "small.py", "--seeds", "0", "-o", "out"], 'argument --seeds: "0" is out of range'),
        (["run", "small.py", "--seed", "x", "-o", "out"], 'argument --seed: "x" is out of range'),
        (
            ["hunt", "small.py", "--max-runs", "none"],
            "reshake: argument --max-runs: 'none' is not a valid integer (see reshake hunt --help)",
        ),
        (["run", "small.py", "--workers", "-1", "-o", "out"], "reshake: argument --workers: "),
        (
            ["run", "small.py", "--set", "los=1", "-o", "out"],
            '--set los: no such parameter of the scenario; did you mean "loss"?',
        ),
        (["run", "small.py", "--set", "lifetime=5", "-o", "out"], 'reshake: Tickets.lifetime: "5" has no unit'),
        (["run", "small.py", "--set", "lifetime=5 parsecs", "-o", "out"], 'has an unknown unit "parsecs"'),
        (["run", "small.py", "--set", "lifetime=-5s", "-o", "out"], 'Tickets.lifetime: "-5s" is out of range'),
        (["run", "small.py", "--set", "loss=1.5", "-o", "out"], "Bernoulli.loss: 1.5 is out of range"),
        (["plot", ".", "--figure", "heatmap"], 'reshake: --figure: no figure "heatmap"; did you mean "heat_map"?'),
        (["plot", ".", "--format", "gif"], 'reshake: --format: no format "gif"; there is png, svg'),
        (["plot", "nowhere"], "reshake: nowhere: there is no such directory"),
        (["plot", "small.py"], "reshake: small.py: is not a directory"),
        (
            ["hunt", "small.py", "-o", "small.py/found.py"],
            "reshake: small.py/found.py: cannot be written: small.py is a file",
        ),
        (
            ["import", "small.py", "--format", "nginx", "-o", "small.py/x.py"],
            "reshake: small.py/x.py: cannot be written: small.py is",
        ),
        (["fit", "small.py", "-o", "small.py/x.py"], "reshake: small.py/x.py: cannot be written: small.py is"),
        (["hunt", "small.py", "-o", "/proc/found.py"], "reshake: /proc/found.py: cannot be written: "),
        (["hunt", "small.py", "-o", f"{'long' * 99}.py"], "longlong.py: cannot be written: File name too long"),
        (["import", "nowhere"], "reshake: nowhere: cannot be read: No such file or directory"),
        (["plot", "."], "reshake: .: holds no results of Reshake (no reshake.json)"),
    ],
)
@pytest.mark.usefixtures("scenario_file")
def test_a_mistake_is_answered_in_one_line(arguments: list[str], line: str, reshake: Command, room: Path) -> None:
    said = refused(reshake(*arguments))
    assert len(said) == 1
    assert line in said[0]
    assert not (room / "out").exists()


def test_all_mistakes_of_a_study_are_said_at_once(scenario_file: Path, reshake: Command) -> None:
    said = refused(reshake("run", str(scenario_file), "--set", "lifetime=5,9d,1h", "--set", "loss=0,2", "-o", "out"))
    assert said[0] == "reshake: 3 problems:"
    assert [line.split(": ")[0] for line in said[1:]] == ["Tickets.lifetime", "Bernoulli.loss", "Tickets.lifetime"]
    assert "(with lifetime=5, loss=0.0)" in said[1]
    assert "(with lifetime=5, loss=2.0; lifetime=9d, loss=2.0; lifetime=1h, loss=2.0)" in said[2]


def test_a_file_of_another_kind_is_no_scenario(reshake: Command, room: Path) -> None:
    (room / "nginx.conf").touch()
    (line,) = refused(reshake("run", "nginx.conf", "-o", "out"))
    assert line.startswith("reshake: nginx.conf: is no scenario; expected a file that ends in .py or .json")


@pytest.mark.usefixtures("core")
def test_a_place_that_does_not_exist_is_named(scenario_file: Path, reshake: Command, room: Path) -> None:
    said = refused(reshake("run", str(scenario_file), "--set", "cut_off=edge/mars", "-o", "out"))
    assert any(line.removeprefix("reshake: ").startswith("faults[0].between") and "edge/mars" in line for line in said)
    assert not (room / "out").exists()


@pytest.mark.usefixtures("core")
def test_an_empty_fleet_is_named(scenario_file: Path, reshake: Command) -> None:
    scenario_file.write_text(scenario_file.read_text().replace('["ams", "iad"]', "[]"))
    said = refused(reshake("run", str(scenario_file), "-o", "out"))
    assert any("fleets[0].sites: " in line for line in said)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def scenario(:\n", "broken.py, line 1: SyntaxError: "),
        ("\nimport nosuchmodule\n", "broken.py, line 2: ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("\n\nx = 1 / 0\n", "broken.py, line 3: ZeroDivisionError: division by zero"),
        ("x = 1\n", "broken: has no function `scenario` that returns a Scenario"),
        ("GRID = 3\ndef scenario(): ...\n", "broken.GRID: is not a dict"),
        ("SEEDS = 'x'\nfrom reshake.scenarios.ticket_lifetime import scenario\n", 'seeds: "x" is no list'),
        ("def scenario():\n    return 5\n", "scenario: returned 5; expected a Scenario"),
        ("def scenario(x=1):\n    raise KeyError(x)\n", "broken.py, line 2: KeyError: 1 (while making the scenario"),
        ("import reshake\ndef scenario():\n    return reshake.Link()\n", "reshake: Link.delay: missing"),
    ],
)
def test_a_scenario_file_that_is_broken_is_blamed_by_its_line(
    text: str, line: str, reshake: Command, room: Path
) -> None:
    (room / "broken.py").write_text(text)
    said = refused(reshake("run", "broken.py", "-o", "out"))
    assert len(said) == 1
    assert line in said[0]


def test_a_json_scenario_that_is_broken_is_blamed_by_its_path(reshake: Command, room: Path) -> None:
    (room / "broken.json").write_text(json.dumps({"duration": 5, "clients": [], "fleet": []}))
    said = refused(reshake("run", "broken.json", "-o", "out"))
    assert {line.split(": ")[1] for line in said[1:]} == {"fleet", "duration", "fleets"}
    assert all(line.startswith("broken.json: ") for line in said[1:])


@pytest.mark.usefixtures("core")
def test_a_directory_that_is_not_ours_is_left_alone(scenario_file: Path, reshake: Command, room: Path) -> None:
    (room / "photos").mkdir()
    (room / "photos" / "cat.jpg").write_text("meow")
    (line,) = refused(reshake("run", str(scenario_file), "-o", "photos"))
    assert line == "reshake: photos: holds other files; choose a new or an empty directory"
    assert [each.name for each in (room / "photos").iterdir()] == ["cat.jpg"]

    (room / "photos" / "reshake.json").write_text("{}")
    (line,) = refused(reshake("run", str(scenario_file), "-o", "photos"))
    assert line == "reshake: photos/reshake.json: is not the index of a batch of Reshake"

    (line,) = refused(reshake("run", str(scenario_file), "-o", "small.py"))
    assert line == "reshake: small.py: is not a directory"


@pytest.mark.usefixtures("core")
def test_a_directory_that_cannot_be_written_is_refused(scenario_file: Path, reshake: Command) -> None:
    # /proc takes no new directory, not even from root.
    (line,) = refused(reshake("run", str(scenario_file), "-o", "/proc/results"))
    assert line.startswith("reshake: /proc/results: cannot be written: ")


def test_what_can_be_written_is_not_touched_before(room: Path) -> None:
    (room / "kept.html").write_text("former")
    for path in ("/dev/null", "kept.html", "new/place/page.html"):
        assert file_to_write(path) == Path(path)
    assert (room / "kept.html").read_text() == "former"
    assert list((room / "new/place").iterdir()) == []
    (room / "good").symlink_to("page.html")
    assert file_to_write("good") == Path("good")
    assert (room / "good").is_symlink()
    assert not (room / "page.html").exists()
    (room / "link").symlink_to("nowhere/page.html")
    with pytest.raises(rs.ScenarioError, match=r"^link: cannot be written: No such file"):
        file_to_write("link")


@pytest.mark.usefixtures("core")
def test_a_run_says_a_line_at_start_and_end_off_a_terminal(scenario_file: Path, reshake: Command) -> None:
    ended = reshake("run", str(scenario_file), "--seeds", "2", "--workers", "1", "-o", "out")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == ""
    told = [line for line in ended.stderr.splitlines() if "warning" not in line]
    assert [re.sub(r"[0-9,]+ attempts/s", "N attempts/s", line) for line in told] == [
        "2 runs; 1 at a time",
        "2 runs ended, 0 failed; 2 h simulated, N attempts/s",
        "reshake: 2 runs in out; reshake plot out shows them",
    ]


@pytest.mark.usefixtures("core")
def test_a_warning_is_a_line(scenario_file: Path, reshake: Command) -> None:
    ended = reshake("run", str(scenario_file), "--set", "lifetime=5d", "-o", "out")
    assert ended.returncode == 0
    warned = [line for line in ended.stderr.splitlines() if "warning" in line]
    assert warned
    assert all(line.startswith("reshake: warning: fleets[0].tickets.lifetime: ") for line in warned)


@pytest.mark.usefixtures("core")
def test_the_file_suggests_a_study_and_the_user_overrides_it(scenario_file: Path, reshake: Command, room: Path) -> None:
    scenario_file.write_text(scenario_file.read_text() + '\nGRID = {"lifetime": ["10min", "20min"]}\nSEEDS = 2\n')

    def study(*arguments: str) -> tuple[object, tuple[int, ...]]:
        assert reshake("run", str(scenario_file), "-o", "out", *arguments).returncode == 0
        results = rs.Results(room / "out")
        return results.parameters, results.seeds

    assert study() == ({"lifetime": ("10min", "20min")}, (0, 1))
    assert study("--set", "lifetime=30min", "--set", "loss=0,0.1", "--seeds", "1") == (
        {"lifetime": ("30min",), "loss": (0.0, 0.1)},
        (0,),
    )
    assert study("--set", "lifetime=30min", "--seed", "7")[1] == (7,)
    assert study("--set", "lifetime=30min", "--seed", "7", "--seeds", "2")[1] == (7, 8)


@pytest.mark.usefixtures("core")
def test_plot_writes_figures_and_prints_a_table(scenario_file: Path, reshake: Command, room: Path) -> None:
    assert reshake("run", str(scenario_file), "--set", "lifetime=10min,1h", "--seeds", "2", "-o", "out").returncode == 0
    ended = reshake("plot", "out")
    assert ended.returncode == 0, ended.stderr
    written = [line for line in ended.stdout.splitlines() if line.startswith("out/figures/")]
    assert written
    assert all((room / each).stat().st_size > 0 for each in written)


@pytest.mark.usefixtures("core")
def test_figures_are_chosen_by_name(scenario_file: Path, reshake: Command) -> None:
    assert reshake("run", str(scenario_file), "--set", "lifetime=10min,1h", "-o", "out").returncode == 0
    ended = reshake("plot", "out", "--figure", "percentile_lines", "--by", "lifetime", "--format", "svg")
    assert ended.returncode == 0, ended.stderr
    written = [line for line in ended.stdout.splitlines() if line.startswith("out/figures/")]
    assert written == ["out/figures/percentile_lines.svg", "out/figures/summary.csv"]
    (line,) = refused(reshake("plot", "out", "--figure", "heat_map"))
    assert "a heat map needs two parameters with several values" in line


@pytest.mark.usefixtures("core")
def test_a_changed_copy_of_a_figure_is_drawn_wherever_it_lies(
    scenario_file: Path, reshake: Command, room: Path
) -> None:
    assert reshake("run", str(scenario_file), "--set", "lifetime=10min,1h", "-o", "out").returncode == 0
    text = Path(latency.__file__).read_text()
    changed = text.replace("Share of visits that have", "Share of my visits that have")
    assert changed != text
    (room / "mine.py").write_text(changed.replace("def latency_cdf", "def my_latency"))
    ended = reshake("plot", "out", "--figure", "mine.py", "--figure", "latency_cdf", "--by", "lifetime")
    assert ended.returncode == 0, ended.stderr
    written = [line for line in ended.stdout.splitlines() if line.startswith("out/figures/")]
    assert written == [f"out/figures/{name}" for name in ("my_latency.png", "latency_cdf.png", "summary.csv")]
    assert (room / written[0]).read_bytes() != (room / written[1]).read_bytes()


@pytest.mark.parametrize("name", sorted(catalogue.FIGURES))
def test_every_figure_is_a_file_that_can_be_copied(name: str, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    others = {"resumed_lines": "quantity_lines", "latency_heat_map": "heat_map"}
    function = getattr(analysis, others.get(name, name))
    copy = room / "copy.py"
    copy.write_text(Path(inspect.getfile(function)).read_text())
    assert function.__name__ in figures_of(str(copy))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "mine.py: has no function that draws results; expected one such as draw(results) -> Figure"),
        ("from .nothing import x", "mine.py, line 1: ModuleNotFoundError: No module named 'reshake.analysis.nothing'"),
        (
            "from matplotlib.figure import Figure\ndef draw(results) -> Figure:\n    return results.nothing",
            "mine.py, line 3: AttributeError: ",
        ),
    ],
)
@pytest.mark.usefixtures("core")
def test_a_figure_that_cannot_be_drawn_is_blamed_by_its_line(
    text: str, said: str, scenario_file: Path, reshake: Command, room: Path
) -> None:
    assert reshake("run", str(scenario_file), "-o", "out").returncode == 0
    (room / "mine.py").write_text(text)
    (line,) = refused(reshake("plot", "out", "--figure", "mine.py"))
    assert line.startswith(f"reshake: {said}")


def test_the_help_names_every_figure_and_kind_of_interval() -> None:
    assert set(figures.NAMES) == set(catalogue.FIGURES)
    assert words.METHODS == estimates.METHODS


@pytest.mark.usefixtures("core")
def test_a_scenario_file_may_bring_its_own_figures(scenario_file: Path, reshake: Command, room: Path) -> None:
    scenario_file.write_text(
        scenario_file.read_text()
        + "\ndef figures(results, out_dir):\n"
        + "    out_dir.mkdir()\n"
        + "    (out_dir / 'mine.txt').write_text(results.name)\n"
        + "    return [out_dir / 'mine.txt']\n"
    )
    assert reshake("run", str(scenario_file), "-o", "out").returncode == 0
    ended = reshake("plot", "out", "-o", "elsewhere")
    assert ended.returncode == 0, ended.stderr
    assert (room / "elsewhere" / "mine.txt").read_text() == "small"


def test_list_shows_each_shipped_scenario_with_its_question(reshake: Command) -> None:
    ended = reshake("list")
    assert ended.returncode == 0
    shown = dict(line.split(maxsplit=1) for line in ended.stdout.splitlines() if line)
    assert shown["ticket_lifetime"].startswith("How long ")
    assert all(question.endswith("?") for question in shown.values())


def test_the_version_is_said(reshake: Command) -> None:
    ended = reshake("--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith("reshake ")


@pytest.mark.usefixtures("core")
def test_the_doctor_finds_everything_in_a_working_installation(reshake: Command) -> None:
    ended = reshake("doctor")
    assert ended.returncode == 0, ended.stdout
    for subject in ("python", "engine", "openssl", "ns3", "jemalloc", "pyarrow", "cores", "memory"):
        assert subject in ended.stdout


def test_the_doctor_says_what_to_do_where_the_engine_does_not_load(room: Path) -> None:
    ended = without_engine("doctor", room)
    assert ended.returncode == 1
    assert "! engine" in ended.stdout
    assert 'run "make"' in ended.stdout
    assert "pyarrow" in ended.stdout


def test_a_run_without_the_engine_says_what_to_do(scenario_file: Path, room: Path) -> None:
    ended = without_engine(f"run {scenario_file} -o out", room)
    assert ended.returncode == 1
    assert "does not load" in ended.stderr
    assert "reshake doctor" in ended.stderr
    assert "Traceback" not in ended.stderr


def without_engine(arguments: str, room: Path) -> subprocess.CompletedProcess[str]:
    """The command line where importing the compiled half fails."""
    program = (
        "import sys; sys.modules['reshake._core'] = None; from reshake.cli import main; "
        f"sys.exit(main({arguments!r}.split()))"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=room, capture_output=True, text=True, check=False)
