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

from .errors import NotBuilt, NotReplayed, RunLost, RunsFailed, ScenarioError, ScenarioWarning
from .evidence.replaying import Replay, replay
from .evidence.tracing import TraceEvent
from .hunting import Hunt, HuntResult, hunt
from .loading import LazyTables, load
from .networks import AccessNetwork, access_network, mobile
from .results import Results
from .resuming import resume
from .stacks import ClientStack, client_stack
from .study import Study
from .units import Duration, Rate
from .values.admission import Admission
from .values.arrivals import Diurnal, FlashCrowd, Poisson, Renewal, Trace
from .values.churn import Alternating, AppRestarts, DeviceChange, OnOff
from .values.clients import Clients
from .values.device import Device, DeviceProfile
from .values.fault_schedules import Intensity, Nemesis, Periodic, Strike
from .values.faults import ClockSkew, Deploy, Drain, Restart
from .values.fleet import Fleet, Site
from .values.handover import Handover
from .values.health_check import HealthCheck
from .values.invariants import (
    ChainAge,
    ErrorShare,
    EveryAttemptEnds,
    ExecutedOnce,
    FallbackTime,
    Latency,
    NoReplay,
    Recovery,
    ResumedShare,
    ServerQueueing,
    TenantsApart,
    TicketAge,
)
from .values.jitter import Jitter
from .values.key_distribution import ClockDerived, KeyCoordinator
from .values.key_faults import CacheLoss, KeyCorruption, KeyDesync, KeyWipe
from .values.laws import (
    Constant,
    Empirical,
    EmpiricalBytes,
    Exponential,
    LogNormal,
    LogNormalBytes,
    Pareto,
    ParetoBytes,
    Weibull,
)
from .values.link import DeliveryTrace, Link, OneWay, TraceLink
from .values.loss import Bernoulli, DropPackets, GilbertElliott, GilbertElliottInTime
from .values.machine_faults import Crash, Freeze, Overload
from .values.middlebox import BlackHole, Firewall, Nat, ResetInjection
from .values.outlier_detection import OutlierDetection
from .values.partition import Flapping, GreyFailure, Partition
from .values.phases import DayPhase, Phases
from .values.policy_faults import CertificateExpiry, CertificateReplacement, PolicyFlip, Revocation
from .values.queue import CoDel, DropTail, FqCoDel
from .values.radio import Radio
from .values.radio_cell import Lte, Wifi
from .values.retry import Retry, RetryBudget
from .values.rounds import Rounds
from .values.scenario import Scenario
from .values.session_cache import SessionCache
from .values.staged_rollout import CanaryAnalysis, RolloutStage, StagedRollout
from .values.tenants import Tenant
from .values.tls_settings import ClientTls, ServerTls, StekRotation, Tickets, TicketStorage

__all__ = [
    "AccessNetwork",
    "Admission",
    "Alternating",
    "AppRestarts",
    "Bernoulli",
    "BlackHole",
    "CacheLoss",
    "CanaryAnalysis",
    "CertificateExpiry",
    "CertificateReplacement",
    "ChainAge",
    "ClientStack",
    "ClientTls",
    "Clients",
    "ClockDerived",
    "ClockSkew",
    "CoDel",
    "Constant",
    "Crash",
    "DayPhase",
    "DeliveryTrace",
    "Deploy",
    "Device",
    "DeviceChange",
    "DeviceProfile",
    "Diurnal",
    "Drain",
    "DropPackets",
    "DropTail",
    "Duration",
    "Empirical",
    "EmpiricalBytes",
    "ErrorShare",
    "EveryAttemptEnds",
    "ExecutedOnce",
    "Exponential",
    "FallbackTime",
    "Firewall",
    "Flapping",
    "FlashCrowd",
    "Fleet",
    "FqCoDel",
    "Freeze",
    "GilbertElliott",
    "GilbertElliottInTime",
    "GreyFailure",
    "Handover",
    "HealthCheck",
    "Hunt",
    "HuntResult",
    "Intensity",
    "Jitter",
    "KeyCoordinator",
    "KeyCorruption",
    "KeyDesync",
    "KeyWipe",
    "Latency",
    "LazyTables",
    "Link",
    "LogNormal",
    "LogNormalBytes",
    "Lte",
    "Nat",
    "Nemesis",
    "NoReplay",
    "NotBuilt",
    "NotReplayed",
    "OnOff",
    "OneWay",
    "OutlierDetection",
    "Overload",
    "Pareto",
    "ParetoBytes",
    "Partition",
    "Periodic",
    "Phases",
    "Poisson",
    "PolicyFlip",
    "Radio",
    "Rate",
    "Recovery",
    "Renewal",
    "Replay",
    "ResetInjection",
    "Restart",
    "Results",
    "ResumedShare",
    "Retry",
    "RetryBudget",
    "Revocation",
    "RolloutStage",
    "Rounds",
    "RunLost",
    "RunsFailed",
    "Scenario",
    "ScenarioError",
    "ScenarioWarning",
    "ServerQueueing",
    "ServerTls",
    "SessionCache",
    "Site",
    "StagedRollout",
    "StekRotation",
    "Strike",
    "Study",
    "Tenant",
    "TenantsApart",
    "TicketAge",
    "TicketStorage",
    "Tickets",
    "Trace",
    "TraceEvent",
    "TraceLink",
    "Weibull",
    "Wifi",
    "access_network",
    "client_stack",
    "hunt",
    "load",
    "mobile",
    "replay",
    "resume",
]
