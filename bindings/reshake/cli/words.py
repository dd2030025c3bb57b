"""What a command's words are made of: choices, completion, and all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..values.kinds import nearest

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

# A file or a directory, for shells; whether it is there is for the command to say.
PATH = click.Path(readable=False)


# As in reshake.analysis.estimates, which must not be loaded to print a help text; a test holds both equal.
METHODS = ("student", "bootstrap")


def intervals() -> click.Option:
    """The flag that says how intervals are computed."""
    return click.Option(
        ["--intervals"],
        type=OneOf(METHODS),
        default=METHODS[0],
        metavar="HOW",
        help="student (default: Student's t over seeds) or bootstrap (seeds drawn again, no distribution assumed)",
    )


class Arguments(SimpleNamespace):
    """What was said to one command, by the names of its parameters."""


class OneOf(click.Choice[str]):
    """One of a few words; of another, the nearest is named."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, if it is one of them."""
        if value not in self.choices:
            hint = nearest(value, self.choices) or f"; there is {', '.join(self.choices)}"
            name = "" if param is None else f"{name_of(param)}: "
            raise click.UsageError(f'{name}no "{value}"{hint}', ctx)
        return str(value)


class Command(click.Command):
    """Tells every problem of its words, not only the first, each as one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads `args`; `UsageError` tells all that is wrong with them, a line each."""
        given = list(args)
        try:
            rest = super().parse_args(ctx, args)
        except (click.MissingParameter, click.BadParameter) as error:
            raise click.UsageError("\n".join(self._problems(ctx, given)) or error.message, ctx) from None
        if ctx.resilient_parsing:
            return rest
        flags = {flag for param in self.params for flag in param.opts}
        for param in self.params:
            value = ctx.params.get(param.name or "")
            if any(each in flags for each in (value if isinstance(value, tuple) else (value,))):
                raise click.UsageError(f"argument {name_of(param)}: expected one argument", ctx)
        if ctx.args:
            raise click.UsageError(f"unrecognized arguments: {' '.join(ctx.args)}", ctx)
        return rest

    def _problems(self, ctx: click.Context, args: list[str]) -> Iterable[str]:
        said, _, _ = self.make_parser(ctx).parse_args(args)
        missing = []
        for param in self.params:
            try:
                param.handle_parse_result(ctx, said, [])
            except click.MissingParameter:
                missing.append(name_of(param))
            except click.BadParameter as error:
                yield f"argument {name_of(param)}: {error.message}"
            except click.UsageError as error:
                yield error.message
        if missing:
            yield f"the following arguments are required: {', '.join(missing)}"


def name_of(param: click.Parameter) -> str:
    """As the help text spells it."""
    if isinstance(param, click.Option):
        return "/".join(param.opts)
    return str(param.metavar or param.human_readable_name)


def any_of(names: Iterable[str]) -> Complete:
    """Completes names of a closed set."""
    known = tuple(names)

    def complete(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
        return [CompletionItem(each) for each in known if each.startswith(begun)]

    return complete


def scenarios(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Completes shipped scenarios, and files that may hold others."""
    from .sources import shipped

    room, _, start = begun.rpartition("/")
    found = [CompletionItem(name, help=question) for name, question in shipped() if name.startswith(begun)]
    files = sorted(Path(room or ("/" if begun.startswith("/") else ".")).glob("*"))
    found += [
        CompletionItem(str(file)) for file in files if file.suffix in (".py", ".json") and file.name.startswith(start)
    ]
    return found or [CompletionItem(begun, type="file")]
