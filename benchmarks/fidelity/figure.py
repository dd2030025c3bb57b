"""Simulated and measured distributions, one over the other: small multiples."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from reference import LOSSES, Distribution

COLOURS = {
    "tls13_full_ecdsa": "#0072B2",
    "tls13_full_rsa": "#D55E00",
    "tls13_psk": "#009E73",
    "tls13_0rtt": "#CC79A7",
    "tls12_full_ecdsa": "#000000",
    "tls12_ticket": "#E69F00",
}
NAMES = {"connect": "time to connect", "handshake": "time of the handshake", "ttfb": "time to first byte"}


def draw(simulated: dict, measured: dict, time: str, path: Path, finding: str) -> None:
    """One time in every cell as a distribution, time on a log scale."""
    modes = sorted({key[2] for key in simulated if key[3] == time})
    round_trips = sorted({key[0] for key in simulated})
    figure, axes = plt.subplots(
        len(round_trips), len(LOSSES), figsize=(2.2 * len(LOSSES), 2.3 * len(round_trips)), sharey=True, squeeze=False
    )
    for row, rtt in zip(axes, round_trips, strict=True):
        for axis, loss in zip(row, LOSSES, strict=True):
            for mode in modes:
                key = (rtt, loss, mode, time)
                if key in simulated:
                    _steps(axis, measured[key], color=COLOURS[mode], alpha=0.45, linewidth=2.6)
                    _steps(axis, simulated[key], color=COLOURS[mode], linewidth=0.9)
            axis.set_xscale("log")
            least = min(measured[rtt, 0, mode, time].values.min() for mode in modes)
            axis.set_xlim(0.9 * least, max(rtt * 60, 4000))
            axis.grid(alpha=0.2, linewidth=0.5)
            axis.tick_params(labelsize=7)
            axis.set_title(f"round trip {rtt} ms, loss {loss} %", fontsize=8)
        row[0].set_ylabel("share of exchanges", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel(f"{NAMES[time]} (ms)", fontsize=8)
    names = [mode.replace("tls13", "TLS 1.3").replace("tls12", "TLS 1.2").replace("_", " ") for mode in modes]
    handles = [Line2D([], [], color=COLOURS[mode], label=name) for mode, name in zip(modes, names, strict=True)]
    handles.append(Line2D([], [], color="0.4", linewidth=2.6, alpha=0.45, label="measured"))
    handles.append(Line2D([], [], color="0.4", linewidth=0.9, label="simulated"))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), fontsize=8, frameon=False)
    figure.suptitle(f"Simulated over measured {NAMES[time]}: {finding}", fontsize=11, fontweight="bold")
    figure.tight_layout(rect=(0, 0.04, 1, 0.98))
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _steps(axis: plt.Axes, distribution: Distribution, **style: object) -> None:
    values = distribution.values[np.isfinite(distribution.values)]
    axis.step(values, (np.arange(len(values)) + 1) / len(distribution.values), where="post", **style)
