"""A column of a table, as `docs/tables.md` describes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        As in the file.
    meaning
        A clause or two.
    unit
        Of numbers that have one; durations count nanoseconds.
    """

    name: str
    meaning: str
    unit: str = ""


def whose(of: str) -> tuple[Column, ...]:
    """The columns that lead to an attempt; `of` says what for."""
    return (
        Column("population", f"{of}: which population"),
        Column("client", "which client in it, from 0"),
        Column("visit", "its how-manieth visit, from 0"),
        Column(
            "connection",
            "which of the visit's connections, from 0: those that it opens at once, counted on through its `Rounds`",
        ),
        Column("attempt", "the how-manieth try of that connection, from 0"),
    )
