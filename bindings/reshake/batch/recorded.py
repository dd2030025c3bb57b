"""What each column means of the tables that a scenario has only where its `records` name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .column import Column, whose

RECORDED: Final[Mapping[str, Sequence[Column]]] = {
    "requests": (
        *whose("whose attempt sent it"),
        Column("sent", "its first byte left, since the start of the run"),
        Column(
            "way",
            "`early_data`: with the ClientHello, as far as the ticket allows, and what is left of it after the "
            "handshake; `application_data`: all of it after the handshake",
        ),
        Column("bytes", "of the whole request", "bytes"),
        Column("early_bytes", "of those, sent as early data", "bytes"),
        Column(
            "fate",
            "as the client knows it: `answered` (the response began), `rejected` (by TLS, as early data: it is sent "
            "again), `too_early` (the application answered 425: it is sent again), `unanswered` (nothing came before "
            "the attempt ended)",
        ),
        Column("taken_up", "by the server, for the first time; null: never, not as 425 either"),
        Column("executions", "how often servers took it up"),
        Column("first_byte", "of the response, at the client, since the start of the run; null: none came"),
        Column("response_bytes", "that the client has read", "bytes"),
    ),
    "tickets": (
        *whose("whose attempt brought it"),
        Column("received", "since the start of the run"),
        Column("tenant", "whom the client had asked for; null where the fleet has no tenants"),
        Column("tls_version", "of its session, IANA number"),
        Column("lifetime", "that the server gave it (`ticket_lifetime`, or the hint of TLS 1.2)"),
        Column(
            "authenticated",
            "when TCP had connected for the full handshake at the head of its chain, since the start of the run",
        ),
        Column("key", "as in `security_events`: which key sealed it; 0: none, it refers to a session in a memory"),
        Column("ticket", "as in `security_events`: tells tickets apart"),
        Column("offers", "how often it was offered"),
        Column("first_offered", "for the first time, since the start of the run; null: never"),
        Column("last_offered", "for the last time"),
        Column("resumptions", "how many of the offers resumed, as the client saw it"),
        Column(
            "end",
            "`kept` (it is in the store as the run ends), `used_up` (it was offered, and may not be again), `expired` "
            "(found too old as the client wanted to offer one), `evicted` (no room for it, or another came), `lost` "
            "(the memory that it was in is gone, noticed as the client next came), `dropped` (its connection ended "
            "without close_notify)",
        ),
        Column("ended", "when it left the store, since the start of the run; null: it is kept"),
    ),
    "compute": (
        *whose("whose attempt it was for"),
        Column("side", "who computed: the `client` or the `server`"),
        Column("site", "of the server that the attempt was about, whoever computed"),
        Column("server", "the server in it, from 1, as in paths"),
        Column(
            "phase",
            "`handshake`: it was not complete as the work began; `data`: application data, tickets, close_notify; "
            "`refusal`: nothing was begun, and the connection is closed (`Admission`), which no column of `attempts` "
            "counts as compute",
        ),
        Column("queued", "it asked for a core, since the start of the run"),
        Column("began", "it got one"),
        Column(
            "paid",
            "what it produced left. Later than `began` and `cpu` where others had part of the cores (`Overload`) or "
            "they stood still (`Freeze`). Null: its side had gone by then, or the run ended; `attempts` does not "
            "count it",
        ),
        Column("cpu", "CPU time"),
        Column("signing", "of it, signatures of its own, or RSA key transport"),
        Column("verification", "of it, signatures of the other side and its chain"),
        Column(
            "key_exchange",
            "of it, key pairs, shared secrets, encapsulations. What is left is key derivation, records, messages and "
            "certificates",
        ),
    ),
}  # fmt: skip
"""Of each table, its columns in the order of the page."""
