"""The table of all cells, what they add up to, and whether that is good enough."""

from __future__ import annotations

from collections.abc import Callable

import compare
import reference
from compare import Comparison

#: By round trip in ms, loss in percent, mode and time.
Compared = dict[tuple[int, int, str, str], Comparison]

#: Percentiles that must agree; the others may jump from one cluster to the next when 1 % of the mass moves.
JUDGED = (50, 95)


def table(compared: Compared) -> None:
    """One line per cell and time, then the sums, then every cell that chance does not explain."""
    print(
        "KS: distance, and relative to its 5 % critical value (* beyond). Mean and percentiles: simulated / measured\n"
        "(* off by more than 5 % and outside of the bootstrap interval). Cluster: mass simulated - measured, where it\n"
        "differs most."
    )
    columns = "".join(f"{f'p{each}':>8}" for each in compare.PERCENTILES)
    print(f"{'rtt':>4} {'loss':>4} {'mode':17} {'time':10} {'KS':>6} {'':6} {'mean':>6}{columns}  cluster")
    for (rtt, loss, mode, time), each in compared.items():
        ratios = "".join(
            f"{each.percentiles[share].ratio:7.3f}{' ' if each.percentiles[share].agrees else '*'}"
            for share in compare.PERCENTILES
        )
        print(
            f"{rtt:4} {loss:4} {mode:17} {time:10} {each.distance:6.3f} {each.excess:5.2f}{_mark(each.excess <= 1)} "
            f"{each.mean_ratio:6.3f}{ratios}  {_difference(each)}"
        )
    for time in reference.TIMES:
        _sum(compared, time)
    for (rtt, loss, mode, time), each in compared.items():
        if each.excess > 1:
            print(f"beyond: {rtt} ms, {loss} %, {mode}, {time}: {each.excess:.2f} x; {_masses(each)}")


def _mark(good: bool) -> str:
    return " " if good else "*"


def _difference(each: Comparison) -> str:
    worst = each.worst_cluster
    return f"{100 * (worst.simulated - worst.measured):+5.1f} %" if worst else ""


def _masses(each: Comparison) -> str:
    masses = (
        f"{cluster.least:.0f} to {cluster.most:.0f} ms {cluster.simulated:.1%} for {cluster.measured:.1%}"
        for cluster in each.clusters
    )
    return "later than without loss by " + ", ".join(masses)


def _share(compared: Compared, time: str, good: Callable[[Comparison], bool]) -> tuple[int, int]:
    """In how many cells of one time something is good, and how many there are."""
    each_of = [good(each) for key, each in compared.items() if key[3] == time]
    return sum(each_of), len(each_of)


def within(compared: Compared, time: str) -> str:
    """How many cells of one time chance explains."""
    good, count = _share(compared, time, lambda each: each.excess <= 1)
    return f"{good} of {count} cells within sampling error"


def _mean_of_means(compared: Compared, time: str) -> float:
    ratios = [each.mean_ratio for key, each in compared.items() if key[3] == time]
    return sum(ratios) / len(ratios)


def _sum(compared: Compared, time: str) -> None:
    """One time over all cells."""
    each_of = [each for key, each in compared.items() if key[3] == time]
    if not each_of:
        return
    shares = (
        f"p{share} {_share(compared, time, lambda each, share=share: each.percentiles[share].agrees)[0]}"
        for share in compare.PERCENTILES
    )
    print(
        f"{time:10} {within(compared, time)}, worst {max(each.excess for each in each_of):.2f} x; "
        f"mean KS {sum(each.distance for each in each_of) / len(each_of):.3f}; "
        f"mean of means {_mean_of_means(compared, time):.3f}; agree in {', '.join(shares)}"
    )


def verdict(compared: Compared, time: str) -> bool:
    """Whether one time is as faithful as it should be."""
    if not any(key[3] == time for key in compared):
        return True

    def mostly(good: Callable[[Comparison], bool]) -> bool:
        number, count = _share(compared, time, good)
        return number >= 0.95 * count

    return (
        mostly(lambda each: each.excess <= 1)
        and all(each.excess <= 1.5 for key, each in compared.items() if key[3] == time)
        and sum(_share(compared, time, lambda each, share=share: each.percentiles[share].agrees)[0] for share in JUDGED)
        >= 0.95 * len(JUDGED) * _share(compared, time, lambda _: True)[1]
        and abs(_mean_of_means(compared, time) - 1) <= 0.05
    )
