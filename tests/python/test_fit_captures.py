"""Packet captures become populations: what is found in packets is what the run's tables and Wireshark say."""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

import reshake as rs
from reshake.cli import main
from reshake.reality.byte_stream import ByteStream
from reshake.reality.capture import Census, read_captures
from reshake.reality.capture_file import Segment, Tally, segments
from reshake.reality.connections import Connection, connections
from reshake.reality.files import LogError

Command = Callable[..., subprocess.CompletedProcess[str]]

TSHARK = shutil.which("tshark")
EDGE = """
import reshake as rs

def scenario(loss: float = 0.03) -> rs.Scenario:
    lte = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss))
    modern = rs.ClientTls(groups="X25519", early_data=True)
    old = rs.ClientTls(groups="X25519:P-256", max_protocol="TLSv1.2")
    retried = rs.ClientTls(groups="X25519:P-256")
    clients = [
        rs.Clients(name, count=2, access=lte, arrivals=rs.Poisson(mean_gap="2min"), tls=tls)
        for name, tls in (("phones", modern), ("boxes", old), ("usual", rs.ClientTls()), ("retried", retried))
    ]
    tls = rs.ServerTls(max_early_data=4096, anti_replay="client-hello-record")
    edge = rs.Fleet("edge", sites=["ams"], servers_per_site=2, tls=tls, tickets=rs.Tickets(lifetime="3min"))
    return rs.Scenario(duration="20min", clients=clients, fleets=[edge])
"""
SERVERS, CLIENTS = "edge-*.pcap", "[!e]*.pcap"
"""The places of capture."""

SYN, ACK = 0x02, 0x10


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> rs.Results:
    made: dict[str, Callable[[], rs.Scenario]] = {}
    exec(EDGE, made)
    return rs.Study(made["scenario"]).run(tmp_path_factory.mktemp("captured") / "batch", progress=False)


@pytest.fixture(scope="module")
def captures(results: rs.Results) -> Path:
    """The directory with a capture per machine."""
    replay = rs.replay(results, pcap=True)
    assert replay.directory is not None
    return replay.directory


def files(captures: Path, place: str) -> list[Path]:
    return sorted(captures.glob(place))


def census(paths: Sequence[Path]) -> Census:
    found = read_captures(paths).capture
    assert found is not None
    return found


def facts(connection: Connection) -> tuple[object, ...]:
    """All that is found in a connection, but for the times."""
    of = ("client", "server", "hello", "answer", "resumed", "version", "bytes_sent", "bytes_received")
    return tuple(getattr(connection, name) for name in (*of, "request_bytes", "response_bytes"))


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("place", [SERVERS, CLIENTS], ids=["servers", "clients"])
def test_a_capture_tells_what_the_table_of_attempts_says(results: rs.Results, captures: Path, place: str) -> None:
    attempts = results.attempts.sort_values("started")
    found = census(files(captures, place))
    connections = sorted(found.connections, key=lambda each: each.at)
    assert len(connections) == len(attempts) > 50
    assert (found.unanswered, found.begun, found.others) == (0, 0, 0)
    assert [each.resumed for each in connections] == attempts["resumed"].tolist()
    assert {each.version for each in connections} == {"TLSv1.2", "TLSv1.3"}
    assert [each.bytes_sent for each in connections] == attempts["bytes_sent"].tolist()
    # What comes when the client has closed, its packets have and the client has not.
    late = np.array([each.bytes_received for each in connections]) - attempts["bytes_received"].to_numpy()
    assert late.min() >= 0
    assert np.median(late) < 300
    early = attempts["early_bytes"] > 0
    offers = [each.hello is not None and each.hello.offers_early_data for each in connections]
    assert early.any()
    assert (np.array(offers) >= early.to_numpy()).all()
    # Of 200 and 4,096 bytes, beside which are a close_notify and up to two tickets.
    assert {200 <= (each.request_bytes or 0) <= 206 for each in connections} == {True}
    assert {4_096 <= (each.response_bytes or 0) <= 4_096 + 530 for each in connections} == {True}


