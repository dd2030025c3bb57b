"""What each fault of servers does: nothing before it, what it says while it is on, and then it heals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

import reshake as rs

from .conftest import Ran, Run

START, END = pd.Timedelta(minutes=10), pd.Timedelta(minutes=14)
WINDOW: dict[str, Any] = {"start": "10min", "lasts": "4min"}
ONE = "edge/ams/server-1"
MINUTE = pd.Timedelta(minutes=1)


def scenario(*faults: Any, tickets: Any = None, **tls: Any) -> rs.Scenario:
    phones = rs.Clients(
        "phones", count=12, access=rs.Link(delay="15ms"), arrivals=rs.Poisson(mean_gap="25s"), attempt_timeout="20s"
    )  # fmt: skip
    edge = rs.Fleet(
        "edge", sites=["ams", "iad"], servers_per_site=2, balancing="random", tls=rs.ServerTls(**tls),
        tickets=tickets or rs.Tickets(lifetime="1h", keys="per-site"),
    )  # fmt: skip
    return rs.Scenario(duration="24min", clients=[phones], fleets=[edge], faults=faults, audit=True)


@dataclass(frozen=True)
class Seen:
    """The attempts of a run with a fault, by when they began."""

    ran: Ran

    @property
    def attempts(self) -> pd.DataFrame:
        return self.ran.tables["attempts"]

    def during(self, where: str = "", since: pd.Timedelta = START, until: pd.Timedelta = END) -> pd.DataFrame:
        rows = self.attempts
        rows = rows[(rows["started"] >= since) & (rows["started"] < until)]
        parts = where.split("/")
        if len(parts) > 1:
            rows = rows[rows["site"] == parts[1]]
        if len(parts) > 2:
            rows = rows[rows["server"] == int(parts[2].removeprefix("server-"))]
        assert len(rows) > 5
        return rows

    def why(self, where: str, **window: Any) -> set[str]:
        rows = self.during(where, **window)
        return set(rows.loc[rows["offered"], "not_resumed"].astype(str))


def crashed(seen: Seen) -> None:
    hit = seen.during(ONE, until=END - MINUTE)
    assert set(hit["outcome"]) == {"connect_timeout"}  # Nobody says no.
    assert (seen.during("edge/ams/server-2")["outcome"] == "ok").all()


def frozen(seen: Seen) -> None:
    hit = seen.during(ONE)
    assert hit["connect"].notna().all()  # The kernel answers,
    answered = hit[hit["outcome"] == "ok"]
    assert set(hit["outcome"]) >= {"attempt_timeout"}
    assert (answered["started"] + answered["first_byte"] >= END).all()  # and nobody else until the end.


def overloaded(seen: Seen) -> None:
    def handshake(rows: pd.DataFrame) -> pd.Timedelta:
        return rows.loc[rows["resumed"], "handshake"].median()

    usual = handshake(seen.during(ONE, since=START - 5 * MINUTE, until=START))
    slow, others = handshake(seen.during(ONE)), handshake(seen.during("edge/ams/server-2"))
    # About 0.14 ms of a server's CPU, a thousand times.
    assert slow > usual + pd.Timedelta(milliseconds=80)
    assert abs(others - usual) < pd.Timedelta(milliseconds=2)


def forgot(seen: Seen) -> None:
    assert "not_cached" in seen.why(ONE)
    hit = seen.during(ONE, until=END + 8 * MINUTE)
    # What was made before is not known any more.
    old = hit[hit["offered"] & (hit["started"] - hit["ticket_age"] < START) & hit["resumed"]]
    assert old.empty
    assert hit["resumed"].any()


def other_keys(seen: Seen) -> None:
    assert "unknown_key" in seen.why("edge/ams")
    assert "unknown_key" not in seen.why("edge/iad")


def damaged(seen: Seen) -> None:
    assert seen.why(ONE) >= {"key_damaged", "resumed"}  # Its own tickets open.
    assert "key_damaged" in seen.why("edge/ams/server-2")
    assert seen.why("edge/iad") == {"resumed"}


def stuck(seen: Seen) -> None:
    # Two rotations later the others have retired what it seals with, and it has never had what they do.
    late = {"since": START + 2.5 * MINUTE, "until": END}
    assert "unknown_key" in seen.why(ONE, **late)
    assert "key_retired" in seen.why("edge/ams/server-2", **late)
    assert seen.why("edge/iad", **late) <= {"resumed", "key_retired"}
    assert (seen.attempts["outcome"] == "ok").all()


def expired(seen: Seen) -> None:
    hit = seen.during("edge")
    full = hit[~hit["resumed"]]
    assert len(full) > 0
    assert set(full["outcome"]) == {"alert"}
    assert set(full["alert"]) == {45}  # certificate_expired, RFC 8446 section 6.
    assert (hit.loc[hit["resumed"], "outcome"] == "ok").all()
    assert hit["resumed"].sum() > 20


def replaced(seen: Seen) -> None:
    before = seen.during("edge", since=pd.Timedelta(0), until=START)
    hit = seen.during("edge", since=START, until=END)
    assert (hit["outcome"] == "ok").all()
    sizes = [rows.loc[~rows["resumed"], "bytes_received"].median() for rows in (before, hit)]
    assert sizes[1] > sizes[0] + 500  # Keys and signatures of RSA are longer.


def revoked(seen: Seen) -> None:
    rows = seen.during("edge", until=END + 8 * MINUTE)
    mine, others = rows[rows["client"] == 3], rows[rows["client"] != 3]
    old = mine["offered"] & (mine["started"] - mine["ticket_age"] < START)
    assert set(mine.loc[old, "not_resumed"].astype(str)) == {"revoked"}
    assert mine.loc[mine["offered"] & ~old, "resumed"].all()
    assert "revoked" not in set(others["not_resumed"].astype(str))
    events = seen.ran.tables["security_events"]
    told = events[events["action"] == "revoke"]
    assert len(told) == 4  # Every server.
    assert set(told["client"]) == {3}
    assert (events["why"] == "revoked").sum() == old.sum()


def rolled_back(seen: Seen) -> None:
    assert set(seen.during("edge/ams").query("outcome == 'ok'")["tls_version"]) == {0x0303}
    assert set(seen.during("edge/iad")["tls_version"]) == {0x0304}
    assert set(seen.during("edge/ams", since=END, until=END + 8 * MINUTE)["tls_version"]) == {0x0304}


def jumped(seen: Seen) -> None:
    assert "clock_skew" in seen.why("edge/ams")
    assert seen.ran.tables["faults"]["ended"].isna().all()


@dataclass(frozen=True, kw_only=True)
class Case:
    fault: Any
    law: Callable[[Seen], None]
    tickets: Any = None
    tls: tuple[tuple[str, Any], ...] = ()

    @property
    def scenario(self) -> rs.Scenario:
        return scenario(self.fault, tickets=self.tickets, **dict(self.tls))


ROTATING = rs.Tickets(lifetime="1h", keys="per-site", rotation=rs.StekRotation(every="1min", keep_previous=1))

CASES = {
    "crash": Case(fault=rs.Crash(where=ONE, **WINDOW), law=crashed),
    "freeze": Case(fault=rs.Freeze(where=ONE, **WINDOW), law=frozen),
    "overload": Case(fault=rs.Overload(where=ONE, **WINDOW, load=0.999), law=overloaded),
    "cache_loss": Case(fault=rs.CacheLoss(where=ONE, start="10min"), law=forgot, tls=(("session_ticket", False),)),
    "key_wipe": Case(fault=rs.KeyWipe(where="edge/ams", start="10min"), law=other_keys),
    "key_desync_other": Case(fault=rs.KeyDesync(where=ONE, **WINDOW, keys="other"), law=other_keys),
    "key_desync_old": Case(fault=rs.KeyDesync(where=ONE, **WINDOW), law=stuck, tickets=ROTATING),
    "key_corruption": Case(fault=rs.KeyCorruption(where=ONE, **WINDOW), law=damaged),
    "certificate_expiry": Case(
        fault=rs.CertificateExpiry(where="edge", **WINDOW), law=expired,
        tickets=rs.Tickets(lifetime="1h", keys="per-server"),
    ),
    "expired_intermediate": Case(
        fault=rs.CertificateReplacement(where="edge", **WINDOW, which="intermediate", not_after="-1h"), law=expired,
        tickets=rs.Tickets(lifetime="1h", keys="per-server"),
    ),
    "certificate_replacement": Case(
        fault=rs.CertificateReplacement(where="edge", **WINDOW, certificate="rsa-2048"), law=replaced,
        tickets=rs.Tickets(lifetime="1h", keys="per-server"),
    ),
    "revocation": Case(
        fault=rs.Revocation(where="edge", start="10min", population="phones", client=3), law=revoked
    ),
    "policy_flip": Case(
        fault=rs.PolicyFlip(where="edge/ams", **WINDOW, tls=rs.ServerTls(max_protocol="TLSv1.2")), law=rolled_back
    ),
    "clock_jump": Case(fault=rs.ClockSkew(where="edge/ams", offset="2h", start="10min"), law=jumped),
}  # fmt: skip


def before_the_fault(ran: Ran) -> pd.DataFrame:
    rows = ran.tables["attempts"]
    return rows[rows["started"] + rows["total"] < START].reset_index(drop=True)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_does_what_it_says_and_nothing_before_or_after(run: Run, name: str) -> None:
    case = CASES[name]
    ran = run(case.scenario, 5)
    seen = Seen(ran)
    calm = run(dataclasses.replace(case.scenario, faults=()), 5)
    pd.testing.assert_frame_equal(before_the_fault(ran), before_the_fault(calm))
    case.law(seen)
    [row] = ran.tables["faults"].itertuples(index=False)
    assert row.began == START
    assert row.between == case.fault.where
    if getattr(case.fault, "lasts", None):
        assert row.ended == END
    if name == "clock_jump":
        return
    healed = seen.during("edge", since=END + 4 * MINUTE, until=pd.Timedelta(minutes=23))
    assert (healed["outcome"] == "ok").all()
    usual = Seen(calm).during("edge", since=END + 4 * MINUTE, until=pd.Timedelta(minutes=23))
    assert healed["resumed"].mean() > usual["resumed"].mean() - 0.1


BAD = {
    "faults[0].where": [
        rs.Crash(where="phones", **WINDOW), rs.Freeze(where="edge/fra", **WINDOW),
        rs.Overload(where="edge/cache", **WINDOW, load=0.5), rs.CacheLoss(where="edge/cache", start="1s"),
        rs.KeyWipe(where="edge/keys", start="1s"), rs.KeyDesync(where="phones", **WINDOW, keys="other"),
        rs.KeyCorruption(where="edge/ams/server-3", **WINDOW), rs.CertificateExpiry(where="phones", **WINDOW),
    ],
    "faults[0].cores_taken": [rs.Overload(where=ONE, **WINDOW, cores_taken=64)],
    "faults[0].which": [rs.CertificateReplacement(where="edge", start="1s", intermediates=0, which="intermediate")],
    "faults[0].not_after": [rs.CertificateReplacement(where="edge", start="1s", not_before="2h", not_after="1h")],
    "faults[0].population": [rs.Revocation(where="edge", start="1s", population="laptops")],
    "faults[0].client": [
        rs.Revocation(where="edge", start="1s", client=1),
        rs.Revocation(where="edge", start="1s", population="phones", client=12),
    ],
    "faults[0].tenant": [rs.Revocation(where="edge", start="1s", tenant="shop")],
    "faults[0]": [rs.PolicyFlip(where="edge", start="1s")],
    "faults[0].tls": [rs.PolicyFlip(where="edge", start="1s", tls=rs.ServerTls(certificate="rsa-2048"))],
    "faults[0].tickets": [rs.PolicyFlip(where="edge", start="1s", tickets=rs.Tickets(keys="per-server"))],
}  # fmt: skip


@pytest.mark.parametrize("path", BAD)
def test_what_a_fault_cannot_mean_is_told_where_it_stands(path: str) -> None:
    for fault in BAD[path]:
        errors, _ = scenario(fault).problems()
        assert path in [problem.path for problem in errors]


def test_sessions_that_no_policy_sees_cannot_be_revoked() -> None:
    fault = rs.Revocation(where="edge", start="1s")
    errors, _ = scenario(fault, session_ticket=False).problems()
    assert [problem.path for problem in errors] == ["faults[0]"]


SITES = ("edge/ams", "edge/iad")
SERVERS = tuple(f"{site}/server-{number}" for site in SITES for number in (1, 2))


def every_kind() -> rs.Nemesis:
    """Everything that a Nemesis can do to servers and to the ways to them."""
    short: dict[str, Any] = {"start": "0s", "lasts": "25s"}
    rsa = rs.CertificateReplacement(where=ONE, **short, certificate="rsa-2048")
    old_tls = rs.PolicyFlip(where=ONE, **short, tls=rs.ServerTls(max_protocol="TLSv1.2"))
    faults: list[Any] = [
        rs.Partition(between=("phones", ONE), **short), rs.GreyFailure(between=("phones", ONE), **short, loss=0.3),
        rs.Restart(where=ONE, **short, keys="lost"), rs.Drain(where=ONE, **short, grace="5s"),
        rs.ClockSkew(where=ONE, offset="3min", **short), rs.Crash(where=ONE, **short, keys="lost"),
        rs.Freeze(where=ONE, **short), rs.Overload(where=ONE, **short, load=0.99), rs.CacheLoss(where=ONE, start="0s"),
        rs.KeyWipe(where=ONE, start="0s"), rs.KeyDesync(where=ONE, **short), rs.KeyCorruption(where=ONE, **short),
        rs.KeyDesync(where=ONE, **short, keys="other"), rs.CertificateExpiry(where=ONE, **short), rsa,
        rs.Revocation(where=ONE, start="0s"), old_tls,
    ]  # fmt: skip
    strikes = [rs.Strike(fault=each, mean_gap="4min", where=SITES + SERVERS, correlated=0.3) for each in faults]
    return rs.Nemesis(strikes=strikes, quiet_end="4min")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_befalls_the_servers_every_attempt_ends_with_a_reason(run: Run, seed: int) -> None:
    tickets = dataclasses.replace(ROTATING, lifetime="30min")
    storm = scenario(every_kind(), tickets=tickets)
    ran = run(storm, seed)
    assert ran.tables["faults"]["kind"].nunique() >= 15
    assert ran.tables["faults"]["ended"].notna().all()
    attempts = ran.tables["attempts"]
    unfinished = attempts["outcome"] == "unfinished"
    assert (attempts.loc[unfinished, "started"] > pd.Timedelta(minutes=23)).all()
    assert attempts.loc[~unfinished, "total"].notna().all()
    alerts = attempts["outcome"] == "alert"
    assert (attempts.loc[alerts, "alert"] >= 0).all()
    failed = attempts[attempts["outcome"] != "ok"]
    assert len(failed) > 20
    quiet = attempts[(attempts["started"] > pd.Timedelta(minutes=21)) & ~unfinished]
    assert (quiet["outcome"] == "ok").all()
    again = run(storm.with_faults_of(seed), seed)
    assert (ran.digest, ran.packets) == (again.digest, again.packets)
    for name, table in ran.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
