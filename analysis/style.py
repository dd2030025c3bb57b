"""The one look of every figure: a title that states the finding, room for a note, words and units on the axes."""

import io
import math
import re
from collections.abc import Iterable
from pathlib import Path

import matplotlib
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from .estimates import CONFIDENCE, Estimate, method
from .groups import Grouping, called
from .tables import ResultTables

INK = "#222222"
MUTED = "#666666"
RULE = "#E3E3E3"
BAND = "#D8D8D8"

NOTHING = "\N{EN DASH}"
"""Stands where there is no number."""

WIDTH = 10.0
DPI = 120  # With WIDTH: 1200 pixels, which a README and a wiki page show unscaled.
LEFT, RIGHT = 0.085, 0.965

_TITLE_SIZE, _TEXT_SIZE, _NOTE_SIZE = 16, 11.5, 9.5
_SMALL = 0.2  # Shares up to it would lie on the floor of an axis that goes to 100 %.
_WORDS = re.compile(r"[\d.,<>]+ (?:µs|ms|s|min|h|d|%)(?![\w])[^\s]*|\S+")  # A number and its unit stay together.
_LINE = 1.35 / 72  # Inches of height per point of type size.


class Sheet:
    """A figure with its title, subtitle and note in place; `top` and `bottom` say where axes may go (0 to 1)."""

    def __init__(self, *, title: str, subtitle: str, note: str, height: float = 5.6) -> None:
        self.figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
        lines = _wrap(title[:1].upper() + title[1:], _TITLE_SIZE, "bold")
        y = 1 - 0.16 / height
        self._text(y, "\n".join(lines), size=_TITLE_SIZE, weight="bold", colour=INK, va="top")
        y -= (len(lines) * _TITLE_SIZE * _LINE + 0.04) / height
        self._text(y, subtitle, size=_TEXT_SIZE, colour=MUTED, va="top")
        self.top = y - (_TEXT_SIZE * _LINE + 0.14) / height
        notes = _wrap(note, _NOTE_SIZE, "normal")
        self._text(0.12 / height, "\n".join(notes), size=_NOTE_SIZE, colour=MUTED, va="bottom")
        self.bottom = (0.12 + len(notes) * _NOTE_SIZE * _LINE + 0.62) / height

    def _text(self, y: float, text: str, *, size: float, colour: str, va: str, weight: str = "normal") -> None:
        self.figure.text(0.02, y, text, fontsize=size, color=colour, va=va, ha="left", fontweight=weight)

    def axes(self, *, left: float = LEFT, right: float = RIGHT, above: float = 0.0) -> Axes:
        """Axes that fill the height of the sheet between `left` and `right` (0 to 1), with `above` inches left free."""
        top = self.top - above / self.figure.get_figheight()
        axes = self.figure.add_axes((left, self.bottom, right - left, top - self.bottom))
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(MUTED)
        axes.tick_params(labelsize=_TEXT_SIZE - 1, colors=INK, length=3)
        axes.set_axisbelow(True)
        return axes


