"""Where a command's output is to go, looked at before its work: a wrong path must not cost what was found."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import Problem, ScenarioError


def file_to_write(given: str | Path) -> Path:
    """A file that can be written; its directory is made, if need be.

    Raises
    ------
    ScenarioError
        Where it cannot.
    """
    path = Path(given)
    try:
        if path.is_dir():
            raise _refused(path, "it is a directory")
        if path.exists():  # What is there already, a device perhaps, need not be made.
            _expect_access(path, of=path, mode=os.W_OK)
        else:
            _expect_room(path.parent, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            # Some file systems take no new files, whatever they say, and no name is endless.
            made = path.resolve()
            made.touch()
            made.unlink()
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    return path


def directory_to_fill(given: str | Path) -> Path:
    """A directory that files can be put into, or that can be made.

    Raises
    ------
    ScenarioError
        Where there can be none.
    """
    path = Path(given)
    try:
        _expect_room(path, path)
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    return path


def _expect_room(directory: Path, of: Path) -> None:
    there = next(each for each in (directory, *directory.parents) if each.exists())
    if not there.is_dir():
        raise _refused(of, f"{there} is a file")
    _expect_access(there, of=of, mode=os.W_OK | os.X_OK)


def _expect_access(there: Path, *, of: Path, mode: int) -> None:
    if not os.access(there, mode):
        raise _refused(of, f"{there} may not be written to")


def _refused(path: Path, why: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), f"cannot be written: {why}")])
