"""The numbers that tables, lines and heat maps show, each defined once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from .estimates import Estimate, over_seeds, percentile
from .style import duration_estimate, duration_label, share_estimate, share_label
from .tables import NOT_THE_SERVICE, ResultTables, visits

RANKS = (50, 95, 99)
"""Percentiles that are told unless the user says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of one run, of which an estimate over seeds is made.

    Parameters
    ----------
    name
        As in tables.
    phrase
        For titles, as in "… moves the resumed share".
    axis
        For axes, with what it is a share of or measured from.
    of_run
        Computes it from the folded visits of one seed. NaN where they have none.
    is_share
        Whether it is a share (0 to 1); otherwise it is a time in seconds.
    more_is_better
        Which end of it an operator wants.
    """

    name: str
    phrase: str
    axis: str
    of_run: Callable[[pd.DataFrame], float]
    is_share: bool
    more_is_better: bool

    def estimate(self, folded: pd.DataFrame) -> Estimate:
        """Over the seeds of `folded`, as `fold` makes it, cut to what the quantity can be."""
        most = 1.0 if self.is_share else float("inf")
        return over_seeds(self.by_seed(folded)).within(0.0, most)

    def by_seed(self, folded: pd.DataFrame) -> "pd.Series[float]":
        """The value of each seed, by seed."""
        values = {int(str(seed)): self.of_run(frame) for seed, frame in folded.groupby("seed")}
        return pd.Series(values, dtype=float)

    def label(self, value: float) -> str:
        """A value as text with its unit."""
        return share_label(value) if self.is_share else duration_label(value)

    def estimate_label(self, estimate: Estimate) -> tuple[str, str]:
        """An estimate as text: the mean with its unit, and the error."""
        return share_estimate(estimate) if self.is_share else duration_estimate(estimate)


def fold(results: ResultTables) -> pd.DataFrame:
    """`visits` with the columns that quantities are computed from.

    Added are `seconds` (to the first byte), `failed`, `was_resumed` (NaN where no server answered), and `tries` and
    `cpu` (attempts of the visit, and the servers' seconds of CPU for them).
    """
    attempts = results.attempts
    key = [*(name for name in results.parameters if name in attempts.columns), "seed"]
    key += ["population", "client", "visit", "connection"]
    folded = visits(results)
    computed = attempts.assign(cpu=attempts["server_compute"].dt.total_seconds())
    spent = computed.groupby(key, observed=True, sort=False)["cpu"].sum().rename("cpu").reset_index()
    return folded.merge(spent, on=key, how="left", validate="one_to_one").assign(
        seconds=folded["first_byte"].dt.total_seconds(),
        failed=~folded["outcome"].isin(NOT_THE_SERVICE),
        was_resumed=folded["resumed"].astype(float).where(folded["answered"]),
        tries=folded["attempts"],
    )


def first_byte(rank: float) -> Quantity:
    """A percentile of the time to first byte.

    Parameters
    ----------
    rank
        Above 0, at most 100.

    Examples
    --------
    >>> first_byte(99).name, first_byte(50).phrase
    ('first_byte_p99', 'the median time to first byte')
    """
    if not 0 < rank <= 100:
        raise ValueError(f"rank: {rank} given, above 0 and at most 100 allowed")
    told = "the median" if rank == 50 else f"the {rank:g}th percentile of the"
    return Quantity(
        name=f"first_byte_p{rank:g}",
        phrase=f"{told} time to first byte",
        axis=f"time to first byte, p{rank:g}",
        of_run=lambda frame: percentile(frame["seconds"], rank),
        is_share=False,
        more_is_better=False,
    )


RESUMED = Quantity(
    name="resumed_share",
    phrase="the resumed share",
    axis="share of answered visits that resumed",
    of_run=lambda frame: float(frame["was_resumed"].mean()),
    is_share=True,
    more_is_better=True,
)
FAILED = Quantity(
    name="failed_share",
    phrase="the failed share",
    axis="share of visits that failed",
    of_run=lambda frame: float(frame["failed"].mean()),
    is_share=True,
    more_is_better=False,
)
SERVER_COMPUTE = Quantity(
    name="server_compute",
    phrase="the servers' CPU time per attempt",
    axis="server CPU per attempt",
    of_run=lambda frame: float(frame["cpu"].sum() / frame["tries"].sum()),
    is_share=False,
    more_is_better=False,
)

QUANTITIES = (RESUMED, *map(first_byte, RANKS), FAILED, SERVER_COMPUTE)
"""Of the summary, in its order."""


def quantity_named(name: str, among: Iterable[Quantity] = QUANTITIES) -> Quantity:
    """The quantity of that name.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> quantity_named("resumed_share").more_is_better
    True
    """
    known = {quantity.name: quantity for quantity in among}
    if name not in known:
        raise ValueError(f"of: no quantity {name!r}; there is {', '.join(known)}")
    return known[name]
