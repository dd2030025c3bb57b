"""What must hold throughout a run: the steady state of chaos engineering, declared."""

from __future__ import annotations

from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import ADuration, AnInteger, ANumber, AText, Choice, DurationLike

Phase = Literal["connect", "handshake", "first_byte", "total", "answer"]

_SHARE = ANumber(at_least=0.0, at_most=1.0)
_POPULATION = AText("the name of a population")
_FROM_ZERO = ADuration(at_least="0s")
_ABOVE_ZERO = ADuration(at_least="0s", above=True)
_COUNT = AnInteger(at_least=1, at_most=1_000_000_000)


@value
class ErrorShare:
    """Connections that their user gets no response on, as a share of those asked for.

    A connection counts once, however often it is tried. Those whose client vanished or got another address, or that
    the end of the run cut short, do not count.

    Parameters
    ----------
    at_most
        0 to 1.
    population
        Its name. None: all.
    since
        Connections that began before do not count, since the start of the run.
    window
        The share must hold in each window of so long. None: over the whole run.
    min_count
        A share of fewer connections is not judged, 1 to 1,000,000,000.

    Examples
    --------
    >>> ErrorShare(at_most=0.01, window="10min").min_count
    20
    """

    at_most: float = field(_SHARE)
    population: str | None = field(_POPULATION, default=None)
    since: Takes[DurationLike, Duration] = field(_FROM_ZERO, default=Duration("0s"))
    window: Takes[DurationLike | None, Duration | None] = field(_ABOVE_ZERO, default=None)
    min_count: int = field(_COUNT, default=20)


@value
class ResumedShare:
    """Attempts that resumed, as a share of those that were answered.

    Parameters
    ----------
    at_least
        0 to 1.
    population, since, window, min_count
        As for `ErrorShare`, but by when attempts began.

    Examples
    --------
    >>> ResumedShare(at_least=0.6, since="6h").window is None
    True
    """

    at_least: float = field(_SHARE)
    population: str | None = field(_POPULATION, default=None)
    since: Takes[DurationLike, Duration] = field(_FROM_ZERO, default=Duration("0s"))
    window: Takes[DurationLike | None, Duration | None] = field(_ABOVE_ZERO, default=None)
    min_count: int = field(_COUNT, default=20)


@value
class Latency:
    """A percentile of the time that attempts take to get as far as a phase.

    The smallest time that at least so many percent do not exceed (nearest rank). Attempts that did not
    get that far do not count: that is the business of `ErrorShare`.

    Parameters
    ----------
    phase
        ``"connect"``, ``"handshake"``, ``"first_byte"``, ``"total"`` or ``"answer"`` (to the first byte from the
        start of the visit, retries and their waits included): columns of the table of attempts.
    percentile
        Above 0 and at most 100.
    at_most
        Above 0 s.
    population, since, window, min_count
        As for `ErrorShare`, but by when attempts began.

    Examples
    --------
    >>> Latency(percentile=99, at_most="2s").phase
    'first_byte'
    """

    phase: Phase = field(Choice(Phase), default="first_byte")
    percentile: float = field(ANumber(at_least=0.0, at_most=100.0, above=True), default=99.0)
    at_most: Takes[DurationLike, Duration] = field(_ABOVE_ZERO)
    population: str | None = field(_POPULATION, default=None)
    since: Takes[DurationLike, Duration] = field(_FROM_ZERO, default=Duration("0s"))
    window: Takes[DurationLike | None, Duration | None] = field(_ABOVE_ZERO, default=None)
    min_count: int = field(_COUNT, default=20)


@value
class TicketAge:
    """No session is resumed whose ticket the client has had for longer.

    Parameters
    ----------
    at_most
        Above 0 s.
    population
        Its name. None: all.

    Examples
    --------
    >>> TicketAge(at_most="1d").at_most
    Duration('1d')
    """

    at_most: Takes[DurationLike, Duration] = field(_ABOVE_ZERO)
    population: str | None = field(_POPULATION, default=None)


@value
class ChainAge:
    """No session is resumed whose last full handshake was longer ago, however often it was renewed.

    Parameters
    ----------
    at_most
        Above 0 s.
    population
        Its name. None: all.

    Examples
    --------
    >>> ChainAge(at_most="7d").population is None
    True
    """

    at_most: Takes[DurationLike, Duration] = field(_ABOVE_ZERO)
    population: str | None = field(_POPULATION, default=None)


@value
class ServerQueueing:
    """No attempt's work waits longer for a core of its server, in sum.

    Parameters
    ----------
    at_most
        At least 0 s.

    Examples
    --------
    >>> ServerQueueing(at_most="50ms")
    ServerQueueing(at_most=Duration('50ms'))
    """

    at_most: Takes[DurationLike, Duration] = field(_FROM_ZERO)


