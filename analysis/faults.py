"""Faults as stretches of a run's time, and what they do to the share of visits that resume."""

import math
import re
import statistics
from dataclasses import dataclass

import pandas as pd

from .estimates import CONFIDENCE

_FEWEST_CLIENTS = 5  # On either side of a comparison.


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A fault that was on in at least one run.

    Parameters
    ----------
    kind, between
        As in the table of faults.
    began, ended
        Seconds since the start of the run.
    """

    kind: str
    between: str
    began: float
    ended: float

    @property
    def lasted(self) -> float:
        """Seconds."""
        return self.ended - self.began

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return self.kind.replace("_", " ")

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites that it parts from something, whole or a server of theirs.

        Examples
        --------
        >>> Band(kind="partition", between="phones | edge/ams", began=0.0, ended=1.0).sites
        ('ams',)
        """
        paths = (path.strip().split("/") for path in re.split("[|<>]", self.between))
        return tuple(path[1] for path in paths if len(path) > 1)


def bands_of(faults: pd.DataFrame, end: float) -> list[Band]:
    """The distinct faults of a batch by time; the same fault in every run is one.

    Parameters
    ----------
    faults
        The batch's table.
    end
        Of the run, in seconds: where a fault without an end is taken to end.
    """
    if faults.empty:
        return []
    table = pd.DataFrame(
        {
            "kind": faults["kind"].astype(str),
            "between": faults["between"].astype(str),
            "began": faults["began"].dt.total_seconds(),
            "ended": faults["ended"].dt.total_seconds().fillna(end),
        }
    )
    table = table.drop_duplicates().sort_values(["began", "ended", "kind", "between"])
    return [
        Band(kind=kind, between=between, began=began, ended=ended)
        for kind, between, began, ended in table.itertuples(index=False)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How visits resumed during a fault: of clients at home in the sites it names, and of all others.

    Parameters
    ----------
    sites
        Names of those sites.
    affected, others
        Shares of answered visits that resumed, all seeds together.
    error
        Half-width of the confidence interval of their difference.
    """

    sites: tuple[str, ...]
    affected: float
    others: float
    error: float

    @property
    def measurable(self) -> bool:
        """Whether the shares differ by more than chance explains."""
        return abs(self.affected - self.others) > self.error


def effect_of(band: Band, answered: pd.DataFrame, comparisons: int) -> Effect | None:
    """What a fault did to the clients of its sites, compared with the others at the same time.

    Before and during the fault cannot be compared: people come back in the morning, fault or not.

    Parameters
    ----------
    band
        The fault.
    answered
        Visits with the columns `at` (seconds), `resumed` (0 or 1), `home`, `population` and `client`.
    comparisons
        How many effects are looked at together. The chance of a false alarm is shared among them (Bonferroni), so
        that it stays the same for all of them together.

    Returns
    -------
    Effect or None
        None where the fault names no site, or there are too few clients on either side to compare.

    Notes
    -----
    Visits of one client depend on each other, those of different clients hardly do. So the variance of a share is that
    of a ratio over clients (Cochran, Sampling Techniques, section 2.11), a client counting once for all seeds: recorded
    visits are the same under every seed.
    """
    # A path may also name a machine beside the sites, where no client is at home.
    homes = set(answered["home"].astype(str))
    sites = tuple(site for site in band.sites if site in homes)
    inside = answered[(answered["at"] >= band.began) & (answered["at"] < band.ended)]
    of_site = inside["home"].astype(str).isin(sites)
    affected, others = _share(inside[of_site]), _share(inside[~of_site])
    if affected is None or others is None:
        return None
    z = statistics.NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / comparisons / 2)
    return Effect(sites=sites, affected=affected[0], others=others[0], error=z * math.sqrt(affected[1] + others[1]))


def _share(visits: pd.DataFrame) -> tuple[float, float] | None:
    """Share and its variance; None with too few clients."""
    by_client = visits.groupby(["population", "client"], observed=True)["resumed"].agg(["sum", "count"])
    clients, total = len(by_client), len(visits)
    if clients < _FEWEST_CLIENTS:
        return None
    share = float(by_client["sum"].sum()) / total
    residuals = by_client["sum"] - share * by_client["count"]
    variance = clients / (clients - 1) * float((residuals**2).sum()) / total**2
    # All or none of a few clients are no proof of certainty: as if one more had, and one had not.
    guess = (share * clients + 1) / (clients + 2)
    return share, max(variance, guess * (1 - guess) / clients if share in (0.0, 1.0) else 0.0)
