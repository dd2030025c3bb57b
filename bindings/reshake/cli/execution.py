"""How runs are to be run: the options that `run` and `resume` share."""

from __future__ import annotations

import argparse
from typing import Any

from ..batch.limits import limits_of
from ..errors import ScenarioError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What both can be told."""
    parser.add_argument("--workers", type=_workers, metavar="W", help="runs at a time (default: all cores)")
    parser.add_argument("--memory-limit", metavar="SIZE", help="stop a run that holds more, such as 2GiB")
    parser.add_argument("--time-limit", metavar="TIME", help="stop a run that takes longer, such as 10min")
    parser.add_argument("--cluster", metavar="URL", help="run on a Dask cluster, such as tcp://10.0.0.5:8786")


def chosen(arguments: argparse.Namespace) -> dict[str, Any]:
    """The same as arguments of `Study.run` and `resume`."""
    names = ("workers", "memory_limit", "time_limit", "cluster")
    return {name: getattr(arguments, name) for name in names}


def check(arguments: argparse.Namespace) -> None:
    """Refuses limits that are none before anything else is looked at."""
    try:
        limits_of(arguments.memory_limit, arguments.time_limit)
    except ScenarioError as error:
        raise ScenarioError(
            type(each)(f"--{each.path.replace('_', '-')}", each.sentence) for each in error.problems
        ) from None


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is out of range; expected a whole number, at least 1')
    return int(text)
