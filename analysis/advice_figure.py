"""The figure of advice: every policy with its intervals, what the constraints leave, the front, and the best."""

import math

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .advice import Advice, Policy, headline
from .estimates import Estimate
from .groups import OKABE_ITO, called
from .quantities import Quantity
from .style import INK, MUTED, RULE, Sheet, label_axes, percent_axis

_LOOKS = {"met": (OKABE_ITO[0], "o"), "perhaps": (OKABE_ITO[4], "o"), "broken": (MUTED, "x")}
_WORDS = {
    "met": "keeps all constraints",
    "perhaps": "in the mean, not with its interval",
    "broken": "breaks a constraint",
}
_WIDE = 8.0  # Times: values that span more are drawn in log scale.
_HOUR = 3_600.0
_HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336)
_APART = 0.05  # Of the axis' height: names nearer than this run into each other.


def front_figure(advice: Advice) -> Figure:
    """The objective against the first constraint's quantity, a point per policy; without constraints, against nothing.

    Parameters
    ----------
    advice
        As `advise` gives it.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide at its own resolution.
    """
    across = advice.constraints[0].quantity if advice.constraints else None
    seeds = max((policy.estimate(advice.objective).seeds for policy in advice.policies), default=0)
    note = f"{len(advice.policies)} policies, {seeds} seeds each, the same for all. Lines: 95 % confidence."
    if len(advice.constraints) > 1:
        note += " The front counts every constraint's quantity; here is the first."
    names = ", ".join(map(called, advice.policies[0].values))
    sheet = Sheet(
        title=headline(advice).rstrip("."),
        subtitle=f"A point per policy{f', named by {names}' if names else ''}",
        note=note,
        height=6.4,
    )
    axes = sheet.axes(left=0.1, right=0.95, above=0.3)
    _draw(axes, advice, across)
    _scale(axes, advice.objective, [policy.estimate(advice.objective) for policy in advice.policies], "y")
    if across is None:
        axes.set_xticks(
            range(len(advice.policies)), [policy.short for policy in advice.policies], rotation=20, ha="right"
        )
    else:
        _scale(axes, across, [policy.estimate(across) for policy in advice.policies], "x")
        limit = advice.constraints[0].limit
        axes.axvline(limit, color=INK, linewidth=1.2, linestyle=(0, (3, 2)), zorder=1)
    label_axes(axes, x=across.axis if across else "policy", y=advice.objective.axis)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, frameon=False, fontsize=10, borderaxespad=0.2)
    return sheet.figure


def _place(advice: Advice, policy: Policy, across: Quantity | None) -> Estimate:
    if across is not None:
        return policy.estimate(across)
    at = float(advice.policies.index(policy))
    return Estimate(mean=at, low=math.nan, high=math.nan, seeds=1)


def _draw(axes: Axes, advice: Advice, across: Quantity | None) -> None:
    named: set[str] = set()
    for policy in advice.policies:
        x, y = _place(advice, policy, across), policy.estimate(advice.objective)
        if math.isnan(x.mean) or math.isnan(y.mean):
            continue
        judged = advice.judge(policy)
        colour, marker = _LOOKS[judged]
        if x.has_interval:
            axes.plot([x.low, x.high], [y.mean] * 2, color=colour, linewidth=1.0, alpha=0.6, zorder=2)
        if y.has_interval:
            axes.plot([x.mean] * 2, [y.low, y.high], color=colour, linewidth=1.0, alpha=0.6, zorder=2)
        label = None if judged in named or not advice.constraints else _WORDS[judged]
        named.add(judged)
        axes.plot([x.mean], [y.mean], marker, color=colour, markersize=8, linestyle="", label=label, zorder=3)
    if across is not None:
        ordered = sorted(advice.front, key=lambda policy: policy.estimate(across).mean)
        points = [(policy.estimate(across).mean, policy.estimate(advice.objective).mean) for policy in ordered]
        axes.plot(*zip(*points, strict=True), color=MUTED, linewidth=1.3, zorder=1, label="front")
        _name(axes, advice, ordered, across)
    if advice.best is not None:
        x, y = _place(advice, advice.best, across), advice.best.estimate(advice.objective)
        axes.plot([x.mean], [y.mean], "o", markersize=17, markerfacecolor="none", markeredgecolor=OKABE_ITO[1],
                  markeredgewidth=2.4, linestyle="", label="the best", zorder=4)  # fmt: skip


def _name(axes: Axes, advice: Advice, ordered: list[Policy], across: Quantity) -> None:
    heights = [policy.estimate(advice.objective).mean for policy in ordered]
    span = (max(heights) - min(heights)) or 1.0
    last = -math.inf
    for policy, height in zip(ordered, heights, strict=True):
        if policy is not advice.best and abs(height - last) < _APART * span:
            continue  # Its name would lie on the one before.
        last = height
        is_best = policy is advice.best
        axes.annotate(
            policy.short, (policy.estimate(across).mean, height), xytext=(12, -16) if is_best else (-10, 6),
            textcoords="offset points", ha="left" if is_best else "right", fontsize=9.5, color=INK,
            fontweight="bold" if is_best else "normal",
        )  # fmt: skip


def _scale(axes: Axes, quantity: Quantity, estimates: list[Estimate], which: str) -> None:
    values = np.array([each.mean for each in estimates if not math.isnan(each.mean)])
    axis = axes.xaxis if which == "x" else axes.yaxis
    if quantity.is_share and values.max() > 0.2:
        percent_axis(axes, which)
        return
    if not quantity.is_share and values.min() > 0 and values.max() > _WIDE * values.min():
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        in_hours = values.min() >= _HOUR
        steps = ticker.FixedLocator([_HOUR * hours for hours in _HOURS])
        axis.set_major_locator(steps if in_hours else ticker.LogLocator(base=10, subs=(1, 2, 5), numticks=40))
        axis.set_minor_locator(ticker.NullLocator())
        if which == "x":
            axes.set_xlim(min(values.min() / 1.6, axes.get_xlim()[0]), max(values.max() * 1.25, axes.get_xlim()[1]))
    else:
        axis.set_major_locator(ticker.MaxNLocator(6))
        if which == "x":
            axes.margins(x=0.2)
            axes.set_xlim(left=max(0.0, axes.get_xlim()[0]))  # No time and no share is negative.
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: quantity.label(value) if value > 0 else "0"))
    axes.grid(axis=which, color=RULE, linewidth=0.8)  # type: ignore[arg-type]
