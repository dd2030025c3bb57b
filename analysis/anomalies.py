"""Stretches of a run in which visits fared worse than usual, and whether a fault was on then."""

import math
from dataclasses import dataclass

import pandas as pd

from .estimates import percentile
from .faults import Band, bands_of
from .groups import group_by
from .quantities import fold
from .style import duration_label, share_label
from .tables import ResultTables
from .timeline import end_of_run

_WINDOWS = 48
_SIGMAS = 5.0  # Visits of one client depend on each other, so the bar is higher than for independent ones.
_LEAST_VISITS = 30
_LEAST_DROP = 0.05
_SLOW = 95  # The percentile beyond which a visit is called slow.


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A stretch of time that stands out.

    Parameters
    ----------
    began, ended
        Seconds since the start of the run.
    where
        The value that it happened under, in words.
    what
        In a sentence without a full stop.
    fault
        What was on at the time, or empty.
    weight
        How far it lies from the usual, in standard errors or factors; larger is worse.
    """

    began: float
    ended: float
    where: str
    what: str
    fault: str
    weight: float


def anomalies(results: ResultTables, by: str | None = None, most: int = 12) -> list[Anomaly]:
    """Windows in which more visits failed, fewer resumed, or more were slow than usual.

    Parameters
    ----------
    results
        A batch.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.
    most
        At most so many, worst first.

    Notes
    -----
    All seeds together, in 48 windows. A share stands out when it lies five binomial standard errors from that of all
    other windows; first visits, which cannot resume, do not count as not resumed.
    """
    grouping = group_by(results, by)
    folded = fold(results)
    end = end_of_run(results, folded)
    bands = bands_of(results.faults, end)
    width = end / _WINDOWS
    folded = folded.assign(window=(folded["started"].dt.total_seconds() // width).clip(upper=_WINDOWS - 1).astype(int))
    found: list[Anomaly] = []
    for group, frame in grouping.split(folded):
        where = f"{grouping.title} {group.label}" if grouping.column else ""
        for window, part in frame.groupby("window"):
            rest = frame[frame["window"] != window]
            began = int(str(window)) * width
            told = [_failures(part, rest), _resumption(part, rest), _slowness(part, rest)]
            found += [
                Anomaly(
                    began=began, ended=began + width, where=where, what=what, weight=weight,
                    fault=_on(bands, began, began + width),
                )
                for what, weight in filter(None, told)
            ]  # fmt: skip
    return sorted(found, key=lambda anomaly: -anomaly.weight)[:most]


def _failures(part: pd.DataFrame, rest: pd.DataFrame) -> tuple[str, float] | None:
    return _share_off(part["failed"].astype(float), rest["failed"].astype(float), sign=1.0, verb="fail")


def _resumption(part: pd.DataFrame, rest: pd.DataFrame) -> tuple[str, float] | None:
    here, usual = (
        frame.loc[frame["answered"] & (frame["not_resumed"] != "first_visit"), "was_resumed"].astype(float)
        for frame in (part, rest)
    )
    return _share_off(here, usual, sign=-1.0, verb="of visits that could have resumed do")


def _share_off(part: "pd.Series", rest: "pd.Series", *, sign: float, verb: str) -> tuple[str, float] | None:
    if len(part) < _LEAST_VISITS or rest.empty:
        return None
    usual, here = float(rest.mean()), float(part.mean())
    guess = (usual * len(rest) + 1) / (len(rest) + 2)  # Never or always so far is no proof of certainty.
    sigmas = sign * (here - usual) / math.sqrt(guess * (1 - guess) / len(part))
    if sigmas < _SIGMAS or abs(here - usual) < _LEAST_DROP:
        return None
    return f"{share_label(here)} {verb}; usually {share_label(usual)}", sigmas


def _slowness(part: pd.DataFrame, rest: pd.DataFrame) -> tuple[str, float] | None:
    slow = percentile(rest["seconds"], _SLOW)
    late = [(frame["seconds"].dropna() > slow).astype(float) for frame in (part, rest)]
    return _share_off(*late, sign=1.0, verb=f"wait longer than {duration_label(slow)}")


def _on(bands: list[Band], began: float, ended: float) -> str:
    on = [f"{band.kind} {band.between}" for band in bands if band.began < ended and band.ended > began]
    return ", ".join(dict.fromkeys(on))
