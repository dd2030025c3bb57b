"""The compiled half, loaded when first needed: describing a scenario takes no engine."""

from __future__ import annotations

import functools
import hashlib
import importlib
from pathlib import Path

from .errors import NotBuilt


def require() -> None:
    """Loads `reshake._core`, or says what to do about it."""
    try:
        importlib.import_module("reshake._core")
    except ImportError as error:
        advice = 'run "make" in the repository, or "pip install ." there'
        raise NotBuilt(f"the compiled half of Reshake does not load ({error}); {advice}") from error


@functools.cache
def versions() -> dict[str, str]:
    """Everything that results depend on besides scenario and seed.

    Two builds of one version can differ while somebody works on the engine, so the build itself is
    part of it: results of yesterday's build must not pass for today's.
    """
    require()
    from . import _core

    build = hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()[:16]
    return {**_core.versions(), "build": build}


def allocator() -> Path | None:
    """The library that gives memory to processes that simulate, instead of the C library; none: this one does."""
    require()
    from . import _core

    path = Path(_core.allocator())
    return path if path.is_file() else None
