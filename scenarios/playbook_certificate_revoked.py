"""The key of the certificate has leaked and the chain is replaced: for how long does the old trust live on?

Clients authenticated the fleet by a certificate that nobody should trust any more, some of them perhaps an impostor. A
new chain does not touch what rests on the old one: a resumption verifies no certificate (RFC 8446 section 2.2), and
each one renews the ticket. The operator replaces the chain and does nothing else (``response="replacement"``); or the
servers refuse every session from before, too (``"revoke all"``); or only those of phones, as partners come over private
lines, where there can have been no impostor (``"revoke phones"``); or no ticket was ever honoured for longer than two
hours since the full handshake it rests on (``"chain cap"``).

- Users feel a lost round trip once, at their next visit, if their session is refused. Nothing fails.
- The operator sees nothing of the old trust: with the replacement alone every graph looks as it did. It takes the age
  of the chain of renewals, or the log of decisions, to see on which authentication a session rests.
- Revocation ends it at once, for one full handshake of each client, most of them in the first minutes. A cap ends it by
  itself within two hours, and costs as many full handshakes every two hours, for ever. A ticket lifetime ends nothing
  while tickets are renewed: a chain breaks only where a client stays away for longer than that.

Notes
-----
Wiping the ticket keys does what revoking everything does, and cannot spare anybody. The other direction, clients that
are revoked, is the same fault with a population or a client in it.
"""  # noqa: D400 - it is a question

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reshake.scenarios._playbook import draw, phones, run, server_tls

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd

Response = Literal["replacement", "revoke all", "revoke phones", "chain cap"]

GRID = {"response": ["replacement", "revoke all", "revoke phones", "chain cap"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""


def scenario(
    response: Response = "revoke all",
    lifetime: str = "2h",
    mean_gap: str = "10min",
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "rsa-2048",
) -> rs.Scenario:
    """Six hours of 160 phones and 80 partners at a fleet whose chain is replaced after three.

    Parameters
    ----------
    response
        Beside the new chain: nothing, a date before which no session is resumed, the same for phones alone, or a cap of
        two hours to chains of renewals, which was there all along.
    lifetime
        Of tickets, whole seconds, 1 s to 7 d.
    mean_gap
        Between two visits of a client.
    certificate
        Key type of the servers' certificates. It decides what a full handshake costs them.

    Examples
    --------
    >>> scenario("revoke phones").faults[1].population
    'phones'
    """
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms")],
        servers_per_site=2,
        tickets=rs.Tickets(lifetime=lifetime, max_chain_age="2h" if response == "chain cap" else None),
        tls=server_tls(certificate=certificate),
    )
    faults: list[Any] = [rs.CertificateReplacement(where="edge", start="3h")]
    if response in ("revoke all", "revoke phones"):
        whose = "phones" if response == "revoke phones" else None
        faults.append(rs.Revocation(where="edge", start="3h", population=whose))
    clients = [phones(160, mean_gap), phones(80, mean_gap, "partners")]
    return rs.Scenario(duration="6h", clients=clients, fleets=[edge], faults=faults)


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """What users feel, what the operator sees, and what nobody sees; then the usual figures."""
    from reshake.analysis import RESUMED, SERVER_COMPUTE, first_byte, rests_on_before

    panels = [
        ("users", first_byte(95)),
        ("operator", RESUMED),
        ("operator", SERVER_COMPUTE),
        ("nobody", rests_on_before(3 * 3_600.0, "the new chain")),
    ]
    still = _still_old(results)
    told = f"With the new chain alone {still:.0f} % of visits rest on the old one, three hours later"
    return draw(results, out_dir, also=["fallback_reasons", "over_parameter"], panels=panels, since=3_600, title=told)


def _rests_on_old(results: rs.Results) -> "pd.DataFrame":
    """Attempts since the new chain, with seconds `since` it, and whether they rest on the one before (`old`)."""
    attempts = results.attempts
    since = attempts["started"].dt.total_seconds() - 3 * 3_600
    old = attempts["resumed"] & (attempts["chain_age"].dt.total_seconds() > since)
    late: pd.DataFrame = attempts.assign(since=since, old=old)[since > 0]
    return late


def _still_old(results: rs.Results) -> float:
    """Per cent of attempts in the last hour that rest on the old chain, where there is nothing but a new one."""
    late = _rests_on_old(results)
    late = late[(late["since"] > 2 * 3_600) & (late["response"] == "replacement")]
    return 100 * float(late["old"].mean())


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    late = _rests_on_old(results)
    old = late[late["old"]]
    count = old.groupby("response", observed=False).size()
    last = old.groupby("response", observed=False)["since"].max() / 60
    prompt = late[~late["resumed"] & (late["since"] < 3_600)]
    fulls = prompt.groupby("response", observed=False).size() / len(results.seeds)
    spared = old.loc[old["response"] == "revoke phones", "population"].astype(str).unique()
    attempts = results.attempts
    capped = attempts[(attempts["response"] == "chain cap") & ~attempts["resumed"]].sort_values("started")
    at = capped["started"].dt.total_seconds()
    gaps = at.groupby([capped["seed"], capped["population"], capped["client"]], observed=True).diff()
    return (
        f"Three hours after the new chain {_still_old(results):.0f} % of visits still rest on the old "
        f"one. Revoking everything ends that at once ({count['revoke all']} such visits later), "
        f"for {fulls['revoke all']:.0f} full handshakes in the next hour, of 240 clients; revoking phones alone for "
        f"{fulls['revoke phones']:.0f}, and {' and '.join(sorted(spared))} go on as before; under a "
        f"cap of two hours the last such visit is {last['chain cap']:.0f} minutes later, for a full handshake of each "
        f"client every {gaps.mean() / 60:.0f} minutes, where 130 are to be expected."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
