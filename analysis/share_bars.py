"""Bars of shares that add up to a whole: what became of visits, or of tickets, under each value of a parameter."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from .groups import Group
from .style import INK, MUTED, percent_axis, share_label

_LEAST_TOLD = 0.03  # A narrower piece has no room for its number.


def shares_of(frame: pd.DataFrame, column: str) -> dict[str, float]:
    """The share of rows with each value of a column, as means over seeds; empty where there are no rows."""
    if frame.empty:
        return {}
    per_seed = frame.groupby("seed")[column].value_counts(normalize=True).unstack().fillna(0.0)
    return {str(value): float(share) for value, share in per_seed.mean().items()}


def draw_share_bars(
    axes: Axes,
    shares: Mapping[Group, Mapping[str, float]],
    looks: Mapping[str, tuple[str, str]],
    dark: Collection[str],
    *,
    labels: Sequence[str],
    nothing: str,
) -> None:
    """A bar for each group, from top to bottom, along an axis from 0 to 100 %.

    Parameters
    ----------
    axes
        What is drawn on; its legend is for the caller to place.
    shares
        As `shares_of` gives them.
    looks
        Name and colour of each piece, from left to right.
    dark
        Pieces on which white text reads better.
    labels
        Of the groups.
    nothing
        What is written where a group has no shares.
    """
    for row, table in enumerate(shares.values()):
        if not table:
            axes.text(0.01, row, nothing, va="center", color=MUTED, fontsize=11)
        left = 0.0
        for piece, (name, colour) in looks.items():
            share = table.get(piece, 0.0)
            named = name if row == 0 else None
            axes.barh(row, share, left=left, height=0.72, color=colour, edgecolor="white", linewidth=0.8, label=named)
            if share >= _LEAST_TOLD:
                text = "white" if piece in dark else INK
                axes.text(left + share / 2, row, share_label(share), ha="center", va="center", color=text, fontsize=11)
            left += share
    axes.set_yticks(range(len(shares)), list(labels), fontsize=12, fontweight="bold")
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    percent_axis(axes, "x")