@pytest.mark.usefixtures("core")
def test_the_rtt_is_the_time_of_connect_wherever_packets_are_captured(results: rs.Results, captures: Path) -> None:
    connect = results.attempts.sort_values("started")["connect"].dt.total_seconds().to_numpy()
    at_clients, at_servers = (
        np.array(
            [each.rtt or np.nan for each in sorted(census(files(captures, place)).connections, key=lambda c: c.at)]
        )
        for place in (CLIENTS, SERVERS)
    )
    measured = ~np.isnan(at_clients)
    assert measured.mean() > 0.8
    assert at_clients[measured] == pytest.approx(connect[measured], abs=1e-6)
    # A SYN that was lost before the server's capture is no part of what is measured there.
    repeated = connect > 0.5
    assert repeated.any()
    assert np.nanmax(at_servers) < 0.1
    assert at_servers[~repeated & ~np.isnan(at_servers)] == pytest.approx(0.0901, abs=2e-3)


def frames(file: Path) -> list[list[set[int]]]:
    """Wireshark's stream, flags, handshake messages and extensions of each frame."""
    fields = ("tcp.stream", "tcp.flags", "tls.handshake.type", "tls.handshake.extension.type")
    command = [str(TSHARK), "-r", str(file), "-T", "fields", *[part for each in fields for part in ("-e", each)]]
    command += ["-o", "tcp.reassemble_out_of_order:TRUE"]  # Else a hello whose halves come the wrong way is none.
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    rows = [line.split("\t") for line in said.splitlines()]
    return [[{int(each, 0) for each in cell.split(",") if each} for cell in row] for row in rows]


def streams(
    frames: list[list[set[int]]], *, flags: int | None = None, message: int | None = None, extension: int | None = None
) -> int:
    """In how many connections there is a frame with all that is named."""
    wanted = ((1, flags), (2, message), (3, extension))
    return len({min(row[0]) for row in frames if all(value is None or value in row[at] for at, value in wanted)})


@pytest.mark.usefixtures("core")
@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed (cmake/test installs it)")
@pytest.mark.parametrize("place", [SERVERS, CLIENTS], ids=["servers", "clients"])
def test_wireshark_counts_the_same(captures: Path, place: str) -> None:
    for file in files(captures, place):
        found = census([file])
        seen = frames(file)
        hellos = [each.hello for each in found.tls if each.hello]
        assert streams(seen, flags=SYN) == len(found.connections)
        assert streams(seen, message=1) == len(found.tls) == len(hellos)
        assert streams(seen, message=1, extension=42) == sum(each.offers_early_data for each in hellos)
        assert streams(seen, message=1, extension=41) == sum(each.offers_psk for each in hellos)
        assert streams(seen, message=2, extension=41) == sum(
            bool(each.resumed) for each in found.tls if each.version == "TLSv1.3"
        )


@pytest.mark.usefixtures("core")
def test_a_connection_in_two_files_counts_once(captures: Path) -> None:
    alone, both = census(files(captures, CLIENTS)), census(files(captures, "*.pcap"))
    assert both.twice == len(alone.connections) == len(both.connections)
    assert set(map(facts, both.connections)) == set(map(facts, alone.connections))


