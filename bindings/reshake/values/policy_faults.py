"""What operators do to certificates, sessions and settings of servers that run, or fail to do."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, AText, Choice, DurationLike
from .machine_faults import SERVERS
from .tls_settings import CertificateKey, ServerTls, Tickets

ChainPart = Literal["leaf", "intermediate"]

_DATE = ADuration(at_least="-3650d", at_most="3650d")


@value
class CertificateExpiry:
    """A certificate of the servers expires, and is renewed after a while.

    Whoever verifies it in between ends the handshake with certificate_expired (alert 45). A resumption
    verifies nothing, and goes on.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        When it expires, since the start of the run, at least 0 s. Clients judge by their own clocks.
    lasts
        Until it is renewed, above 0 s; None: nobody renews it.
    which
        The ``"leaf"``, or the ``"intermediate"`` that issued it.

    Notes
    -----
    Verification of certificates belongs to full handshakes: RFC 8446 sections 2.2 and 4.4.2.

    Examples
    --------
    >>> CertificateExpiry(where="edge", start="6h", lasts="2h").which
    'leaf'
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)
    which: ChainPart = field(Choice(ChainPart), default="leaf")


@value
class CertificateReplacement:
    """New processes of the servers have another chain, under the same root; all at once, as by a reload.

    Open connections finish on the old ones. What the servers had in their memory is lost.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s.
    lasts
        Until the former chain is back, above 0 s; None: it stays.
    certificate
        What kind of keys the new chain has; None: the same kind as the former one, but other keys.
    intermediates
        How many, 0 to 8; None: as many as the former one has.
    not_before, not_after
        From when to when it is valid, since the start of the run and perhaps negative, at most 3650 d either
        way; None: as every certificate.
    which
        Whose dates these are: the ``"leaf"``'s, or those of the ``"intermediate"`` that issued it.

    Examples
    --------
    >>> CertificateReplacement(where="edge", start="6h", which="intermediate", not_after="-1d").not_after
    Duration('-1d')
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)
    certificate: CertificateKey | None = field(Choice(CertificateKey), default=None)
    intermediates: int | None = field(AnInteger(at_least=0, at_most=8), default=None)
    not_before: Takes[DurationLike | None, Duration | None] = field(_DATE, default=None)
    not_after: Takes[DurationLike | None, Duration | None] = field(_DATE, default=None)
    which: ChainPart = field(Choice(ChainPart), default="leaf")


@value
class Revocation:
    """From a moment on servers resume no session that was made before it: of all clients, or of some.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s. Tickets tell the second in which they were made: those of
        the second of `start` are refused too.
    population
        Whose sessions; None: everybody's.
    client
        Which client of that population, from 0; None: all of them.
    tenant
        Sessions that rest on the certificate of this tenant; None: on any.

    Notes
    -----
    A date in the servers' policy, as one rolls out when a device is stolen or a certificate is revoked. Whose
    a ticket is, a server that asks such things writes into it.

    Examples
    --------
    >>> Revocation(where="edge", start="6h", population="phones", client=3).client
    3
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    population: str | None = field(AText("the name of a population"), default=None)
    client: int | None = field(AnInteger(at_least=0, at_most=4_294_967_295), default=None)
    tenant: str | None = field(AText("the name of a tenant"), default=None)


@value
class PolicyFlip:
    """New settings on some servers, all at once and without a rollout, and perhaps back again.

    Open connections finish on the old processes, and what the servers had in their memory is lost.

    Parameters
    ----------
    where
        The path of a fleet, a site or a server.
    start
        Since the start of the run, at least 0 s.
    lasts
        Until the former settings are back, above 0 s; None: they stay.
    tls, tickets
        The new settings, at least one of them; None: as before. The certificates stay, and so do
        ``tickets.keys``, ``tickets.rotation`` and ``tickets.distribution``: a `Deploy` can change the first two.

    Examples
    --------
    >>> import reshake as rs
    >>> PolicyFlip(where="edge/ams", start="6h", tickets=rs.Tickets(lifetime="1min")).lasts is None
    True
    """

    where: str = field(SERVERS)
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    lasts: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)
    tls: ServerTls | None = field(A(ServerTls), default=None)
    tickets: Tickets | None = field(A(Tickets), default=None)
