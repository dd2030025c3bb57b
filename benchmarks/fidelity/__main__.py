"""`make fidelity`: every cell of the reference, simulated through the public API and compared.

Prints one table and writes one figure per time. Exit status 1 if fewer than 95 % of the cells are within sampling error
in one of the three times, or one is beyond one and a half times of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cells
import compare
import figure
import reference


def arguments() -> argparse.Namespace:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=1000, help="per cell (1000)")
    parser.add_argument("--modes", nargs="+", choices=sorted(cells.MODES), default=sorted(cells.MODES))
    parser.add_argument("--rtt", nargs="+", type=int, choices=reference.ROUND_TRIPS, default=reference.ROUND_TRIPS)
    parser.add_argument("-o", "--out", type=Path, default=Path("results/fidelity"))
    return parser.parse_args()


def main() -> int:
    """Runs, compares, prints, draws."""
    given = arguments()
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
    report(compared)
    for time in reference.TIMES:
        path = given.out / f"{time}.png"
        figure.draw(simulated, measured, time, path, within(compared, time))
        print(path)
    return 0 if all(verdict(compared, time) for time in reference.TIMES) else 1


def report(compared: dict) -> None:
    """One line per cell, then what they add up to."""
    print("KS distance, relative to 5 % critical value (* beyond); mean simulated / measured; worst cluster, % of mass")
    print(f"{'rtt':>4} {'loss':>4} {'mode':18}" + "".join(f"{time:^27}" for time in reference.TIMES))
    for rtt, loss, mode in dict.fromkeys(key[:3] for key in compared):
        line = f"{rtt:4} {loss:4} {mode:18}"
        for time in reference.TIMES:
            each = compared.get((rtt, loss, mode, time))
            if each is None:
                line += f"{'not compared':^27}"
                continue
            mark = "*" if each.excess > 1 else " "
            cluster = 100 * each.worst_cluster
            line += f"  {each.distance:.3f}{mark} {each.excess:4.2f}  {each.mean_ratio:5.3f} {cluster:4.1f}"
        print(line)
    for time in reference.TIMES:
        summary(compared, time)


def of_time(compared: dict, time: str) -> list:
    """All cells of one time."""
    return [each for key, each in compared.items() if key[3] == time]


def within(compared: dict, time: str) -> str:
    """How many cells of one time chance explains."""
    each_of = of_time(compared, time)
    return f"{sum(each.excess <= 1 for each in each_of)} of {len(each_of)} cells within sampling error"


def summary(compared: dict, time: str) -> None:
    """One time over all cells."""
    each_of = of_time(compared, time)
    count = len(each_of)
    mean = sum(each.mean_ratio for each in each_of) / count
    worst = max(each.excess for each in each_of)
    print(
        f"{time:10} {within(compared, time)}, worst {worst:.2f} x; "
        f"mean KS {sum(each.distance for each in each_of) / count:.3f}; mean of means {mean:.3f}; "
        + ", ".join(
            f"p{share} {sum(each.percentiles[share][1] for each in each_of)}/{count}" for share in compare.PERCENTILES
        )
    )


def verdict(compared: dict, time: str) -> bool:
    """Whether one time is as faithful as it should be."""
    each_of = of_time(compared, time)
    share = sum(each.excess <= 1 for each in each_of) / len(each_of)
    return share >= 0.95 and max(each.excess for each in each_of) <= 1.5


if __name__ == "__main__":
    sys.exit(main())