def packets(file: Path) -> list[tuple[float, bytes]]:
    """Of a capture of raw IP with nanoseconds, as `reshake replay` writes them."""
    data, at, found = file.read_bytes(), 24, []
    while at < len(data):
        seconds, nanoseconds, kept, _ = struct.unpack_from("<IIII", data, at)
        found.append((seconds + nanoseconds / 1e9, data[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def pcap(link: int, frames: Sequence[tuple[float, bytes]], *, order: str = "<", snaplen: int = 65_535) -> bytes:
    parts = [struct.pack(f"{order}IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)]
    for at, frame in frames:
        kept = frame[:snaplen]
        parts.append(struct.pack(f"{order}IIII", int(at), round(at % 1 * 1e6), len(kept), len(frame)) + kept)
    return b"".join(parts)


def pcapng(frames: Sequence[tuple[int, float, bytes]], links: Sequence[int]) -> bytes:
    """An interface per link type, with its own resolution of time."""

    def block(kind: int, body: bytes) -> bytes:
        padded = body + bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(padded) + 12) + padded + struct.pack("<I", len(padded) + 12)

    parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    parts += [block(1, struct.pack("<HHIHHB3x", link, 0, 0, 9, 1, 6 + 3 * number)) for number, link in enumerate(links)]
    for interface, at, frame in frames:
        ticks = round(at * 10 ** (6 + 3 * interface))
        head = struct.pack("<IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        parts.append(block(6, head + frame))
    return b"".join(parts)


ETHERNET = bytes(12) + b"\x08\x00"
LINKS = {
    "ethernet": (1, ETHERNET),
    "vlan": (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00"),
    "cooked": (113, struct.pack(">HHH8sH", 0, 1, 6, b"", 0x0800)),
    "cooked-2": (276, struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, b"")),
    "loopback": (0, struct.pack("<I", 2)),
    "ipv4": (228, b""),
}


@pytest.fixture(scope="module")
def of_server(captures: Path) -> list[tuple[float, bytes]]:
    return packets(files(captures, SERVERS)[0])


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("link", LINKS)
def test_links_of_every_kind_are_read(
    link: str, order: str, of_server: list[tuple[float, bytes]], captures: Path, tmp_path: Path
) -> None:
    number, head = LINKS[link]
    (tmp_path / "a.pcap.gz").write_bytes(
        gzip.compress(pcap(number, [(at, head + packet) for at, packet in of_server], order=order))
    )
    assert list(map(facts, census([tmp_path / "a.pcap.gz"]).connections)) == list(
        map(facts, census(files(captures, SERVERS)[:1]).connections)
    )


@pytest.mark.usefixtures("core")
def test_interfaces_of_pcapng_have_links_and_clocks_of_their_own(
    of_server: list[tuple[float, bytes]], captures: Path, tmp_path: Path
) -> None:
    frames = [
        (number % 2, at, packet if number % 2 else ETHERNET + packet) for number, (at, packet) in enumerate(of_server)
    ]
    (tmp_path / "a.pcapng").write_bytes(pcapng(frames, [1, 101]))
    found, expected = (census([file]).connections for file in (tmp_path / "a.pcapng", files(captures, SERVERS)[0]))
    assert list(map(facts, found)) == list(map(facts, expected))
    assert [each.rtt or 0.0 for each in found] == pytest.approx([each.rtt or 0.0 for each in expected], abs=2e-6)


@pytest.mark.usefixtures("core")
def test_cut_packets_still_tell_connections_times_and_bytes(
    of_server: list[tuple[float, bytes]], captures: Path, tmp_path: Path
) -> None:
    server = files(captures, SERVERS)[0]
    (tmp_path / "short.pcap").write_bytes(pcap(101, of_server, snaplen=96))
    lengths = [[each.length for each in segments(file, Tally())] for file in (tmp_path / "short.pcap", server)]
    assert lengths[0] == lengths[1]
    found, whole = census([tmp_path / "short.pcap"]), census([server])
    assert len(found.tls) == len(whole.tls)
    for name in ("bytes_sent", "bytes_received"):
        assert [getattr(each, name) for each in found.tls] == [getattr(each, name) for each in whole.tls]
    assert [each.rtt or 0.0 for each in found.tls] == pytest.approx([each.rtt or 0.0 for each in whole.tls], abs=2e-6)
    assert {each.hello for each in found.tls} == {None}
    assert any("ClientHellos are cut off" in sentence for sentence in found.told())


@pytest.mark.usefixtures("core")
def test_a_file_may_end_anywhere(captures: Path, tmp_path: Path) -> None:
    whole = files(captures, SERVERS)[0].read_bytes()
    expected = census(files(captures, SERVERS)[:1]).connections
    frames = [(0, at, ETHERNET + packet) for at, packet in packets(files(captures, SERVERS)[0])]
    for content in (whole, pcapng(frames, [1]), gzip.compress(whole)):
        name = tmp_path / ("a.pcap.gz" if content[:2] == b"\x1f\x8b" else "a.pcap")
        for length in [*range(30), *range(30, len(content), len(content) // 40)]:
            name.write_bytes(content[:length])
            tally = Tally()
            try:
                ends = list(segments(name, tally))
            except LogError:
                continue
            assert len(ends) == tally.packets
            found = census([name]) if tally.packets > 60 else None
            if found is not None:
                assert [each.client for each in found.connections] == [
                    each.client for each in expected[: len(found.connections)]
                ]


@pytest.mark.usefixtures("core")
def test_packets_of_other_kinds_are_counted_and_passed_over(
    of_server: list[tuple[float, bytes]], captures: Path, tmp_path: Path
) -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    udp = ETHERNET + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 17, 0, b"\x0a" * 4, b"\x0b" * 4) + bytes(8)
    fragment = ETHERNET + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, 0, 1, 64, 6, 0, b"\x0a" * 4, b"\x0b" * 4)
    strange = [arp, udp, fragment + bytes(20), b"", bytes(13), bytes(60), ETHERNET + b"\x4f", bytes(12) + b"\x88\x47"]
    frames = [(at, ETHERNET + packet) for at, packet in of_server]
    (tmp_path / "a.pcap").write_bytes(pcap(1, [(0.0, each) for each in strange] + frames))
    found = census([tmp_path / "a.pcap"])
    assert (found.others, found.packets) == (len(strange), len(strange) + len(frames))
    assert list(map(facts, found.connections)) == list(map(facts, census(files(captures, SERVERS)[:1]).connections))


def shuffled(data: bytes, random: np.random.Generator) -> Iterator[tuple[int, bytes]]:
    """Data as segments of any length, some of them twice, in an order that is a little wrong."""
    cuts = sorted({0, len(data), *random.integers(0, len(data), 30).tolist()})
    pieces = [(start, data[start:end]) for start, end in itertools.pairwise(cuts)]
    pieces += [(start, data[start : start + 50]) for start in random.integers(0, len(data), 10).tolist()]
    yield from sorted(pieces, key=lambda piece: piece[0] + random.normal(0, 60))


@pytest.mark.parametrize("seed", range(20))
def test_records_are_the_same_however_tcp_cuts_and_repeats_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    bodies = [(22, 300), (20, 1), (23, 20), (22, 40), (23, 900), (23, 0), (23, 17)]
    data = b"".join(struct.pack(">BHH", kind, 0x0303, size) + bytes([kind]) * size for kind, size in bodies)
    first = (1 << 32) - 100  # Sequence numbers begin anew within the data.
    stream = ByteStream(first)
    for start, piece in shuffled(data, random):
        stream.add((first + start) % (1 << 32), piece, len(piece))
    assert stream.length == len(data)
    assert stream.records.sizes == [20, 900, 0, 17]
    assert stream.records.handshake == bytes([22]) * 340
    assert stream.records.is_tls


def test_what_the_capture_has_lost_ends_what_can_be_read() -> None:
    stream = ByteStream(1)
    stream.add(1, struct.pack(">BHH", 23, 0x0303, 100) + bytes(20), 105)  # 80 bytes are cut off: the record is known.
    stream.add(106, struct.pack(">BHH", 23, 0x0303, 7), 12)
    assert stream.records.sizes == [100, 7]
    stream.add(118, b"", 10)  # Whatever begins here is not.
    stream.add(128, struct.pack(">BHH", 23, 0x0303, 9), 14)
    assert stream.records.sizes == [100, 7]
    assert stream.length == 141


def syn(at: float, number: int, port: int = 50_000) -> Segment:
    return Segment(at, ("192.0.2.1", port), ("192.0.2.2", 443), number, 0, SYN, b"", 0)


def answered(segment: Segment, at: float, flags: int = SYN | ACK) -> Segment:
    return Segment(at, segment.target, segment.source, 900, segment.number + 1, flags, b"", 0)


def test_a_syn_sent_twice_measures_nothing_and_is_one_connection() -> None:
    first = syn(0.0, 7)
    again = syn(1.0, 7)
    made = Segment(1.2, first.source, first.target, 8, 901, ACK, b"", 0)
    (once,), _ = connections([first, answered(first, 0.1), made._replace(at=0.1)])
    assert once.rtt == pytest.approx(0.1)
    (twice,), _ = connections([first, again, answered(first, 1.1), made])
    assert (twice.at, twice.rtt, twice.was_granted) == (0.0, None, True)
    new, begun = connections([made._replace(source=("192.0.2.9", 1)), first, syn(5.0, 8), syn(9.0, 7, port=50_001)])
    assert ([each.at for each in new], begun) == ([0.0, 5.0, 9.0], 1)


def test_the_data_of_a_syn_are_the_first_that_the_client_sent() -> None:
    hello = struct.pack(">BHH", 22, 0x0301, 40) + bytes(40)
    opening = syn(0.0, 7)._replace(data=hello[:20], length=20)
    rest = Segment(0.1, opening.source, opening.target, 8 + 20, 901, ACK, hello[20:], 25)
    (found,), _ = connections([opening, answered(opening, 0.1), rest])
    assert (found.bytes_sent, found.is_tls, found.rtt) == (45, True, pytest.approx(0.1))


@pytest.mark.usefixtures("core")
def test_fit_makes_a_population_of_captures_and_predicts_what_they_show(
    reshake: Command, captures: Path, results: rs.Results, room: Path
) -> None:
    (room / "edge.py").write_text(EDGE)
    paths = [str(each) for each in files(captures, CLIENTS)]
    ended = reshake("fit", *paths, "--client", "file", "--backtest", "edge.py", "-o", "traffic.json")
    assert ended.returncode == 0, ended.stderr
    content = json.loads((room / "traffic.json").read_text())
    attempts = results.attempts
    assert (content["clients"], content["capture"]["connections"]) == (len(paths), len(attempts))
    returning = attempts[(attempts["visit"] > 0) & (attempts["connection"] == 0)]
    assert content["resumed_share"]["share"] == pytest.approx(float(returning["resumed"].mean()), abs=0.02)
    assert content["populations"][0]["rtt"] == pytest.approx(attempts["connect"].median().total_seconds(), abs=1e-6)
    assert content["capture"]["names"] == 1
    assert "told apart by file" in ended.stdout
    assert "in the capture, " in ended.stdout
    for file in room.glob("traffic*"):
        assert b"192.168" not in file.read_bytes(), file


@pytest.mark.usefixtures("core")
def test_what_is_no_capture_is_refused(
    reshake: Command, captures: Path, room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = str(files(captures, SERVERS)[0])
    (room / "access.log").write_text("192.0.2.7 - - nothing\n")
    (room / "wifi.pcap").write_bytes(pcap(105, [(0.0, bytes(60))]))
    (room / "quiet.pcap").write_bytes(pcap(1, [(0.0, bytes(60))]))
    for arguments, words in [
        (("access.log", "--format", "pcap"), "access.log: begins with 31 39 32 2e; expected a capture, pcap or pcapng"),
        ((capture, "access.log"), "access.log: begins with"),
        (("wifi.pcap",), "wifi.pcap: holds packets of link type 105; what can be read is Ethernet (1)"),
        (("quiet.pcap",), "quiet.pcap: holds no TLS connection from its SYN on: 1 packets, 1 of them not of TCP"),
        ((capture, "--client", "cookie_uid"), '--client: "cookie_uid" is unknown of packets; expected address or file'),
        ((capture, "--log-format", "$msec"), '--log-format: "$msec" given; packets have none'),
    ]:
        refused = reshake("fit", *arguments, "-o", "x.py")
        assert refused.returncode == 2, words
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
    refused = reshake("fit", "access.log", capture, "wifi.pcap", "-o", "x.py")
    assert [line.strip().partition(" ")[0] for line in refused.stderr.splitlines()[1:]] == ["access.log:", "wifi.pcap:"]
    monkeypatch.setitem(sys.modules, "dpkt", None)
    for name in ("capture", "capture_file", "connections"):
        monkeypatch.delitem(sys.modules, f"reshake.reality.{name}")
    assert main(["fit", capture, "-o", str(room / "x.py")]) == 2
    assert 'pip install "reshake[pcap]"' in capsys.readouterr().err
