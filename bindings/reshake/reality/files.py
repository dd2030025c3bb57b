"""Files of traffic: plain or gzipped, text or packets."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, cast

PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
PCAP: Final[Mapping[bytes, tuple[str, float]]] = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6), b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9), b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}  # fmt: skip
"""How they begin, and what that says: the order of bytes, and the unit of fractions of seconds."""


class LogError(ValueError):
    """Why a log or a capture cannot be read; `file` names it where there are several."""

    def __init__(self, sentence: str, file: Path | None = None) -> None:
        super().__init__(sentence)
        self.file = file


def opened(path: Path) -> BinaryIO:
    """A file's bytes, unpacked where its name ends in ``.gz``."""
    return cast("BinaryIO", gzip.open(path) if path.suffix == ".gz" else path.open("rb"))


def magic_of(path: Path) -> bytes:
    """The first four bytes of a file.

    Raises
    ------
    LogError
        Where its name ends in ``.gz`` and it cannot be unpacked.
    """
    try:
        with opened(path) as file:
            return file.read(4)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise LogError(f"cannot be unpacked: {error}", path) from None


def is_capture(path: Path) -> bool:
    """Whether a file begins as captures of packets do."""
    magic = magic_of(path)
    return magic == PCAPNG or magic in PCAP
