"""Access logs become populations: each format is understood, the fit finds the law, no address leaves the log."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import reshake as rs
from reshake.reality.access_log import FORMATS, Request, read
from reshake.reality.files import LogError
from reshake.reality.gaps import gaps_of, laws_near, thinned
from reshake.reality.traffic import traffic_of

Command = Callable[..., subprocess.CompletedProcess[str]]

AT = datetime(2026, 2, 6, 12, 14, 14, tzinfo=UTC).timestamp()
NGINX_TLS = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent $request_length "$http_user_agent" '
    "$ssl_protocol $ssl_session_reused $tcpinfo_rtt $connection"
)
HTTP = "10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0"
REQUEST = '"GET /index.html HTTP/1.1"'


@pytest.mark.parametrize(
    ("form", "log_format", "line", "expected"),
    [
        (
            None,
            None,
            '192.0.2.7 - - [06/Feb/2026:13:14:14 +0100] "GET / HTTP/2.0" 200 612 "-" "okhttp/4.12.0"',
            Request(at=AT, client="192.0.2.7", agent="okhttp/4.12.0", response_bytes=612),
        ),
        (
            None,
            NGINX_TLS,
            '192.0.2.7 - - [06/Feb/2026:12:14:14 +0000] "GET / HTTP/2.0" 200 900 310 "a [b] c" TLSv1.3 r 31000 17',
            Request(AT, "192.0.2.7", "a [b] c", "17", 310, 900, 0.031, True, "TLSv1.3"),
        ),
        (
            None,
            None,
            f"Feb  6 12:14:14 lb haproxy[1438]: 192.0.2.7:33317 [06/Feb/2026:12:14:14.655] web app/s1 {HTTP} {REQUEST}",
            Request(AT + 0.655, "192.0.2.7", "", "33317", None, 2750),
        ),
        (
            "haproxy",
            None,
            f"192.0.2.7:33317 [06/Feb/2026:12:14:14.655] web~ app/s1 {HTTP} {{a.example}} {{}} {REQUEST}",
            Request(AT + 0.655, "192.0.2.7", "", "33317", None, 2750),
        ),
        (
            None,
            None,
            f"<134>haproxy: 2001:db8::7:33317 [06/Feb/2026:12:14:14.000] web~ app/s1 {HTTP} {REQUEST} "
            "0/0/0/0/1 a.example/TLSv1.3/TLS_AES_128_GCM_SHA256",
            Request(AT, "2001:db8::7", "", "33317", None, 2750, None, True, "TLSv1.3"),
        ),
        (
            None,
            None,
            '[2026-02-06T12:14:14.310Z] "POST /api HTTP/2" 204 - 154 20 226 100 "192.0.2.7, 10.0.0.1" "curl/8.12.1" '
            '"cc21d9b0" "locations" "tcp://10.0.2.1:80"',
            Request(AT + 0.31, "192.0.2.7", "curl/8.12.1", "", 154, 20),
        ),
        (
            None,
            None,
            '{"time_iso8601": "2026-02-06T12:14:14+00:00", "remote_addr": "192.0.2.7", "ssl_session_reused": "."}',
            Request(AT, "192.0.2.7", resumed=False),
        ),
        (
            None,
            "%ci [%trg] %B %[ssl_fc_is_resumed] %[fc_rtt]",
            "192.0.2.7 [06/Feb/2026:12:14:14 +0000] 12 0 31",
            Request(AT, "192.0.2.7", response_bytes=12, resumed=False, rtt=0.031),
        ),
    ],
    ids=["nginx", "nginx-tls", "haproxy", "haproxy-captures", "haproxy-https", "envoy", "json", "own"],
)  # fmt: skip
def test_a_line_of_each_format_is_understood(
    form: str | None, log_format: str | None, line: str, expected: Request, room: Path
) -> None:
    file = room / "access.log"
    file.write_text(f"{line}\nsomething else\n")
    reading = read([file], form, log_format)
    assert reading.requests == [expected]
    assert (reading.refused, reading.example) == (1, "access.log, line 2")


def test_csv_and_gzip_and_a_client_of_ones_own(room: Path) -> None:
    with gzip.open(room / "a.csv.gz", "wt") as file:
        file.write("client,seconds,resumed,user_agent\nann,5,1,Firefox/140.0\nann,905.5,0,Firefox/140.0\n")
    requests = read([room / "a.csv.gz"], None, None).requests
    assert requests == [
        Request(5.0, "ann", "Firefox/140.0", resumed=True), Request(905.5, "ann", "Firefox/140.0", resumed=False)
    ]  # fmt: skip
    (room / "b.log").write_text("1700000000.5 192.0.2.7 tom\n1700000001.5 192.0.2.8 tom\n")
    own = read([room / "b.log"], None, "$msec $remote_addr $cookie_uid", "cookie_uid").requests
    assert {request.client for request in own} == {"tom"}


@pytest.mark.parametrize(
    ("log_format", "text", "words"),
    [
        (None, "nonsense\n", "is of no format that its first line tells"),
        (None, "", "is of no format that its first line tells"),
        ("$remote_addr $status", "a 1\n", "--log-format has no time"),
        ("$msec $remote_addr", "noon a\n", "holds no line of the format; access.log, line 1"),
    ],
)
def test_what_is_no_log_is_refused(log_format: str | None, text: str, words: str, room: Path) -> None:
    (room / "access.log").write_text(text)
    with pytest.raises(LogError, match=words):
        read([room / "access.log"], None, log_format)


def test_gaps_that_the_end_of_the_log_cuts_off_count_as_longer() -> None:
    # Half of the exponential gaps are not seen to end, and the law is found all the same.
    random = np.random.default_rng(5)
    gaps, ends = random.exponential(3_600, 4_000), random.exponential(3_600, 4_000)
    seen, cut = gaps[gaps <= ends], ends[gaps > ends]
    assert 0.4 < len(seen) / 4_000 < 0.6
    law = laws_near(gaps_of(seen.tolist(), cut.tolist()), float(np.minimum(gaps, ends).sum() / len(seen)))
    exponential = next(each for each in law if each.name == "exponential")
    assert exponential.numbers[0] == pytest.approx(3_600, rel=0.05)
    assert exponential.distance < 0.04
    naive = gaps_of(seen.tolist(), [])
    assert naive.quantile(0.5) < 0.7 * gaps_of(seen.tolist(), cut.tolist()).quantile(0.5)


@pytest.mark.parametrize(
    ("name", "numbers"), [("Weibull", (600.0, 0.6)), ("log-normal", (240.0, 1_500.0))], ids=["Weibull", "log-normal"]
)
def test_the_law_that_made_the_gaps_is_the_nearest(name: str, numbers: tuple[float, float]) -> None:
    random = np.random.default_rng(6)
    if name == "Weibull":
        gaps = numbers[0] * random.weibull(numbers[1], 3_000)
    else:
        gaps = numbers[0] * np.exp(np.log(numbers[1] / numbers[0]) / 1.2815515655 * random.standard_normal(3_000))
    nearest = laws_near(gaps_of(gaps.tolist(), []), float(gaps.mean()))[0]
    assert nearest.name == name
    assert nearest.numbers == pytest.approx(numbers, rel=0.1)
    assert nearest.distance < 0.04


def test_points_of_the_distribution_stay_near_it() -> None:
    gaps = gaps_of(np.random.default_rng(7).exponential(60, 5_000).tolist(), [30.0] * 500)
    points = thinned(gaps)
    assert len(points) <= 202
    assert points[-1][1] == 1.0
    at, share = zip(*points, strict=True)
    assert np.abs(np.interp(gaps.seconds[:-1], at, share) - gaps.cumulative[:-1]).max() < 0.01


def test_requests_of_one_connection_are_one_visit() -> None:
    def asked(*of: tuple[float, str]) -> list[float]:
        visits = next(traffic_of([Request(at, "a", connection=name) for at, name in of], idle=75.0).each_client())
        return [visit.at for visit in visits]

    assert asked((0, ""), (70, ""), (140, ""), (300, "")) == [0, 300]
    assert asked((0, "1"), (0.5, "2"), (70, "1"), (400, "2"), (600, "3")) == [0, 600]
    assert asked((0, "1"), (9_000, "1")) == [0, 9_000]  # A port is used again.


@pytest.mark.usefixtures("core")
def test_a_backtest_finds_the_share_that_a_simulated_log_has(reshake: Command, room: Path) -> None:
    # The truth is known: the log is written from a run of the same fleet, with addresses and Unix times.
    text = """
