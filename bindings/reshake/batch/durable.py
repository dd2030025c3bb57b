"""Files that are there whole or not at all, whatever ends the process or the machine: write, fsync, rename.

A rename can reach the disk before what was written, and a file before the directory that names
it: so both are asked for.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Puts `text` where `path` says, in place of what is there."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(text)
        sync(new)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    sync(path.parent)


def finish(unfinished: Path, finished: Path) -> None:
    """Gives a directory of whole files its final name; afterwards it is on the disk, and so is its name."""
    # At once: a file system brings what is asked for together to the disk together.
    wanted = [unfinished, *unfinished.iterdir()]
    with ThreadPoolExecutor(len(wanted)) as threads:
        deque(threads.map(sync, wanted), maxlen=0)
    unfinished.rename(finished)
    sync(finished.parent)


def sync(path: Path) -> None:
    """Waits until a file or a directory is on the disk."""
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
