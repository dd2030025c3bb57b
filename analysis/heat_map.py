"""The figure of two parameters: a number in every cell, and which parameter moves it."""

import math

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .estimates import Estimate
from .groups import Group, Grouping, group_by
from .opening import visits_told
from .quantities import Quantity, fold, quantity_named
from .style import INK, MUTED, NOTHING, Sheet, label_axes, seeds_note
from .tables import ResultTables

_SCALE = "cividis"  # Reads the same under all common kinds of colour vision (Nuñez, Anderton and Renslow, 2018).
_MIDDLE = 0.2  # The luminance on which ink and white are told equally well.
_WIDE = 8.0  # A factor; times that span more are coloured by their logarithm.


def heat_map(results: ResultTables, of: str = "resumed_share", x: str | None = None, y: str | None = None) -> Figure:
    """A quantity over two parameters of the grid, as numbers on colours.

    Parameters
    ----------
    results
        A batch.
    of
        A quantity of the summary: `resumed_share`, `first_byte_p50`, `first_byte_p95`,
        `first_byte_p99`, `failed_share` or `server_compute`.
    x, y
        Parameters of its grid, or `population`, `home`, `site`. None: the first parameters with
        several values that are not named.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.

    Raises
    ------
    ValueError
        If there are no attempts, no such parameter or quantity, or no two parameters.

    Notes
    -----
    The small number in a cell is the half-width of the mean's confidence interval over seeds.
    """
    quantity = quantity_named(of)
    columns, rows = _axes_of(results, x, y)
    folded = fold(results)
    cells = [
        [quantity.estimate(cell) for _, cell in columns.split(row)] for _, row in rows.split(folded)
    ]  # A cell without visits has no seeds, and shows nothing.
    means = np.array([[cell.mean for cell in row] for row in cells])
    pooled = tuple(name for name in columns.pooled if name not in (columns.column, rows.column))
    shown = Grouping(column=columns.column, groups=columns.groups, pooled=pooled)
    sheet = Sheet(
        title=_finding(quantity, columns, rows, cells),
        subtitle=f"{quantity.axis.capitalize()}, by {rows.title} and {columns.title}",
        note=f"{visits_told(folded)}. {seeds_note(results, shown, '±')}",
        height=2.6 + 0.62 * max(len(rows.groups), 3),
    )
    axes = sheet.axes(left=0.19 if rows.has_long_labels else 0.13, right=0.86, above=0.1)
    norm = _norm(means)
    axes.pcolormesh(np.ma.masked_invalid(means), cmap=_SCALE, norm=norm, edgecolors="white", linewidth=2)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            _write(axes, j + 0.5, i + 0.5, quantity, cell, norm)
    axes.set_xticks(np.arange(len(columns.groups)) + 0.5, [group.label for group in columns.groups])
    axes.set_yticks(np.arange(len(rows.groups)) + 0.5, [group.label for group in rows.groups])
    axes.tick_params(length=0, labelsize=11.5)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    label_axes(axes, x=columns.title, y=rows.title)
    _draw_scale(sheet, quantity, norm)
    return sheet.figure


def _axes_of(results: ResultTables, x: str | None, y: str | None) -> tuple[Grouping, Grouping]:
    several = [name for name, values in results.parameters.items() if len(values) > 1 and name not in (x, y)]
    if x is None and several:
        x = several.pop(0)
    if y is None and several:
        y = several.pop(0)
    if x is None or y is None:
        raise ValueError("x, y: a heat map needs two parameters with several values; name them, or population or home")
    if x == y:
        raise ValueError(f"y: {y!r} is the other axis already; name another parameter")
    return group_by(results, x), group_by(results, y)


def _norm(means: NDArray[np.float64]) -> Normalize:
    known = means[~np.isnan(means)]
    if not known.size:
        return Normalize(0.0, 1.0)
    least, most = float(known.min()), float(known.max())
    if least > 0 and most > _WIDE * least and most > 1.0:
        return LogNorm(least, most)
    return Normalize(least, most if most > least else least + 1e-9)


