"""Real sockets and the simulation make the same handshakes; only time may differ."""

from __future__ import annotations

import dataclasses
import errno
import gc
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reshake as rs
from reshake.native import Comparison, Observed, Plan, over_sockets, simulated, sockets
from reshake.native.connections import DelayLine, connected
from reshake.native.observed import FACTS, TIMES, Facts, Times

Command = Callable[..., subprocess.CompletedProcess[str]]

RTT = rs.Duration("4ms")


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def plan_of(**changes: Any) -> Plan:
    core = rs.Device(cores=1)
    usual = Plan(rtt=RTT, attempts=3, certificate="ecdsa-p256", groups="X25519", seed=4, device=core)
    return dataclasses.replace(usual, **changes)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(
    ("certificate", "groups", "group"),
    [
        ("ecdsa-p256", "X25519", 0x001D),
        ("ecdsa-p256", None, 0x11EC),
        ("rsa-2048", "P-256", 0x0017),
    ],
)
def test_both_sides_make_the_same_handshakes(certificate: str, groups: str | None, group: int) -> None:
    plan = plan_of(certificate=certificate, groups=groups)
    native, virtual = over_sockets(plan), simulated(plan)
    for kind, resumed in (("full", False), ("psk", True)):
        assert [each.facts for each in native[kind]] == [each.facts for each in virtual[kind]]
        assert [each.facts.resumed for each in native[kind]] == [resumed] * plan.attempts
        assert {each.facts.group for each in native[kind]} == {group}
        assert {each.facts.outcome for each in native[kind]} == {"ok"}
        assert {each.facts.flights_received for each in native[kind]} == {2}
    assert Comparison(native, virtual).same


@pytest.mark.usefixtures("core")
def test_each_exchange_is_held_to_its_bytes_not_to_an_average() -> None:
    plan = plan_of(attempts=12, rtt=rs.Duration("1ms"))
    native = over_sockets(plan)["full"]
    # An ECDSA signature is as long as its random numbers make it.
    lengths = [each.facts.bytes_received for each in native]
    assert len(set(lengths)) > 1
    assert lengths == [each.facts.bytes_received for each in simulated(plan)["full"]]
    assert lengths != [each.facts.bytes_received for each in over_sockets(plan_of(attempts=12, seed=5))["full"]]


@pytest.mark.usefixtures("core")
def test_the_delay_line_takes_its_round_trips() -> None:
    rtt = rs.Duration("40ms").nanoseconds
    for kind in over_sockets(plan_of(rtt=rs.Duration("40ms"), attempts=2)).values():
        for each in kind:
            assert each.times is not None
            assert each.times.connect is None
            assert each.times.server_hello >= rtt
            assert each.times.handshake >= rtt
            assert each.times.first_byte >= 2 * rtt
            assert min(each.times.client_compute, each.times.server_compute) > 0
            assert each.times.harness >= 0
            assert each.times.first_byte_without_harness >= 2 * rtt


@pytest.mark.usefixtures("core")
def test_nothing_is_left_behind() -> None:
    over_sockets(plan_of(attempts=1))  # What is loaded once may stay.
    before, threads = open_files(), threading.active_count()
    over_sockets(plan_of(attempts=2))
    assert open_files() == before
    assert threading.active_count() == threads


@pytest.mark.usefixtures("core")
def test_an_exchange_that_does_not_end_is_given_up_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_files()
    monkeypatch.setattr(sockets, "_PATIENCE", 1)
    monkeypatch.setattr(sockets, "_PATIENCE_ROUND_TRIPS", 1)
    with pytest.raises(OSError, match="did not come to its end") as raised:
        over_sockets(plan_of(rtt=rs.Duration("200ms")))
    assert raised.value.errno == errno.ETIMEDOUT
    del raised
    gc.collect()
    assert open_files() == before


def test_a_delay_line_keeps_order_and_lets_go_when_due() -> None:
    near, front = connected("127.0.0.1")
    back, far = connected("127.0.0.1")
    with near, front, back, far:
        line = DelayLine(front, back, 1000)
        up, down = line.lanes
        near.send(b"one")
        up.take(10)
        near.send(b"two")
        up.take(20)
        far.send(b"back")
        down.take(5)
        near.finish()
        up.take(30)
        assert line.due == 1005
        line.release(1004)
        assert (near.receive(), far.receive()) == (b"", b"")
        line.release(1019)
        assert (near.receive(), far.receive()) == (b"back", b"one")
        line.release(1020)
        assert (far.receive(), far.ended) == (b"two", False)
        line.release(1030)
        assert (far.receive(), far.ended) == (b"", True)
        assert up.due is None


def test_what_the_kernel_does_not_take_at_once_is_sent_later() -> None:
    near, far = connected("127.0.0.1")
    with near, far:
        data = os.urandom(16 * 1024 * 1024)
        near.send(data)
        near.finish()
        assert near.unsent
        received = bytearray()
        while not far.ended:
            received += far.receive()
            near.flush()
        assert received == data


