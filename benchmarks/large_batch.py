"""How long a large batch takes to load and to summarise, and how much memory: `python benchmarks/large_batch.py`.

The attempts are synthetic: the real ones of small runs, repeated with other clients and with noise on every duration.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import child
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import reshake as rs


def scenario(ticket_lifetime: str) -> rs.Scenario:
    """What the real attempts come from."""
    lte = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=0.02))
    phones = rs.Clients("phones", count=50, access=lte, arrivals=rs.Poisson(mean_gap="10min"))
    edge = rs.Fleet("edge", sites=["ams", "iad"], tickets=rs.Tickets(lifetime=ticket_lifetime))
    cut = rs.Partition(between=("phones", "edge/ams"), start="1h", lasts="30min")
    return rs.Scenario(duration="6h", clients=[phones], fleets=[edge], faults=[cut])


def blow_up(results: rs.Results, attempts: int) -> None:
    """Repeats each run's attempts, with other clients, until the batch has so many."""
    each = attempts // len(results.runs)
    for run in results.runs:
        file = run.directory / "attempts.parquet"
        table = pq.read_table(file)
        rows, times = table.num_rows, -(-each // table.num_rows)
        whole = pa.concat_tables([table] * times)
        shift = np.repeat(np.arange(times, dtype=np.uint32) * 50, rows)
        clients = whole["client"].to_numpy() + shift
        position = whole.schema.get_field_index("client")
        whole = whole.set_column(position, "client", pa.array(clients))[:each]
        random = np.random.default_rng(run.seed)
        for index, field in enumerate(whole.schema):
            if pa.types.is_duration(field.type) and field.name != "started":
                column = whole.column(index)
                noise = pa.array(random.integers(0, 1_000_000, len(column)), pa.duration("ns"))
                whole = whole.set_column(index, field, pc.add(column, noise))
        # As a run writes them: by the time of their end.
        started = (whole["started"].cast(pa.int64()).to_numpy() + shift[:each]).argsort(kind="stable")
        pq.write_table(
            whole.take(pa.array(started)).replace_schema_metadata(table.schema.metadata), file, compression="zstd"
        )
        manifest = run.directory / "manifest.json"
        told = json.loads(manifest.read_text())
        told["rows"]["attempts"] = each
        manifest.write_text(json.dumps(told))


WAYS = {
    "polars": """
import polars as pl, reshake as rs
a = rs.load(sys.argv[1])["attempts"]
answer = a.group_by("ticket_lifetime", "seed").agg(
    pl.len(), pl.col("resumed").mean(), pl.col("first_byte").quantile(0.99)).collect(engine="streaming").height
""",
    "numbers": """
import reshake as rs
from reshake.analysis import run_numbers
answer = len(run_numbers(rs.load(sys.argv[1])))
""",
    "summary": """
import reshake as rs
from reshake.analysis import summary
answer = len(summary(rs.Results(sys.argv[1])))
""",
    "diff": """
import reshake as rs
from reshake.analysis.comparison import compare
r = rs.Results(sys.argv[1])
answer = len(compare(r, r, choose_a={"ticket_lifetime": "30min"}, choose_b={"ticket_lifetime": "1h"}))
""",
}
"""What is done with a batch, each in a process of its own."""

# The process's own high-water mark: what the kernel tells of a child has in it what the parent had when it forked.
PEAK = """
import json, re
from pathlib import Path
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({"answer": answer, "peak": peak}))
"""


def command(way: str, batch: Path) -> list[str]:
    """The program that reads a batch in a way, and says how much memory it took. Units: bytes."""
    # From nowhere, or the repository's own directories could be imported instead of what is installed.
    return [sys.executable, "-P", "-c", f"import sys{WAYS[way]}{PEAK}", str(batch)]


def make(out: Path, attempts: int, seeds: int) -> rs.Results:
    """Writes a batch of so many attempts in twice as many runs as there are seeds."""
    results = rs.Study(scenario, ticket_lifetime=["30min", "1h"], seeds=seeds).run(out, progress=False)
    blow_up(results, attempts)
    return results


def main() -> None:
    """Makes the batch, then reads it in each way; or only makes it, for those who read it themselves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=10_000_000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--way", choices=WAYS, action="append")
    parser.add_argument("--make", type=Path, metavar="DIR", help="only write the batch into this new directory")
    arguments = parser.parse_args()
    if arguments.make is not None:
        make(arguments.make, arguments.attempts, arguments.seeds)
        return
    with tempfile.TemporaryDirectory() as room:
        out = Path(room) / "batch"
        results = make(out, arguments.attempts, arguments.seeds)
        size = sum(each.stat().st_size for each in out.rglob("*.parquet"))
        print(f"{arguments.attempts:,} attempts in {len(results.runs)} runs, {size / 2**20:.0f} MiB of Parquet")
        for name in arguments.way or WAYS:
            try:
                ended = child.run(command(name, out))
            except child.MeasurementError as failure:
                print(f"{name:<10} {failure}")
                continue
            peak = ended.tally()["peak"] / 2**30
            print(f"{name:<10} {ended.wall:6.1f} s wall {ended.cpu:6.1f} s CPU {peak:5.2f} GiB")


if __name__ == "__main__":
    main()
