"""Statistics, figures and tables of a batch. Reads results only.

Each figure answers one question, states its answer in the title, and is a plain
`matplotlib.figure.Figure`, made without pyplot: `.savefig(path)` writes it.
"""

from .auditor import audit
from .bootstrap import bootstrap
from .cache_dashboard import cache_dashboard
from .canary import Metric, Stage, canary, first_rollback
from .estimates import Estimate, ecdf, intervals, over_seeds, percentile, student_t
from .exposure import exposure, exposure_front
from .gaps import resumption_by_gap
from .heat_map import heat_map
from .incident import PANELS, Panel, incident
from .key_dashboard import key_dashboard
from .key_lines import key_lines
from .latency import latency_cdf
from .over_parameter import over_parameter
from .paired import Difference, difference, seeds_needed, sign_flip_p
from .percentile_lines import percentile_lines, quantity_lines
from .phases import phase_stacks
from .quantities import FAILED, REPLAYED, RESUMED, SERVER_COMPUTE, Quantity, among, first_byte, numbers, rests_on_before
from .reasons import fallback_reasons
from .report import report_figures
from .resumption import resumption_over_time
from .run_numbers import run_numbers
from .summary import summary, summary_table
from .tables import ResultTables, visits
from .tail import latency_tail
from .tenants import offers_to_others, tenant_crossings
from .ticket_lines import ticket_lines
from .waterfall import waterfall, worst_visits

__all__ = [
    "FAILED",
    "PANELS",
    "REPLAYED",
    "RESUMED",
    "SERVER_COMPUTE",
    "Difference",
    "Estimate",
    "Metric",
    "Panel",
    "Quantity",
    "ResultTables",
    "Stage",
    "among",
    "audit",
    "bootstrap",
    "cache_dashboard",
    "canary",
    "difference",
    "ecdf",
    "exposure",
    "exposure_front",
    "fallback_reasons",
    "first_byte",
    "first_rollback",
    "heat_map",
    "incident",
    "intervals",
    "key_dashboard",
    "key_lines",
    "latency_cdf",
    "latency_tail",
    "numbers",
    "offers_to_others",
    "over_parameter",
    "over_seeds",
    "percentile",
    "percentile_lines",
    "phase_stacks",
    "quantity_lines",
    "report_figures",
    "rests_on_before",
    "resumption_by_gap",
    "resumption_over_time",
    "run_numbers",
    "seeds_needed",
    "sign_flip_p",
    "student_t",
    "summary",
    "summary_table",
    "tenant_crossings",
    "ticket_lines",
    "visits",
    "waterfall",
    "worst_visits",
]
