"""`reshake calibrate`: measures this machine, writes its profile, and compares it with a server's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from .. import calibrate as work
from ..errors import Problem, ScenarioError
from ..terminal import say, show
from ..values.profiles import CostLine
from .words import PATH, Arguments

HELP = "measure what cryptography costs here, into a device profile"
DESCRIPTION = (
    "Times every operation of a table of costs on this machine, with the OpenSSL that runs use, and writes a profile "
    "that rs.Device(profile=FILE) names. Best on a machine that does nothing else."
)

_RECORD = 16384


def _seconds(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0.1 <= amount <= 600:
        raise click.BadParameter(f'"{text}" is out of range; expected a number from 0.1 to 600')
    return amount


PARAMETERS: Sequence[click.Parameter] = (
    click.Option(
        ["-o", "--out"], type=PATH, metavar="FILE", default="profile.json", help="the profile (default: profile.json)"
    ),
    click.Option(
        ["--seconds"],
        type=_seconds,
        metavar="S",
        default="15",
        help="CPU time for measurements, beside that for keys (default: 15)",
    ),
)


def calibrate(arguments: Arguments) -> int:
    """`reshake calibrate`."""
    path = Path(arguments.out)
    with _file_to_be(path) as partial:
        say(f"reshake: measuring {work.cpu_name()} for about {arguments.seconds:g} s, and some seconds to make keys")
        measured = work.calibrate(name=path.stem, seconds=arguments.seconds)
        partial.write_text(measured.profile.to_text())
    _show_operations(measured)
    _show_handshakes(measured)
    say(f'reshake: the profile is in {path}; rs.Device(profile="{path}") names it')
    return 0


@contextmanager
def _file_to_be(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place at the end; what goes wrong leaves `path` as it was.

    It is made before the measurement, which would be a pity to lose.
    """
    try:
        if path.exists() and not path.is_file():
            raise _refused(path, "is not a file")
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text("")
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(path, f"cannot be written: {error.strerror or error}") from None
    except KeyboardInterrupt:
        raise _refused(path, "interrupted; nothing was written") from None


def _refused(path: Path, sentence: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), sentence)])


def _show_operations(measured: work.Measured) -> None:
    reference = work.server_core()
    show(f"{'operation':<18}{'algorithm':<20}{'up to':>6}{'here':>12}{reference.name:>14}{'ratio':>8}")
    for line, theirs in zip(measured.profile.table, reference.table, strict=True):
        size = _size_shown(line)
        here, there = line.cost(size), theirs.cost(size)
        ratio = f"{here / there:8.2f}" if there else ""
        up_to = "" if line.up_to is None else line.up_to
        algorithm = line.algorithm or "any"
        show(f"{line.operation:<18}{algorithm:<20}{up_to:>6}{here:>10.5g}us{there:>12.5g}us{ratio}")
    show(f"(ciphers: a record of {_RECORD} bytes)")


def _size_shown(line: CostLine) -> int:
    return _RECORD if line.operation == "cipher" else 0


def _show_handshakes(measured: work.Measured) -> None:
    show("")
    show(f"{'handshake':<36}{'side':<8}{'timed':>10}{'by profile':>14}{'error':>9}")
    for each in measured.handshakes:
        error = 100 * (each.predicted / each.timed - 1)
        note = "" if each.kind.fitted else "  (not fitted)"
        show(f"{each.kind!s:<36}{each.side:<8}{each.timed:>8.1f}us{each.predicted:>12.1f}us{error:>+8.1f}%{note}")
