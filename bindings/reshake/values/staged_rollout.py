"""A change of the servers' settings that goes out site by site, is judged on the way, and is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..units import Duration
from .fields import Takes, field, value
from .kinds import A, ADuration, AnInteger, ANumber, AText, Choice, DurationLike, ListOf
from .machine_faults import Fate
from .tls_settings import ServerTls, Tickets

Undecided = Literal["go-on", "wait", "roll-back"]

_MARGIN = ANumber(at_least=0.0, at_most=1.0)


@value
class RolloutStage:
    """The sites that get a change together, and how long they have it before the next ones do.

    Parameters
    ----------
    sites
        Names of the fleet's sites, at least one, that have not had the change before. As cells of different shares
        of the clients (`Site.share`) they make the usual stages of 1, 10, 50 and 100 %.
    bake
        Until the stage is judged and the next one begins, above 0 s.

    Examples
    --------
    >>> RolloutStage(sites=["cell-1"], bake="30min").bake
    Duration('30min')
    """

    sites: Takes[Sequence[str], tuple[str, ...]] = field(ListOf(AText("the name of a site")))
    bake: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", above=True))


@value
class CanaryAnalysis:
    """How much worse the sites that have a change may be than the others, over the time of a stage.

    Parameters
    ----------
    failed_share
        By so much more of the attempts may fail, 0 to 1; None: not judged. What a client ended by itself is no
        failure.
    resumed_share
        By so much fewer of the attempts that the servers answered may resume, 0 to 1; None: not judged.
    first_byte_mean
        By so much longer the mean time to the first byte may be, at least 0 s; None: not judged.
    confidence
        Of the interval of each difference, 0.5 to 0.999999.
    min_count
        With fewer attempts than that at the changed sites, or at the others, a margin is undecided; 2 to
        1,000,000,000.
    undecided
        What follows where no margin is broken and not all are known to hold: the next stage (``"go-on"``), as much
        time again, after which all of it counts (``"wait"``), or the end of the change (``"roll-back"``).

    Notes
    -----
    A margin is broken where the difference is larger, with the whole of its two-sided normal interval, and holds
    where no part of the interval is larger. Attempts count by the site that they reached, if they began and ended
    within the stage. They are taken as independent of each other; shares have one attempt of each kind added to
    their variance, so that a share of none or all has one. Who waits looks more than once: false alarms are then more
    than `confidence` says.

    The table `rollout` has a row for each verdict.

    Examples
    --------
    >>> CanaryAnalysis(failed_share=0.01, first_byte_mean="20ms").undecided
    'go-on'
    """

    failed_share: float | None = field(_MARGIN, default=None)
    resumed_share: float | None = field(_MARGIN, default=None)
    first_byte_mean: Takes[DurationLike | None, Duration | None] = field(ADuration(at_least="0s"), default=None)
    confidence: float = field(ANumber(at_least=0.5, at_most=0.999999), default=0.99)
    min_count: int = field(AnInteger(at_least=2, at_most=1_000_000_000), default=10)
    undecided: Undecided = field(Choice(Undecided), default="go-on")


@value
class StagedRollout:
    """New settings that go out stage by stage, each judged by the run itself, and come back where they do harm.

    At the end of a stage all sites that have the change are compared with all that have not, over the time of that
    stage. If a margin is broken, the changed servers get their former settings and keys back at once, and the rollout
    is over. A stage that leaves no other sites, as the last one mostly does, has nothing to be compared with: it is
    not judged, and when it has baked the settings stay for good.

    Parameters
    ----------
    fleet
        Its name.
    start
        When the first stage begins, since the start of the run, at least 0 s.
    stages
        At least one. Sites that are in none never get the change.
    tls, tickets
        The new settings; None: as before. The certificates stay: ``certificate``, ``intermediates`` and
        ``leaf_padding`` must be the fleet's. Other ``tickets.keys`` or ``tickets.rotation`` need keys ``"lost"``.
    keys
        ``"kept"``, or ``"lost"``: changed servers have new ticket keys, which they share with each other as far as
        ``tickets.keys`` says. A rollback brings the former ones back, unless another fault has lost them meanwhile, or
        changed what the settings want.
    analysis
        What the change is judged by; None: it goes on whatever it does.

    Notes
    -----
    Each change, and the way back, is a reload: open connections finish on the old processes, and what the servers had
    in their memory is lost. The stages after a verdict depend on the run, so a rollout cannot be the fault of a
    `Periodic` or a `Nemesis`. In the table of faults it ends with the last stage's time or with the rollback.

    Examples
    --------
    >>> import reshake as rs
    >>> rollout = StagedRollout(
    ...     fleet="edge",
    ...     start="1h",
    ...     stages=[rs.RolloutStage(sites=["canary"], bake="30min"), rs.RolloutStage(sites=["rest"], bake="30min")],
    ...     tls=rs.ServerTls(min_protocol="TLSv1.3"),
    ...     analysis=rs.CanaryAnalysis(failed_share=0.01),
    ... )
    >>> len(rollout.stages), rollout.keys
    (2, 'kept')
    """

    fleet: str = field(AText("the name of a fleet"))
    start: Takes[DurationLike, Duration] = field(ADuration(at_least="0s"))
    stages: Takes[Sequence[RolloutStage], tuple[RolloutStage, ...]] = field(ListOf(A(RolloutStage)))
    tls: ServerTls | None = field(A(ServerTls), default=None)
    tickets: Tickets | None = field(A(Tickets), default=None)
    keys: Fate = field(Choice(Fate), default="kept")
    analysis: CanaryAnalysis | None = field(A(CanaryAnalysis), default=None)
