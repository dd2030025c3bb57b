"""Every figure of a batch by its name, for the command line and the report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from .cache_dashboard import cache_dashboard, shows_caches
from .exposure import exposure_front
from .gaps import resumption_by_gap
from .heat_map import heat_map
from .incident import incident
from .key_dashboard import key_dashboard, shows_keys
from .key_lines import key_lines
from .latency import latency_cdf
from .over_parameter import over_parameter
from .percentile_lines import percentile_lines, quantity_lines
from .phases import phase_stacks
from .quantities import varied
from .reasons import fallback_reasons
from .resumption import resumption_over_time
from .tables import ResultTables
from .tail import latency_tail
from .tenants import offers_to_others, tenant_crossings
from .ticket_lines import ticket_lines
from .waterfall import waterfall


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A kind of figure.

    Parameters
    ----------
    question
        That it answers, in a line.
    draw
        Makes it of results and the parameter to compare by; None: the first with several values.
    applies
        Whether there is anything to see in the results, so that a report should show it.
    """

    question: str
    draw: Callable[[ResultTables, str | None], Figure]
    applies: Callable[[ResultTables], bool] = lambda _: True


FIGURES: Mapping[str, Drawing] = {
    "over_parameter": Drawing(question="what does a parameter do, and what does it cost?", draw=over_parameter),
    "latency_cdf": Drawing(question="how long until the first byte?", draw=latency_cdf),
    "latency_tail": Drawing(question="how long do the unluckiest visits wait?", draw=latency_tail),
    "resumption_over_time": Drawing(question="when did visits resume, and when not?", draw=resumption_over_time),
    "incident": Drawing(
        question="what do users feel and operators see, minute by minute?",
        draw=incident,
        applies=lambda results: not results.faults.empty,
    ),
    "fallback_reasons": Drawing(question="why did visits not resume?", draw=fallback_reasons),
    "resumption_by_gap": Drawing(question="how long may a client stay away and still resume?", draw=resumption_by_gap),
    "phase_stacks": Drawing(question="in which phase does the time go?", draw=phase_stacks),
    "percentile_lines": Drawing(
        question="which percentiles of the time to first byte does a parameter move?", draw=percentile_lines
    ),
    "resumed_lines": Drawing(
        question="how does a parameter move the share that resumes?",
        draw=lambda results, by: quantity_lines(results, "resumed_share", by),
    ),
    "heat_map": Drawing(
        question="which of two parameters moves the share that resumes?",
        draw=lambda results, by: heat_map(results, "resumed_share", by),
    ),
    "latency_heat_map": Drawing(
        question="which of two parameters moves the 95th percentile of the time to first byte?",
        draw=lambda results, by: heat_map(results, "first_byte_p95", by),
    ),
    "waterfall": Drawing(
        question="who waited for whom in the slowest visit?", draw=lambda results, _: waterfall(results)
    ),
    "key_lines": Drawing(
        question="how long does each ticket key seal and open tickets?", draw=lambda results, _: key_lines(results)
    ),
    "key_dashboard": Drawing(
        question="how old are the keys that seal, and which tickets does no key open?",
        draw=key_dashboard,
        applies=shows_keys,
    ),
    "cache_dashboard": Drawing(
        question="what do lookups in session caches find and cost, and which entries go?",
        draw=cache_dashboard,
        applies=shows_caches,
    ),
    "ticket_lines": Drawing(
        question="what becomes of the tickets that clients get?",
        draw=lambda results, _: ticket_lines(results),
        applies=lambda results: not results.tickets.empty,
    ),
    "exposure_front": Drawing(
        question="what does a stolen ticket key expose, and what does less cost?",
        draw=lambda results, _: exposure_front(results),
    ),
    "tenant_crossings": Drawing(
        question="did sessions cross from one tenant to another?",
        draw=tenant_crossings,
        applies=lambda results: not offers_to_others(results).empty,
    ),
}
"""By name, in the order in which a reader wants them."""

USUAL = ("latency_cdf", "resumption_over_time", "fallback_reasons")
"""What is drawn unless the user names figures."""


def usual(results: ResultTables) -> tuple[str, ...]:
    """What is drawn of a batch unless the user names figures: first of all what its parameters do, if they vary."""
    return ("over_parameter", *USUAL) if varied(results) else USUAL
