"""A simulated day of 100,000 phones with ten visits each, beside one of 1,000: `python benchmarks/phones_day.py`.

Takes half an hour. Prints attempts per second of CPU time and the peak of memory. The small day is run again and again,
before the large one and after it: a machine that is busier for a while should be so for both.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time

import child

import reshake as rs
from reshake import _core
from reshake.batch.server import environment

#: Attempts a second, of the large day against the small one, at least.
RATE = 0.9
#: Of the large day, below. Units: bytes.
PEAK = 24 * 2**30


def scenario(count: int) -> rs.Scenario:
    """Phones on a lossy link, of whom nine visits in ten could resume."""
    lte = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.01))
    phones = rs.Clients("phones", count=count, access=lte, arrivals=rs.Poisson(mean_gap="144min"))
    edge = rs.Fleet("edge", sites=["ams", "iad"], servers_per_site=2, tickets=rs.Tickets(lifetime="12h"))
    return rs.Scenario(duration="1d", clients=[phones], fleets=[edge])


def simulate(count: int) -> None:
    """In this process; prints what it took."""
    made = scenario(count)
    began = time.process_time()
    ran = _core.run(made, 1)
    cpu = time.process_time() - began
    print(
        json.dumps(
            {
                "attempts": len(ran.tables()["attempts"]["started"]),
                "cpu": cpu,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


def main() -> None:
    """Runs both, and prints what they took."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--small", type=int, default=1_000, help="phones of the small day (default: %(default)s)")
    parser.add_argument("--large", type=int, default=100_000, help="of the large one (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of the small day, on each side (default: %(default)s)")
    parser.add_argument("--simulate", type=int, metavar="COUNT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.simulate is not None:
        simulate(arguments.simulate)
        return
    os.environ |= environment()  # As workers of a batch have it.
    order = [arguments.small] * arguments.rounds + [arguments.large] + [arguments.small] * arguments.rounds
    rates: dict[int, list[float]] = {arguments.small: [], arguments.large: []}
    peaks: dict[int, float] = {}
    for count in order:
        took = child.run([sys.executable, __file__, "--simulate", str(count)]).tally()
        rates[count].append(took["attempts"] / took["cpu"])
        peaks[count] = took["peak"]
        print(
            f"{count:,} phones: {took['attempts']:,.0f} attempts, {rates[count][-1]:,.0f} a second of CPU time, "
            f"peak {took['peak'] / 2**30:.2f} GiB",
            flush=True,
        )
    ratio = rates[arguments.large][0] / statistics.median(rates[arguments.small])
    print(f"rate, large / small: {ratio:.3f} (at least {RATE})")
    print(f"peak of the large day: {peaks[arguments.large] / 2**30:.2f} GiB (below {PEAK / 2**30:.0f} GiB)")


if __name__ == "__main__":
    main()
