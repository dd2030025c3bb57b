"""Durations and rates: what is written is what is held, to the nanosecond and the bit."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reshake as rs

NANOSECONDS = st.integers(-(2**62), 2**62)


@given(NANOSECONDS)
def test_the_text_of_a_duration_reads_back_as_the_same_duration(nanoseconds: int) -> None:
    duration = rs.Duration.of_nanoseconds(nanoseconds)
    assert rs.Duration(str(duration)) == duration
    assert eval(repr(duration), {"Duration": rs.Duration}) == duration


@given(st.integers(0, 2**62))
def test_the_text_of_a_rate_reads_back_as_the_same_rate(bits_per_second: int) -> None:
    rate = rs.Rate.of_bits_per_second(bits_per_second)
    assert rs.Rate(str(rate)) == rate


@given(
    st.integers(0, 50_000),
    st.integers(0, 999_999_999),
    st.sampled_from(list(rs.Duration.UNITS)),
)
def test_a_decimal_duration_is_exact_or_refused(whole: int, fraction: int, unit: str) -> None:
    text = f"{whole}.{fraction:09}"
    exact = Fraction(text) * rs.Duration.UNITS[unit]
    if exact.denominator == 1:
        assert rs.Duration(text + unit).nanoseconds == exact
    else:
        with pytest.raises(rs.ScenarioError, match="not a whole number of ns"):
            rs.Duration(text + unit)


@given(st.timedeltas(datetime.timedelta(days=-10_000), datetime.timedelta(days=10_000)))
def test_a_timedelta_keeps_its_microseconds(given_time: datetime.timedelta) -> None:
    microseconds = given_time // datetime.timedelta(microseconds=1)
    assert rs.Duration(given_time).nanoseconds == microseconds * 1000


def test_a_pandas_timedelta_keeps_its_nanoseconds() -> None:
    pandas = pytest.importorskip("pandas")
    assert rs.Duration(pandas.Timedelta(1_234_567_891, "ns")).nanoseconds == 1_234_567_891


@given(NANOSECONDS, NANOSECONDS)
def test_durations_compare_as_their_lengths_and_hash_as_they_compare(one: int, other: int) -> None:
    a, b = rs.Duration.of_nanoseconds(one), rs.Duration.of_nanoseconds(other)
    assert (a < b, a == b, a >= b) == (one < other, one == other, one >= other)
    assert (hash(a) == hash(b)) or one != other


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("45ms", 45_000_000),
        ("1.5h", 5_400 * 10**9),
        ("10min", 600 * 10**9),
        ("2d", 172_800 * 10**9),
        ("250us", 250_000),
        ("250µs", 250_000),
        (" 3 s ", 3 * 10**9),
        ("1ns", 1),
    ],
)
def test_durations_read_as_people_write_them(text: str, nanoseconds: int) -> None:
    assert rs.Duration(text).nanoseconds == nanoseconds


@pytest.mark.parametrize(
    ("text", "canonical"), [("60min", "1h"), ("90min", "90min"), ("0.25s", "250ms"), ("0ms", "0s"), ("48h", "2d")]
)
def test_equal_durations_have_one_text(text: str, canonical: str) -> None:
    assert str(rs.Duration(text)) == canonical


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (45, "45 has no unit"),
        (4.5, "4.5 has no unit"),
        ("45", '"45" has no unit'),
        ("45 parsecs", 'unknown unit "parsecs"'),
        ("5m", 'unknown unit "m"'),
        ("ms", "not a number with a unit"),
        ("", "not a number with a unit"),
        ("1h30min", "not a number with a unit"),
        ("1e3s", "not a number with a unit"),
        ("0.5ns", "not a whole number of ns"),
        ("300000d", "is too large"),
        (None, "is not a duration"),
    ],
)
def test_what_is_no_duration_is_refused_with_the_reason(wrong: object, reason: str) -> None:
    with pytest.raises(rs.ScenarioError, match=reason):
        rs.Duration(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (12, "12 has no unit"),
        ("12MBps", 'unknown unit "MBps"'),
        ("0.5bps", "whole number of bps"),
        ([], "is not a rate"),
    ],
)
def test_what_is_no_rate_is_refused_with_the_reason(wrong: object, reason: str) -> None:
    with pytest.raises(rs.ScenarioError, match=reason):
        rs.Rate(wrong)  # type: ignore[arg-type]
