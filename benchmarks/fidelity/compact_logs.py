"""Packet logs of lossy exchanges -> what a replay needs of them, a line per connection.

Reads `packet_log_lossy.csv.gz` (every packet of an exchange over real Linux TCP, with its fate) and writes, to stdout::

    rtt_ms mode connect_ms handshake_ms ttfb_ms tolerance_ms phase_ms flight lost...

`tolerance_ms` is how far a replay may be off because nobody knows where between two ticks of the kernel's timer wheel
the exchange began: for each repetition before the first response byte the resolution of a timer of that length (4 ms up
to 256 ms, 32 ms up to 2 s, 256 ms above). `phase_ms` is what the first repetition tells of it (-1: nothing). `flight`
is the number of bytes in the server's first flight. Each lost packet is named by direction, content (S: SYN or SYN-ACK,
D: data that begins at this number, A: ACK of this number) and how many like it had left before: `c:D1#0` is the first
ClientHello.
"""

import csv
import gzip
import sys
from collections import Counter, defaultdict

MODES = {
    "tls13_full_ecdsa": "full_ecdsa",
    "tls13_full_rsa": "full_rsa",
    "tls13_psk": "psk",
    "tls13_0rtt": "early",
    "tls12_full_ecdsa": "full12",
    "tls12_ticket": "ticket12",
}
FIRST_FLIGHT = {"full_ecdsa": 1926, "full_rsa": 2897, "psk": 241, "early": 245, "full12": 1767, "ticket12": 141}
TICK = 0.15  # From a tick to the packet that its timer sends.


def resolution(gap):
    """How far apart two firings of a timer of this length can be."""
    return 4 if gap < 256 else 32 if gap < 2040 else 256 if gap < 16400 else 2048


def content(packet):
    """What a packet carries, however often it is sent."""
    if "S" in packet["flags"]:
        return "S"
    if int(packet["payload"]) > 0:
        return f"D{packet['rel_seq']}"
    if "R" in packet["flags"] or "F" in packet["flags"]:
        return None
    return f"A{packet['rel_ack']}"


def compact(packets):
    """One connection's line, or None where the exchange never ended."""
    first = packets[0]
    mode = MODES[first["mode"]]
    ttfb = float(first["ttfb_ms"])
    if ttfb < 0:
        return None
    flight = FIRST_FLIGHT[mode]
    seen = Counter()
    last = {}
    lost = []
    tolerance = 0
    phase = None
    for packet in packets:
        what = content(packet)
        if what is None:
            continue
        side = packet["dir"][0]
        at = float(packet["t_ms"])
        key = (side, what)
        payload = int(packet["payload"])
        if mode in ("full_ecdsa", "full12") and key == ("s", "D1449") and payload < 1448:
            flight = 1448 + payload
        if not what.startswith("A") and key in last and at < ttfb:
            gap = at - last[key]
            tolerance += resolution(gap)
            if phase is None and gap > 200:
                # The timer went off at a tick that is a multiple of its resolution.
                phase = (TICK - at) % resolution(gap), resolution(gap)
        if packet["fate"] != "ok":
            lost.append(f"{side}:{what}#{seen[key]}")
        seen[key] += 1
        last[key] = at
    step = phase[1] if phase else 0
    offset = phase[0] if phase else -1
    return (
        f"{first['rtt_ms']} {mode} {float(first['connect_ms']):.2f} {float(first['handshake_ms']):.2f} {ttfb:.2f} "
        f"{tolerance} {offset:.2f} {step} {flight} {' '.join(lost)}".rstrip()
    )


def main():
    """Writes the lines of the log named on the command line."""
    connections = defaultdict(list)
    with gzip.open(sys.argv[1], "rt") as log:
        for packet in csv.DictReader(log):
            connections[int(packet["conn"])].append(packet)
    for number in sorted(connections):
        line = compact(connections[number])
        if line:
            print(line)


if __name__ == "__main__":
    main()
