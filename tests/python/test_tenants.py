"""The law of tenants, over random fleets and random offers: no session crosses, and the hazard does."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reshake as rs

MENDS = ("client-hello", "session-id-context", "servername-check")


@st.composite
def fleets(draw: Any, isolations: tuple[str, ...]) -> rs.Scenario:
    """Clients who offer any ticket to anybody, at a fleet of two to four tenants."""
    names = [f"t{i}" for i in range(draw(st.integers(2, 4)))]
    keys = st.sampled_from(["own", "shared"])
    version = draw(st.sampled_from(["TLSv1.2", "TLSv1.3"]))
    retries = version == "TLSv1.3" and draw(st.booleans())
    clients = rs.Clients(
        "phones",
        count=5,
        access=rs.Link(delay="10ms"),
        arrivals=rs.Poisson(mean_gap="5min"),
        connections=draw(st.integers(1, 2)),
        tickets=rs.TicketStorage(scope="any", reuse=draw(st.sampled_from(["never", "TLSv1.2", "always"]))),
        tls=rs.ClientTls(groups="P-256:X25519"),
    )
    fleet = rs.Fleet(
        "edge",
        sites=["ams"],
        servers_per_site=draw(st.integers(1, 2)),
        tenants=[rs.Tenant(name, hosts=draw(st.integers(1, 3)), keys=draw(keys)) for name in names],
        tenant_isolation=draw(st.sampled_from(isolations)),
        tls=rs.ServerTls(
            groups="X25519" if retries else "P-256",
            max_protocol=version,
            session_ticket=draw(st.booleans()),
        ),
    )
    return rs.Scenario(duration="40min", clients=[clients], fleets=[fleet], invariants=[rs.TenantsApart()])


def crossings(core: ModuleType, scenario: rs.Scenario) -> tuple[int, int, int]:
    """Tickets offered to another tenant, those that resumed there, and what the invariant found."""
    tables = core.run(scenario, 1).tables()
    attempts = tables["attempts"]
    offered = (attempts["ticket_tenant"] >= 0) & (attempts["ticket_tenant"] != attempts["tenant"])
    crossed = offered & (attempts["resumed"] != 0)
    return int(np.sum(offered)), int(np.sum(crossed)), len(tables["violations"]["at"])


few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@few
@given(scenario=fleets(MENDS))
def test_no_session_crosses_tenants_under_any_mend(core: ModuleType, scenario: rs.Scenario) -> None:
    offered, crossed, violations = crossings(core, scenario)
    assert offered > 0
    assert crossed == violations == 0


@few
@given(scenario=fleets(("context-switch",)))
def test_the_planted_hazard_is_found(core: ModuleType, scenario: rs.Scenario) -> None:
    _, crossed, violations = crossings(core, scenario)
    assert crossed == violations
    # A session of a handshake with a HelloRetryRequest is its tenant's after all.
    retried = scenario.fleets[0].tls.groups == "X25519"
    assert retried or crossed > 0


def test_mistakes_are_told_with_their_path() -> None:
    fleet = rs.Fleet("edge", sites=["ams"], tenants=["shop", rs.Tenant("2.shop"), rs.Tenant("shop", hosts=2)])
    phones = rs.Clients(
        "phones", count=1, access=rs.Link(delay="10ms"), arrivals=rs.Poisson(mean_gap="1h"), tenants=["bank"]
    )
    with pytest.raises(rs.ScenarioError) as refused:
        rs.Scenario(duration="3h", clients=[phones], fleets=[fleet]).validate()
    told = str(refused.value)
    assert 'clients[0].tenants[0]: is "bank", which is no tenant' in told
    assert "fleets[0].tenants[2].name" in told