def _write(axes: Axes, x: float, y: float, quantity: Quantity, cell: Estimate, norm: Normalize) -> None:
    if math.isnan(cell.mean):
        axes.text(x, y, NOTHING, ha="center", va="center", color=MUTED, fontsize=12)
        return
    colour = INK if _luminance(matplotlib.colormaps[_SCALE](norm(cell.mean))) > _MIDDLE else "white"
    text, error = quantity.estimate_label(cell)
    axes.text(x, y, text, ha="center", va="bottom" if error else "center", color=colour, fontsize=12, fontweight="bold")
    if error:
        axes.text(x, y - 0.06, error, ha="center", va="top", color=colour, fontsize=9.5)


def _luminance(colour: tuple[float, float, float, float]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _draw_scale(sheet: Sheet, quantity: Quantity, norm: Normalize) -> None:
    axes = sheet.figure.add_axes((0.885, sheet.bottom, 0.016, sheet.top - sheet.bottom - 0.02))
    bar = sheet.figure.colorbar(matplotlib.cm.ScalarMappable(norm, _SCALE), cax=axes)
    bar.outline.set_visible(False)
    bar.minorticks_off()
    least, most = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    ticks = np.linspace(least, most, 4) if not isinstance(norm, LogNorm) else np.geomspace(least, most, 4)
    bar.set_ticks(list(ticks), labels=[quantity.label(float(tick)) for tick in ticks])
    bar.ax.tick_params(labelsize=9.5, colors=INK, length=0)


def _finding(quantity: Quantity, columns: Grouping, rows: Grouping, cells: list[list[Estimate]]) -> str:
    """The ends of the map, and the parameter that decides where there is one."""
    means = np.array([[cell.mean for cell in row] for row in cells])
    if np.isnan(means).all():
        return "No visit to show"
    least, most = (np.unravel_index(int(choose(means)), means.shape) for choose in (np.nanargmin, np.nanargmax))
    start, end = (least, most) if quantity.more_is_better else (most, least)  # From the worse to the better.

    def place(at: tuple[np.intp, ...]) -> str:
        return f"{_said(columns, columns.groups[at[1]])}, {_said(rows, rows.groups[at[0]])}"

    worse, better = float(means[start]), float(means[end])
    if quantity.label(worse) == quantity.label(better):
        return f"{quantity.phrase} is {quantity.label(better)}, whatever the {columns.title} and the {rows.title}"
    low, high = cells[least[0]][least[1]], cells[most[0]][most[1]]
    if low.has_interval and high.has_interval and low.high >= high.low:
        span = f"from {quantity.label(low.mean)} to {quantity.label(high.mean)}"
        return f"these seeds cannot tell the cells apart: {quantity.phrase} goes {span}"
    span = f"from {quantity.label(worse)} ({place(start)}) to {quantity.label(better)} ({place(end)})"
    return f"{quantity.phrase} goes {span}{_decides(columns, rows, means)}"


def _said(grouping: Grouping, group: Group) -> str:
    return f"{grouping.title} {group.label}"


def _decides(columns: Grouping, rows: Grouping, means: NDArray[np.float64]) -> str:
    """Main effects: how far the means over the other parameter lie apart."""
    with np.errstate(invalid="ignore"):
        by_column, by_row = np.nanmean(means, axis=0), np.nanmean(means, axis=1)
    moved = {grouping.title: float(np.ptp(effect)) for grouping, effect in ((columns, by_column), (rows, by_row))}
    less, more = sorted(moved, key=lambda title: moved[title])
    if not moved[more] > 0 or math.isnan(moved[less]):
        return ""
    factor = moved[more] / moved[less] if moved[less] > 0 else math.inf
    return f"; the {more} decides more than the {less}" if factor > 2 else ""
