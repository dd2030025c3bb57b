"""Faults that come by a rule: again and again, or at random from the run's seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from ..units import Duration
from .faults import Deploy, Fault
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, ANumber, AText, Choice, DurationLike, ListOf, OneOf
from .partition import GreyFailure, Partition
from .staged_rollout import StagedRollout

DurationLaw = Literal["fixed", "uniform", "exponential", "heavy-tailed"]


@value
class Periodic:
    """The same fault again and again.

    Parameters
    ----------
    fault
        The first one, at its own `start`. Any but a `StagedRollout`.
    every
        From one start to the next, above 0 s.
    times
        How many, 1 to 10,000; None: until the end.
    until
        None starts then or later: since the start of the run, above 0 s; None: until the run ends.

    Examples
    --------
    >>> import reshake as rs
    >>> tunnel = rs.Partition(between=("phones", "edge"), start="10min", lasts="40s")
    >>> Periodic(fault=tunnel, every="30min", times=3).every
    Duration('30min')
    """

    fault: Fault = field(OneOf(Fault))
    every: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))
    times: int | None = field(AnInteger(at_least=1, at_most=10_000), default=None)
    until: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s", above=True), default=None)


@value
class Strike:
    """One kind of fault that a `Nemesis` has at hand.

    Parameters
    ----------
    fault
        What happens: not before its own ``start``, and for its own ``lasts`` in the mean. Any fault but a
        `Deploy` or a `StagedRollout`.
    mean_gap
        From one to the next, exponentially distributed, at least 1 ms. Whether one is still on does not
        matter: faults of one kind may overlap.
    durations
        How long they last: always as long (``"fixed"``), anything up to twice the mean (``"uniform"``),
        ``"exponential"``, or ``"heavy-tailed"`` (Pareto with exponent 3/2: many short ones, few very long).
    where
        Paths, one of which is struck, all alike: a fault's ``where``, or the second group of a `Partition` or a
        `GreyFailure`.
        Empty: the fault's own.
    correlated
        Where a server is struck: the probability of each other server of its site to be struck along with
        it, for as long, 0 to 1.

    Examples
    --------
    >>> import reshake as rs
    >>> restart = rs.Restart(where="edge/ams/server-1", start="0s", lasts="20s")
    >>> Strike(fault=restart, mean_gap="2h", where=["edge/ams/server-1", "edge/iad"]).durations
    'exponential'
    """

    fault: Fault = field(OneOf(Fault))
    mean_gap: Takes[DurationLike, Duration] = field(ADuration(at_least="1ms"))
    durations: DurationLaw = field(Choice(DurationLaw), default="exponential")
    where: Takes[Sequence[str], tuple[str, ...]] = field(
        ListOf(AText('the path of a group, such as "edge/ams"')), default=()
    )
    correlated: float = field(ANumber(at_least=0.0, at_most=1.0), default=0.0)


@value
class Intensity:
    """From a moment on, a `Nemesis` strikes more often, or less.

    Parameters
    ----------
    since
        Since the start of the run, at least 0 s.
    factor
        So many times as often as each ``mean_gap`` says, 0 to 1,000,000; 0: not at all.

    Examples
    --------
    >>> Intensity(since="6h", factor=10).factor
    10.0
    """

    since: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    factor: float = field(ANumber(at_least=0.0, at_most=1e6))


@value
class Nemesis:
    """Faults at random, from the run's seed.

    Parameters
    ----------
    strikes
        The kinds of faults, each a Poisson process of its own.
    intensity
        How often they come as time goes by, in the order of time; as their ``mean_gap`` says before the
        first.
    quiet_end
        In this last part of a run no fault begins or is on, so that what recovers can be judged; what
        would be on is over before, except for what never heals. At least 0 s.
    name
        Of its draws. Two in one scenario need two names.

    Notes
    -----
    What it will do in the run of a seed, `Scenario.faults_of` tells; a scenario that lists those faults
    instead gives the same run, to the byte.

    Examples
    --------
    >>> import reshake as rs
    >>> Nemesis(
    ...     strikes=[
    ...         rs.Strike(
    ...             fault=rs.Restart(where="edge/ams", start="0s", lasts="30s"),
    ...             mean_gap="1h",
    ...             where=["edge/ams", "edge/iad"],
    ...         )
    ...     ],
    ...     intensity=[rs.Intensity(since="12h", factor=3)],
    ...     quiet_end="1h",
    ... ).name
    'nemesis'
    """

    strikes: Takes[Sequence[Strike], tuple[Strike, ...]] = field(ListOf(A(Strike)))
    intensity: Takes[Sequence[Intensity], tuple[Intensity, ...]] = field(ListOf(A(Intensity)), default=())
    quiet_end: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"), default=Duration("0s"))
    name: str = field(AText("a name"), default="nemesis")


PlannedFault = Fault | Periodic | Nemesis


def struck(fault: Fault, where: str, start: int, lasts: int | None) -> Fault:
    """The same kind of fault, for somebody else, at another time; in nanoseconds, None: as it is."""
    changes: dict[str, Any] = {"start": Duration.of_nanoseconds(start)}
    match fault:
        case Partition() | GreyFailure():
            changes["between"] = (fault.between[0], where)
        case Deploy() | StagedRollout():
            changes["fleet"] = where
        case _:
            changes["where"] = where
    if lasts is not None:
        changes["lasts"] = Duration.of_nanoseconds(lasts)
    return dataclasses.replace(fault, **changes)
