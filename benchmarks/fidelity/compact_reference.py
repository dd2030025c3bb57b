"""The measurements -> `reference.parquet`: 400 quantiles of each time in each cell.

Reads `kernel_tls.csv.gz`: 111,899 exchanges over real Linux TCP and real OpenSSL, our own measurements (see the head of
`reference.py`). A quantile stands for 1/400 of the exchanges, which is finer than what 1,000 of them can tell.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

QUANTILES = 400
TIMES = ("connect_ms", "handshake_ms", "ttfb_ms")


def compact(samples):
    """One row per cell and time."""
    rows = []
    probabilities = (np.arange(QUANTILES) + 0.5) / QUANTILES
    for (rtt, loss, mode), cell in samples.groupby(["rtt_ms", "loss", "mode"], sort=True):
        for time in TIMES:
            values = cell[time].where(cell[time] >= 0, np.inf).sort_values().to_numpy()
            reached = values[np.isfinite(values)]
            rows.append(
                {
                    "rtt_ms": int(rtt),
                    "loss_percent": int(loss),
                    "mode": mode,
                    "time": time.removesuffix("_ms"),
                    "samples": len(values),
                    "mean_ms": np.float32(reached.mean()),
                    "quantiles_ms": np.quantile(values, probabilities, method="inverted_cdf").astype(np.float32),
                }
            )
    return pd.DataFrame(rows)


def main():
    """Writes the file beside this program from the one named on the command line."""
    samples = pd.read_csv(sys.argv[1])
    table = compact(samples[samples["rate_mbps"] == 0])
    table["quantiles_ms"] = [np.round(each, 2) for each in table["quantiles_ms"]]
    target = Path(__file__).with_name("reference.parquet")
    table.to_parquet(target, index=False, compression="zstd", compression_level=19)
    print(f"{target}: {len(table)} rows, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
