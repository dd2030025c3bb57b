"""The numbers that tables, lines and heat maps show, each defined once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from .estimates import Estimate, over_seeds, percentile
from .style import duration_estimate, duration_label, share_estimate, share_label
from .tables import ResultTables, visits
from .timeline import span_label

RANKS = (50, 95, 99)
"""Percentiles that are told unless the user says otherwise."""

_SPAN = 3_600.0  # Seconds. What is longer is told in hours or days.


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of one run, of which an estimate over seeds is made.

    Parameters
    ----------
    name
        As in tables.
    title
        For the head of a panel.
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
    title: str
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
        if self.is_share:
            return share_label(value)
        return span_label(value) if value >= _SPAN else duration_label(value)

    def estimate_label(self, estimate: Estimate) -> tuple[str, str]:
        """An estimate as text: the mean with its unit, and the error."""
        return share_estimate(estimate) if self.is_share else duration_estimate(estimate)


def fold(results: ResultTables) -> pd.DataFrame:
    """`visits` with the columns that quantities are computed from.

    Added are `seconds` (to the first byte), `was_resumed` (NaN where no server answered), `honoured` (the
    same, NaN where no ticket was offered too), `early` (the request travelled and counted as early data), `copied` (a
    copy of it was executed as early data, too), `chain`
    (seconds since the full handshake that a resumed session rests on), and `tries` and `cpu` (attempts of the visit,
    and the servers' seconds of CPU for them).
    """
    attempts = results.attempts
    key = [*(name for name in results.parameters if name in attempts.columns), "seed"]
    key += ["population", "client", "visit", "connection"]
    folded = visits(results)
    computed = attempts.assign(cpu=attempts["server_compute"].dt.total_seconds())
    spent = computed.groupby(key, observed=True, sort=False)["cpu"].sum().rename("cpu").reset_index()
    resumed = folded["resumed"].astype(float)
    last = attempts.sort_values([*key, "attempt"], kind="stable").drop_duplicates(key, keep="last").reset_index()
    return folded.merge(spent, on=key, how="left", validate="one_to_one").assign(
        honoured=resumed.where(folded["answered"] & folded["offered"].astype(bool)),
        early=_early(last).where(folded["answered"]),
        copied=_copied(last),
        chain=_chain(last).where(folded["resumed"].astype(bool)),
        seconds=folded["first_byte"].dt.total_seconds(),
        was_resumed=folded["resumed"].astype(float).where(folded["answered"]),
        tries=folded["attempts"],
    )


def _early(last: pd.DataFrame) -> "pd.Series[float]":
    known = "no_early_data" in last
    return (last["no_early_data"] == "accepted").astype(float) if known else pd.Series(0.0, index=last.index)


def _copied(last: pd.DataFrame) -> "pd.Series[float]":
    known = "early_executions" in last
    return (last["early_executions"] > 1).astype(float) if known else pd.Series(0.0, index=last.index)


def _chain(last: pd.DataFrame) -> "pd.Series[float]":
    known = "chain_age" in last
    return last["chain_age"].dt.total_seconds() if known else pd.Series(float("nan"), index=last.index)


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
        title="first byte, median" if rank == 50 else f"first byte, p{rank:g}",
        phrase=f"{told} time to first byte",
        axis=f"time to first byte, p{rank:g}",
        of_run=lambda frame: percentile(frame["seconds"], rank),
        is_share=False,
        more_is_better=False,
    )


RESUMED = Quantity(
    name="resumed_share",
    title="visits that resume",
    phrase="the resumed share",
    axis="share of answered visits that resumed",
    of_run=lambda frame: float(frame["was_resumed"].mean()),
    is_share=True,
    more_is_better=True,
)
FAILED = Quantity(
    name="failed_share",
    title="visits that fail",
    phrase="the failed share",
    axis="share of visits that failed",
    of_run=lambda frame: float(frame["failed"].mean()),
    is_share=True,
    more_is_better=False,
)
SERVER_COMPUTE = Quantity(
    name="server_compute",
    title="server CPU per attempt",
    phrase="the servers' CPU time per attempt",
    axis="server CPU per attempt",
    of_run=lambda frame: float(frame["cpu"].sum() / frame["tries"].sum()),
    is_share=False,
    more_is_better=False,
)

HONOURED = Quantity(
    name="honoured_share",
    title="offers that resume",
    phrase="the share of offered tickets that resume",
    axis="share of offered tickets that resumed",
    of_run=lambda frame: float(frame["honoured"].mean()),
    is_share=True,
    more_is_better=True,
)
EARLY = Quantity(
    name="early_share",
    title="requests as early data",
    phrase="the share of requests as early data",
    axis="share of answered requests that were early data",
    of_run=lambda frame: float(frame["early"].mean()),
    is_share=True,
    more_is_better=True,
)
REPLAYED = Quantity(
    name="replayed_share",
    title="requests executed from a copy",
    phrase="the share of requests executed from a copy of early data",
    axis="share of requests executed from a copy",
    of_run=lambda frame: float(frame["copied"].mean()),
    is_share=True,
    more_is_better=False,
)
FIRST_BYTE_MEAN = Quantity(
    name="first_byte_mean",
    title="first byte, mean",
    phrase="the mean time to first byte",
    axis="mean time to first byte",
    of_run=lambda frame: float(frame["seconds"].mean()),
    is_share=False,
    more_is_better=False,
)
OLDEST_CHAIN = Quantity(
    name="oldest_chain",
    title="oldest authentication",
    phrase="the oldest authentication in use",
    axis="since the full handshake that the oldest resumed session rests on",
    of_run=lambda frame: float(frame["chain"].max()),
    is_share=False,
    more_is_better=False,
)

QUANTITIES = (RESUMED, *map(first_byte, RANKS), FAILED, SERVER_COMPUTE)
"""Of the summary, in its order."""

ALL = (*QUANTITIES, HONOURED, EARLY, REPLAYED, FIRST_BYTE_MEAN, OLDEST_CHAIN)
"""Every quantity that figures can show."""


def quantity_named(name: str, among: Iterable[Quantity] = ALL) -> Quantity:
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


def among(quantity: Quantity, column: str, values: Sequence[str], told: str) -> Quantity:
    """The same number of some visits only.

    Parameters
    ----------
    quantity
        Of all visits.
    column
        Of the folded visits, such as `population` or `home`.
    values
        Of that column.
    told
        For axes: whose visits these are.

    Examples
    --------
    >>> among(FAILED, "population", ["phones"], "of phones").axis
    'share of visits that failed, of phones'
    """
    return replace(
        quantity,
        name=f"{quantity.name}_of_{'_'.join(values)}",
        axis=f"{quantity.axis}, {told}",
        of_run=lambda frame: quantity.of_run(frame[frame[column].isin(values)]),
    )


def rests_on_before(moment: float, told: str) -> Quantity:
    """How much rests on an authentication from before a moment, through however many renewals.

    Parameters
    ----------
    moment
        Seconds since the start of the run.
    told
        For axes: what happened then.
    """

    def of_run(frame: pd.DataFrame) -> float:
        since = frame["started"].dt.total_seconds() - moment
        return float((frame["chain"] > since)[frame["answered"]].mean())

    return Quantity(
        name="rests_on_before",
        title=f"authentication before {told}",
        phrase=f"the share that rests on an authentication before {told}",
        axis=f"share of answered visits that rest on an authentication before {told}",
        of_run=of_run,
        is_share=True,
        more_is_better=False,
    )


def varied(results: ResultTables) -> list[str]:
    """The parameters that have several values, in the order of the grid."""
    return [name for name, values in results.parameters.items() if len(values) > 1]


def numbers(results: ResultTables, of: Sequence[str] = ()) -> pd.DataFrame:
    """Quantities of every combination of parameter values.

    Parameters
    ----------
    results
        A batch.
    of
        Names of quantities; empty: all.

    Returns
    -------
    pandas.DataFrame
        Indexed by the parameters with several values (by the first parameter if none has), a column of means over
        seeds per quantity.

    Raises
    ------
    ValueError
        If there are no attempts, no parameters, or a name is no quantity.
    """
    chosen = [quantity_named(name) for name in of] or ALL
    by = varied(results) or list(results.parameters)[:1]
    if not by:
        raise ValueError("results: the batch has no parameters")
    means = {
        values: {quantity.name: quantity.estimate(frame).mean for quantity in chosen}
        for values, frame in fold(results).groupby(by, observed=True, sort=True)
    }
    table = pd.DataFrame.from_dict(means, orient="index")
    table.index = (
        pd.MultiIndex.from_tuples(means, names=by) if len(by) > 1 else pd.Index([v for (v,) in means], name=by[0])
    )
    return table
