"""The compiled half, loaded when first needed: describing a scenario takes no engine."""

from __future__ import annotations

import importlib

from .errors import NotBuilt


def require() -> None:
    """Loads `reshake._core`, or says what to do about it."""
    try:
        importlib.import_module("reshake._core")
    except ImportError as error:
        advice = 'run "make" in the repository, or "pip install ." there'
        raise NotBuilt(f"the compiled half of Reshake does not load ({error}); {advice}") from error
