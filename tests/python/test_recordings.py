"""Recorded files: read at once, refused with the line to blame, equal by content."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

import reshake as rs

pytestmark = pytest.mark.usefixtures("room")


def test_visits_are_sorted_per_client_in_order_of_appearance() -> None:
    Path("visits.csv").write_text("client,seconds\nbob,2\nann,0.000000001\nbob,1.5\n\n".rstrip("\n") + "\n")
    trace = rs.Trace("visits.csv")
    assert trace.visits == ((1_500_000_000, 2_000_000_000), (1,))
    assert trace.clients == 2
    assert trace.sha256 == hashlib.sha256(Path("visits.csv").read_bytes()).hexdigest()


def test_the_header_may_be_left_out() -> None:
    Path("with.csv").write_text("client,seconds\n1,2\n")
    Path("without.csv").write_text("1,2\r\n")
    assert rs.Trace("with.csv").visits == rs.Trace(Path("without.csv")).visits


def test_a_recording_is_equal_by_content_wherever_it_lies() -> None:
    for name, text in {"a": "1\n", "b": "1\n", "c": "2\n"}.items():
        Path(name).write_text(text)
    assert rs.DeliveryTrace("a") == rs.DeliveryTrace("b")
    assert hash(rs.DeliveryTrace("a")) == hash(rs.DeliveryTrace("b"))
    assert rs.DeliveryTrace("a") != rs.DeliveryTrace("c")


def test_a_recording_keeps_its_content_in_a_pickle() -> None:
    Path("down").write_text("0\n0\n7\n")
    link = rs.TraceLink(downlink="down", delay="20ms")
    Path("down").unlink()
    assert pickle.loads(pickle.dumps(link)).downlink.opportunities == (0, 0, 7)


def test_a_file_that_changed_is_refused() -> None:
    Path("down").write_text("7\n")
    before = rs.DeliveryTrace("down").sha256
    assert rs.DeliveryTrace("down", sha256=before).opportunities == (7,)
    Path("down").write_text("8\n")
    with pytest.raises(rs.ScenarioError, match=r"DeliveryTrace.sha256: down has the digest .* the file has changed"):
        rs.DeliveryTrace("down", sha256=before)


@pytest.mark.parametrize("make", [rs.Trace, rs.DeliveryTrace], ids=["Trace", "DeliveryTrace"])
def test_a_file_that_cannot_be_read_is_named(make: Callable[[str], object]) -> None:
    Path("binary").write_bytes(b"\xff\xfe\x00")
    for path, reason in {"nowhere": "No such file", ".": "Is a directory", "binary": "not a text file"}.items():
        with pytest.raises(rs.ScenarioError, match=reason) as caught:
            make(path)
        assert path in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1\n2\nthree\n", 'down, line 3: "three" is no whole number of milliseconds'),
        ("1\n-2\n", 'down, line 2: "-2" is no whole number'),
        ("1.5\n", 'down, line 1: "1.5" is no whole number'),
        ("5\n\n6\n", 'down, line 2: "" is no whole number'),
        ("5\n4\n", 'down, line 2: "4" goes back in time, after 5'),
        ("0\n0\n", "down: holds no delivery opportunity after 0 ms"),
        ("", "down: holds no delivery opportunity"),
    ],
)
def test_a_malformed_delivery_trace_is_refused_with_its_line(text: str, line: str) -> None:
    Path("down").write_text(text)
    with pytest.raises(rs.ScenarioError, match=line) as caught:
        rs.TraceLink(downlink="down", delay="20ms")
    assert str(caught.value).startswith("TraceLink.downlink.path: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("client,seconds\nann,1\nbob;2\n", 'visits, line 3: "bob;2" is not "client,seconds"'),
        ("ann,1\nclient,seconds\n", "visits, line 2"),
        ("ann,-1\n", "visits, line 1"),
        ("ann,1e3\n", "visits, line 1"),
        (",1\n", "visits, line 1"),
        ("ann,1,2\n", "visits, line 1"),
        ("client,seconds\n", "visits: holds no visit"),
    ],
)
def test_a_malformed_list_of_visits_is_refused_with_its_line(text: str, line: str) -> None:
    Path("visits").write_text(text)
    with pytest.raises(rs.ScenarioError, match=line):
        rs.Trace("visits")