def observed(**changes: Any) -> Observed:
    facts = dict.fromkeys(FACTS, 1) | {"outcome": "ok"}
    times = dict.fromkeys((field.name for field in dataclasses.fields(Times)), 2_000_000)
    for name, value in changes.items():
        (facts if name in FACTS else times)[name] = value
    return Observed(facts=Facts(**facts), times=Times(**times))  # type: ignore[arg-type]


def test_one_byte_in_one_exchange_is_told() -> None:
    native = {"full": [observed(), observed(bytes_sent=5)], "psk": [observed(), observed()]}
    # The other client's exchange has that length: as sets they are equal, one by one they are not.
    virtual = {"full": [observed(bytes_sent=5), observed()], "psk": [observed(), observed()]}
    compared = Comparison(native, virtual)
    assert not compared.same
    assert compared.verdict().startswith("NOT the same handshakes: 2 of 4 exchanges differ in bytes_sent;")
    assert Comparison(native, native).same


def test_a_difference_in_time_is_the_simulations_minus_the_native() -> None:
    native, virtual = (
        {kind: [observed(first_byte=time)] for kind in ("full", "psk")} for time in (8_000_000, 6_000_000)
    )
    compared = Comparison(native, virtual)
    row = next(each for each in compared.times["full"] if each.name == "first_byte")
    assert row.difference == pytest.approx(-2.0)
    assert row.share == pytest.approx(-0.25)
    assert "differs by -2.00 ms for full handshakes (-25.0%; -2.00 ms without the harness)" in compared.verdict()


@pytest.mark.usefixtures("core")
def test_the_command_prints_its_verdict_and_one_table(reshake: Command) -> None:
    ended = reshake("compare", "--native", "--rtt", "2ms", "--attempts", "2", "--groups", "X25519", "--loss", "0")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("The same handshakes on both sides (")
    assert lines[0].endswith(".")
    assert "all 4 exchanges" in lines[0]
    assert sum("bytes sent" in line and line.rstrip().endswith("equal") for line in lines) == 2
    assert not any("…" in line for line in lines)


@pytest.mark.usefixtures("core")
def test_the_command_writes_json(reshake: Command) -> None:
    ended = reshake("compare", "--native", "--rtt", "2ms", "--attempts", "2", "--certificate", "rsa-2048", "--json")
    assert ended.returncode == 0, ended.stderr
    content = json.loads(ended.stdout)
    assert content["same_handshakes"] is True
    assert (content["rtt"], content["certificate"], content["attempts"]) == ("2ms", "rsa-2048", 2)
    for kind, resumed in (("full", False), ("psk", True)):
        found = content["kinds"][kind]
        assert set(found["facts"]) == set(FACTS)
        assert set(found["times"]) == set(TIMES)
        assert found["facts"]["resumed"] == {"native": [resumed], "simulated": [resumed], "different": 0}
        assert found["times"]["connect"]["native"] is None
        assert found["times"]["connect"]["simulated"]["median"] == pytest.approx(2.0)
        assert found["times"]["first_byte"]["native"]["median"] >= 4.0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "reshake: the following arguments are required: --native (see reshake compare --help)"),
        (["--native", "--loss", "0,0.05"], 'reshake: --loss: "0,0.05" cannot be applied to real sockets: '),
        (["--native", "--loss", "few"], 'reshake: --loss: "few" is not a number; expected 0'),
        (["--native", "--rtt", "31"], 'reshake: --rtt: "31" has no unit'),
        (["--native", "--rtt", "3s"], 'reshake: --rtt: "3s" is out of range; expected 1ms to 2s'),
        (["--native", "--attempts", "0"], 'reshake: --attempts: "0" is out of range; expected a whole number from 1 '),
        (["--native", "--seed", "-1"], "reshake: "),
        (["--native", "--certificate", "dsa"], 'reshake: --certificate: "dsa" is not one of the choices; expected '),
        (["--native", "--device", "toaster"], "reshake: --device: "),
        (["--native", "--groups", "Q-256"], "reshake: --groups: "),
    ],
)
def test_a_mistake_is_answered_in_one_line(arguments: list[str], line: str, reshake: Command) -> None:
    ended = reshake("compare", *arguments)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    (said,) = ended.stderr.splitlines()
    assert said.startswith(line)


def test_all_mistakes_are_said_at_once(reshake: Command) -> None:
    ended = reshake("compare", "--native", "--loss", "1", "--rtt", "x", "--attempts", "x")
    assert ended.returncode == 2
    assert ended.stderr.startswith("reshake: 3 problems:\n")


@pytest.mark.usefixtures("core")
def test_an_interrupt_ends_it_cleanly(
    start_reshake: Callable[..., subprocess.Popen[str]], children_of: Callable[[int], list[int]]
) -> None:
    process = start_reshake("compare", "--native", "--rtt", "100ms", "--attempts", "200")
    assert process.stderr is not None
    assert "400 exchanges over 127.0.0.1" in process.stderr.readline()
    assert children_of(process.pid) == []
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "reshake: interrupted\n"