@value
class FallbackTime:
    """A client whose first attempt fails has its response soon after that attempt began.

    From elsewhere, or at a later try.

    Parameters
    ----------
    at_most
        From the start of the first attempt to the first byte of the response, above 0 s.
    population
        Its name. None: all.

    Examples
    --------
    >>> FallbackTime(at_most="12s").at_most
    Duration('12s')
    """

    at_most: Takes[DurationLike, Duration] = field(_ABOVE_ZERO)
    population: str | None = field(_POPULATION, default=None)


@value
class Recovery:
    """After each fault has ended, resumption comes back.

    Parameters
    ----------
    at_least
        The share of answered attempts that resume, 0 to 1.
    within
        From the end of a fault until the share is measured, at least 0 s.
    over
        How long it is measured, above 0 s. Faults too close to the end of the run are not judged.
    population, min_count
        As for `ErrorShare`.

    Examples
    --------
    >>> Recovery(at_least=0.5, within="10min", over="30min").min_count
    20
    """

    at_least: float = field(_SHARE)
    within: Takes[DurationLike, Duration] = field(_FROM_ZERO)
    over: Takes[DurationLike, Duration] = field(_ABOVE_ZERO)
    population: str | None = field(_POPULATION, default=None)
    min_count: int = field(_COUNT, default=20)


@value
class EveryAttemptEnds:
    """Every attempt ends, in a response or in a failure with a name, before its client's patience is over.

    Examples
    --------
    >>> EveryAttemptEnds()
    EveryAttemptEnds()
    """


@value
class TenantsApart:
    """No session of one tenant resumes at another.

    Examples
    --------
    >>> TenantsApart()
    TenantsApart()
    """


@value
class ExecutedOnce:
    """No request is executed twice because of early data: neither a copy of it nor one that its client sends again.

    Notes
    -----
    RFC 8446 section 8: whoever accepts early data without remembering it executes what arrives again; and a client
    whose early data came to nothing may send the request again, although it was executed.

    Examples
    --------
    >>> ExecutedOnce()
    ExecutedOnce()
    """


@value
class NoReplay:
    """No copy of early data is executed.

    What a client sends again itself, because its early data were refused, is no copy: see `ExecutedOnce`.

    Notes
    -----
    RFC 8446 section 8 tells two classes of attacks apart. Servers can stop this one, by single use of tickets or by
    remembering each ClientHello (sections 8.1 and 8.2); the other is the application's to deal with.

    Examples
    --------
    >>> NoReplay()
    NoReplay()
    """


Invariant = (
    ErrorShare
    | ResumedShare
    | Latency
    | TicketAge
    | ChainAge
    | ServerQueueing
    | FallbackTime
    | Recovery
    | EveryAttemptEnds
    | TenantsApart
    | ExecutedOnce
    | NoReplay
)


def promise(invariant: Invariant) -> str:
    """What an invariant says, in a sentence without a full stop."""
    said = _said(invariant)
    population = getattr(invariant, "population", None)
    window = getattr(invariant, "window", None)
    since = getattr(invariant, "since", Duration("0s"))
    if population is not None:
        said = f"{population}: {said}"
    if window is not None:
        said += f" in every {window}"
    if since.nanoseconds > 0:
        said += f", from {since} on"
    return said


def measured(invariant: Invariant, amount: float) -> str:
    """What was measured of it, as people write it."""
    if isinstance(invariant, ErrorShare | ResumedShare | Recovery):
        return f"{amount:.2%}"
    if isinstance(invariant, TenantsApart):
        return "a session of another tenant"
    if isinstance(invariant, ExecutedOnce | NoReplay):
        return f"{amount:.0f} times"
    return clock(amount) if amount >= 60 else f"{amount:.3g} s"


def clock(seconds: float) -> str:
    """A time of a run, as hours, minutes and seconds.

    >>> clock(3723.5)
    '1:02:03.500'
    """
    minutes, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:06.3f}"


def _said(invariant: Invariant) -> str:
    match invariant:
        case ErrorShare():
            return f"at most {invariant.at_most:.4g} of the connections fail"
        case ResumedShare():
            return f"at least {invariant.at_least:.4g} of the answered attempts resume"
        case Latency():
            return f"{invariant.percentile:g} % reach {invariant.phase} within {invariant.at_most}"
        case TicketAge():
            return f"no ticket older than {invariant.at_most} resumes"
        case ChainAge():
            return f"no session resumes whose full handshake is more than {invariant.at_most} ago"
        case ServerQueueing():
            return f"no attempt waits longer than {invariant.at_most} for a core of its server"
        case FallbackTime():
            return f"whose first attempt fails has a response within {invariant.at_most}"
        case Recovery():
            share = f"at least {invariant.at_least:.4g} resume again (over {invariant.over})"
            return f"{invariant.within} after a fault {share}"
        case EveryAttemptEnds():
            return "every attempt ends"
        case TenantsApart():
            return "no session of one tenant resumes at another"
        case ExecutedOnce():
            return "no request is executed twice because of early data"
        case NoReplay():
            return "no copy of early data is executed"
