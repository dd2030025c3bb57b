"""What most figures begin with: the values that they compare, the visits behind them, a sheet that says how many."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from .groups import Grouping, group_by
from .style import Sheet, seeds_note
from .tables import ResultTables, visits


@dataclass(frozen=True)
class Opening:
    """A batch and the grouping by which a figure looks at it.

    Parameters
    ----------
    results
        A batch.
    grouping
        The values that the figure compares.
    """

    results: ResultTables
    grouping: Grouping

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Every visit of the batch."""
        return visits(self.results)

    @cached_property
    def answered(self) -> pd.DataFrame:
        """Those for which it has a meaning whether they resumed."""
        return self.visits[self.visits["answered"]]

    def sheet(
        self,
        *,
        title: str,
        subtitle: str,
        intervals: str = "",
        of: str = "",
        before: str = "",
        after: str = "",
        height: float = 5.6,
    ) -> Sheet:
        """A sheet whose note tells of how many visits it is, of how many seeds, and with which uncertainty.

        Parameters
        ----------
        title, subtitle, height
            Of the sheet.
        intervals
            What intervals are drawn as, if they are.
        of
            What there are how many of; all visits of the batch unless said otherwise.
        before, after
            Sentences around what the note says of these.
        """
        counted = of or visits_told(self.visits)
        note = f"{before} {counted}. {seeds_note(self.results, self.grouping, intervals)} {after}".strip()
        return Sheet(title=title, subtitle=subtitle, note=note, height=height)


def visits_told(folded: pd.DataFrame) -> str:
    """How many visits there are."""
    return f"{len(folded):,} visits"


def open_by(results: ResultTables, by: str | None) -> Opening:
    """The opening of a figure that compares the values of `by`; None: of the first parameter with several.

    Raises
    ------
    ValueError
        If there are no attempts, or no such parameter.
    """
    if results.attempts.empty:
        raise ValueError(
            "results: no attempts, so there is nothing to show; did every run fail, or was the duration too short?"
        )
    return Opening(results, group_by(results, by))
