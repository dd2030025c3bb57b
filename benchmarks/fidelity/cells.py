"""The reference's exchanges as a scenario, a run per cell."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import reference

import reshake as rs

MODES = {
    "full_ecdsa": "tls13_full_ecdsa",
    "full_rsa": "tls13_full_rsa",
    "psk": "tls13_psk",
}

#: CPU time of the reference host with OpenSSL 3.0, both ends together, against the built-in cost table: what makes the
#: handshakes without loss as long as measured.
SLOWDOWN = {"full_ecdsa": 3.1, "full_rsa": 2.8, "psk": 3.2}

#: Its length is in the certificates: with this one the flights are as many segments as measured, 1448 + 481 bytes with
#: ECDSA and 1448 + 1448 + 3 with RSA.
FLEET = "edge-of-net"

GAP_SECONDS = 0.25
BETWEEN_VISITS_SECONDS = 600.0


def write_visits(directory: Path, attempts: int, mode: str) -> Path:
    """Each client comes once; to resume, a second time. When exactly is left to chance: timers tick on a grid."""
    chance = random.Random(f"{attempts} {mode}")
    second = BETWEEN_VISITS_SECONDS + attempts * GAP_SECONDS
    path = directory / f"visits-{mode}-{attempts}.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["client", "seconds"])
        for client in range(attempts):
            at = 1.0 + (client + chance.random()) * GAP_SECONDS
            rows.writerow([client, f"{at:.6f}"])
            if mode == "psk":
                rows.writerow([client, f"{at + second:.6f}"])
    return path


def exchange(visits: str = "", rtt_ms: int = 31, loss_percent: int = 0, mode: str = "full_ecdsa") -> rs.Scenario:
    """One cell: exchanges one after the other over a path of constant delay and independent loss."""
    trace = rs.Trace(visits)
    last = max(times[-1] for times in trace.visits) * 1e-9
    pins = {"groups": "X25519", "ciphersuites": "TLS_AES_256_GCM_SHA384"}
    device = rs.Device(cores=8, slowdown=SLOWDOWN[mode])
    certificate = "rsa-2048" if mode == "full_rsa" else "ecdsa-p256"
    return rs.Scenario(
        duration=f"{last + 300:.0f}s",
        clients=[
            rs.Clients(
                "clients",
                count=trace.clients,
                access=rs.Link(delay=f"{rtt_ms * 500}us", loss=rs.Bernoulli(loss=loss_percent / 100)),
                arrivals=trace,
                tls=rs.ClientTls(**pins),
                device=device,
                connect_timeout="150s",
                attempt_timeout="280s",
            )
        ],
        fleets=[
            rs.Fleet(
                FLEET,
                sites=[rs.Site("site")],
                tickets=rs.Tickets(lifetime="1d"),
                tls=rs.ServerTls(certificate=certificate, **pins),
                device=device,
            )
        ],
        tcp="linux-6",
    )


def run(directory: Path, attempts: int, modes: tuple[str, ...], round_trips: tuple[int, ...]) -> dict:
    """The simulated distributions, under the reference's keys."""
    directory.mkdir(parents=True, exist_ok=True)
    found = {}
    for mode in modes:
        study = rs.Study(
            exchange,
            visits=str(write_visits(directory, attempts, mode)),
            rtt_ms=list(round_trips),
            loss_percent=[0, *reference.LOSSES],
            mode=mode,
        )
        table = study.run(directory / mode).attempts
        wanted = table[table["offered"] == (mode == "psk")]
        for (rtt, loss), cell in wanted.groupby(["rtt_ms", "loss_percent"], observed=True):
            columns = {"connect": "connect", "handshake": "handshake", "ttfb": "first_byte"}
            for time, column in columns.items():
                values = cell[column].dt.total_seconds().to_numpy() * 1e3
                values = np.sort(np.where(np.isnan(values), np.inf, values))
                mean = float(values[np.isfinite(values)].mean())
                key = (int(rtt), int(loss), MODES[mode], time)
                found[key] = reference.Distribution(values, len(values), mean)
    return found
