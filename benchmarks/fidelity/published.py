"""A published table, of another host, another kernel and other people: Paquin, Stebila, Tamvada.

"Benchmarking Post-Quantum Cryptography in TLS", PQCrypto 2020 (ePrint 2019/1447): two network namespaces joined by
netem, Linux before 6.5, OpenSSL 1.1.1, nginx, TLS 1.3 full handshakes of P-256 and an ECDSA leaf; from connect() to the
end of SSL_connect(); percentiles of 5,000 handshakes in each of 4 round trips x 25 losses. The authors' files are
theirs and are not kept here: https://github.com/xvzcf/pq-tls-benchmark, directory emulation-exp/data/kex.

Nothing was fitted to them but the host's speed; 78.7 ms is far from every round trip of the reference.
"""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import cells
import numpy as np

import reshake as rs

WHAT = "percentiles of Paquin et al. (PQCrypto 2020), emulation-exp/data/kex of github.com/xvzcf/pq-tls-benchmark"

LOSSES = (0, 1, 3, 5, 10, 15, 20)
SAMPLES = 5000

#: CPU time of the authors' host, both ends together, against the built-in cost table: what makes the handshakes without
#: loss as long as published. They ran forty clients at once.
SLOWDOWN = 3.0


def load(directory: Path) -> dict[tuple[float, float], dict[float, float]]:
    """Percentiles in ms by round trip in ms and loss in percent."""
    found = {}
    for path in sorted(directory.glob("prime256v1_*ms.csv")):
        rtt = float(re.sub(r".*_(\d+)p(\d+)ms", r"\1.\2", path.stem))
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                loss = float(row.pop("pktloss"))
                # Column "percent0375" is the 37.5th percentile.
                found[rtt, loss] = {float(f"0.{name[8:]}"): float(value) for name, value in row.items()}
    return found


def handshakes(visits: str = "", rtt_us: int = 31_169, loss_percent: int = 0) -> rs.Scenario:
    """One cell: as the reference's, with their certificate, group and kernel."""
    trace = rs.Trace(visits)
    device = rs.Device(cores=8, slowdown=SLOWDOWN)
    pins = {"groups": "P-256", "ciphersuites": "TLS_AES_256_GCM_SHA384"}
    return rs.Scenario(
        duration=f"{max(times[-1] for times in trace.visits) * 1e-9 + 300:.0f}s",
        clients=[
            rs.Clients(
                "clients",
                count=trace.clients,
                access=rs.Link(delay=f"{rtt_us // 2}us", loss=rs.Bernoulli(loss=loss_percent / 100)),
                arrivals=trace,
                tls=rs.ClientTls(**pins),
                device=device,
                connect_timeout="150s",
                attempt_timeout="280s",
            )
        ],
        fleets=[
            rs.Fleet(
                "localhost",
                sites=[rs.Site("site")],
                tls=rs.ServerTls(intermediates=0, **pins),
                device=device,
            )
        ],
        tcp="linux-4",
    )


def simulate(directory: Path, attempts: int, round_trips: list[float]) -> dict[tuple[float, float], np.ndarray]:
    """Connect and handshake together, in ms, sorted."""
    directory.mkdir(parents=True, exist_ok=True)
    study = rs.Study(
        handshakes,
        visits=str(cells.write_visits(directory, attempts, "full_ecdsa")),
        rtt_us=[round(1000 * rtt) for rtt in round_trips],
        loss_percent=list(LOSSES),
    )
    table = study.run(directory / "published").attempts
    found = {}
    for (rtt_us, loss), cell in table.groupby(["rtt_us", "loss_percent"], observed=True):
        took = (cell["connect"] + cell["handshake"]).dt.total_seconds().to_numpy() * 1e3
        found[int(rtt_us) / 1000, float(loss)] = np.sort(np.where(np.isnan(took), np.inf, took))
    return found


def agrees(ours: np.ndarray, published: float, share: float) -> bool:
    """Within 5 %, or between the percentiles that chance makes equal (95 %)."""
    doubt = 1.96 * math.sqrt(share * (1 - share) * (1 / len(ours) + 1 / SAMPLES))
    low, high = (_at(ours, share + sign * doubt) for sign in (-1, 1))
    return low <= published <= high or abs(_at(ours, share) / published - 1) <= 0.05


def _at(values: np.ndarray, share: float) -> float:
    return float(values[min(max(int(share * len(values)), 0), len(values) - 1)])


def run(directory: Path, out: Path, attempts: int) -> bool:
    """Prints simulated / published; whether 95 % of all percentiles agree."""
    published = load(directory)
    round_trips = sorted({rtt for rtt, _ in published})
    if not round_trips:
        print(f"published table: no prime256v1_*ms.csv in {directory}")
        return False
    simulated = simulate(out, attempts, round_trips)
    shares = sorted(next(iter(published.values())))
    print("Published table, connect and handshake: simulated / published (* differs)")
    print(f"{'rtt':>8} {'loss':>4}" + "".join(f"{f'p{100 * share:g}':>9}" for share in shares))
    good = count = 0
    for (rtt, loss), ours in sorted(simulated.items()):
        line = f"{rtt:8.3f} {loss:4.0f}"
        for share in shares:
            theirs = published[rtt, loss][share]
            fine = agrees(ours, theirs, share)
            line += f"{_at(ours, share) / theirs:8.3f}{' ' if fine else '*'}"
            good, count = good + fine, count + 1
        print(line)
    print(f"published  {good} of {count} percentiles agree")
    return good >= 0.95 * count
