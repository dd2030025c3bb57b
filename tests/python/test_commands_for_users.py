"""Commands that help one to begin, to look, and to type: show, new, completion, JSON, examples."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import reshake as rs
from reshake.cli.arguments import commands, parse
from reshake.cli.examples import EXAMPLES

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_help_has_an_example_that_can_be_said(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert f"example: {EXAMPLES[command]}" in told
    words = shlex.split(EXAMPLES[command].partition(" >> ")[0])
    assert parse(words[1:]).command == command


def test_every_command_has_an_example() -> None:
    assert set(EXAMPLES) == set(commands().commands)


@pytest.mark.usefixtures("core")
def test_show_tells_the_question_the_parameters_and_the_runs(scenario_file: Path, reshake: Command) -> None:
    ended = reshake("show", str(scenario_file), "--set", "lifetime=10min,1h")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("A few phones for an hour.\n")
    assert re.search(r"^  lifetime +10min, 1h  \[str\]$", ended.stdout, re.MULTILINE)
    assert "2 runs: 2 scenarios with seeds 0" in ended.stdout
    content = json.loads(reshake("show", str(scenario_file), "--json").stdout)
    assert content["parameters"]["loss"] == {"values": [0.0], "type": "float", "swept": False}
    assert rs.Scenario.from_content(content["scenario"]).duration == rs.Duration("1h")


@pytest.mark.usefixtures("core")
def test_show_of_a_directory_tells_its_runs(scenario_file: Path, reshake: Command) -> None:
    assert reshake("run", str(scenario_file), "--seeds", "2", "-o", "out").returncode == 0
    assert "small: 2 runs finished, 0 missing" in reshake("show", "out").stdout
    content = json.loads(reshake("show", "out", "--json").stdout)
    assert (content["finished"], content["missing"], content["seeds"]) == (2, 0, [0, 1])
    assert content["versions"]["openssl"].startswith("3.")


@pytest.mark.usefixtures("core")
def test_a_new_scenario_runs_as_it_is(reshake: Command, room: Path) -> None:
    ended = reshake("new", "mine")
    assert ended.returncode == 0
    assert ended.stdout == "mine.py\n"
    assert (room / "mine.py").read_text().count("# ") >= 8
    assert reshake("lint", "mine.py").stdout == ""
    ran = reshake("run", "mine.py", "--set", "ticket_lifetime=1h", "--seeds", "1", "-o", "out")
    assert ran.returncode == 0, ran.stderr
    again = reshake("new", "mine")
    assert (again.returncode, again.stderr) == (2, "reshake: mine.py: is there already; choose another name\n")
    assert 'reshake: NAME: "2-fast" is no name' in reshake("new", "2-fast").stderr


def test_lists_for_machines_are_json(reshake: Command) -> None:
    scenarios = json.loads(reshake("list", "--json").stdout)
    assert {"ticket_lifetime", "early_data"} <= {each["name"] for each in scenarios}
    found = json.loads(reshake("doctor", "--json").stdout)
    assert {"subject", "state", "said"} == set(found[0])


def completed(words: str, room: Path, reshake: Command) -> set[str]:
    """What bash offers; the script asks for it through `reshake` itself."""
    script = room / "completion.sh"
    script.write_text(reshake("completion", "bash").stdout)
    command = room / "reshake"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m reshake "$@"\n')
    command.chmod(0o755)
    parts = words.split(" ")
    array = " ".join(shlex.quote(part) for part in parts)
    program = (
        f"compopt() {{ :; }}; . {script}; COMP_WORDS=({array}); COMP_CWORD={len(parts) - 1}; "
        f'_reshake_completion {shlex.quote(str(command))}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    ended = subprocess.run(["bash", "-c", program], cwd=room, capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_options_scenarios_and_figures(room: Path, reshake: Command) -> None:
    assert completed("reshake re", room, reshake) >= {"report"}
    assert completed("reshake run --se", room, reshake) == {"--set", "--seeds", "--seed"}
    assert completed("reshake run ticket_l", room, reshake) == {"ticket_lifetime"}
    assert completed("reshake plot out --figure heat", room, reshake) == {"heat_map"}
    (room / "mine.py").touch()
    assert completed("reshake run min", room, reshake) == {"mine.py"}


def test_all_that_is_wrong_with_a_command_is_said_at_once(reshake: Command) -> None:
    ended = reshake("run", "small.py", "--seeds", "0", "--workers", "x")
    assert ended.returncode == 2
    first, *rest = ended.stderr.splitlines()
    assert first == "reshake: 3 problems:"
    assert [line.partition(":")[0] for line in rest] == [
        "argument --seeds",
        "argument --workers",
        "the following arguments are required",
    ]


def test_a_flag_is_no_value_of_another(reshake: Command) -> None:
    ended = reshake("run", "small.py", "-o", "--seeds", "2")
    assert ended.returncode == 2
    assert ended.stderr == "reshake: argument -o/--out: expected one argument (see reshake run --help)\n"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_that_they_can_read(shell: str, room: Path, reshake: Command) -> None:
    ended = reshake("completion", shell)
    assert ended.returncode == 0
    assert "_RESHAKE_COMPLETE" in ended.stdout
    if shutil.which(shell):
        (room / "script").write_text(ended.stdout)
        subprocess.run([shell, "-n", "script"], cwd=room, check=True)
    assert reshake("completion", "powershell").returncode == 2


@pytest.mark.usefixtures("core")
def test_what_is_piped_has_no_colours(scenario_file: Path, reshake: Command) -> None:
    assert reshake("run", str(scenario_file), "-o", "out").returncode == 0
    for ended in (reshake("plot", "out"), reshake("doctor"), reshake("show", "out")):
        assert "\x1b" not in ended.stdout + ended.stderr


def test_a_help_text_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom reshake.cli import main\ntry: main(['report', '--help'])\nexcept SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules} & {'matplotlib', 'pandas', 'pyarrow', 'jinja2'})"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == ""
