"""Tenants: customers whose names are served by the same servers."""

from __future__ import annotations

from typing import Literal

from .fields import field, value
from .kinds import AnInteger, AText, Choice

TenantKeys = Literal["own", "shared"]
TenantIsolation = Literal["client-hello", "session-id-context", "servername-check", "context-switch"]


@value
class Tenant:
    """A customer of a fleet: its host names, all in one certificate of its own.

    Parameters
    ----------
    name
        The tenant ``"shop"`` of the fleet ``"edge"`` is asked for as ``shop.edge.example``.
    hosts
        Names that its certificate covers (``2.shop.edge.example``, …), 1 to 100. Each visit asks for one of
        them at random.
    keys
        Ticket keys: its ``"own"``, derived from the fleet's so that they rotate together, or ``"shared"`` with
        every tenant that shares. Own keys count where the context is selected before resumption: with
        ``tenant_isolation`` ``"client-hello"``. Otherwise all tickets are the first tenant's.

    Examples
    --------
    >>> Tenant("shop", hosts=3).keys
    'own'
    """

    name: str = field(AText("a name"), kw_only=False)
    hosts: int = field(AnInteger(at_least=1, at_most=100), default=1)
    keys: TenantKeys = field(Choice(TenantKeys), default="own")
