"""What scenarios of an access have in common that is a whole radio model: who stands around it, and how they fare.

Nobody resumes there, so that every visit asks the radio for as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd


def around(access: rs.Link | rs.Wifi | rs.Lte, name: str, count: int, mean_gap: str, duration: str) -> rs.Scenario:
    """So many clients at an access, who make a full handshake on each visit with a server 5 ms behind it."""
    clients = rs.Clients(
        name,
        count=count,
        access=access,
        arrivals=rs.Poisson(mean_gap=mean_gap),
        tls=rs.ClientTls(groups="X25519"),
        tickets=rs.TicketStorage(capacity=0),
    )
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        tls=rs.ServerTls(groups="X25519"),
        tickets=rs.Tickets(lifetime="10s"),
    )
    return rs.Scenario(duration=duration, clients=[clients], fleets=[edge])


def fared(results: rs.Results, by: list[str], since: float) -> pd.DataFrame:
    """How attempts fared that began at `since` or later (seconds), for each combination of parameters.

    Returns
    -------
    pandas.DataFrame
        Indexed by `by`: milliseconds to the first byte, `median` and `p95`, and percent that `failed`.
    """
    import pandas as pd

    attempts = results.attempts
    of_each = attempts[attempts["started"].dt.total_seconds() >= since].groupby(by, observed=True)
    waited = {name: of_each["first_byte"].quantile(q) for name, q in (("median", 0.5), ("p95", 0.95))}
    failed = of_each["outcome"].agg(lambda outcome: (~outcome.isin(["ok", "unfinished"])).mean())
    milliseconds = {name: each.dt.total_seconds() * 1e3 for name, each in waited.items()}
    return pd.DataFrame(milliseconds | {"failed": 100 * failed})
