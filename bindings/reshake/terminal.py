"""Text for people: results go to standard output, what is said about them to standard error."""

from __future__ import annotations

import sys


def show(text: str) -> None:
    """A line that was asked for."""
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """A line about what is going on."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def counted(count: int, noun: str) -> str:
    """A number of things.

    Examples
    --------
    >>> counted(1, "run"), counted(12, "run")
    ('1 run', '12 runs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
