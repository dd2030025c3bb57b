"""What an operator or an app sets of TLS. Names and defaults are OpenSSL's."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, AText, Choice, DurationLike

CertificateKey = Literal["ecdsa-p256", "rsa-2048"]
TicketKeyScope = Literal["shared", "per-site"]

_GROUPS = AText('groups, such as "X25519:P-256"')
_CIPHERSUITES = AText('TLS 1.3 cipher suites, such as "TLS_AES_128_GCM_SHA256"')
_SIGALGS = AText('signature algorithms, such as "ECDSA+SHA256"')


@value
class ClientTls:
    """Settings of the clients' side. None: OpenSSL's default.

    Parameters
    ----------
    groups
        Key exchange groups, as for SSL_CTX_set1_groups_list(3).
    ciphersuites
        TLS 1.3 cipher suites, as for SSL_CTX_set_ciphersuites(3).
    sigalgs
        Signature algorithms, as for SSL_CTX_set1_sigalgs_list(3).

    Examples
    --------
    >>> ClientTls(groups="X25519").ciphersuites is None
    True
    """

    groups: str | None = field(_GROUPS, default=None)
    ciphersuites: str | None = field(_CIPHERSUITES, default=None)
    sigalgs: str | None = field(_SIGALGS, default=None)


@value
class ServerTls:
    """Settings of the servers' side. The chain is leaf and intermediate under a trusted root.

    Parameters
    ----------
    certificate
        Key type of the whole chain: ``"ecdsa-p256"`` or ``"rsa-2048"``.
    groups, ciphersuites, sigalgs
        As for `ClientTls`.

    Examples
    --------
    >>> ServerTls(certificate="rsa-2048").groups is None
    True
    """

    certificate: CertificateKey = field(Choice(CertificateKey), default="ecdsa-p256")
    groups: str | None = field(_GROUPS, default=None)
    ciphersuites: str | None = field(_CIPHERSUITES, default=None)
    sigalgs: str | None = field(_SIGALGS, default=None)


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
        Who has the same ticket keys: ``"shared"`` by the fleet, or those of one site
        (``"per-site"``).
    rotation
        None: one key for the whole run.
    num_tickets
        Tickets after a full handshake, 0 to 100; a resumption renews one.

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
    num_tickets: int = field(AnInteger(at_least=0, at_most=100), default=2)
