"""The axis of a run's time."""

import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes

from .tables import ResultTables


def end_of_run(results: ResultTables, folded: pd.DataFrame) -> float:
    """Seconds until the run ended, as far as its tables tell."""
    keys = results.ticket_keys
    known = [folded["started"].dt.total_seconds().max()]
    if len(keys):
        known.append(keys["issued_until"].dt.total_seconds().max())
    return max(float(max(known)), 1.0)


def span_label(seconds: float) -> str:
    """A length of time in its largest unit, with three digits at most.

    Examples
    --------
    >>> span_label(7_200), span_label(90), span_label(0.5)
    ('2 h', '1.5 min', '0.5 s')
    """
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def time_axis(axes: Axes, end: float) -> None:
    """Make x the time from 0 to `end`, in minutes, hours or days, and say so."""
    unit, name = _time_unit(end)
    axes.set_xlim(0, end)
    axes.xaxis.set_major_locator(ticker.MultipleLocator(_tick_step(end)))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda at, _: f"{at / unit:g}"))
    axes.set_xlabel(f"time since the start of the run ({name})")


def _time_unit(end: float) -> tuple[float, str]:
    if end <= 2 * 3_600:
        return 60.0, "minutes"
    return (3_600.0, "hours") if end <= 5 * 86_400 else (86_400.0, "days")


def _tick_step(end: float) -> float:
    steps = [60 * m for m in (1, 2, 5, 10, 20)] + [3_600 * h for h in (1, 2, 3, 6, 12, 24, 48, 168, 720)]
    return next((float(step) for step in steps if end / step <= 13), end / 10)
