"""Writes `docs/radio.md`: presets of access networks beside full radio models, both measured here.

It needs a set-up with the radio models: RESHAKE_RADIO=1 make setup, or the one of make test-radio.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd
from reshake.scenarios._cell import around

import reshake as rs

PAGE = Path(__file__).parent / "radio.md"

ACCESSES: dict[str, rs.Link | rs.Wifi | rs.Lte] = {
    'rs.mobile("home-wifi")': rs.mobile("home-wifi"),
    "rs.Wifi(distance=5)": rs.Wifi(distance=5),
    "rs.Wifi(distance=40)": rs.Wifi(distance=40),
    'rs.Wifi(distance=25, channel_width="20MHz", neighbours=4, neighbour_rate="12Mbps")': rs.Wifi(
        distance=25, channel_width="20MHz", neighbours=4, neighbour_rate="12Mbps"
    ),
    'rs.Wifi(distance=25, neighbours=4, neighbour_rate="12Mbps")': rs.Wifi(
        distance=25, neighbours=4, neighbour_rate="12Mbps"
    ),
    'rs.mobile("lte")': rs.mobile("lte"),
    'rs.mobile("lte", radio=None)': rs.mobile("lte", radio=None),
    'rs.mobile("edge-of-cell", radio=None)': rs.mobile("edge-of-cell", radio=None),
    "rs.Lte(distance=300)": rs.Lte(distance=300),
    "rs.Lte(distance=800)": rs.Lte(distance=800),
    'rs.Lte(distance=300, neighbours=6, neighbour_rate="5Mbps")': rs.Lte(
        distance=300, neighbours=6, neighbour_rate="5Mbps"
    ),
}
"""What is compared, as one writes it."""

SETTLED = 2.0
"""Seconds after which every station that can be is associated or attached."""

_HEAD = """<!-- Written by docs/radio_page.py, which measures: change that, and run it with a radio set-up. -->

# Wi-Fi and LTE, simulated whole

```python
often = rs.Poisson(mean_gap="5s")
home = rs.Clients("laptops", count=5, access=rs.Wifi(distance=8, neighbours=3), arrivals=often)
cars = rs.Clients("cars", count=5, access=rs.Lte(distance=100, speed=30, farthest=1500), arrivals=often)
```

A preset (`rs.mobile`, [each number with its source](access_networks.md)) says what packets meet on an access network:
rates, delays, losses, as somebody measured them. `rs.Wifi` and `rs.Lte` say where people stand, and ns-3's models of
the radio do the rest: contention, rate control, retransmissions, scheduling, a signal that fades with distance, an
access point that everybody shares. All clients of a population are in one cell.

They are for questions about the radio itself. For a fleet's question take a preset: it costs nothing while nobody
sends, a year if need be, and 100,000 clients can have one each.

## Setting it up

```sh
RESHAKE_RADIO=1 make setup     # builds ns-3 with its wifi and lte modules, once: half an hour on two cores
make test-radio                # the same beside the ordinary set-up, and its tests
reshake run wifi_access -o results/wifi
reshake run lte_access -o results/lte
```

Without it a scenario with such an access is refused before anything runs, with exit code 2.

## Presets and models, side by side

"""

_TAIL = """
Ten clients for a quarter of a minute, each with a visit every two seconds, full handshakes over TCP and TLS 1.3
(X25519, ECDSA P-256), a server 5 ms away. Milliseconds, median and 95th percentile of the attempts that begin after two
seconds; events are those of the simulator per second of its time.

How to read it:

- **A preset is a mixture, a model is a place.** Half of the packets of `home-wifi` wait at the Wi-Fi hop for 20 ms or
  more, as was measured in the wild, and its fixed line takes 7.5 ms each way. The model has no fixed line behind it,
  only what `Site.distance` says, and nobody else's Wi-Fi in the air unless there are `neighbours`.
- **The preset's LTE wakes up.** Its radio falls idle between visits, and the first packet waits 260 ms; ns-3's stations
  stay connected. Compare with `radio=None`. What is left of the difference is that the preset's numbers are speed tests
  of one country's network, of all cells and hours of the day: half of its round trip is jitter.
