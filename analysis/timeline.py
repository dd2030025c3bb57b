"""The axis of a run's time."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from .faults import Band
from .style import BAND, MUTED
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


def time_axis(axes: Axes, end: float, since: float = 0.0) -> None:
    """Make x the time from `since` to `end`, in seconds, minutes, hours or days, and say so."""
    unit, name = _time_unit(end)
    axes.set_xlim(since, end)
    axes.xaxis.set_major_locator(ticker.MultipleLocator(_tick_step(end - since)))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda at, _: f"{at / unit:g}"))
    axes.set_xlabel(f"time since the start of the run ({name})")


def _time_unit(end: float) -> tuple[float, str]:
    if end <= 120:
        return 1.0, "seconds"
    if end <= 4 * 3_600:
        return 60.0, "minutes"
    return (3_600.0, "hours") if end <= 5 * 86_400 else (86_400.0, "days")


def _tick_step(end: float) -> float:
    seconds, minutes, hours = (1, 2, 5, 10, 20), (1, 2, 5, 10, 20), (1, 2, 3, 6, 12, 24, 48, 168, 720)
    steps = [*seconds, *(60 * m for m in minutes), *(3_600 * h for h in hours)]
    return next((float(step) for step in steps if end / step <= 13), end / 10)


def draw_bands(axes: Axes, bands: Sequence[Band], *, named: bool = True) -> None:
    """Shade the time of faults, with their names above the axes; runs of a batch may have different ones at once."""
    spans: dict[tuple[float, float], list[Band]] = {}
    for band in bands:
        spans.setdefault((band.began, band.ended), []).append(band)
    for (began, ended), of in spans.items():
        if ended > began:
            axes.axvspan(began, ended, color=BAND, linewidth=0, zorder=0, label=f"_{of[0].kind}")
        else:  # Done at once.
            axes.axvline(began, color=BAND, linewidth=2.5, zorder=0, label=f"_{of[0].kind}")
    if named:
        for together in _at_once(spans):
            _name(axes, {span: spans[span] for span in together})


def turn_names_inwards(axes: Axes, end: float) -> None:
    """Have names of faults near an edge of the run end there, where the axes are narrow."""
    for text in axes.texts:
        if isinstance(text, Annotation) and not end / 4 <= text.xy[0] <= 3 * end / 4:
            text.set_horizontalalignment("left" if text.xy[0] < end / 4 else "right")


def _at_once(spans: Iterable[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Spans that have an instant in common, or follow from one to the next by such; by time."""
    found: list[list[tuple[float, float]]] = []
    for began, ended in sorted(spans):
        if found and began <= max(end for _, end in found[-1]):
            found[-1].append((began, ended))
        else:
            found.append([(began, ended)])
    return found


def _name(axes: Axes, spans: Mapping[tuple[float, float], Sequence[Band]]) -> None:
    """Put one text over faults that overlap: each by itself would be written over the others."""
    told = []
    for (began, ended), of in spans.items():
        where = f" {of[0].between}" if len(spans) == len(of) == 1 else ""
        lasts = f", {span_label(ended - began)}" if ended > began else ""
        told.append(", ".join(dict.fromkeys(band.name for band in of)) + where + lasts)
    axes.annotate(
        "; ".join(dict.fromkeys(told)),
        ((min(began for began, _ in spans) + max(ended for _, ended in spans)) / 2, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=10.5,
        color=MUTED,
        fontweight="bold",
    )
