"""An auditor: walks the security events of a run and holds them against the policy that its scenario declares.

It shares no code with the simulator. What it knows of keys, memories and settings it works out from the scenario
(`reshake.analysis.policy`); what happened it takes from the log alone, and from the attempts only when each began: a
connection that was open when its server got a new process may still be under the old one's settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from .policy import Process, ServerName, nanoseconds, processes_of

TLS_1_2 = 0x0303
SECOND = 10**9
ATTEMPT = ("population", "client", "visit", "connection", "attempt")


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something that a server should not have done."""

    at: int
    """Nanoseconds since the start of the run."""
    site: str
    server: int
    rule: str
    sentence: str


class AuditableRun(Protocol):
    """A finished run, as `reshake.Results.runs` has them."""

    @property
    def scenario(self) -> Any:
        """The scenario."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What set it apart from the other runs."""

    @property
    def seed(self) -> int:
        """Its seed."""

    @property
    def directory(self) -> Path:
        """Where its tables are."""


class AuditableResults(Protocol):
    """A batch whose scenarios ask for an audit."""

    @property
    def runs(self) -> Sequence[AuditableRun]:
        """The finished runs."""


def audit(results: AuditableResults) -> pd.DataFrame:
    """Hold every run of a batch against its declared policy.

    Parameters
    ----------
    results
        A batch whose scenarios have `audit` set; the recorded files they name must still be there.

    Returns
    -------
    pandas.DataFrame
        One row per violation: the run's parameters and `seed`, `at`, `site`, `server`, `rule` (a short name) and
        `sentence`. No rows: nothing was found.

    Raises
    ------
    ValueError
        If no run was audited.
    """
    if not any(run.scenario.audit for run in results.runs):
        raise ValueError("results: no run has a log; set audit=True in the scenario")
    rows = []
    for run in results.runs:
        events = pd.read_parquet(run.directory / "security_events.parquet")
        attempts = pd.read_parquet(
            run.directory / "attempts.parquet", columns=[*ATTEMPT, "started", "tls_version", "tenant"]
        )
        for each in violations(run.scenario, events, attempts):
            found = {"site": each.site, "server": each.server, "rule": each.rule, "sentence": each.sentence}
            rows.append({**run.parameters, "seed": run.seed, "at": pd.Timedelta(each.at, unit="ns"), **found})
    names = [*(results.runs[0].parameters if results.runs else ()), "seed", "at", "site", "server", "rule", "sentence"]
    return pd.DataFrame(rows, columns=names)


def violations(scenario: Any, events: pd.DataFrame, attempts: pd.DataFrame) -> list[Violation]:
    """What one run did against its policy, in the order of time.

    Parameters
    ----------
    scenario
        What was run.
    events, attempts
        The tables `security_events` and `attempts` of that run.
    """
    return list(_Auditor(scenario, attempts).walk(events))


@dataclass(kw_only=True)
class _Issue:
    """A ticket from its issue on."""

    at: int
    began: int
    server: ServerName
    key: int
    version: int
    tenant: str | None
    under: Sequence[Process]
    """Settings it may have been issued under: one, unless a connection outlived its process."""
    head: _Issue | None = None
    """The ticket of the full handshake at the head of its chain; None: it is one itself."""
    accepted: int = 0
    early: int = 0
    gone: str = ""

    @property
    def origin(self) -> _Issue:
        return self.head or self

    @property
    def since(self) -> int:
        """From when its lifetime counts, at the earliest: in TLS 1.2 a renewed ticket carries the same session."""
        return (self.origin if self.version == TLS_1_2 else self).began


@dataclass(kw_only=True)
class _Attempt:
    """What an attempt has brought so far."""

    began: int
    version: int
    tenant: str | None = None
    accepted: _Issue | None = None
    tickets: Counter[str] = field(default_factory=Counter)


