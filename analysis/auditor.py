"""An auditor: walks the security events of a run and holds them against the policy that its scenario declares.

It shares no code with the simulator. What it knows of keys, memories and settings it works out from the scenario
(`reshake.analysis.policy`) and of clocks (`server_clocks`); what happened it takes from the log alone, and from the
attempts only when each began, for whom, and what it spoke: a connection that was open when its server got a new process
may still be under the old one's settings. Policies hold on a server's own clock, whatever it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from .audit_records import SECOND, TLS_1_2, Attempt, Issue, path_of, remembers, replica_of, spell, texts, unless_any
from .cached_sessions import CachedSessions
from .handed_keys import HandedKeys
from .policy import Judged, Process, ServerName, nanoseconds, processes_of
from .server_clocks import ServerClocks

FOUND = ("machine", "site", "server", "rule", "sentence")
#: Faults that give servers other keys than their policy says.
WRONG_KEYS = {"KeyDesync", "KeyCorruption"}
ATTEMPT = ("population", "client", "visit", "connection", "attempt")


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something that a server, a session cache or a key coordinator should not have done."""

    at: int
    """Nanoseconds since the start of the run."""
    site: str
    """Empty: no one site's."""
    server: int
    """From 1; of a session cache the replica, of a coordinator the server that it was about."""
    rule: str
    sentence: str
    machine: str = "server"


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
        One row per violation: the run's parameters and `seed`, `at`, `machine` (``"server"``, ``"cache"`` or
        ``"coordinator"``), `site`, `server`, `rule` (a short name) and `sentence`. No rows: nothing was found.

    Raises
    ------
    ValueError
        If no run was audited.
    """
    if not any(run.scenario.audit for run in results.runs):
        raise ValueError("results: no run has a log; set audit=True in the scenario")
    rows = []
    for run in filter(lambda each: each.scenario.audit, results.runs):
        events = pd.read_parquet(run.directory / "security_events.parquet")
        attempts = _read(run.directory / "attempts.parquet", [*ATTEMPT, "started", "tls_version", "tenant", "alpn"])
        for each in violations(
            run.scenario.with_faults_of(run.seed), events, attempts, _judged(run.directory / "rollout.parquet")
        ):
            told = {name: getattr(each, name) for name in FOUND}
            rows.append({**run.parameters, "seed": run.seed, "at": pd.Timedelta(each.at, unit="ns"), **told})
    names = [*(results.runs[0].parameters if results.runs else ()), "seed", "at", *FOUND]
    return pd.DataFrame(rows, columns=names)


def _read(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Those of the columns that the file has: an older batch lacks the later ones."""
    import pyarrow.parquet as pq

    names = pq.read_schema(file).names
    return pd.read_parquet(file, columns=[each for each in columns if each in names])


def _judged(file: Path) -> list[Judged]:
    """None in a batch that is older than the table."""
    if not file.exists():
        return []
    rows = pd.read_parquet(file, columns=["fault", "stage", "at", "verdict"])
    at = rows["at"].astype("timedelta64[ns]").astype("int64")
    return list(zip(rows["fault"], rows["stage"], at, rows["verdict"].astype(str), strict=True))


def violations(
    scenario: Any, events: pd.DataFrame, attempts: pd.DataFrame, judged: Sequence[Judged] = ()
) -> list[Violation]:
    """What one run did against its policy, in the order of time.

    Parameters
    ----------
    scenario
        What was run, its faults one by one (`reshake.Scenario.with_faults_of`).
    events, attempts
        The tables `security_events` and `attempts` of that run.
    judged
        What its staged rollouts were told, from the table `rollout`.
    """
    return list(_Auditor(scenario, attempts, judged).walk(events))


