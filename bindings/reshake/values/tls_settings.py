"""What an operator or an app sets of TLS. Names and defaults are OpenSSL's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .key_distribution import KeyDistribution
from .kinds import A, ABoolean, ADuration, AnInteger, AText, Choice, DurationLike, ListOf, OneOf

ProtocolVersion = Literal["TLSv1.2", "TLSv1.3"]
CertificateKey = Literal["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096", "ml-dsa-65"]
AlpnMismatch = Literal["alert-fatal", "noack"]
AntiReplay = Literal["single-use", "client-hello-record", "none"]
TicketKeyScope = Literal["shared", "per-site", "per-server"]
TicketScope = Literal["origin", "certificate", "any"]
TicketReuse = Literal["never", "TLSv1.2", "always"]
UncleanEnd = Literal["keep", "drop"]

_GROUPS = AText('groups, such as "X25519:P-256"')
_CIPHERSUITES = AText('TLS 1.3 cipher suites, such as "TLS_AES_128_GCM_SHA256"')
_CIPHER_LIST = AText('TLS 1.2 ciphers, such as "ECDHE+AESGCM"')
_SIGALGS = AText('signature algorithms, such as "ECDSA+SHA256"')
_VERSION = Choice(ProtocolVersion)
_FRAGMENT = AnInteger(at_least=512, at_most=16_384)
_PROTOCOLS = ListOf(AText('the name of an application protocol, such as "h2"'))


@value
class ClientTls:
    """Settings of the clients' side. None: OpenSSL's default.

    Parameters
    ----------
    groups
        Key exchange groups, as for SSL_CTX_set1_groups_list(3).
    ciphersuites, cipher_list
        For TLS 1.3 as for SSL_CTX_set_ciphersuites(3), for TLS 1.2 as for SSL_CTX_set_cipher_list(3).
    sigalgs
        Signature algorithms, as for SSL_CTX_set1_sigalgs_list(3).
    min_protocol, max_protocol
        ``"TLSv1.2"`` or ``"TLSv1.3"``.
    early_data
        The request goes out as early data (0-RTT) where the ticket allows it.
    allow_no_dhe_kex
        Offers resumption without a key exchange (psk_ke, RFC 8446 section 4.2.9).
    extended_master_secret
        Of TLS 1.2 (RFC 7627).
    rx_certificate_compression
        Accepts compressed certificates (RFC 8879).
    max_send_fragment
        Bytes of data in a record, 512 to 16,384 (SSL_CTX_set_max_send_fragment(3)).
    external_psk
        Each client has a key of its own, given beforehand, and offers it (RFC 8446 section 4.2.11) beside
        its tickets: where the server takes it, no certificate is sent. TLS 1.3, and SHA-384, the hash of
        OpenSSL's preferred cipher suite: with another suite the key is passed over.
    alpn
        Names of the application protocols that a client offers, ``["h2", "http/1.1"]`` (RFC 7301,
        SSL_CTX_set_alpn_protos(3)), each 1 to 255 bytes. Empty: no such extension.

    Examples
    --------
    >>> ClientTls(groups="X25519").ciphersuites is None
    True
    """

    groups: str | None = field(_GROUPS, default=None)
    ciphersuites: str | None = field(_CIPHERSUITES, default=None)
    cipher_list: str | None = field(_CIPHER_LIST, default=None)
    sigalgs: str | None = field(_SIGALGS, default=None)
    min_protocol: ProtocolVersion = field(_VERSION, default="TLSv1.2")
    max_protocol: ProtocolVersion = field(_VERSION, default="TLSv1.3")
    early_data: bool = field(ABoolean(), default=False)
    allow_no_dhe_kex: bool = field(ABoolean(), default=False)
    extended_master_secret: bool = field(ABoolean(), default=True)
    rx_certificate_compression: bool = field(ABoolean(), default=True)
    max_send_fragment: int = field(_FRAGMENT, default=16_384)
    external_psk: bool = field(ABoolean(), default=False)
    alpn: Takes[Sequence[str], tuple[str, ...]] = field(_PROTOCOLS, default=())


@value
class ServerTls:
    """Settings of the servers' side. The chain hangs under a root that the clients trust.

    Parameters
    ----------
    certificate
        Key type of the whole chain: ``"ecdsa-p256"``, ``"ecdsa-p384"``, ``"rsa-2048"``, ``"rsa-3072"``,
        ``"rsa-4096"`` or ``"ml-dsa-65"``.
    intermediates
        Certificates between the leaf and the root, 0 to 8.
    leaf_padding
        Bytes that the leaf is made longer by, 0 to 60,000.
    groups, ciphersuites, cipher_list, sigalgs, min_protocol, max_protocol
        As for `ClientTls`.
    max_early_data
        Bytes of early data that a ticket allows, 0 (none) to 4,294,967,295.
    anti_replay
        How early data is kept from being accepted twice (RFC 8446 section 8). ``"single-use"`` is
        OpenSSL's: tickets then refer to sessions in the server's memory, used up once.
        ``"client-hello-record"``: the server remembers each ClientHello; ``"none"``.
    session_ticket
        False: sessions live in each server's memory (TLS 1.2 session ids, stateful TLS 1.3 tickets).
    session_cache_size
        Sessions in each server's memory, 1 to 100,000,000.
    session_id_context
        Sessions that were made under another are refused (SSL_CTX_set_session_id_context(3)); at most 32
        bytes. With tenants each has its own, ``"<this>/<tenant>"``.
    allow_no_dhe_kex, prefer_no_dhe_kex
        Takes, or prefers, resumption without a key exchange.
    extended_master_secret
        Of TLS 1.2 (RFC 7627).
    tx_certificate_compression
        Sends compressed certificates to clients that take them (RFC 8879).
    max_send_fragment
        As for `ClientTls`. A client reads nothing of a record that is not complete.
    external_psk
        Knows the key of every client that has one (`ClientTls.external_psk`).
    alpn
        Names of the application protocols that the servers speak, the preferred first: a server selects
        the first that the client offers (SSL_CTX_set_alpn_select_cb(3)). Empty: it takes no part.
    alpn_mismatch
        Where a client offers protocols and none of them is spoken: ``"alert-fatal"`` ends the handshake with
        no_application_protocol, as RFC 7301 section 3.2 demands; ``"noack"`` goes on without a protocol.

    Examples
    --------
    >>> ServerTls(certificate="rsa-2048").groups is None
    True
    """

    certificate: CertificateKey = field(Choice(CertificateKey), default="ecdsa-p256")
    intermediates: int = field(AnInteger(at_least=0, at_most=8), default=1)
    leaf_padding: int = field(AnInteger(at_least=0, at_most=60_000), default=0)
    groups: str | None = field(_GROUPS, default=None)
    ciphersuites: str | None = field(_CIPHERSUITES, default=None)
    cipher_list: str | None = field(_CIPHER_LIST, default=None)
    sigalgs: str | None = field(_SIGALGS, default=None)
    min_protocol: ProtocolVersion = field(_VERSION, default="TLSv1.2")
    max_protocol: ProtocolVersion = field(_VERSION, default="TLSv1.3")
    max_early_data: int = field(AnInteger(at_least=0, at_most=4_294_967_295), default=0)
    anti_replay: AntiReplay = field(Choice(AntiReplay), default="single-use")
    session_ticket: bool = field(ABoolean(), default=True)
    session_cache_size: int = field(AnInteger(at_least=1, at_most=100_000_000), default=20_480)
    session_id_context: str = field(AText("text"), default="reshake")
    allow_no_dhe_kex: bool = field(ABoolean(), default=False)
    prefer_no_dhe_kex: bool = field(ABoolean(), default=False)
    extended_master_secret: bool = field(ABoolean(), default=True)
    tx_certificate_compression: bool = field(ABoolean(), default=False)
    max_send_fragment: int = field(_FRAGMENT, default=16_384)
    external_psk: bool = field(ABoolean(), default=False)
    alpn: Takes[Sequence[str], tuple[str, ...]] = field(_PROTOCOLS, default=())
    alpn_mismatch: AlpnMismatch = field(Choice(AlpnMismatch), default="alert-fatal")


@value
class TicketStorage:
    """How a client's library stores tickets.

    Parameters
    ----------
    capacity
        Tickets, 0 to 1,000,000; the oldest goes first. None: no limit. With tenants it counts for each host
        name, or certificate, that `scope` keeps apart.
    scope
        To whom a ticket is offered: the host name that sent it (``"origin"``), every name of that one's
        ``"certificate"``, as RFC 8446 section 4.6.1 allows, or ``"any"`` name, which it does not.
    reuse
        Which tickets are offered more than once: ``"never"``, those of ``"TLSv1.2"``, ``"always"``.
        A TLS 1.3 ticket should be used once (RFC 8446 appendix C.4).
    persistent
        Survives restarts of the app; else tickets are lost with its memory. An app restarts by
        `Clients.restarts`, or without it with the device, each time that this goes down.
    encrypted_at_rest
        What is stored is sealed (AES-256-GCM) under a key of the device; sealing and opening cost what
        they cost.
    after_unclean_end
        What becomes of the tickets of a connection that ends without close_notify: ``"keep"`` or
        ``"drop"``.
    max_age
        Since a ticket's receipt, at least 1 s; an older one is not offered, whatever lifetime it came with.
        None: its lifetime alone counts.
    max_chain_age
        Since the full handshake at the head of a chain of renewals, at least 1 s; a ticket of an older
        chain is not offered. None: chains go on for ever.

    Examples
    --------
    >>> TicketStorage(capacity=2, persistent=False).reuse
    'TLSv1.2'
    """

    capacity: int | None = field(AnInteger(at_least=0, at_most=1_000_000), default=None)
    scope: TicketScope = field(Choice(TicketScope), default="origin")
    reuse: TicketReuse = field(Choice(TicketReuse), default="TLSv1.2")
    persistent: bool = field(ABoolean(), default=True)
    encrypted_at_rest: bool = field(ABoolean(), default=False)
    after_unclean_end: UncleanEnd = field(Choice(UncleanEnd), default="keep")
    max_age: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="1s"), default=None)
    max_chain_age: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="1s"), default=None)


@value
class StekRotation:
    """When ticket keys change, and for how long an old key still opens tickets.

    Parameters
    ----------
    every
        Time between two keys, at least 1 s.
    keep_previous
        Number of old keys that still open tickets, 0 to 1,000.

    Notes
    -----
    RFC 5077 section 5.5. A ticket can be opened for at least ``every * keep_previous`` and at most
    ``every * (1 + keep_previous)`` after its issue.

    Examples
    --------
    >>> StekRotation(every="1d").keep_previous
    1
    """

    every: Takes[DurationLike, Duration] = field(ADuration(at_least="1s"))
    keep_previous: int = field(AnInteger(at_least=0, at_most=1000), default=1)


@value
class Tickets:
    """How a fleet issues session tickets and for how long it honours them.

    Parameters
    ----------
    lifetime
        Whole seconds, 1 s to 7 d. Sets SSL_CTX_set_timeout(3).
    keys
        Who has the same ticket keys: ``"shared"`` by the fleet, the servers of one site
        (``"per-site"``), or each its own (``"per-server"``).
    rotation
        None: one key for the whole run.
    distribution
        How servers come by the keys of a rotation: a `ClockDerived` or a `KeyCoordinator`. None: all that
        share keys have each new one at the same instant, whatever their clocks show.
    num_tickets
        Tickets after a full handshake, 0 to 100; a resumption renews one.
    renew
        A resumption brings a new ticket.
    max_chain_age
        Since the full handshake at the head of a chain of renewals, at least 1 s; an older chain ends
        in a full handshake. None: chains go on for ever.

    Notes
    -----
    RFC 8446 section 4.6.1 limits the lifetime to 7 days.

    Examples
    --------
    >>> Tickets(lifetime="6h", rotation=StekRotation(every="1d")).keys
    'shared'
    """

    lifetime: Takes[DurationLike, Duration] = field(ADuration(at_least="1s", at_most="7d"), default=Duration("2h"))
    keys: TicketKeyScope = field(Choice(TicketKeyScope), default="shared")
    rotation: StekRotation | None = field(A(StekRotation), default=None)
    distribution: KeyDistribution | None = field(OneOf(KeyDistribution), default=None)
    num_tickets: int = field(AnInteger(at_least=0, at_most=100), default=2)
    renew: bool = field(ABoolean(), default=True)
    max_chain_age: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="1s"), default=None)
