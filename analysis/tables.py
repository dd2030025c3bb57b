"""What analysis needs of results, and the attempts of a batch folded into visits."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

SETTLED = ("ok", "vanished", "moved")
"""Outcomes after which a user has an answer, or has gone."""

NOT_THE_SERVICE = (*SETTLED, "unfinished")
"""Outcomes that are no failure of the service: success, the run's end, and a client that went away itself."""


class ResultTables(Protocol):
    """The tables of a batch, as `reshake.Results` has them.

    Columns are those of the history's records, durations as timedelta with NaT where there is none, closed sets and
    places as categoricals; besides them one ordered categorical column per parameter of the grid, and `seed`.
    """

    @property
    def attempts(self) -> pd.DataFrame:
        """One row per attempt."""

    @property
    def faults(self) -> pd.DataFrame:
        """One row per fault and run."""

    @property
    def ticket_keys(self) -> pd.DataFrame:
        """One row per ticket key and run."""

    @property
    def cache(self) -> pd.DataFrame:
        """One row per lookup in a session cache and per change of what one holds."""

    @property
    def tickets(self) -> pd.DataFrame:
        """One row per ticket of a client; none where they were not recorded."""

    @property
    def compute(self) -> pd.DataFrame:
        """One row per piece of work on a core; none where it was not recorded."""

    @property
    def missing(self) -> int:
        """How many runs of the study failed or have not been run."""

    @property
    def parameters(self) -> Mapping[str, Sequence[object]]:
        """The grid: each parameter's values in order."""


def column_of(parameter: str, frame: pd.DataFrame) -> str:
    """The column of a table that holds a parameter of the grid, or `seed`: see `reshake.Results`."""
    renamed = f"set_{parameter}"
    return renamed if renamed in frame.columns else parameter


def run_of(results: ResultTables, table: pd.DataFrame) -> dict[str, Any]:
    """What tells the run of a table's first row from others: its parameters, and `seed`."""
    named = {name: column_of(name, table) for name in (*results.parameters, "seed")}
    return {name: table[column].iloc[0] for name, column in named.items() if column in table.columns and len(table)}


def of_run(table: pd.DataFrame, run: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a run, as `run_of` names it."""
    chosen = pd.Series(True, index=table.index)
    for name, value in run.items():
        if column_of(name, table) in table.columns:
            chosen &= table[column_of(name, table)] == value
    return table[chosen]


def failed(attempts: pd.DataFrame) -> "pd.Series[bool]":
    """Of each attempt, whether its user was left with an error: it failed, and nothing more was tried.

    Older batches do not say whether something more was to be tried; then nothing was.
    """
    error = ~attempts["outcome"].isin(NOT_THE_SERVICE)
    if "gave_up" not in attempts.columns:
        return error
    return error & attempts["gave_up"].astype("boolean").fillna(True).astype(bool)


def undecided(folded: pd.DataFrame) -> "pd.Series[bool]":
    """Of each of `visits`, whether the run ended before its user had an answer or an error."""
    return ~folded["failed"] & ~folded["outcome"].isin(SETTLED)


def answered(attempts: pd.DataFrame) -> "pd.Series[bool]":
    """Of each attempt, whether it can have resumed: a ServerHello came, and no alert after it."""
    return attempts["server_hello"].notna() & (attempts["outcome"] != "alert")


def judged_offers(results: ResultTables) -> pd.DataFrame:
    """Answered attempts that offered a ticket, with `at`: when they started, in seconds since the start of the run."""
    attempts = results.attempts
    offers = attempts[attempts["offered"].astype(bool) & answered(attempts)]
    return offers.assign(at=offers["started"].dt.total_seconds())


def visits(results: ResultTables) -> pd.DataFrame:
    """Fold attempts into visits: what a user sees of a client that tries one site after another, and again.

    Parameters
    ----------
    results
        A batch.

    Returns
    -------
    pandas.DataFrame
        One row per visit and connection that it opened, with the run's columns (parameters,
        `seed`), `population`, `client`, `visit`, `connection`, `home`, and

        - `started`: when its first attempt started, since the start of the run;
        - `attempts`: how many sites it tried, each time that it tried;
        - `site`, `outcome`, `offered`, `resumed`, `not_resumed`: of its last attempt;
        - `failed`: whether its user was left with an error; False where the run ended before it tried again;
        - `answered`: whether a server answered that attempt's ClientHello, and with more than an
          alert, so that `resumed` has a meaning;
        - `first_byte`, `total`: from the start of the *first* attempt, so that the wait for a site
          that cannot be reached is part of them. NaT where the visit never got there.

    Raises
    ------
    ValueError
        If there are no attempts.
    """
    attempts = results.attempts
    if attempts.empty:
        raise ValueError(
            "results: no attempts, so there is nothing to show; did every run fail, or was the duration too short?"
        )
    run = [name for name in (*results.parameters, "seed") if name in attempts.columns]
    key = [*run, "population", "client", "visit", "connection"]
    ordered = attempts.sort_values([*key, "attempt"], kind="stable")
    first = ordered.drop_duplicates(key, keep="first").reset_index(drop=True)
    last = ordered.drop_duplicates(key, keep="last").reset_index(drop=True)
    waited = last["started"] - first["started"]
    kept = last[
        [
            *key,
            "home",
            "site",
            *[name for name in ("tenant",) if name in last.columns],
            "outcome",
            "offered",
            "resumed",
            "not_resumed",
        ]
    ]
    return kept.assign(
        started=first["started"],
        attempts=last["attempt"] + 1,
        failed=failed(last),
        answered=answered(last),
        first_byte=waited + last["first_byte"],
        total=waited + last["total"],
    )
