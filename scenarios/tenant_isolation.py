"""Several tenants behind one address: can a session of one be resumed at another?

It can where a server turns to the tenant's settings in OpenSSL's servername callback, as many do:
OpenSSL has decided on resumption by then, with the ticket keys, the cache and the session id context
of the first tenant (CVE-2025-23419). Contexts with keys of their own, one per tenant, change nothing.
Each mend stops it: to select the context in the ClientHello callback; to name the tenant's session id
context there; or to abort in the servername callback, at the price of a failed connection.

Notes
-----
The clients here break the rule: RFC 8446 section 4.6.1 lets a ticket be offered only to names of the
certificate that its session rests on. With client certificates (not simulated) whoever may enter at one
tenant gets into the other this way.
"""  # noqa: D400 - it is a question

from pathlib import Path
from typing import Literal

import reshake as rs

Isolation = Literal["context-switch", "servername-check", "session-id-context", "client-hello"]

GRID = {"tenant_isolation": ["context-switch", "servername-check", "session-id-context", "client-hello"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(4)


def scenario(
    tenant_isolation: Isolation = "context-switch",
    keys: Literal["own", "shared"] = "own",
    max_protocol: Literal["TLSv1.2", "TLSv1.3"] = "TLSv1.3",
) -> rs.Scenario:
    """Six hours of a server with three tenants, and clients who offer any ticket they have to any of them.

    Parameters
    ----------
    tenant_isolation
        When the server turns to the tenant, and what keeps sessions apart.
    keys
        Each tenant has ticket keys of its ``"own"``, or they are ``"shared"``.
    max_protocol
        What the server speaks at most, ``"TLSv1.2"`` or ``"TLSv1.3"``.

    Examples
    --------
    >>> [tenant.name for tenant in scenario().fleets[0].tenants]
    ['blog', 'shop', 'bank']
    """
    phones = rs.Clients(
        "phones",
        count=30,
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.01)),
        arrivals=rs.Poisson(mean_gap="20min"),
        tickets=rs.TicketStorage(scope="any"),
    )
    edge = rs.Fleet(
        "edge",
        sites=["ams"],
        tenants=[rs.Tenant(name, keys=keys) for name in ("blog", "shop", "bank")],
        tenant_isolation=tenant_isolation,
        tls=rs.ServerTls(max_protocol=max_protocol),
    )
    return rs.Scenario(duration="6h", clients=[phones], fleets=[edge])


def figures(results: rs.Results, out: str | Path) -> list[Path]:
    """The usual figures, and what became of tickets offered to another tenant."""
    from reshake.analysis import report_figures
    from reshake.analysis.catalogue import USUAL

    return report_figures(results, out, figures=["tenant_crossings", *USUAL])


FIGURE = "tenant_crossings"
"""The one that shows the answer."""


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    from reshake.analysis import offers_to_others

    offers = offers_to_others(results)
    ends = offers.groupby("tenant_isolation", observed=True)["end"].value_counts(normalize=True)
    share = 100 * ends.unstack().fillna(0.0).reindex(columns=["crossed", "failed"], fill_value=0.0)
    crossed, failed = share["crossed"], share["failed"]
    return (
        f"{crossed['context-switch']:.0f} % of the tickets that are offered to another tenant resume there where the "
        f"server turns to the tenant in the servername callback, and {crossed['client-hello']:.0f} % where it does so "
        f"in the ClientHello callback or names the tenant's session id context there "
        f"({crossed['session-id-context']:.0f} %); to abort in the servername callback stops them too, and fails "
        f"{failed['servername-check']:.0f} % of such connections."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/tenant_isolation")
    figures(made, "results/tenant_isolation")
    rich.print(summary_table(made))
