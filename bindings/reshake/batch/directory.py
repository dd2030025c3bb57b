"""The directory of a batch: what lies where, and whose it is.

Shape::

    DIR/reshake.json             the study that ran last: scenario, grid, seeds, its runs
    DIR/runs/<address>/          a finished run: tables as Parquet, manifest.json
    DIR/failed/<address>/        a failed one: scenario.json, log.txt

A run's directory is written under a temporary name and renamed when it is whole, so that one that
is there is finished.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import Problem, ScenarioError
from ..values.kinds import to_text

FORMAT = "reshake batch"
_UNFINISHED = ".unfinished-"


class BatchDirectory:
    """A directory that holds a batch, or will."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    @property
    def index(self) -> Path:
        """The file that says whose directory it is."""
        return self.path / "reshake.json"

    @property
    def runs(self) -> Path:
        """Where finished runs lie."""
        return self.path / "runs"

    def run(self, address: str) -> Path:
        """Where a finished run lies."""
        return self.runs / address

    def unfinished(self, address: str) -> Path:
        """Where a run writes until it is finished."""
        return self.runs / f"{_UNFINISHED}{address}"

    def failed(self, address: str) -> Path:
        """Where what is left of a failed run lies."""
        return self.path / "failed" / address

    def finished(self, address: str) -> bool:
        """Whether a run is there and whole."""
        return (self.run(address) / "manifest.json").is_file()

    def read_index(self) -> dict[str, Any]:
        """The study that ran last; a `ScenarioError` where there is none."""
        if not self.path.is_dir():
            raise _refused(self.path, "there is no such directory")
        try:
            content = json.loads(self.index.read_text())
        except FileNotFoundError:
            raise _refused(self.path, "holds no results of Reshake (no reshake.json)") from None
        except (OSError, ValueError) as error:
            raise _refused(self.index, f"cannot be read: {error}") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise _refused(self.index, "is not the index of a batch of Reshake")
        return content

    def write_index(self, content: Mapping[str, Any]) -> None:
        """Makes the directory that of a study."""
        new = self.index.with_suffix(".json.new")
        new.write_text(to_text({"format": FORMAT, **content}))
        new.replace(self.index)

    @contextmanager
    def open_for_writing(self) -> Iterator[None]:
        """Makes the directory, or takes it over if it is ours; nobody else writes meanwhile."""
        self._require_ours()
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _refused(self.path, f"cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise _refused(self.path, "another batch is running into it") from None
        try:
            self._sweep()
            yield
        finally:
            self._sweep()
            os.close(lock)

    def _require_ours(self) -> None:
        if self.path.is_dir():
            try:
                held = {each.name for each in self.path.iterdir()} - {".lock", "runs"}
            except OSError as error:
                raise _refused(self.path, f"cannot be read: {error.strerror}") from None
            if self.index.exists():
                self.read_index()
            elif held:
                advice = "holds other files; choose a new or an empty directory"
                raise _refused(self.path, advice)
        elif self.path.exists() or self.path.is_symlink():
            raise _refused(self.path, "is not a directory")

    def _sweep(self) -> None:
        """Removes what runs left that did not finish."""
        for each in self.runs.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(each, ignore_errors=True)


def _refused(path: Path, sentence: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), sentence)])
