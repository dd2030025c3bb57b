"""What can be said on the command line."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ..errors import Problem, ScenarioError
from ..values.kinds import nearest
from . import (
    advise,
    audit,
    calibrate,
    check,
    compare,
    completion,
    diff,
    execution,
    export,
    figures,
    fit,
    hunt,
    importing,
    new,
    replay,
    report,
    resume,
    show,
)
from .examples import EXAMPLES
from .words import PATH, Arguments, Command, scenarios

_SET = (
    "name=value; name=value,value for a list; name=0:0.1:0.02 or name=1h:8h:x2 for a range, its last value included; "
    "repeat the flag for values that hold commas"
)
_DESCRIPTION = "TLS handshakes of whole fleets, simulated with real OpenSSL on virtual time."
_WIDTH = 100  # Of help texts, at most.


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments of one command."""
    try:
        said = commands().main(list(argv), prog_name="reshake", complete_var=completion.VARIABLE, standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else "reshake"
        problems = [Problem("", f"{each.removesuffix('.')} (see {where} --help)") for each in _told(error).splitlines()]
        raise ScenarioError(problems) from None
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    if not isinstance(said, Arguments):
        raise SystemExit(said)  # A help text or the version has been told.
    return said


def help_texts() -> Mapping[str, str]:
    """Each command's help text."""
    group = commands()
    top = click.Context(group, info_name="reshake")
    return {name: each.get_help(group.make_context_of(each, top)) for name, each in group.commands.items()}


def commands() -> _Commands:
    """All commands, each of which returns what was said to it."""
    group = _Commands(
        name="reshake",
        help=_DESCRIPTION,
        params=[click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_tell_version,
                             help="show the version")],
        invoke_without_command=True,
        callback=_expect_a_command,
        context_settings={"max_content_width": _WIDTH, "help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    scenario = click.Argument(
        ["scenario"], metavar="FILE|NAME", shell_complete=scenarios, help="a .py or .json file, or a shipped scenario"
    )
    results = click.Option(["-o", "--out"], type=PATH, required=True, metavar="DIR", help="new, or of an earlier batch")
    group.add("run", "run a study into a directory", "", [scenario, *_STUDY, results])
    group.add("resume", resume.HELP, resume.DESCRIPTION, resume.PARAMETERS)
    group.add("export", export.HELP, export.DESCRIPTION, export.PARAMETERS)
    group.add("replay", replay.HELP, replay.DESCRIPTION, replay.PARAMETERS)
    group.add("diff", diff.HELP, diff.DESCRIPTION, diff.PARAMETERS)
    judged = click.Argument(
        ["scenario"],
        metavar="FILE|NAME|DIR",
        shell_complete=scenarios,
        help="a scenario, or the results of a batch",
    )
    kept = click.Option(["-o", "--out"], type=PATH, metavar="DIR", help="of a scenario: where its results go")
    group.add("check", check.HELP, check.DESCRIPTION, [judged, *_STUDY, kept, *check.PARAMETERS])
    group.add("audit", audit.HELP, audit.DESCRIPTION, audit.PARAMETERS)
    group.add("hunt", hunt.HELP, hunt.DESCRIPTION, hunt.PARAMETERS)
    group.add("plot", figures.HELP, figures.DESCRIPTION, figures.PARAMETERS)
    group.add("report", report.HELP, report.DESCRIPTION, report.PARAMETERS)
    group.add("compare", compare.HELP, compare.DESCRIPTION, compare.PARAMETERS)
    group.add("calibrate", calibrate.HELP, calibrate.DESCRIPTION, calibrate.PARAMETERS)
    group.add("show", show.HELP, show.DESCRIPTION, show.PARAMETERS)
    group.add("lint", show.LINT_HELP, show.LINT_DESCRIPTION, show.PARAMETERS)
    group.add("new", new.HELP, new.DESCRIPTION, new.PARAMETERS)
    group.add("import", importing.HELP, importing.DESCRIPTION, importing.PARAMETERS)
    group.add("fit", fit.HELP, fit.DESCRIPTION, fit.PARAMETERS)
    policies = click.Argument(
        ["scenario"],
        metavar="FILE|NAME",
        shell_complete=scenarios,
        help="its parameters, as --set or GRID say, are the policies",
    )
    group.add("advise", advise.HELP, advise.DESCRIPTION, [policies, *_STUDY, *advise.PARAMETERS])
    as_json = click.Option(["--json"], is_flag=True, help="as JSON on standard output")
    group.add("list", "the shipped scenarios", "", [as_json])
    group.add("doctor", "what is installed, and what is missing", "", [as_json])
    group.add("completion", completion.HELP, completion.DESCRIPTION, completion.PARAMETERS)
    return group


class _Commands(click.Group):
    """Adds commands as values, and names the nearest one of those that are none."""

    def add(self, name: str, brief: str, about: str, parameters: Sequence[click.Parameter]) -> None:
        """A command that returns its `Arguments`."""

        def said(**given: Any) -> Arguments:
            return Arguments(command=name, **given)

        # The mark keeps an example in one line, to be copied.
        example = f"\b\nexample: {EXAMPLES[name]}" if name in EXAMPLES else None
        settings = {"allow_extra_args": True, "max_content_width": _WIDTH, "help_option_names": ["-h", "--help"]}
        command = Command(
            name,
            callback=said,
            help=about or brief,
            short_help=brief,
            epilog=example,
            params=list(parameters),
            context_settings=settings,
        )
        self.add_command(command)

    def make_context_of(self, command: click.Command, top: click.Context) -> click.Context:
        """In which a command's help text is written."""
        return click.Context(command, parent=top, info_name=command.name, max_content_width=_WIDTH)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order in which one meets them."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first."""
        if not ctx.resilient_parsing and args[0] not in self.commands:
            hint = nearest(args[0], self.commands) or f"; the commands are {', '.join(self.commands)}"
            raise click.UsageError(f'no such command "{args[0]}"{hint}', ctx)
        return super().resolve_command(ctx, args)


def _told(error: click.UsageError) -> str:
    """A line for each problem, and what may have been meant."""
    if isinstance(error, click.NoSuchOption):
        known = [flag for param in error.ctx.command.params for flag in param.opts] if error.ctx is not None else []
        return f"unrecognized arguments: {error.option_name}{nearest(error.option_name, known)}"
    if isinstance(error, click.BadOptionUsage):
        return f"argument {error.option_name}: expected one argument"
    return error.message


@click.pass_context
def _expect_a_command(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        raise click.UsageError("the following arguments are required: COMMAND", ctx)


def _tell_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(_version())
        ctx.exit()


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
        raise click.BadParameter(f'"{text}" is out of range; expected {expected}')
    return int(text)


# What makes a study of a scenario.
_STUDY: Sequence[click.Parameter] = (
    click.Option(["--set", "settings"], multiple=True, metavar="K=V", help=_SET),
    click.Option(["--seeds"], type=_count, metavar="N", help="how many seeds"),
    click.Option(["--seed"], type=_seed, metavar="S", help="the first seed, or the only one"),
    *execution.PARAMETERS,
)
