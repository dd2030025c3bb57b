"""The compiled half: what crosses the door between Python and C++."""

from typing import Any, Literal, TypedDict

import numpy as np

from reshake import Scenario

class History:
    """What happened in one run."""

    #: Hexadecimal digest of every byte sent.
    digest: str
    #: Packets counted by what became of them.
    packets: dict[str, int]
    #: Events that the simulator ran.
    events: int
    #: Visits that did not take place because the client was down.
    visits_while_down: int
    def tables(self) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
        """Per table and column one array, without a Python object per row.

        Durations are int64 nanoseconds, -1 where there is none; closed sets are uint8 codes.
        """

class FieldSchema(TypedDict):
    """A field of a value. Durations are counted in nanoseconds, rates in bits per second.

    `type` is "duration", "rate", "number", "integer", "string", "closed set", "value:<Name>",
    "union:<A>|<B>", with "None|" where it may be absent, "optional:<type>", "list:<type>", or
    "pair:string".
    """

    name: str
    type: str
    required: bool
    default: Any
    at_least: float | None
    at_most: float | None
    above: bool
    choices: list[str] | None

class ColumnSchema(TypedDict):
    """A column of a table."""

    name: str
    kind: Literal["duration", "integer", "closed set", "boolean"]
    choices: list[str] | None

def run(scenario: Scenario, seed: int) -> History:
    """Runs a valid scenario without the GIL. One run per process."""

def validate(scenario: Scenario) -> list[tuple[Literal["error", "warning"], str, str]]:
    """Severity, path and sentence of everything that is wrong or doubtful."""

def schema() -> dict[str, list[FieldSchema]]:
    """The fields of every value type."""

def table_schema() -> dict[str, list[ColumnSchema]]:
    """The columns of every table."""

def versions() -> dict[str, str]:
    """The versions of what is built in, and a digest of the table of costs."""
