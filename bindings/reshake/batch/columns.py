"""What each column of each table means: the one source of `docs/tables.md`.

Names, types and closed sets are those of the records in `sim/history`; a test holds the two equal, and another that
the page is written from here (`make pages`). Texts are Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .column import Column, whose
from .recorded import RECORDED

if TYPE_CHECKING:
    from .._core import ColumnSchema


COLUMNS: Final[Mapping[str, Sequence[Column]]] = {
    "attempts": (
        *whose("whose attempt it is"),
        Column(
            "retry",
            "how often the connection had been given up before, from 0; attempts of one try differ in their site "
            "(`Clients.retry`)",
        ),
        Column("home", "the client's home site"),
        Column("site", "the site tried"),
        Column("server", "the server in it, from 1, as in paths"),
        Column("tenant", "whom the client asked for; null where the fleet has no tenants"),
        Column("started", "since the start of the run"),
        Column(
            "connect",
            "start to TCP connected: the SYN-ACK is here. With `fast_open` other than `not_asked` and "
            "`cookie_requested` the ClientHello is computed first and rides in the SYN, so that its compute is part "
            "of this phase: the time that Linux's sendto(MSG_FASTOPEN) takes on a blocking socket",
        ),
        Column("server_hello", "ClientHello sent to ServerHello received"),
        Column("server_flight", "ServerHello received to the server's Finished received"),
        Column("verification", "CPU time that the client spent on signatures: the chain and CertificateVerify"),
        Column(
            "finished",
            "the server's Finished received to the client's Finished sent; contains `verification`. A full handshake "
            "of TLS 1.2 ends the other way round: from the client's Finished sent to the server's received",
        ),
        Column("handshake", "TCP connected to the later of the two: the client's handshake is complete"),
        Column("first_byte", "start to the first decrypted byte of the response"),
        Column("total", "start to the end, whatever the outcome"),
        Column(
            "answer",
            "start of the connection's first attempt to the first byte of the response: what the user waits, failed "
            "attempts and the waits between them included",
        ),
        Column(
            "outcome",
            "how it ended: `ok`, `connect_timeout`, `handshake_timeout`, `attempt_timeout`, `reset`, `alert`, "
            "`no_application_protocol` (an alert, too: client and server have none in common, RFC 7301 section 3.2), "
            "`truncated`, `vanished`, `moved` (the client got another address, by a phase of its day or a handover), "
            "`unfinished` (the run ended first)",
        ),
        Column(
            "gave_up",
            "it failed, and the client tried nothing more: the user saw an error. At most once per connection of a "
            "visit; errors are counted by it",
        ),
        Column("offered", "a ticket was offered"),
        Column("resumed", "the session was resumed"),
        Column("not_resumed", "why it did not resume; see below"),
        Column("authentication", "what the connection's authentication rests on; see below"),
        Column("early_bytes", "of the request, sent as early data (0-RTT)", "bytes"),
        Column("no_early_data", "why the request did not travel and count as early data; see below"),
        Column(
            "decided_by",
            "who decided on early data that was sent: `openssl`, or the `server-model` (the ClientHello record, the "
            "application's 425); `nobody` where none was sent",
        ),
        Column(
            "executions",
            "how often a server took up the request: once, unless nothing came of it. A second time is a copy of early "
            "data, or the same request sent again (see the invariant `ExecutedOnce`)",
        ),
        Column(
            "early_executions",
            "of those, how many as early data, before the handshake was complete. A second time is a replay (see the "
            "invariant `NoReplay`)",
        ),
        Column("hello_retry", "the server asked for another key share (HelloRetryRequest)"),
        Column(
            "session_lookup",
            "time that the server's handshake waited for the session cache, all replicas that it asked together; "
            "null where it asked none. Part of `server_hello`",
        ),
        Column(
            "fast_open",
            "TCP Fast Open (RFC 7413): `not_asked`, `cookie_requested` (the client had none), `unanswered` (data "
            "left in the SYN, no SYN-ACK came), `accepted`, `refused` (the SYN was answered, its data were not "
            "taken), `lost` (a SYN without data had to follow); after the last two the data were sent again",
        ),
        Column(
            "ticket_tenant",
            "of the ticket offered: the tenant whose certificate its session rests on. A session has crossed tenants "
            "where `resumed` is true and `ticket_tenant` is not `tenant` (see the invariant `TenantsApart`)",
        ),
        Column("ticket_age", "of the ticket offered, from its receipt"),
        Column("chain_age", "of the ticket offered, from the full handshake at the head of its chain of renewals"),
        Column("alert", "RFC 8446 section 6, sent or received; -1 if none"),
        Column("tls_version", "IANA number, such as 0x0304; 0 if none was negotiated"),
        Column("cipher_suite", "IANA number; 0 if none was negotiated"),
        Column("group", "of the key exchange: IANA number; 0 if there was none"),
        Column("alpn", "the application protocol that was negotiated (RFC 7301); null if none was"),
        Column("bytes_sent", "of TLS, given to TCP by the client", "bytes"),
        Column("bytes_received", "of TLS, got from TCP by the client", "bytes"),
        Column("flights_sent", "turns in which the client spoke"),
        Column("flights_received", "turns in which the server spoke"),
        Column("tickets_received", "tickets that the client put into its store"),
        Column("client_compute", "CPU time of cryptography at the client"),
        Column("client_queueing", "time that such work waited for a core of the client"),
        Column(
            "admission",
            "what the server's process made of the connection: `not_accepted` (nothing), `accepted`, `too_late` "
            "(refused after `Admission.max_wait`), `departed` (its client had closed before its turn came, "
            "`Admission.abort_on_close`)",
        ),
        Column("accept_wait", "in the server's accept queue; null where the fleet has no `Admission`"),
        Column("server_compute", "CPU time of cryptography at the server; also for a client that has left"),
        Column("server_queueing", "time that such work waited for a core of the server"),
    ),
    "faults": (
        Column(
            "fault",
            "its index in the faults of the run (`Scenario.faults_of`): those of the scenario, with what a rule comes "
            "to in its place",
        ),
        Column(
            "kind",
            "`partition`, `restart`, `deploy`, `drain`, `clock_skew`, `grey_failure`, `crash`, `freeze`, `overload`, "
            "`cache_loss`, `key_wipe`, `key_desync`, `key_corruption`, `certificate_expiry`, "
            "`certificate_replacement`, `revocation`, `policy_flip` or `staged_rollout`",
        ),
        Column("began", "since the start of the run"),
        Column(
            "ended",
            "since the start of the run; null where it was still on at the end; of a deploy the moment when the last "
            "server was done, of a staged rollout when its last stage had baked or it was taken back",
        ),
        Column(
            "between",
            "the two groups that were parted (with `>` or `<` between them where it was one way), the path that was "
            "restarted, drained or whose clocks were off, or the fleet that was deployed or rolled out to",
        ),
    ),
    "ticket_keys": (
        Column("site", "whose ring it is; null: shared by the fleet"),
        Column("server", "from 1, as in paths, whose ring it is; -1: shared by the site"),
        Column(
            "fault",
            "-1: the ring was there at the start; otherwise the index of the fault that lost the keys before it, "
            "whose servers share the ring as far as `site` and `server` say and their keys turn alike",
        ),
        Column("ring", "a number; rows with the same number are about the same ring"),
        Column(
            "generation",
            "of the ring, counted from the start of the run; negative for what a clock that was behind called for",
        ),
        Column(
            "source",
            "where the server had it from: the `schedule`, the `coordinator`, or its `own` for want of another "
            "(`KeyCoordinator.without_key`)",
        ),
        Column("key", "a number; rows with the same number are about the same secret"),
        Column("arrived", "when the ring had it, able to open tickets, since the start of the run"),
        Column("issued_from", "from when it sealed new tickets; null: it never did"),
        Column("issued_until", "until when it did, exclusive; null: it never did"),
        Column(
            "opens_until",
            "until when it opens tickets, exclusive; may lie beyond the end of the run, or be the moment when the "
            "last server left the ring",
        ),
    ),
    "violations": (
        Column("invariant", "its index in the scenario"),
        Column("promise", "what it says"),
        Column(
            "at", "start of the attempt or of the window; of `Recovery`, of the time over which it is measured"
        ),
        *whose("the attempt, null and -1 here and below where it was no single one"),
        Column("measured", "shares from 0 to 1, times in seconds", "1 or s"),
        Column("allowed", "in the unit of `measured`", "1 or s"),
    ),
    "security_events": (
        Column("at", "since the start of the run"),
        Column("action", "what was done; see below"),
        Column("subject", "to what; see below"),
        Column("why", "the reason of a refusal or an eviction, else `none`"),
        Column("machine", "what decided: a `server`, a replica of a session `cache`, or the key `coordinator`"),
        Column("site", "who decided: the site; null: the cache is the fleet's"),
        Column(
            "server",
            "and the server or the replica in it, from 1, as in paths. Of a coordinator both name the server that it "
            "was about",
        ),
        *whose(
            "the attempt that it was about, null and -1 here and below where it was about none: a session that "
            "leaves the memory is named by its `ticket`"
        ),
        Column(
            "key",
            "the first eight bytes of the key_name (RFC 5077 section 4) as a number; 0: none, the ticket refers to a "
            "session in the server's memory",
        ),
        Column(
            "ticket",
            "tells tickets apart: the first eight bytes of its IV, or of its session's id; of early data, of its "
            "ClientHello's random value; 0: nobody looked at it",
        ),
    ),
    "cache": (
        Column("at", "since the start of the run"),
        Column("cache", "the site whose cache it is; null: the fleet's"),
        Column("replica", "which replica of it, from 1"),
        Column("site", "of the server that asked or stored"),
        Column("server", "in the site, from 1, as in paths"),
        Column(
            "operation",
            "`hit` and `miss`: a lookup was answered; `timeout`: it was not, in time; `store`: a new entry; `evict`, "
            "`expire`: the entry that went for it, which could or could not have been used any more; `remove`: a "
            "server said that an entry must not be used any more; `overflow`: a request was lost because too many "
            "were waiting",
        ),
        Column("latency", "of a lookup: from the question to its end, as the server sees it"),
    ),
    "packets": (
        Column("population", "whose clients they came from or went to; null: no client had a part"),
        Column("direction", "`up`: from the client, the session cache or the key coordinator; `down`: to it"),
        Column("sent", "by a machine"),
        Column("duplicated", "copies that a link made"),
        Column("injected", "resets that a middlebox made, in the name of one end"),
        Column("delivered", "they arrived"),
        Column("under_way", "they had not arrived when the run ended"),
        Column("queue", "a link's queue had no room, or CoDel dropped them"),
        Column("loss", "a link lost them"),
        Column("mtu", "they were too large for a link"),
        Column("corruption", "they arrived spoilt: a checksum was wrong"),
        Column("partition", "a gate was closed (`Partition`)"),
        Column("grey_failure", "a gate lost them that was not closed (`GreyFailure`)"),
        Column("nat", "a NAT knew no mapping for them"),
        Column("firewall", "a firewall did not let them pass"),
        Column("black_hole", "they were too large for a path whose ends believe in a larger MTU (`BlackHole`)"),
        Column("vanished", "to or from a client that had vanished, or to one that had left"),
    ),
    "overload": (
        Column("at", "since the start of the run"),
        Column("site", "of the server"),
        Column("server", "in the site, from 1, as in paths"),
        Column(
            "event",
            "`syn_dropped`: the accept queue is full, and a SYN was not answered; `syn_queue_full`: the SYN queue is, "
            "and there are no SYN cookies; `syn_cookie`: a SYN was answered, and nothing of it kept; `ack_ignored`: "
            "the accept queue is full, and the client's part of TCP's handshake was not taken; `ack_reset`: the same, "
            "answered with a RST; `ejected`: the balancer sends nobody there for a while; `spared`: it would have, "
            "but enough servers are ejected already",
        ),
        Column("lasts", "of an ejection"),
    ),
    "rollout": (
        Column("fault", "the rollout's index in the faults of the run, as in the table of faults"),
        Column("stage", "which of its stages was judged, from 1; one that leaves no other sites is not"),
        Column("since", "when the stage began, since the start of the run"),
        Column("at", "when it was judged: attempts count that began since then and ended before this"),
        Column(
            "metric",
            "what is compared: `failed_share` (attempts that neither succeeded nor were ended by the client itself), "
            "`resumed_share` (of those with a ServerHello that ended in no `alert`), `first_byte_mean`",
        ),
        Column("changed_count", "attempts at sites that have the change"),
        Column("others_count", "attempts at the other sites"),
        Column("changed", "their share or mean at the changed sites; null without any", "1 or s"),
        Column("others", "and at the others", "1 or s"),
        Column("worse", "by how much the changed sites are; null with fewer attempts than `min_count`", "1 or s"),
        Column("low", "where the interval of `worse` begins", "1 or s"),
        Column("high", "where it ends", "1 or s"),
        Column(
            "verdict",
            "`roll_back`: `low` is beyond the margin; `go_on`: `high` is not; `undecided` otherwise. The worst one of "
            "a stage decides",
        ),
    ),
    **RECORDED,
}  # fmt: skip
"""Of each table, its columns in the order of the page."""

CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "not_resumed": {
        "resumed": "it did",
        "first_visit": "the client has never had a ticket",
        "expired_at_client": "the client's last tickets outlived their lifetime (RFC 8446 section 4.6.1) or the "
        "client's own limit (`TicketStorage.max_age`, `max_chain_age`)",
        "all_used": "every ticket had been offered before (see `TicketStorage.reuse`)",
        "in_use": "the same, while another connection of the client is still open",
        "store_lost": "the client's tickets were in memory and its app has restarted since, or it was installed anew",
        "store_full": "the client has no room for a ticket",
        "dropped_at_client": "the client dropped the tickets of a connection that ended without close_notify",
        "clock_skew": "a clock that was off made it look too old: the client's, the server's, or that of the server "
        "that had issued it; with right clocks it would not have been (of a session in a server's memory that is not "
        "known)",
        "expired_at_server": "the server opened the ticket or found the session, and it was too old",
        "key_retired": "the server has had the ticket's key and no longer keeps it",
        "unknown_key": "the server never had the ticket's key, or does not have it yet",
        "other_context": "the session was made for another session id context: another tenant's, or that of other "
        "settings",
        "chain_too_old": "the ticket has been renewed for longer than `Tickets.max_chain_age`",
        "not_cached": "another server's session, or one of a memory that was lost; of a session cache also one that "
        "never came there",
        "evicted": "the server's session cache, or the one that servers share, was full",
        "spent": "the ticket was used up before (OpenSSL's single-use tickets), perhaps by an answer of the session "
        "cache that was lost",
        "unclean_close": "OpenSSL dropped the session in the server: its connection ended without close_notify",
        "version_changed": "the ticket is of another version of TLS than the one negotiated",
        "cipher_changed": "the ticket is of another cipher suite than the one negotiated",
        "cache_timeout": "no replica of the session cache answered within `SessionCache.lookup_timeout`, or the server "
        "leaves all of them alone (`SessionCache.failure_limit`)",
        "expired_in_cache": "the session cache keeps entries for less time (`SessionCache.ttl`) than sessions live",
        "policy_changed": "the session was found, and today's policy would not have issued it: the lifetime or the "
        "cipher suites have changed since",
        "key_damaged": "the server has a key of the ticket's key_name, and its bytes are not those that sealed it",
        "revoked": "a `Revocation` says that sessions from then are not resumed any more",
        "refused": "the server opened the ticket in time and still chose a full handshake",
        "no_handshake": "the attempt ended before the server answered the offer",
    },
    "authentication": {
        "none": "the handshake was not completed",
        "certificate": "the server's certificate: a full handshake",
        "ticket": "a session of before, by ticket or by id",
        "external_psk": "a key that client and server were given beforehand (RFC 8446 section 4.2.11)",
    },
    "no_early_data": {
        "accepted": "it did travel as early data, and the server took it",
        "policy_off": "the client does not send early data (`ClientTls.early_data`)",
        "no_ticket": "the client had nothing to offer",
        "ticket_forbids": "the ticket allows none: the server that issued it had `max_early_data` 0",
        "other_host": "the session was made with another host name: OpenSSL sends no early data then",
        "unsafe_request": "the request is not one that may be repeated (`Clients.early_safe`)",
        "server_off": "the server has turned it off since it issued the ticket",
        "not_resumed": "the ticket was not honoured",
        "hello_retry": "a HelloRetryRequest ended it",
        "not_fresh": "the ticket's age by the client's clock is too far from that by the server's",
        "alpn_changed": "the session was made for another application protocol than the server selects now",
        "replayed": "the server's record has this ClientHello already",
        "too_early": "TLS accepted it, and the application answered 425 (Too Early)",
        "no_handshake": "the attempt ended before the server answered",
    },
}
"""Closed sets of `attempts` whose values need a line each."""

# Made from the scenario when a table is written, so the compiled half does not know them.
WRITTEN_BESIDES: Final[Mapping[str, Sequence[str]]] = {"faults": ("between",), "violations": ("promise",)}
PLACES: Final = ("population", "home", "site", "cache", "tenant", "ticket_tenant", "alpn")


def column_of(parameter: str, table: str) -> str:
    """The column in which a table tells the value of a grid's parameter.

    Parameters
    ----------
    parameter
        Its name, which is the column's; but where the table has a column of that name itself, `set_` stands before it.
    table
        The table's name.

    Examples
    --------
    >>> column_of("loss", "attempts"), column_of("loss", "packets")
    ('loss', 'set_loss')
    """
    own = any(column.name == parameter for column in COLUMNS[table])
    return f"set_{parameter}" if own else parameter


def type_of(name: str, column: ColumnSchema | None) -> str:
    """How a column is held in the file: names are dictionaries of strings.

    Parameters
    ----------
    name
        Of the column.
    column
        What the compiled half says of it; None where it does not know it.
    """
    if column is None or column["choices"] is not None or name in PLACES:
        return "name"
    return "duration[ns]" if column["kind"] == "duration" else column["kind"]
