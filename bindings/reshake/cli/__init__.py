"""The command line. Exit codes: 0 well, 1 a run failed, 2 the user's mistake, 130 interrupted."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ..errors import NotBuilt, NotReplayed, RunLost, RunsFailed, ScenarioError
from ..terminal import say
from .arguments import parse
from .commands import COMMANDS

__all__ = ["main"]

_SHOWN = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command that `argv` says, and returns the exit code."""
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        code = COMMANDS[arguments.command](arguments)
        sys.stdout.flush()  # Here, where a reader that went away can be told from a fault.
        return code
    except ScenarioError as error:
        count = len(error.problems)
        heading = f"{count} problems:\n" if count > 1 else ""
        say(f"reshake: {heading}{error}")
        return 2
    except RunsFailed as error:
        say(f"reshake: {_told(error)}")
        return 1
    except RunLost as error:
        say(f"reshake: {error}")
        return 3
    except NotReplayed as error:
        say(f"reshake: {error}")
        return 1
    except NotBuilt as error:
        say(f"reshake: {error}; reshake doctor says more")
        return 1
    except KeyboardInterrupt:
        say("reshake: interrupted")
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough, and must not hear of it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        say(f"reshake: {error.filename or 'input or output'}: {error.strerror or error}")
        return 1


def _told(error: RunsFailed) -> str:
    total = len(error.results.runs) + error.results.missing
    lines = [f"{len(error.failures)} of {total} runs failed; the others are kept"]
    lines += map(str, error.failures[:_SHOWN])
    if len(error.failures) > _SHOWN:
        more = len(error.failures) - _SHOWN
        lines.append(f"and {more} more, in {error.results.directory / 'failed'}")
    return "\n".join(lines)
