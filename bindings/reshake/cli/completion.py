"""`reshake completion`: the script by which a shell asks what may come next."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import get_completion_class

from ..terminal import show
from .words import OneOf

HELP = "the script by which a shell completes commands"
DESCRIPTION = 'Writes a script for bash, zsh or fish. In bash: eval "$(reshake completion bash)"'
SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_RESHAKE_COMPLETE"  # In which the script asks.

PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["shell"], type=OneOf(SHELLS), metavar="SHELL", help=", ".join(SHELLS)),
)


def completion(commands: click.Command, shell: str) -> int:
    """`reshake completion`."""
    kind = get_completion_class(shell)
    assert kind is not None
    show(kind(commands, {}, "reshake", VARIABLE).source())
    return 0
