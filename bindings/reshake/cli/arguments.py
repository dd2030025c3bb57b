"""What can be said on the command line."""

from __future__ import annotations

import argparse
import importlib.metadata
import re
from collections.abc import Sequence
from typing import NoReturn

from ..errors import Problem, ScenarioError
from ..values.kinds import nearest
from . import (
    calibrate,
    check,
    compare,
    completion,
    diff,
    execution,
    export,
    figures,
    importing,
    new,
    report,
    resume,
    show,
)
from .examples import EXAMPLES

_SET = (
    "name=value; name=value,value for a list; name=0:0.1:0.02 or name=1h:8h:x2 for a range, its last value included; "
    "repeat the flag for values that hold commas"
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what may have been meant."""

    def error(self, message: str) -> NoReturn:
        choice = re.fullmatch(r"argument \S+: invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice:
            known = re.findall(r"[\w-]+", choice[2])
            hint = nearest(choice[1], known) or f"; the commands are {', '.join(known)}"
            message = f'no such command "{choice[1]}"{hint}'
        raise ScenarioError([Problem("", f"{message} (see {self.prog} --help)")])


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of one command."""
    parser = _Parser(
        prog="reshake",
        description="TLS handshakes of whole fleets, simulated with real OpenSSL on virtual time.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a study into a directory", allow_abbrev=False)
    run.add_argument("scenario", metavar="FILE|NAME", help="a .py or .json file, or a shipped scenario")
    _add_study(run)
    run.add_argument("-o", "--out", required=True, metavar="DIR", help="new, or of an earlier batch")

    again = commands.add_parser("resume", help=resume.HELP, description=resume.DESCRIPTION, allow_abbrev=False)
    resume.add_arguments(again)

    taken = commands.add_parser("export", help=export.HELP, description=export.DESCRIPTION, allow_abbrev=False)
    export.add_arguments(taken)

    differ = commands.add_parser("diff", help=diff.HELP, description=diff.DESCRIPTION, allow_abbrev=False)
    diff.add_arguments(differ)

    judged = commands.add_parser("check", help=check.HELP, description=check.DESCRIPTION, allow_abbrev=False)
    judged.add_argument("scenario", metavar="FILE|NAME|DIR", help="a scenario, or the results of a batch")
    _add_study(judged)
    judged.add_argument("-o", "--out", metavar="DIR", help="of a scenario: where its results go")
    check.add_arguments(judged)

    plot = commands.add_parser("plot", help=figures.HELP, description=figures.DESCRIPTION, allow_abbrev=False)
    figures.add_arguments(plot)

    page = commands.add_parser("report", help=report.HELP, description=report.DESCRIPTION, allow_abbrev=False)
    report.add_arguments(page)

    side_by_side = commands.add_parser(
        "compare", help=compare.HELP, description=compare.DESCRIPTION, allow_abbrev=False
    )
    compare.add_arguments(side_by_side)

    measure = commands.add_parser(
        "calibrate", help=calibrate.HELP, description=calibrate.DESCRIPTION, allow_abbrev=False
    )
    calibrate.add_arguments(measure)

    shown = commands.add_parser("show", help=show.HELP, description=show.DESCRIPTION, allow_abbrev=False)
    show.add_arguments(shown)

    doubted = commands.add_parser("lint", help=show.LINT_HELP, description=show.LINT_DESCRIPTION, allow_abbrev=False)
    show.add_lint_arguments(doubted)

    begun = commands.add_parser("new", help=new.HELP, description=new.DESCRIPTION, allow_abbrev=False)
    new.add_arguments(begun)

    taken_in = commands.add_parser("import", help=importing.HELP, description=importing.DESCRIPTION, allow_abbrev=False)
    importing.add_arguments(taken_in)

    named = commands.add_parser("list", help="the shipped scenarios")
    named.add_argument("--json", action="store_true", help="as JSON on standard output")
    examined = commands.add_parser("doctor", help="what is installed, and what is missing")
    examined.add_argument("--json", action="store_true", help="as JSON on standard output")

    completed = commands.add_parser(
        "completion", help=completion.HELP, description=completion.DESCRIPTION, allow_abbrev=False
    )
    completion.add_arguments(completed)
    parser.set_defaults(commands=commands.choices)
    for name, each in commands.choices.items():
        if name in EXAMPLES:
            each.epilog = f"example: {EXAMPLES[name]}"
    return parser.parse_args(argv)


def _add_study(parser: argparse.ArgumentParser) -> None:
    """What makes a study of a scenario."""
    parser.add_argument("--set", dest="settings", metavar="K=V", action="append", default=[], help=_SET)
    parser.add_argument("--seeds", type=_count, metavar="N", help="how many seeds")
    parser.add_argument("--seed", type=_seed, metavar="S", help="the first seed, or the only one")
    execution.add_arguments(parser)


def _version() -> str:
    try:
        return f"reshake {importlib.metadata.version('reshake')}"
    except importlib.metadata.PackageNotFoundError:
        return "reshake (not installed)"


def _count(text: str) -> int:
    return _whole(text, 1)


def _seed(text: str) -> int:
    return _whole(text, 0)


def _whole(text: str, at_least: int) -> int:
    if not text.isdecimal() or int(text) < at_least:
        expected = f"a whole number, at least {at_least}"
        raise argparse.ArgumentTypeError(f'"{text}" is out of range; expected {expected}')
    return int(text)
