"""The figure of tenants: which offers count, and what its title says of them."""

import numpy as np
import pandas as pd
from matplotlib.text import Text
from reshake.analysis import offers_to_others, tenant_crossings

from .synthetic import Batch, no_faults, no_keys, seconds


def batch_of(rows: dict[str, list[tuple[str, str | None, bool, str]]]) -> Batch:
    """By isolation: tenant, ticket's tenant, resumed, outcome."""
    flat = [(isolation, *row) for isolation, each in rows.items() for row in each]
    names = ["isolation", "tenant", "ticket_tenant", "resumed", "outcome"]
    attempts = pd.DataFrame(flat, columns=names).assign(seed=1)
    attempts["server_hello"] = seconds(np.where(attempts["outcome"] == "alert", np.nan, 0.05))
    for name in ("tenant", "ticket_tenant"):
        attempts[name] = pd.Categorical(attempts[name], ["shop", "bank"])
    attempts["isolation"] = pd.Categorical(attempts["isolation"], list(rows), ordered=True)
    parameters = {"isolation": list(rows)}
    return Batch(attempts=attempts, faults=no_faults(), ticket_keys=no_keys(), parameters=parameters)


OWN = ("shop", "shop", True, "ok")
FIRST = ("shop", None, False, "ok")
CROSSED = ("shop", "bank", True, "ok")
APART = ("shop", "bank", False, "ok")
ABORTED = ("shop", "bank", False, "alert")


def title(batch: Batch) -> str:
    return " ".join(tenant_crossings(batch).texts[0].get_text().split())


def test_only_tickets_offered_to_another_tenant_count() -> None:
    offers = offers_to_others(batch_of({"switch": [OWN, FIRST, CROSSED, APART, ABORTED, CROSSED]}))
    assert list(offers["end"]) == ["crossed", "apart", "failed", "crossed"]


def test_the_title_names_what_leaks_and_what_does_not() -> None:
    leak = {"switch": [OWN, CROSSED, APART], "check": [ABORTED], "hello": [APART]}
    assert title(batch_of(leak)) == (
        "Isolation = switch: 50 % of tickets offered to another tenant resume there; with the other 2 none does"
    )
    assert title(batch_of({"hello": [APART, OWN], "check": [ABORTED]})) == (
        "No session crosses from one tenant to another"
    )


def test_every_end_is_drawn_with_its_share() -> None:
    figure = tenant_crossings(batch_of({"switch": [CROSSED, APART], "check": [ABORTED]}))
    words = [text.get_text() for text in figure.findobj(Text)]
    assert words.count("50 %") == 2
    assert words.count("100 %") == 1
    assert "connection failed" in words


def test_without_such_offers_it_says_so() -> None:
    assert title(batch_of({"switch": [OWN, FIRST]})) == "No ticket was offered to another tenant"