import reshake as rs

def scenario() -> rs.Scenario:
    phones = rs.client_stack("okhttp-4").clients(
        "phones", count=40, access=rs.Link(rate="20Mbps", delay="15ms"), arrivals=rs.Poisson(mean_gap="40min"))
    edge = rs.Fleet("edge", sites=["ams"], tickets=rs.Tickets(lifetime="30min"))
    return rs.Scenario(duration="12h", clients=[phones], fleets=[edge])
"""
    (room / "edge.py").write_text(text)
    made: dict[str, Callable[[], rs.Scenario]] = {}
    exec(text, made)
    results = rs.Study(made["scenario"]).run(room / "truth", progress=False)
    rows = results.attempts[results.attempts["connection"] == 0].sort_values("started")
    lines = [
        f"{1_767_225_600 + row.started.total_seconds():.3f} 198.51.100.{row.client} 310 4300 "
        f'"okhttp/4.12.0" {"r" if row.resumed else "."} 30000'
        for row in rows.itertuples()
    ]
    (room / "access.log").write_text("\n".join(lines) + "\n")
    log_format = '$msec $remote_addr $request_length $bytes_sent "$http_user_agent" $ssl_session_reused $tcpinfo_rtt'
    ended = reshake(
        "fit", "access.log", "--log-format", log_format, "--idle", "1s", "--backtest", "edge.py", "-o", "traffic.py"
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    again = rows[rows["visit"] > 0]
    assert f"resume: {again['resumed'].mean():.1%}" in ended.stdout
    assert "within what chance explains" in ended.stdout
    for file in room.glob("traffic*"):
        assert b"198.51" not in file.read_bytes(), file
    plain: dict[str, object] = {"__file__": str(room / "traffic.py")}
    exec(compile((room / "traffic.py").read_text(), "traffic.py", "exec", dont_inherit=True), plain)
    assert callable(plain["clients"])
    assert plain["clients"]()
    shown = reshake("show", "traffic.py", "--json")
    assert shown.returncode == 0, shown.stderr
    population = rs.Scenario.from_content(json.loads(shown.stdout)["scenario"]).clients[0]
    assert (population.name, population.count, population.request_bytes) == ("okhttp", 40, 310)
    assert isinstance(population.access, rs.Link)
    assert population.access.delay == rs.Duration("15ms")
    assert isinstance(population.arrivals, rs.Trace)
    assert sum(map(len, population.arrivals.visits)) == len(rows)
    drawn = reshake("run", "traffic.py", "--set", "arrivals=drawn", "-o", "drawn")
    assert drawn.returncode == 0, drawn.stderr


@pytest.mark.usefixtures("core")
def test_numbers_for_a_machine_and_refusals(reshake: Command, room: Path) -> None:
    (room / "a.csv").write_text("client,seconds\nann,0\nann,100\nann,300\nbob,50\n")
    ended = reshake("fit", "a.csv", "-o", "fit.json")
    assert ended.returncode == 0, ended.stderr
    content = json.loads((room / "fit.json").read_text())
    assert (content["clients"], content["visits"], content["gaps"]["seen"]) == (2, 4, 2)
    assert content["populations"][0]["rtt"] is None
    assert (room / "fit.png").stat().st_size > 10_000
    (room / "plain.gz").write_text("client,seconds\n")
    (room / "short.gz").write_bytes(gzip.compress(b"client,seconds\nann,0\n" * 10_000)[:60])
    for arguments, words in [
        (("a.csv", "-o", "fit.json"), "is there already"),
        (("a.csv", "-o", "fit.txt"), "expected a file that ends in .py or .json"),
        (("nowhere.log", "-o", "x.py"), "nowhere.log: cannot be read"),
        (("a.csv", "--backtest", "ticket_lifetime", "-o", "y.py"), "add $ssl_session_reused to it"),
        (("plain.gz", "-o", "z.py"), "plain.gz: cannot be unpacked: Not a gzipped file"),
        (("short.gz", "-o", "z.py"), "short.gz: cannot be unpacked: Compressed file ended"),
    ]:
        refused = reshake("fit", *arguments)
        assert refused.returncode == 2, words
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
    several = reshake("fit", "nowhere.log", "a.csv", "plain.gz", "-o", "z.py").stderr.splitlines()
    assert [line.strip().partition(" ")[0] for line in several[1:]] == ["nowhere.log:", "plain.gz:"]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("rows", ["ann,0\nann,100\nann,300\n", "ann,0\nbob,50\n"], ids=["gaps", "nobody-comes-twice"])
def test_what_is_written_holds_up_under_mypy(reshake: Command, room: Path, rows: str) -> None:
    (room / "a.csv").write_text(f"client,seconds\n{rows}")
    assert reshake("fit", "a.csv", "-o", "traffic.py").returncode == 0
    checker = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(room / "mypy"), "traffic.py"]
    ended = subprocess.run(checker, cwd=room, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    drawn = reshake("show", "traffic.py", "--set", "arrivals=drawn", "--json")
    assert drawn.returncode == 0, drawn.stderr
    assert ("Renewal" in drawn.stdout) == (rows.count("ann") > 1)


def test_every_format_is_one_that_the_command_takes() -> None:
    assert set(FORMATS) == {"nginx", "haproxy", "haproxy-https", "envoy"}