- **The widest channel is not the best.** Beside neighbours at 25 m hardly a handshake ends over 80 MHz, where 20 MHz
  carry all of them. A wide channel has a weaker signal per hertz, and stations on opposite sides of the cell hardly
  hear each other; whether that is all, or ns-3's Minstrel finds no rate there, we have not found out. Do not take it
  for what your own access point does.
- **LTE's round trip** between a station and the core network's gateway is {round_trip} ms in the model: the median, for
  a SYN and its answer, without the server's distance. Holma and Toskala (*LTE for UMTS*, section 11.11) expect 20 ms
  of a small packet where the station first asks for a grant, in a scheduling period of 10 ms, and less where resources
  are allocated beforehand. ns-3 is below 20 ms because its stations report what they have to send without waiting for a
  scheduling request's turn. (The book was read in an excerpt.)

## What is in the models, and what is not

- Wi-Fi: 802.11ax in the band of 5 GHz, one access point, one spatial stream, best-effort queue of 500 packets, beacons
  every 102.4 ms. A station associates within half a second; until then, and out of range, its packets are lost. The
  signal fades with log-distance (exponent 3) without walls or fast fading. Rates are chosen by Minstrel.
- LTE: one eNodeB in the band of 2.1 GHz, 46 dBm against 23 dBm, the path loss of 3GPP TR 36.814 for a macro cell
  without line of sight, no fading, ideal RRC, proportional fair scheduling, RLC in acknowledged mode with 300 kB of
  buffer, an EPC whose links take no time. A station that loses its cell looks for it again.
- Mobility: `speed` and `farthest`, straight away from the centre and back. `Handover` and `Phases` need links.
- Everything beyond the access is as ever: distances, partitions, grey failures, middleboxes, restarts. A partition of a
  population acts behind the radio. Each packet is in the table `packets`: `queue` where the access point's queue was
  full, `loss` where the radio gave it up or has not delivered it after 1 s (Wi-Fi) or 1.5 s (LTE).
- Stations are there as long as the run: churn and an app's restart are the client's, not its radio's.
- The radio ticks: beacons, subframes and measurements cost their events whether or not anybody sends, so the law that
  an idle client costs nothing does not hold here. They end with the run.
- The same seed gives the same bytes, whatever the number of workers. The radio models use the C library's logarithm and
  sines, so that another library may give others.
"""


def scenario(access: str) -> rs.Scenario:
    """Fifteen seconds of ten clients over one of `ACCESSES`."""
    return around(ACCESSES[access], "phones", count=10, mean_gap="2s", duration="15s")


def page() -> str:
    """The text of the page, measured."""
    with tempfile.TemporaryDirectory() as out:
        results = rs.Study(scenario, access=list(ACCESSES), seeds=[0]).run(out, progress=False)
        attempts = results.attempts
        events = dict.fromkeys(ACCESSES, 0.0)
        for run in results.runs:
            events[run.parameters["access"]] += run.manifest["events"] / 15
    attempts = attempts[attempts["started"].dt.total_seconds() > SETTLED]
    rows = ["| access | connect | handshake | first byte | not answered | events per s |", "|---|---|---|---|---|---|"]
    rows += [_row(name, attempts[attempts["access"] == name], events[name]) for name in ACCESSES]
    near = attempts.loc[attempts["access"] == "rs.Lte(distance=300)", "connect"].dt.total_seconds().median()
    tail = _TAIL.format(round_trip=f"{1e3 * near - 10:.0f}")
    return _HEAD + "\n".join(rows) + "\n" + tail


def _row(name: str, attempts: pd.DataFrame, events: float) -> str:
    cells = []
    for phase in ("connect", "handshake", "first_byte"):
        waited = attempts[phase].dt.total_seconds().dropna() * 1e3
        cells.append(f"{waited.median():.0f}, {waited.quantile(0.95):.0f}" if len(waited) else "none")
    unanswered = 100 * (~attempts["outcome"].isin(["ok", "unfinished"])).mean()
    return f"| `{name}` | " + " | ".join(cells) + f" | {unanswered:.1f} % | {events:,.0f} |"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
