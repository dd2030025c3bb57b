"""The reference's exchanges as a scenario, a run per cell."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import reference

import reshake as rs


@dataclass(frozen=True)
class Mode:
    """One kind of exchange of the reference."""

    name: str
    """In the reference."""
    slowdown: float
    """CPU time of the reference host with OpenSSL 3.0, both ends together, against the built-in cost table: what makes
    the exchanges without loss as long as measured."""
    certificate: Literal["ecdsa-p256", "rsa-2048"] = "ecdsa-p256"
    version: Literal["TLSv1.2", "TLSv1.3"] = "TLSv1.3"
    offered: bool = False
    """Only a client's second visit counts, which offers the ticket of its first."""
    early_data: bool = False

    @property
    def times(self) -> tuple[str, ...]:
        """What can be compared: when early data has been sent, nobody waits for the handshake's end."""
        return ("connect", "ttfb") if self.early_data else reference.TIMES


MODES = {
    "full_ecdsa": Mode("tls13_full_ecdsa", 3.1),
    "full_rsa": Mode("tls13_full_rsa", 2.8, certificate="rsa-2048"),
    "psk": Mode("tls13_psk", 3.2, offered=True),
    "early": Mode("tls13_0rtt", 3.2, offered=True, early_data=True),
    "old": Mode("tls12_full_ecdsa", 4.2, version="TLSv1.2"),
    "old_ticket": Mode("tls12_ticket", 5.3, version="TLSv1.2", offered=True),
}

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
            if MODES[mode].offered:
                rows.writerow([client, f"{at + second:.6f}"])
    return path


def tls(kind: Mode) -> tuple[rs.ClientTls, rs.ServerTls]:
    """The reference's settings: one group, one cipher suite."""
    if kind.version == "TLSv1.2":
        # An ECDSA certificate needs its own curve among the groups.
        pins = {
            "max_protocol": "TLSv1.2",
            "groups": "X25519:P-256",
            "cipher_list": "ECDHE-ECDSA-AES256-GCM-SHA384",
        }
    else:
        pins = {"groups": "X25519", "ciphersuites": "TLS_AES_256_GCM_SHA384"}
    client = rs.ClientTls(**pins, early_data=kind.early_data)
    early = {"max_early_data": 16_384, "anti_replay": "none"} if kind.early_data else {}
    return client, rs.ServerTls(certificate=kind.certificate, **pins, **early)


def exchange(visits: str = "", rtt_ms: int = 31, loss_percent: int = 0, mode: str = "full_ecdsa") -> rs.Scenario:
    """One cell: exchanges one after the other over a path of constant delay and independent loss."""
    trace = rs.Trace(visits)
    last = max(times[-1] for times in trace.visits) * 1e-9
    kind = MODES[mode]
    device = rs.Device(cores=8, slowdown=kind.slowdown)
    client, server = tls(kind)
    return rs.Scenario(
        duration=f"{last + 300:.0f}s",
        clients=[
            rs.Clients(
                "clients",
                count=trace.clients,
                access=rs.Link(delay=f"{rtt_ms * 500}us", loss=rs.Bernoulli(loss=loss_percent / 100)),
                arrivals=trace,
                tls=client,
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
                tls=server,
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
        wanted = table[table["offered"] == MODES[mode].offered]
        for (rtt, loss), cell in wanted.groupby(["rtt_ms", "loss_percent"], observed=True):
            columns = {"connect": "connect", "handshake": "handshake", "ttfb": "first_byte"}
            for time in MODES[mode].times:
                values = cell[columns[time]].dt.total_seconds().to_numpy() * 1e3
                values = np.sort(np.where(np.isnan(values), np.inf, values))
                mean = float(values[np.isfinite(values)].mean())
                key = (int(rtt), int(loss), MODES[mode].name, time)
                found[key] = reference.Distribution(values, len(values), mean)
    return found
