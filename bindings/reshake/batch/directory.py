"""The directory of a batch: what lies where, and whose it is.

Shape::

    DIR/reshake.json             the study that ran last: scenario, grid, seeds, its runs
    DIR/scenarios-<digest>.json  the scenarios of its runs, by their digests
    DIR/runs/<address>/          a finished run: tables as Parquet, manifest.json
    DIR/failed/<address>/        a failed one: scenario.json, log.txt

A run's directory is written under a temporary name, brought to the disk and renamed when it is
whole, so that one that is there is finished.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import Problem, ScenarioError
from ..values.kinds import to_text
from . import durable
from .schema import SCHEMA_VERSION

FORMAT = "reshake batch"
LOG = "log.txt"
REASON = "reason.txt"
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
            raise _refused(self.path, "is not a directory" if self.path.exists() else "there is no such directory")
        try:
            content = json.loads(self.index.read_text())
        except FileNotFoundError:
            raise _refused(self.path, "holds no results of Reshake (no reshake.json)") from None
        except (OSError, ValueError) as error:
            raise _refused(self.index, f"cannot be read: {error}") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise _refused(self.index, "is not the index of a batch of Reshake")
        if content.get("schema", 0) > SCHEMA_VERSION:
            sentence = f"is of schema {content['schema']}, which a later version of Reshake has written"
            raise _refused(self.index, f"{sentence}; this one knows up to {SCHEMA_VERSION}")
        return content

    def write_index(self, content: Mapping[str, Any], scenarios: Mapping[str, Any]) -> None:
        """Makes the directory that of a study, whose scenarios are known by their digests."""
        text = to_text(dict(scenarios))
        beside = self.path / f"scenarios-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
        try:
            # The index comes last, and names the scenarios' file: at no time does one lack the other.
            if not beside.exists():
                durable.write_text(beside, text)
            durable.write_text(
                self.index, to_text({"format": FORMAT, "schema": SCHEMA_VERSION, **content, "scenarios": beside.name})
            )
            for each in self.path.glob("scenarios-*.json*"):
                if each != beside:
                    each.unlink()
        except OSError as error:
            raise _refused(self.path, f"cannot be written: {error.strerror}") from None

    def read_scenarios(self) -> dict[str, Any]:
        """The scenarios of the study that ran last, by their digests."""
        name = self.read_index().get("scenarios")
        if not isinstance(name, str):
            raise _refused(
                self.path, "was made by a version that kept no scenarios; give the command that made it again"
            )
        try:
            content = json.loads((self.path / name).read_text())
        except (OSError, ValueError) as error:
            raise _refused(self.path / name, f"cannot be read: {error}") from None
        return dict(content)

    def manifest(self, address: str) -> dict[str, Any]:
        """What a finished run says of itself."""
        return dict(json.loads((self.run(address) / "manifest.json").read_text()))

    def adopt(self, address: str, files: Mapping[str, bytes]) -> None:
        """Takes a finished run that came as the content of its files."""
        unfinished = self.unfinished(address)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name, content in files.items():
            (unfinished / name).write_bytes(content)
        durable.finish(unfinished, self.run(address))
        shutil.rmtree(self.failed(address), ignore_errors=True)

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
