"""`make fidelity`: every cell of the reference, simulated through the public API and compared.

Prints one table and writes one figure per time. Exit status 1 if, in one of the three times, fewer than 95 % of the
cells are within sampling error, or one is beyond one and a half times of it, or fewer than 95 % of the medians and 95th
percentiles agree, or the means, averaged over the cells, are off by more than 5 %.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cells
import compare
import figure
import published
import reference
import report


def arguments() -> argparse.Namespace:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=1000, help="per cell (1000)")
    parser.add_argument("--modes", nargs="*", choices=sorted(cells.MODES), default=sorted(cells.MODES))
    parser.add_argument("--rtt", nargs="+", type=int, choices=reference.ROUND_TRIPS, default=reference.ROUND_TRIPS)
    parser.add_argument("--published", type=Path, help=published.WHAT)
    parser.add_argument("-o", "--out", type=Path, default=Path("results/fidelity"))
    return parser.parse_args()


def main() -> int:
    """Runs, compares, prints, draws."""
    given = arguments()
    good = against_reference(given) if given.modes else True
    if given.published:
        good = published.run(given.published, given.out, given.attempts) and good
    else:
        print(f"published table: not compared; --published DIRECTORY: {published.WHAT}")
    return 0 if good else 1


def against_reference(given: argparse.Namespace) -> bool:
    """Whether all that was measured is met."""
    measured = reference.load()
    simulated = cells.run(given.out, given.attempts, tuple(given.modes), tuple(given.rtt))
    compared = {}
    for key in sorted(simulated):
        rtt, loss, mode, time = key
        if loss > 0:
            calm = (rtt, 0, mode, time)
            on_time = tuple(float(each[calm].values[len(each[calm].values) // 2]) for each in (simulated, measured))
            simulated[key] = compare.with_host_noise(simulated[key], measured[calm])
            compared[key] = compare.compare(simulated[key], measured[key], on_time)
    report.table(compared)
    for time in reference.TIMES:
        path = given.out / f"{time}.png"
        figure.draw(simulated, measured, time, path, report.within(compared, time))
        print(path)
    return all(report.verdict(compared, time) for time in reference.TIMES)


if __name__ == "__main__":
    sys.exit(main())
