"""`reshake replay`: a run once more to the byte, and what Wireshark makes of its packets and keys."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import reshake as rs
from reshake.cli import main
from reshake.evidence.choice import chosen_run

Command = Callable[..., subprocess.CompletedProcess[str]]
Row = dict[str, Any]

pytestmark = pytest.mark.usefixtures("core")

TSHARK = shutil.which("tshark")
# RFC 8446 section 4: the messages by their numbers.
CLIENT_HELLO, SERVER_HELLO, NEW_SESSION_TICKET, END_OF_EARLY_DATA, CERTIFICATE = 1, 2, 4, 5, 11
EARLY_DATA, PRE_SHARED_KEY = 42, 41
FIN, SYN, ACK = 0x01, 0x02, 0x10
FIELDS = (
    "frame.time_epoch",
    "tcp.stream",
    "tcp.flags",
    "tcp.dstport",
    "tls.handshake.type",
    "tls.handshake.extension.type",
    "tls.handshake.session_ticket_lifetime_hint",
    "ip.checksum.status",
    "tcp.checksum.status",
    "_ws.expert.group",
)
GOOD = "1"
CHECKSUM, MALFORMED = str(0x01000000), str(0x07000000)


def scenario(loss: float = 0.0, ip: str = "ipv4") -> rs.Scenario:
    lte = rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss))
    modern = rs.ClientTls(groups="X25519", early_data=True)
    old = rs.ClientTls(groups="X25519:P-256", max_protocol="TLSv1.2")
    return rs.Scenario(
        duration="20min",
        ip=ip,  # type: ignore[arg-type]
        clients=[
            rs.Clients("phones", count=2, access=lte, arrivals=rs.Poisson(mean_gap="2min"), tls=modern),
            rs.Clients("boxes", count=1, access=lte, arrivals=rs.Poisson(mean_gap="4min"), tls=old),
        ],
        fleets=[
            rs.Fleet(
                "edge",
                sites=["ams"],
                servers_per_site=2,
                tls=rs.ServerTls(max_early_data=4096, anti_replay="client-hello-record"),
                tickets=rs.Tickets(lifetime="5min"),
                early_requests="answer",
            )
        ],
    )


def rows_of(run: Any) -> list[Row]:
    table = pq.read_table(run.directory / "attempts.parquet")
    durations = [name for name in table.column_names if str(table[name].type).startswith("duration")]
    for name in durations:
        table = table.set_column(table.column_names.index(name), name, table[name].cast("int64"))
    return list(table.to_pylist())


@dataclass(frozen=True)
class Frame:
    at: int  # Nanoseconds.
    stream: int
    flags: int
    to_server: bool
    messages: tuple[int, ...]
    extensions: tuple[int, ...]
    lifetimes: tuple[int, ...]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(",") if each)


def tshark(capture: Path, keys: Path, *more: str) -> str:
    command = [str(TSHARK), "-r", str(capture), "-o", f"tls.keylog_file:{keys}"]
    for protocol in ("ip", "tcp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    return subprocess.run([*command, *more], capture_output=True, text=True, check=True, timeout=120).stdout


def frames_of(capture: Path, keys: Path) -> list[Frame]:
    """What Wireshark reads, after it has found nothing wrong with any packet."""
    if TSHARK is None:
        pytest.skip("tshark is not installed (cmake/test installs it)")
    found = []
    for line in tshark(capture, keys, "-T", "fields", *[part for each in FIELDS for part in ("-e", each)]).splitlines():
        epoch, stream, flags, to, messages, extensions, lifetimes, ip, tcp, experts = line.split("\t")
        assert ip in (GOOD, ""), line  # IPv6 has none.
        assert tcp == GOOD, line
        assert not {CHECKSUM, MALFORMED} & set(experts.split(",")), line
        seconds, fraction = epoch.split(".")
        found.append(
            Frame(
                int(seconds) * 10**9 + int(fraction.ljust(9, "0")),
                int(stream),
                int(flags, 16),
                to == "443",
                numbers(messages),
                numbers(extensions),
                numbers(lifetimes),
            )
        )
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> rs.Results:
    return rs.Study(scenario, seeds=[3]).run(tmp_path_factory.mktemp("clean") / "batch", progress=False)


@pytest.fixture(scope="module")
def seen(clean: rs.Results) -> rs.Replay:
    """All packets and all keys of the run without loss."""
    return rs.replay(clean, pcap=True, keylog=True)


def at_most_a_microsecond(a: int, b: int) -> bool:
    return abs(a - b) <= 1000


def test_a_run_is_named_by_its_numbers_however_they_are_written(tmp_path: Path) -> None:
    results = rs.Study(scenario, loss=[0.0, 0.02], seeds=[3]).run(tmp_path / "batch", progress=False)
    for given in ("loss=0,seed=3", "seed=3, loss=0.0"):
        assert chosen_run(results, given).parameters == {"loss": 0.0}


@pytest.mark.parametrize("client", ["phones-0", "phones-1", "boxes-0"])
def test_wireshark_sees_in_a_clients_packets_what_the_table_says(seen: rs.Replay, client: str) -> None:
    assert seen.directory is not None
    assert seen.key_log is not None
    frames = frames_of(seen.directory / f"{client}.pcap", seen.key_log)
    population, number = client.split("-")
    rows = [row for row in rows_of(seen.run) if (row["population"], row["client"]) == (population, int(number))]
    rows.sort(key=lambda row: row["started"])
    streams = [[frame for frame in frames if frame.stream == index] for index in range(len(rows))]
    assert sum(map(len, streams)) == len(frames)
    assert len(rows) > 2
    assert {row["resumed"] for row in rows} == {True, False}
    for row, stream in zip(rows, streams, strict=True):
        syn, syn_ack = stream[0], stream[1]
        assert (syn.flags, syn_ack.flags) == (SYN, SYN | ACK)
        assert at_most_a_microsecond(syn.at, row["started"])
        assert at_most_a_microsecond(syn_ack.at - syn.at, row["connect"])
        hello = next(frame for frame in stream if CLIENT_HELLO in frame.messages)
        answer = next(frame for frame in stream if SERVER_HELLO in frame.messages)
        assert at_most_a_microsecond(answer.at - hello.at, row["server_hello"])
        messages = Counter(message for frame in stream for message in frame.messages)
        assert (messages[CERTIFICATE] == 0) == row["resumed"]
        # A client that has its response closes, and takes no ticket that comes later.
        closes = min(frame.at for frame in stream if frame.to_server and frame.flags & FIN)
        in_time = [each for frame in stream if frame.at < closes for each in frame.lifetimes]
        if population == "boxes" and row["resumed"]:
            # RFC 5077 section 3.3: unspecified. OpenSSL's clients do not take renewed tickets of TLS 1.2.
            assert (in_time, row["tickets_received"]) == ([0], 0)
        else:
            assert in_time == [300] * row["tickets_received"]
        assert messages[NEW_SESSION_TICKET] > 0
        if population == "phones":
            assert (PRE_SHARED_KEY in hello.extensions) == row["offered"]
            assert (EARLY_DATA in hello.extensions) == (row["early_bytes"] > 0)
            accepted = row["no_early_data"] == "accepted"
            assert messages[END_OF_EARLY_DATA] == accepted


def test_the_requests_decrypt_early_or_not(seen: rs.Replay) -> None:
    assert seen.directory is not None
    assert seen.key_log is not None
    if TSHARK is None:
        pytest.skip("tshark is not installed (cmake/test installs it)")
    rows = [row for row in rows_of(seen.run) if (row["population"], row["client"]) == ("phones", 0)]
    rows.sort(key=lambda row: row["started"])
    early = next(i for i, row in enumerate(rows) if row["no_early_data"] == "accepted")
    late = next(i for i, row in enumerate(rows) if row["early_bytes"] == 0)
    clients = seen.run.scenario.clients[0]
    for index in (early, late):
        told = tshark(seen.directory / "phones-0.pcap", seen.key_log, "-q", "-z", f"follow,tls,raw,{index}")
        lines = [line for line in told.splitlines() if set(line.strip()) <= set("0123456789abcdef") and line.strip()]
        # Who is first in Wireshark's order of the two is at the left.
        sides = [
            bytes.fromhex("".join(each.strip() for each in lines if each.startswith("\t") == right)) for right in (0, 1)
        ]
        request, response = reversed(sides) if ":443" in told.split("Node 0:")[1].splitlines()[0] else sides
        # The request: its size and the response's, and filler.
        sizes = [int.from_bytes(request[at : at + 4], "big") for at in (0, 4)]
        assert sizes == [clients.request_bytes, clients.response_bytes]
        assert (len(request), len(response)) == (clients.request_bytes, clients.response_bytes)


def test_every_packet_is_in_a_capture_once_where_it_left_and_once_where_it_arrived(room: Path) -> None:
    results = rs.Study(scenario, loss=[0.05], seeds=[1]).run(room / "batch", progress=False)
    seen = rs.replay(results, pcap=True, keylog=True)
    packets = results.runs[0].manifest["packets"]
    assert packets["loss"] > 0
    # A header of 24 bytes, and one of 16 before each packet (the pcap format).
    count = 0
    for capture in seen.captures:
        content, at = capture.read_bytes(), 24
        assert content[:4] == bytes.fromhex("4d3cb2a1"), "nanoseconds"
        while at < len(content):
            at += 16 + int.from_bytes(content[at + 8 : at + 12], "little")
            count += 1
    assert count == packets["sent"] + packets["delivered"]


def test_ipv6_packets_are_as_good(room: Path) -> None:
    results = rs.Study(scenario, ip=["ipv6"], seeds=[1]).run(room / "batch", progress=False)
    seen = rs.replay(results, attempt="boxes/0/1", pcap=True, keylog=True)
    assert seen.key_log is not None
    for capture in seen.captures:
        messages = [message for frame in frames_of(capture, seen.key_log) for message in frame.messages]
        assert {CLIENT_HELLO, SERVER_HELLO} <= set(messages)


def test_an_attempts_evidence_is_its_connections_alone_and_agrees_with_its_row(clean: rs.Results, room: Path) -> None:
    rows = rows_of(clean.runs[0])
    number = next(i for i, row in enumerate(rows) if row["no_early_data"] == "accepted")
    row = rows[number]
    seen = rs.replay(clean, attempt=number, out=room / "one", pcap=True, keylog=True, trace=True)
    assert seen.attempt is not None
    assert seen.attempt.row == row
    assert seen.key_log is not None
    server = f"edge-ams-server-{row['server']}.pcap"
    assert [each.name for each in seen.captures] == [server, f"phones-{row['client']}.pcap"]
    assert len({line.split()[1] for line in seen.key_log.read_text().splitlines()}) == 1  # One ClientHello.
    client, host = f"phones/{row['client']}", f"edge/ams/server-{row['server']}"
    assert {each.node for each in seen.trace} == {client, host}
    assert [each.at for each in seen.trace] == sorted(each.at for each in seen.trace)
    assert (seen.trace[0].event, seen.trace[0].at) == ("begins", row["started"])
    told = {each.event: each.details for each in seen.trace if each.node == client}
    assert told["connects"]["took_ns"] == row["connect"]
    assert told["offers_ticket"]["ticket_age_ns"] == row["ticket_age"]
    assert told["is_authenticated"]["took_ns"] == row["handshake"]
    assert told["has_first_byte"]["took_ns"] == row["first_byte"]
    assert told["ends"]["outcome"] == "ok"
    answer = next(each for each in seen.trace if each.event == "answers")
    assert answer.details["resumes"] is True
    assert answer.details["takes_early_data"] is True
    hello = next(each for each in seen.trace if each.details.get("message") == "ClientHello")
    assert hello.details["ticket_begins"] == answer.details["key"]  # Its key's name comes first in a sealed ticket.
    for node, column in ((client, "client_compute"), (host, "server_compute")):
        spent = sum(
            int(each.details["takes_ns"]) for each in seen.trace if (each.event, each.node) == ("computes", node)
        )
        assert spent == row[column]


def test_a_trace_tells_which_packet_was_lost_and_which_came_once_more(room: Path) -> None:
    results = rs.Study(scenario, loss=[0.2], seeds=[1]).run(room / "batch", progress=False)
    slow = max(enumerate(rows_of(results.runs[0])), key=lambda pair: pair[1]["connect"])[0]
    trace = rs.replay(results, attempt=slow, trace=True).trace
    packets = [each.details for each in trace if each.event == "packet"]
    fates = Counter(each["packet"] for each in packets)
    assert fates["lost"] > 0
    assert any(each.get("retransmission") for each in packets)
    assert fates["sent"] == fates["received"] + fates["lost"] + fates["vanished"]


def test_evidence_is_the_same_each_time(clean: rs.Results, room: Path) -> None:
    first, second = (
        rs.replay(clean, attempt=1, out=room / name, pcap=True, keylog=True, trace=True, all_packets=True)
        for name in ("first", "second")
    )
    assert first.directory is not None
    assert second.directory is not None
    names = sorted(each.name for each in first.directory.iterdir())
    assert {"keys.log", "trace.txt", "phones-0.pcap", "boxes-0.pcap"} <= set(names)
    for name in names:
        assert (first.directory / name).read_bytes() == (second.directory / name).read_bytes()


def test_the_command_shows_a_trace_and_tells_where_the_files_are(clean: rs.Results, reshake: Command) -> None:
    shown = reshake(
        "replay", str(clean.directory), "--run", "seed=3", "--attempt", "phones/0/1", "--trace", "-o", "new"
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[0].split() == ["seconds", "ms", "machine", "event"]
    assert "sends ClientHello" in shown.stdout
    assert "-> SYN" in shown.stdout
    assert "equal to the byte" in shown.stderr
    assert "new/trace.txt" in shown.stderr
    again = reshake("replay", str(clean.directory), "--attempt", "0", "--trace", "--json", "-o", "newer")
    assert json.loads(again.stdout.splitlines()[0])["event"] == "begins"
    plain = reshake("replay", str(clean.directory))
    assert (plain.returncode, plain.stdout) == (0, "")


def test_what_cannot_be_replayed_is_said_in_a_line(
    clean: rs.Results, room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = str(clean.directory)
    (room / "taken").mkdir()
    (room / "file").write_text("")
    cases = {
        ("--run", "ffff"): '--run: no finished run is "ffff"; there are ',
        ("--run", "seed=4"): '--run: no finished run is "seed=4"',
        ("--attempt", "9999"): "--attempt: 9999 is out of range; the run's attempts are 0 to ",
        ("--attempt", "-1"): "--attempt",
        ("--attempt", "phone/0/0"): '--attempt: "phone" is no population; did you mean "phones"?',
        ("--attempt", "phones/0/999"): "--attempt: phones/0/999 did not take place",
        ("--trace",): "--trace: is of one attempt",
        ("--all-packets",): "--all-packets: ",
        ("--pcap", "-o", "taken"): "taken: exists",
        ("--pcap", "-o", "file/under"): "file/under: cannot be written",
    }
    for arguments, sentence in cases.items():
        assert main(["replay", directory, *arguments]) == 2, arguments
        said = capsys.readouterr()
        assert said.out == ""
        assert sentence in said.err
    assert main(["replay", "taken"]) == 2
    assert sorted(each.name for each in room.iterdir()) == ["file", "taken"]


def test_results_of_another_build_that_differ_name_what_changed(room: Path, reshake: Command) -> None:
    results = rs.Study(scenario, seeds=[1]).run(room / "batch", progress=False)
    manifest = results.runs[0].directory / "manifest.json"
    content = json.loads(manifest.read_text())
    content["versions"]["openssl"] = "3.5.0"
    manifest.write_text(json.dumps(content))
    assert reshake("replay", "batch").returncode == 0  # Another build, and the same results all the same.
    content["digest"] = "0" * 16
    manifest.write_text(json.dumps(content))
    differing = reshake("replay", "batch", "--pcap")
    assert differing.returncode == 1
    assert "came out differently (digest): openssl was 3.5.0 and is " in differing.stderr
    assert not list((room / "batch" / "evidence").iterdir())
