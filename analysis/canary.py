"""Canaries: sites with a change against the others, over the same time, and whether the change may go on.

An operator has one reality and no seeds: a verdict is about one run, from the attempts in it. This one comes from
outside, of any tables: of A/B tests, or of what a rollout would have been told. `reshake.StagedRollout` is judged in
the run itself, likewise, but attempts that began before a stage do not count in it; its verdicts are in the table
`rollout`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import pandas as pd

from .tables import NOT_THE_SERVICE, answered

_CONFIDENCE = 0.99  # Three metrics are looked at in each of several stages.
_FEWEST = 10  # Attempts of an arm: fewer say nothing.


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the fleet has the change for a while.

    Parameters
    ----------
    name
        Such as the percentage.
    began, ended
        Seconds since the start of the run.
    sites
        That have it.
    """

    name: str
    began: float
    ended: float
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a change may not make worse.

    Parameters
    ----------
    name
        As in tables.
    of
        The value of each attempt; NaN where it has none.
    margin
        By how much it may be worse.
    more_is_better
        Which end of it an operator wants.
    """

    name: str
    of: Callable[[pd.DataFrame], "pd.Series[float]"]
    margin: float
    more_is_better: bool


def _failed(attempts: pd.DataFrame) -> "pd.Series[float]":
    return (~attempts["outcome"].isin(NOT_THE_SERVICE)).astype(float)


def _resumed(attempts: pd.DataFrame) -> "pd.Series[float]":
    return attempts["resumed"].astype(float).where(answered(attempts))


def _first_byte(attempts: pd.DataFrame) -> "pd.Series[float]":
    seconds: pd.Series[float] = attempts["first_byte"].dt.total_seconds()
    return seconds


METRICS = (
    Metric(name="failed_share", of=_failed, margin=0.01, more_is_better=False),
    Metric(name="resumed_share", of=_resumed, margin=0.05, more_is_better=True),
    Metric(name="first_byte_mean", of=_first_byte, margin=0.02, more_is_better=False),
)
"""One point of failures, five of resumption, 20 ms to the first byte."""


def canary(
    attempts: pd.DataFrame, stages: Sequence[Stage], by: Sequence[str] = ("seed",), metrics: Sequence[Metric] = METRICS
) -> pd.DataFrame:
    """Changed sites against the others, stage by stage.

    Parameters
    ----------
    attempts
        Rows of a batch, of a rollout that went through all stages.
    stages
        In which some sites, and not all, had the change.
    by
        Columns that tell runs apart.
    metrics
        What is compared.

    Returns
    -------
    pandas.DataFrame
        One row per run, stage and metric: the means of both arms (`changed`, `others`), by how much the change is
        worse (`worse`) with a 99 % interval (`low`, `high`; normal, of independent attempts), and the `verdict`:
        ``"roll back"`` if it is worse by more than the margin beyond chance, ``"go on"`` if it is not by more than the
        margin, else ``"undecided"``.
    """
    at = (attempts["started"] + attempts["total"]).dt.total_seconds()
    rows = []
    for run, frame in attempts.assign(at=at).groupby(list(by), observed=True):
        for stage in stages:
            part = frame[(frame["at"] >= stage.began) & (frame["at"] < stage.ended)]
            is_changed = part["site"].isin(stage.sites)
            for metric in metrics:
                values = metric.of(part)
                told = _compare(values[is_changed].dropna(), values[~is_changed].dropna(), metric)
                rows.append(dict(zip(by, run, strict=True)) | {"stage": stage.name, "metric": metric.name} | told)
    return pd.DataFrame(rows)


def _compare(changed: "pd.Series[float]", others: "pd.Series[float]", metric: Metric) -> dict[str, float | str]:
    if min(len(changed), len(others)) < _FEWEST:
        return {"changed": math.nan, "others": math.nan, "worse": math.nan, "low": math.nan, "high": math.nan,
                "verdict": "undecided"}  # fmt: skip
    sign = -1.0 if metric.more_is_better else 1.0
    worse = sign * float(changed.mean() - others.mean())
    error = math.sqrt(sum(_variance(each) / len(each) for each in (changed, others)))
    reach = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2) * error
    low, high = worse - reach, worse + reach
    verdict = "roll back" if low > metric.margin else "go on" if high <= metric.margin else "undecided"
    return {"changed": float(changed.mean()), "others": float(others.mean()), "worse": worse, "low": low, "high": high,
            "verdict": verdict}  # fmt: skip


def _variance(values: "pd.Series[float]") -> float:
    if set(values.unique()) <= {0.0, 1.0}:
        # A share of none or all has none of its own: one more attempt of each kind stands for what was not seen.
        share = (float(values.sum()) + 1) / (len(values) + 2)
        return share * (1 - share)
    return float(values.var())


def first_rollback(found: pd.DataFrame, by: Sequence[str] = ("seed",)) -> Mapping[tuple[object, ...], str]:
    """The first stage of each run in which a metric says to roll back, or ``"never"``; what is undecided goes on."""
    return {
        tuple(run): next(iter(frame.loc[frame["verdict"] == "roll back", "stage"].astype(str)), "never")
        for run, frame in found.groupby(list(by), observed=True, sort=False)
    }