class _Auditor:
    def __init__(self, scenario: Any, attempts: pd.DataFrame) -> None:
        self.processes = processes_of(scenario)
        # Policies hold on the servers' clocks, and keys that a coordinator hands out come when they come: of
        # what depends on either, the log alone cannot tell.
        self.true_clocks = all(type(fault).__name__ != "ClockSkew" for fault in scenario.faults)
        self.tickets: dict[int, _Issue] = {}
        self.keys: dict[tuple[object, int, str | None], int] = {}
        tenants = scenario.fleets[0].tenants
        self.shared_keys = {each.name for each in tenants if each.keys == "shared"}
        self.has_tenants = len(tenants) > 0
        self.hellos: set[tuple[ServerName, int, int]] = set()
        columns = [attempts[name].tolist() for name in ATTEMPT]
        started = attempts["started"].astype("timedelta64[ns]").astype("int64").tolist()
        tenants = attempts["tenant"].astype(object).where(attempts["tenant"].notna(), None).tolist()
        rest = zip(started, attempts["tls_version"].tolist(), tenants, strict=True)
        self.attempts = {
            key: _Attempt(began=began, version=version, tenant=tenant)
            for key, (began, version, tenant) in zip(zip(*columns, strict=True), rest, strict=True)
        }

    def walk(self, events: pd.DataFrame) -> Iterator[Violation]:
        ordered = events.sort_values("at", kind="stable")
        times = ordered["at"].astype("timedelta64[ns]").astype("int64").tolist()
        rows: Iterable[Any] = ordered.itertuples(index=False)
        for at, row in zip(times, rows, strict=True):
            server = (str(row.site), int(row.server))
            judge = getattr(self, f"_{row.action}_{row.subject}", None)
            if judge is None:
                continue
            attempt = self._attempt(row, at)
            for rule, sentence in judge(at, server, attempt, row):
                yield Violation(at=at, site=server[0], server=server[1], rule=rule, sentence=sentence)

    def _attempt(self, row: Any, at: int) -> _Attempt:
        fresh = _Attempt(began=at, version=0)
        if row.client < 0:
            return fresh
        return self.attempts.setdefault(tuple(getattr(row, name) for name in ATTEMPT), fresh)

    def _key_owner(self, attempt: _Attempt) -> str | None:
        return None if attempt.tenant in self.shared_keys else attempt.tenant

    def _under(self, server: ServerName, began: int, at: int) -> list[Process]:
        return [
            each for each in self.processes[server] if each.since <= at and (each.until is None or began <= each.until)
        ]

    # Each judge yields the rules that its row breaks.

    def _issue_ticket(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        under = self._under(server, attempt.began, at)
        if attempt.accepted is not None:
            yield "issue", "a ticket as after a full handshake, for a connection that resumed"
        attempt.tickets["issue"] += 1
        # TLS 1.2 sends one, whatever num_tickets says.
        allowed = max(1, *(each.tickets.num_tickets for each in under))
        if attempt.tickets["issue"] > allowed:
            yield "num_tickets", f"ticket {attempt.tickets['issue']} of a handshake that may bring {allowed}"
        yield from self._remember(at, server, attempt, row, under, None)

    def _renew_ticket(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        under = self._under(server, attempt.began, at)
        attempt.tickets["renew"] += 1
        if attempt.accepted is None:
            yield "renew", "a ticket as after a resumption, for a connection that did not resume"
        elif attempt.tickets["renew"] > 1:
            yield "renew", "renewed more than once in a connection"
        if not any(each.tickets.renew for each in under):
            yield "renew", "renewed although renew is off"
        head = None if attempt.accepted is None else attempt.accepted.origin
        yield from self._remember(at, server, attempt, row, under, head)

    def _remember(
        self, at: int, server: ServerName, attempt: _Attempt, row: Any, under: Sequence[Process], head: _Issue | None
    ) -> Iterator[tuple[str, str]]:
        ticket, key = int(row.ticket), int(row.key)
        if ticket in self.tickets:
            yield "issue", f"ticket {ticket:016x} issued a second time"
            return
        made = _Issue(
            at=at,
            began=attempt.began,
            server=server,
            key=key,
            version=attempt.version,
            tenant=attempt.tenant,
            under=under,
            head=head,
        )
        self.tickets[ticket] = made
        if key != 0 and len(under) == 1 and self._scheduled(under[0]):
            slot = (under[0].ring, under[0].generation(at), self._key_owner(attempt))
            if self.keys.setdefault(slot, key) != key:
                yield "keys", f"sealed by key {key:016x}, but its ring seals with {self.keys[slot]:016x} now"

    def _accept_ticket(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        issue = self.tickets.get(int(row.ticket))
        if issue is None:
            yield "accept", f"accepted ticket {int(row.ticket):016x}, which nobody has issued"
            return
        under = self._under(server, attempt.began, at)
        again = issue.accepted > 0
        attempt.accepted = issue
        issue.accepted += 1
        if issue.gone:
            yield "memory", f"accepted a session that had left the server's memory ({issue.gone})"
        age = at - issue.at
        lifetime = max(nanoseconds(each.tickets.lifetime) for each in issue.under)
        if age > lifetime and self.true_clocks:
            yield "lifetime", f"accepted at the age of {_spell(age)}, beyond its lifetime of {_spell(lifetime)}"
        if issue.tenant != attempt.tenant:
            yield "tenant", f"accepted a session of {issue.tenant} for {attempt.tenant}"
        yield from _unless_any(under, lambda process: self._chain(at, issue, process))
        if issue.key != int(row.key):
            yield "keys", "opened with another key than it was sealed with"
        elif issue.key != 0:
            yield from _unless_any(under, lambda process: self._opens(at, issue, process))
        else:
            yield from _unless_any(under, lambda process: _remembers(server, issue, process))
            if again and attempt.version != TLS_1_2 and all(each.single_use for each in under):
                yield "single_use", "accepted a second time, although tickets are used up at once"

    def _scheduled(self, process: Process) -> bool:
        return self.true_clocks and process.tickets.distribution is None

    def _chain(self, at: int, issue: _Issue, process: Process) -> tuple[str, str] | None:
        limit = process.tickets.max_chain_age
        age = at - issue.origin.at
        if not self.true_clocks or limit is None or age <= nanoseconds(limit):
            return None
        return "max_chain_age", f"accepted {_spell(age)} after the full handshake, beyond {_spell(nanoseconds(limit))}"

    def _opens(self, at: int, issue: _Issue, process: Process) -> tuple[str, str] | None:
        if not self._scheduled(process):
            return None
        if all(each.ring != process.ring for each in issue.under):
            return "key_scope", f"accepted a ticket of {_path(issue.server)}, whose keys it does not have"
        rotation = process.tickets.rotation
        if rotation is None:
            return None
        behind = process.generation(at) - process.generation(issue.at)
        if behind <= rotation.keep_previous:
            return None
        return "keep_previous", f"accepted a ticket sealed {behind} keys ago, and keeps {rotation.keep_previous}"

    def _refuse_ticket(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        issue = self.tickets.get(int(row.ticket))
        under = self._under(server, attempt.began, at)
        if issue is None or not all(self._scheduled(each) for each in under):
            return
        since = issue.since
        if row.why == "expired_at_server":
            lifetime = min(nanoseconds(each.tickets.lifetime) for each in issue.under)
            if at - since < lifetime - SECOND:
                yield "refusal", "refused as expired within its lifetime"
        elif self.has_tenants:
            return  # Whose keys were tried depends on when the server has turned to the tenant.
        elif row.why in ("key_retired", "unknown_key") and all(self._opens(at, issue, each) is None for each in under):
            yield "refusal", f"refused ({row.why}), and it has the key"
        elif row.why == "chain_too_old" and all(
            each.tickets.max_chain_age is None or at - issue.origin.began <= nanoseconds(each.tickets.max_chain_age)
            for each in under
        ):
            yield "refusal", "refused for its chain, which is young enough"

    def _accept_early_data(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        under = self._under(server, attempt.began, at)
        issue = attempt.accepted
        if issue is None:
            yield "early_data", "early data accepted in a connection that did not resume"
            return
        if not any(each.tls.max_early_data > 0 for each in under):
            yield "early_data", "early data accepted although max_early_data is 0"
        if not any(each.tls.max_early_data > 0 for each in issue.under):
            yield "early_data", "early data accepted with a ticket that allows none"
        issue.early += 1
        if issue.early > 1 and all(each.single_use for each in under):
            yield "executed_twice", "early data accepted a second time with a ticket for single use"
        if all(each.tls.anti_replay == "client-hello-record" for each in under):
            seen = (server, under[-1].memory, int(row.ticket))
            if seen in self.hellos:
                yield "executed_twice", "early data accepted a second time with the same ClientHello"
            self.hellos.add(seen)

    def _evict_ticket(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del at, server, attempt
        self._leave(row, str(row.why))
        yield from ()

    def _expire_ticket(self, at: int, server: ServerName, attempt: _Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt
        issue = self._leave(row, "expired")
        if issue is None or not self.true_clocks:
            return
        lifetime = min(nanoseconds(each.tickets.lifetime) for each in issue.under)
        if at - issue.since < lifetime - SECOND:
            yield "expire", f"session of {_path(server)} dropped as expired within its lifetime"

    def _leave(self, row: Any, why: str) -> _Issue | None:
        issue = self.tickets.get(int(row.ticket))
        if issue is not None:
            issue.gone = why
        return issue


def _unless_any(
    under: Sequence[Process], check: Callable[[Process], tuple[str, str] | None]
) -> Iterator[tuple[str, str]]:
    """The finding under the newest settings, if there is one under all that the connection may have."""
    found = [check(each) for each in under]
    if found and all(each is not None for each in found) and found[-1] is not None:
        yield found[-1]


def _remembers(server: ServerName, issue: _Issue, process: Process) -> tuple[str, str] | None:
    if issue.server != server:
        return "memory", f"accepted a session of {_path(issue.server)}, which is in that server's memory alone"
    if all(each.memory != process.memory for each in issue.under):
        return "memory", "accepted a session of a memory that was lost"
    return None


def _path(server: ServerName) -> str:
    return f"{server[0]}/server-{server[1]}"


def _spell(nanoseconds_: int) -> str:
    return f"{nanoseconds_ / SECOND:.3f} s"