class _Auditor:
    def __init__(self, scenario: Any, attempts: pd.DataFrame, judged: Sequence[Judged]) -> None:
        fleet = scenario.fleets[0]
        self.processes = processes_of(scenario, judged)
        self.clocks = ServerClocks(scenario)
        # Who may open what with wrong keys, no policy says.
        self.right_keys = not {type(fault).__name__ for fault in scenario.faults} & WRONG_KEYS
        self.tickets: dict[int, Issue] = {}
        self.keys: dict[tuple[object, int, str | None], int] = {}
        self.shared_keys = {each.name for each in fleet.tenants if each.keys == "shared"}
        self.has_tenants = len(fleet.tenants) > 0
        self.hellos: set[tuple[ServerName, int, int]] = set()
        self.settings = fleet.session_cache
        self.caches = None if fleet.session_cache is None else CachedSessions(fleet.session_cache)
        coordinated = type(fleet.tickets.distribution).__name__ == "KeyCoordinator"
        self.handed = HandedKeys(fleet.tickets) if coordinated else None
        columns = [attempts[name].tolist() for name in ATTEMPT]
        started = attempts["started"].astype("timedelta64[ns]").astype("int64").tolist()
        rest = zip(started, attempts["tls_version"].tolist(), *(texts(attempts, name) for name in ("tenant", "alpn")),
                   strict=True)  # fmt: skip
        self.attempts = {
            key: Attempt(began=began, version=version, tenant=tenant, alpn=alpn)
            for key, (began, version, tenant, alpn) in zip(zip(*columns, strict=True), rest, strict=True)
        }

    def walk(self, events: pd.DataFrame) -> Iterator[Violation]:
        ordered = events.sort_values("at", kind="stable")
        times = ordered["at"].astype("timedelta64[ns]").astype("int64").tolist()
        rows: Iterable[Any] = ordered.itertuples(index=False)
        for at, row in zip(times, rows, strict=True):
            server = (row.site if isinstance(row.site, str) else "", int(row.server))
            machine = str(getattr(row, "machine", "server"))
            prefix = "" if machine == "server" else f"_{machine}"
            judge = getattr(self, f"{prefix}_{row.action}_{row.subject}", None)
            if judge is None:
                continue
            attempt = self._attempt(row, at)
            for rule, sentence in judge(at, server, attempt, row):
                yield Violation(at=at, site=server[0], server=server[1], rule=rule, sentence=sentence, machine=machine)

    def _attempt(self, row: Any, at: int) -> Attempt:
        fresh = Attempt(began=at, version=0)
        if row.client < 0:
            return fresh
        return self.attempts.setdefault(tuple(getattr(row, name) for name in ATTEMPT), fresh)

    def _key_owner(self, attempt: Attempt) -> str | None:
        return None if attempt.tenant in self.shared_keys else attempt.tenant

    def _under(self, server: ServerName, began: int, at: int) -> list[Process]:
        return [
            each for each in self.processes[server] if each.since <= at and (each.until is None or began <= each.until)
        ]

    # Each judge yields the rules that its row breaks.

    def _issue_ticket(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        under = self._under(server, attempt.began, at)
        if attempt.accepted is not None:
            yield "issue", "a ticket as after a full handshake, for a connection that resumed"
        attempt.tickets["issue"] += 1
        # TLS 1.2 sends one, whatever num_tickets says.
        allowed = max(1, *(each.tickets.num_tickets for each in under))
        if attempt.tickets["issue"] > allowed:
            yield "num_tickets", f"ticket {attempt.tickets['issue']} of a handshake that may bring {allowed}"
        yield from self._remember(at, server, attempt, row, under, None)

    def _renew_ticket(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
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
        self, at: int, server: ServerName, attempt: Attempt, row: Any, under: Sequence[Process], head: Issue | None
    ) -> Iterator[tuple[str, str]]:
        ticket, key = int(row.ticket), int(row.key)
        if ticket in self.tickets:
            yield "issue", f"ticket {ticket:016x} issued a second time"
            return
        made = Issue(
            at=at,
            began=attempt.began,
            server=server,
            ticket=ticket,
            key=key,
            version=attempt.version,
            tenant=attempt.tenant,
            alpn=attempt.alpn,
            sealed=self.clocks.shows(server, at),
            under=under,
            head=head,
        )
        self.tickets[ticket] = made
        if key != 0 and self.right_keys and len(under) == 1 and under[0].keys_from != "coordinator":
            slot = (under[0].ring, self._generation(at, server, under[0]), self._key_owner(attempt))
            if self.keys.setdefault(slot, key) != key:
                yield "keys", f"sealed by key {key:016x}, but its ring seals with {self.keys[slot]:016x} now"

    def _accept_ticket(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
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
        age = self._age(at, server, issue)
        lifetime = max(nanoseconds(each.tickets.lifetime) for each in issue.under)
        if age > lifetime:
            yield "lifetime", f"accepted at the age of {spell(age)}, beyond its lifetime of {spell(lifetime)}"
        if issue.tenant != attempt.tenant:
            yield "tenant", f"accepted a session of {issue.tenant} for {attempt.tenant}"
        yield from unless_any(under, lambda process: self._chain(at, server, issue, process))
        if issue.key != int(row.key):
            yield "keys", "opened with another key than it was sealed with"
        elif issue.key != 0:
            yield from unless_any(under, lambda process: self._opens(at, server, issue, process))
        else:
            if self.caches is None:
                yield from unless_any(under, lambda process: remembers(server, issue, process))
            else:
                yield from self._found(server, attempt, issue, age, under)
            if again and attempt.version != TLS_1_2 and all(each.single_use for each in under):
                yield "single_use", "accepted a second time, although tickets are used up at once"

    def _age(self, at: int, server: ServerName, issue: Issue) -> int:
        """By the clocks of the server that has it now and of the one that issued it: the least that it can be."""
        return self.clocks.shows(server, at) - self.clocks.latest(issue.server, issue.began, issue.at)

    def _most(self, at: int, server: ServerName, issue: Issue, since: int) -> int:
        """The age that it can have at most, from `since` on."""
        return self.clocks.shows(server, at) - self.clocks.earliest(issue.server, since, issue.at)

    def _generation(self, at: int, server: ServerName, process: Process) -> int:
        return process.generation(self.clocks.shows(server, at) if process.keys_from == "clock" else at)

    def _chain(self, at: int, server: ServerName, issue: Issue, process: Process) -> tuple[str, str] | None:
        limit = process.tickets.max_chain_age
        age = self._age(at, server, issue.origin)
        if limit is None or age <= nanoseconds(limit):
            return None
        return "max_chain_age", f"accepted {spell(age)} after the full handshake, beyond {spell(nanoseconds(limit))}"

    def _opens(self, at: int, server: ServerName, issue: Issue, process: Process) -> tuple[str, str] | None:
        if not self.right_keys:
            return None
        if self.handed is not None:
            if self.has_tenants:
                return None  # Keys of tenants follow from those that are handed out, under other names.
            return self.handed.opens(server, issue.key, issue.sealed, self.clocks.shows(server, at))
        if all(each.ring != process.ring for each in issue.under):
            return "key_scope", f"accepted a ticket of {path_of(issue.server)}, whose keys it does not have"
        rotation = process.tickets.rotation
        if rotation is None:
            return None
        behind = self._generation(at, server, process) - self._generation(issue.at, issue.server, process)
        if behind > rotation.keep_previous:
            return "keep_previous", f"accepted a ticket sealed {behind} keys ago, and keeps {rotation.keep_previous}"
        if process.keys_from == "clock" and -behind > process.tickets.distribution.accept_next:
            ahead = process.tickets.distribution.accept_next
            return "accept_next", f"accepted a ticket sealed with a key {-behind} periods ahead, and opens {ahead}"
        return None

    def _found(
        self, server: ServerName, attempt: Attempt, issue: Issue, age: int, under: Sequence[Process]
    ) -> Iterator[tuple[str, str]]:
        """A session of the session cache."""
        assert self.caches is not None
        if not self.caches.held(server[0], issue.ticket, attempt.began):
            yield "cache", "accepted a session that no replica of its cache held"
        today = max(nanoseconds(each.tickets.lifetime) for each in under)
        if self.settings.check_policy and age > today:
            yield "check_policy", f"accepted at the age of {spell(age)}, beyond today's lifetime of {spell(today)}"
        spoken = (issue.alpn, attempt.alpn)
        if self.settings.key_scope == "alpn" and None not in spoken and spoken[0] != spoken[1]:
            yield "cache_scope", f"accepted a session made for {spoken[0]} for a connection that speaks {spoken[1]}"

    def _refuse_ticket(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        issue = self.tickets.get(int(row.ticket))
        under = self._under(server, attempt.began, at)
        if issue is None:
            return
        if row.why == "expired_at_server":
            lifetime = min(nanoseconds(each.tickets.lifetime) for each in issue.under)
            if self._most(at, server, issue, issue.since) < lifetime - SECOND:
                yield "refusal", "refused as expired within its lifetime"
        elif self.has_tenants or not self.right_keys:
            return  # Whose keys were tried depends on when the server has turned to the tenant.
        elif row.why in ("key_retired", "unknown_key") and all(
            self._opens(at, server, issue, each) is None for each in under
        ):
            yield "refusal", f"refused ({row.why}), and it has the key"
        elif row.why == "chain_too_old" and all(
            each.tickets.max_chain_age is None
            or self._most(at, server, issue.origin, issue.origin.began) <= nanoseconds(each.tickets.max_chain_age)
            for each in under
        ):
            yield "refusal", "refused for its chain, which is young enough"

    def _accept_early_data(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
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

    def _evict_ticket(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del at, server, attempt
        self._leave(row, str(row.why))
        yield from ()

    def _expire_ticket(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt
        issue = self._leave(row, "expired")
        if issue is None:
            return
        lifetime = min(nanoseconds(each.tickets.lifetime) for each in issue.under)
        if self._most(at, issue.server, issue, issue.since) < lifetime - SECOND:
            yield "expire", f"session of {path_of(server)} dropped as expired within its lifetime"

    # Keys that a coordinator hands out.

    def _rotate_keys(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del at, attempt
        if self.handed is not None and not self.has_tenants and self.right_keys:
            yield from self.handed.seal(server, int(row.key))

    def _receive_keys(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt
        if self.handed is not None:
            yield from self.handed.receive(at, server, int(row.key))

    def _retire_keys(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del at, attempt
        if self.handed is not None:
            yield from self.handed.retire(server, int(row.key))

    def _wipe_keys(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del at, attempt, row
        if self.handed is not None:
            self.handed.wipe(server)
        yield from ()

    def _coordinator_distribute_keys(
        self, at: int, server: ServerName, attempt: Attempt, row: Any
    ) -> Iterator[tuple[str, str]]:
        del at, attempt
        if self.handed is not None:
            yield from self.handed.distribute(server, int(row.key))

    # Entries of session caches: `server` is a replica then, and its site empty where the cache is the fleet's.

    def _cache_store_entry(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt
        if int(row.ticket) not in self.tickets:
            yield "store", f"keeps session {int(row.ticket):016x}, which nobody has issued"
        if self.caches is not None:
            yield from self.caches.store(at, replica_of(server), int(row.ticket))

    def _cache_evict_entry(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt
        if self.caches is not None:
            yield from self.caches.evict(at, replica_of(server), int(row.ticket), str(row.why))

    def _cache_expire_entry(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt
        issue = self.tickets.get(int(row.ticket))
        lifetime = None if issue is None else min(nanoseconds(each.tickets.lifetime) for each in issue.under)
        if self.caches is not None:
            yield from self.caches.expire(at, replica_of(server), int(row.ticket), lifetime)

    def _cache_refuse_entry(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del at, server, attempt, row
        if self.settings is not None and self.settings.key_scope == "session-id":
            yield "refusal", "refused a session as another's, and its keys tell nobody from another"

    def _cache_wipe_memory(self, at: int, server: ServerName, attempt: Attempt, row: Any) -> Iterator[tuple[str, str]]:
        del attempt, row
        if self.caches is not None:
            self.caches.wipe(at, replica_of(server))
        yield from ()

    def _leave(self, row: Any, why: str) -> Issue | None:
        issue = self.tickets.get(int(row.ticket))
        if issue is not None:
            issue.gone = why
        return issue