def text_width(text: str, *, size: float, weight: str = "normal") -> float:
    """What part of a sheet's width a text takes."""
    font = FontProperties(size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / (72 * WIDTH)


def _wrap(text: str, size: float, weight: str) -> list[str]:
    # By measured width: counting characters either wastes a line or runs off the sheet.
    lines: list[str] = []
    for word in _WORDS.findall(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size=size, weight=weight) <= 0.955:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def label_axes(axes: Axes, *, x: str = "", y: str = "") -> None:
    """Name the axes, units included."""
    axes.set_xlabel(x, fontsize=_TEXT_SIZE, color=INK)
    axes.set_ylabel(y, fontsize=_TEXT_SIZE, color=INK)


def percent_axis(axes: Axes, which: str) -> None:
    """Make `which` ("x" or "y") a share from 0 to 100 %, with rules."""
    (axes.set_xlim if which == "x" else axes.set_ylim)(0, 1)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(ticker.FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axis.set_major_formatter(ticker.FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    axes.grid(axis="x" if which == "x" else "y", color=RULE, linewidth=0.8)


def share_axis(axes: Axes, shares: Iterable[float]) -> None:
    """Make y a share with rules: from 0 to 100 %, or, where all `shares` are small, from 0 to a little above them."""
    top = max((share for share in shares if not math.isnan(share)), default=0.0)
    if not 0 < top <= _SMALL:
        percent_axis(axes, "y")
        axes.set_ylim(0, 1.03)
        return
    axes.set_ylim(0, 1.25 * top)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda share, _: f"{100 * share:.6g} %"))
    axes.grid(axis="y", color=RULE, linewidth=0.8)


def duration_label(seconds: float) -> str:
    """A latency with three digits at most and its unit.

    Examples
    --------
    >>> duration_label(0.3342), duration_label(1.27), duration_label(0.00021), duration_label(12.3)
    ('334 ms', '1.27 s', '210 µs', '12.3 s')
    """
    if math.isnan(seconds):
        return NOTHING
    scale, unit = _duration_unit(seconds)
    value = seconds * scale
    decimals = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"


def _duration_unit(seconds: float) -> tuple[float, str]:
    if abs(seconds) >= 0.9995 or seconds == 0:
        return 1.0, "s"
    return (1e3, "ms") if abs(seconds) >= 0.9995e-3 else (1e6, "µs")


def duration_estimate(estimate: Estimate) -> tuple[str, str]:
    """A latency and its error in the same unit, with as many decimals as the error allows.

    Examples
    --------
    >>> duration_estimate(Estimate(mean=0.3516, low=0.3499, high=0.3533, seeds=4))
    ('351.6 ms', '±1.7')
    """
    scale, unit = _duration_unit(estimate.mean)
    return _with_error(estimate, scale, unit, duration_label(estimate.mean))


def share_estimate(estimate: Estimate) -> tuple[str, str]:
    """A share and its error in percent, with as many decimals as the error allows.

    Examples
    --------
    >>> share_estimate(Estimate(mean=0.693, low=0.690, high=0.696, seeds=4))
    ('69.3 %', '±0.3')
    """
    return _with_error(estimate, 100.0, "%", share_label(estimate.mean))


def _with_error(estimate: Estimate, scale: float, unit: str, plain: str) -> tuple[str, str]:
    error = scale * estimate.error
    if not error > 0:
        return plain, "" if math.isnan(error) else "±0"
    # One digit of the error, two where the first is a 1: the usual way to write a measurement. Four
    # digits are enough.
    magnitude = math.floor(math.log10(error))
    value = scale * estimate.mean
    whole = math.floor(math.log10(abs(value))) if value else 0
    decimals = max(0, min(-magnitude + (1 if error / 10.0**magnitude < 2 else 0), 3 - whole))
    least = 10.0**-decimals
    return (
        f"{value:.{decimals}f} {unit}",
        f"±{error:.{decimals}f}" if error >= least / 2 else f"±<{least:.{decimals}f}",
    )


def share_label(share: float) -> str:
    """A share in percent: no false precision, and no "0 %" or "100 %" for what is neither.

    Examples
    --------
    >>> share_label(0.714), share_label(0.998), share_label(0.0002), share_label(1.0)
    ('71 %', '99.8 %', '<0.1 %', '100 %')
    """
    if math.isnan(share):
        return NOTHING
    percent = 100 * share
    if 0 < percent < 0.05:
        return "<0.1 %"
    if 99.95 < percent < 100:
        return ">99.9 %"
    if 0 < percent < 1.5 or 98.5 < percent < 100:
        return f"{percent:.1f} %"
    return f"{percent:.0f} %"


def latency_axis(axes: Axes, least: float, most: float) -> None:
    """Make x a latency in seconds: logarithmic where the values span more than a factor of three."""
    if most > 3 * least:
        axes.set_xscale("log")
        axes.set_xlim(least * 0.9, most * 1.1)
        log_ticks(axes)
    else:
        # All in one cluster: a little air, so that a single step is seen as one.
        air = max((most - least) * 0.08, least * 0.01)
        axes.set_xlim(least - air, most + air)
        axes.xaxis.set_major_locator(ticker.MaxNLocator(6))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda seconds, _: duration_label(seconds)))
    axes.grid(axis="x", color=RULE, linewidth=0.8)


def log_ticks(axes: Axes) -> None:
    """Marks at round numbers on a logarithmic x, close together only where there would be none or one."""
    low, high = axes.get_xlim()
    round_ones = [digit * 10.0**power for power in range(-9, 9) for digit in (1, 2, 5)]
    few = sum(low <= each <= high for each in round_ones) < 2
    subs = (1, 1.5, 2, 3, 5, 7) if few else (1, 2, 5)
    axes.xaxis.set_major_locator(ticker.LogLocator(base=10, subs=subs, numticks=40))
    axes.xaxis.set_minor_locator(ticker.NullLocator())


def in_widths_of(axes: Axes, x: float) -> float:
    """Where `x` of the sheet (0 to 1) is, in widths of the axes from their left."""
    box = axes.get_position()
    return float((x - box.x0) / box.width)


def seeds_note(results: ResultTables, grouping: Grouping, intervals: str) -> str:
    """How uncertainty is shown (what the `intervals` are drawn as, if they are), and what a group mixes."""
    seeds = results.attempts["seed"].nunique()
    if seeds > 1 and intervals:
        text = f"{seeds} seeds; {intervals}: {100 * CONFIDENCE:.0f} % confidence ({method()} over seeds)."
    elif seeds > 1:
        text = f"{seeds} seeds."
    else:
        text = "One seed, so no confidence intervals."
    if grouping.pooled:
        text += f" Values of {', '.join(map(called, grouping.pooled))} are pooled."
    if results.missing:
        text += f" {results.missing} of the study's runs {'is' if results.missing == 1 else 'are'} missing."
    return text


def write_png(figure: Figure, path: Path) -> None:
    """Write `figure` so that equal figures give equal bytes: no software or time in the metadata."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    path.write_bytes(buffer.getvalue())


def svg_text(figure: Figure, salt: str) -> str:
    """`figure` as SVG text, glyphs as paths, so that it looks alike wherever it is shown.

    Parameters
    ----------
    figure
        Any.
    salt
        Goes into the names of the parts, which must differ between the figures of one page. Equal figures with equal
        salts give equal text.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def write_svg(figure: Figure, path: Path) -> None:
    """Write `figure` as SVG so that equal figures give equal bytes."""
    path.write_text(svg_text(figure, path.stem))
