"""Real exchanges, as quantiles: what a simulation of the same exchange must reproduce.

Provenance: our own measurements, 2026-11. Linux 6.18 TCP (x86-64, HZ=250, CUBIC, no metrics cache, no TCP Fast Open),
OpenSSL 3.0.22 with socket BIOs and TCP_NODELAY, two network namespaces joined by a user-space relay that delays every
packet by half the round trip and drops it independently per direction, SYNs and ACKs too; MTU 1500, no offloads. One
exchange: connect, TLS, a request of 200 bytes, a response of 4,096 in one record, close. About 1,015 exchanges per
cell, 100 where nothing is lost. `compact_reference.py` made `reference.parquet` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TIMES = ("connect", "handshake", "ttfb")
ROUND_TRIPS = (6, 31, 195)
LOSSES = (1, 3, 5, 10, 15, 20)


@dataclass(frozen=True)
class Distribution:
    """Sorted values that stand for `samples` measured ones; infinite where a time was not reached."""

    values: np.ndarray
    samples: int
    mean: float


def load() -> dict[tuple[int, int, str, str], Distribution]:
    """By round trip in ms, loss in percent, mode and time."""
    table = pd.read_parquet(Path(__file__).with_name("reference.parquet"))
    return {
        (row.rtt_ms, row.loss_percent, row.mode, row.time): Distribution(
            np.asarray(row.quantiles_ms, dtype=float), row.samples, float(row.mean_ms)
        )
        for row in table.itertuples()
    }
