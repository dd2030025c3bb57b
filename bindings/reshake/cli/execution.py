"""How runs are to be run: the options that `run` and `resume` share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from ..batch.limits import limits_of
from ..errors import ScenarioError, ScenarioWarning
from ..terminal import say
from .words import Arguments


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise click.BadParameter(f'"{text}" is out of range; expected a whole number, at least 1')
    return int(text)


PARAMETERS: Sequence[click.Parameter] = (
    click.Option(["--workers"], type=_workers, metavar="W", help="runs at a time (default: all cores)"),
    click.Option(["--memory-limit"], metavar="SIZE", help="stop a run that holds more, such as 2GiB"),
    click.Option(["--time-limit"], metavar="TIME", help="stop a run that takes longer, such as 10min"),
    click.Option(["--cluster"], metavar="URL", help="run on a Dask cluster, such as tcp://10.0.0.5:8786"),
)


def chosen(arguments: Arguments) -> dict[str, Any]:
    """The same as arguments of `Study.run` and `resume`."""
    names = ("workers", "memory_limit", "time_limit", "cluster")
    return {name: getattr(arguments, name) for name in names}


def check(arguments: Arguments) -> None:
    """Refuses limits that are none before anything else is looked at."""
    try:
        limits_of(arguments.memory_limit, arguments.time_limit)
    except ScenarioError as error:
        raise ScenarioError(
            type(each)(f"--{each.path.replace('_', '-')}", each.sentence) for each in error.problems
        ) from None


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """A warning is for a reader, not for a programmer: no file, no line of ours."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
        if issubclass(category, ScenarioWarning):
            say(f"reshake: warning: {message}")
        else:
            usual(message, category, *rest, **named)

    with warnings.catch_warnings():
        warnings.simplefilter("always", ScenarioWarning)
        warnings.showwarning = show
        yield
