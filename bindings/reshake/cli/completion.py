"""`reshake completion`: what a shell may complete, written from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from ..terminal import show
from . import figures
from .sources import shipped

HELP = "the script by which a shell completes commands"
DESCRIPTION = 'Writes a script for bash, zsh or fish. In bash: eval "$(reshake completion bash)"'
SHELLS = ("bash", "zsh", "fish")

# Words, besides options and files, that may follow a command.
_SCENARIOS = ("run", "check", "show", "lint")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said after `reshake completion`."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def completion(commands: Mapping[str, argparse.ArgumentParser], shell: str) -> int:
    """`reshake completion`."""
    words = {name: [*_options(parser), *_words(name)] for name, parser in commands.items()}
    show(_fish(words, commands) if shell == "fish" else _bash(words, zsh=shell == "zsh"))
    return 0


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in parser._actions for option in action.option_strings]


def _words(command: str) -> Sequence[str]:
    if command in _SCENARIOS:
        return [name for name, _ in shipped()]
    return SHELLS if command == "completion" else ()


def _bash(words: Mapping[str, Sequence[str]], *, zsh: bool) -> str:
    cases = "\n".join(f"        {name}) words='{' '.join(each)}' ;;" for name, each in words.items())
    begin = "autoload -U +X bashcompinit && bashcompinit\n" if zsh else ""
    return f"""{begin}_reshake() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words=
    case $before in
        --figure) COMPREPLY=($(compgen -W '{" ".join(figures.NAMES)} all' -- "$word")); return ;;
        --format) COMPREPLY=($(compgen -W '{" ".join(figures.FORMATS)}' -- "$word")); return ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{" ".join(words)}' -- "$word"))
        return
    fi
    case ${{COMP_WORDS[1]}} in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word"))
}}
complete -o filenames -F _reshake reshake"""


def _fish(words: Mapping[str, Sequence[str]], commands: Mapping[str, argparse.ArgumentParser]) -> str:
    lines = [f"complete -c reshake -n __fish_use_subcommand -f -a '{name}'" for name in commands]
    for name, each in words.items():
        seen = f"'__fish_seen_subcommand_from {name}'"
        for word in each:
            if word.startswith("--"):
                lines.append(f"complete -c reshake -n {seen} -l {word[2:]}")
            elif not word.startswith("-"):
                lines.append(f"complete -c reshake -n {seen} -a '{word}'")
    return "\n".join(lines)
