"""Reshake: TLS handshakes of whole fleets, simulated with real OpenSSL on virtual time.

Describe a `Scenario` from frozen values, sweep it with a `Study`, read the `Results`:

>>> import reshake as rs
>>> def scenario(ticket_lifetime: str = "6h") -> rs.Scenario:
...     phones = rs.Clients("phones", count=100, access=rs.Link(rate="12Mbps", delay="45ms"),
...                         arrivals=rs.Poisson(mean_gap="2h"))
...     edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime=ticket_lifetime))
...     return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])
>>> study = rs.Study(scenario, ticket_lifetime=["10min", "6h"], seeds=range(3))
>>> len(study.runs)
6

``study.run("results")`` then runs them on all cores. See `Study.run` and `Results`.
"""

from .errors import NotBuilt, RunsFailed, ScenarioError, ScenarioWarning
from .loading import LazyTables, load
from .results import Results
from .resuming import resume
from .stacks import ClientStack, client_stack
from .study import Study
from .units import Duration, Rate
from .values.arrivals import Diurnal, Poisson, Trace
from .values.churn import AppRestarts, OnOff
from .values.clients import Clients
from .values.device import Device, DeviceProfile
from .values.faults import ClockSkew, Deploy, Drain, Partition, Restart
from .values.fleet import Fleet, Site
from .values.health_check import HealthCheck
from .values.invariants import (
    ChainAge,
    ErrorShare,
    EveryAttemptEnds,
    FallbackTime,
    Latency,
    Recovery,
    ResumedShare,
    ServerQueueing,
    TenantsApart,
    TicketAge,
)
from .values.jitter import Jitter
from .values.key_distribution import ClockDerived, KeyCoordinator
from .values.link import DeliveryTrace, Link, OneWay, TraceLink
from .values.loss import Bernoulli, DropPackets, GilbertElliott, GilbertElliottInTime
from .values.scenario import Scenario
from .values.session_cache import SessionCache
from .values.tenants import Tenant
from .values.tls_settings import ClientTls, ServerTls, StekRotation, Tickets, TicketStorage

__all__ = [
    "AppRestarts",
    "Bernoulli",
    "ChainAge",
    "ClientStack",
    "ClientTls",
    "Clients",
    "ClockDerived",
    "ClockSkew",
    "DeliveryTrace",
    "Deploy",
    "Device",
    "DeviceProfile",
    "Diurnal",
    "Drain",
    "DropPackets",
    "Duration",
    "ErrorShare",
    "EveryAttemptEnds",
    "FallbackTime",
    "Fleet",
    "GilbertElliott",
    "GilbertElliottInTime",
    "HealthCheck",
    "Jitter",
    "KeyCoordinator",
    "Latency",
    "LazyTables",
    "Link",
    "NotBuilt",
    "OnOff",
    "OneWay",
    "Partition",
    "Poisson",
    "Rate",
    "Recovery",
    "Restart",
    "Results",
    "ResumedShare",
    "RunsFailed",
    "Scenario",
    "ScenarioError",
    "ScenarioWarning",
    "ServerQueueing",
    "ServerTls",
    "SessionCache",
    "Site",
    "StekRotation",
    "Study",
    "Tenant",
    "TenantsApart",
    "TicketAge",
    "TicketStorage",
    "Tickets",
    "Trace",
    "TraceLink",
    "client_stack",
    "load",
    "resume",
]
