"""`--set`: the annotations of the scenario function say what a text means."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

import reshake as rs
from reshake.cli.settings import parse_settings

HOUR = rs.Duration("1h")


def scenario(  # type: ignore[no-untyped-def]
    count: int,
    loss: float = 0.0,
    keys: Literal["shared", "per-site"] = "shared",
    cores: Literal[1, 2] = 1,
    churn: bool = True,
    gap: rs.Duration = HOUR,
    rate: rs.Rate | None = None,
    arrivals: str | None = None,
    at_most: int | str = "all",
    file: Path = Path(),
    unsaid=3,
    nothing=None,
) -> rs.Scenario:
    raise AssertionError(f"settings are read without calling the scenario: {locals()}")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["count=1,2"], {"count": [1, 2]}),
        (["loss=0:0.1:0.05,0.5"], {"loss": [0.0, 0.05, 0.1, 0.5]}),
        (["count=1:8:x2"], {"count": [1, 2, 4, 8]}),
        (["gap=30min:90min:30min"], {"gap": [rs.Duration("30min"), rs.Duration("1h"), rs.Duration("90min")]}),
        (["rate=none,1Mbps:2Mbps:1Mbps"], {"rate": [None, rs.Rate("1Mbps"), rs.Rate("2Mbps")]}),
        (["arrivals=a:b:c"], {"arrivals": ["a:b:c"]}),
        (["loss=0.1,1e-3,2"], {"loss": [0.1, 0.001, 2.0]}),
        (["keys=per-site"], {"keys": ["per-site"]}),
        (["cores=2"], {"cores": [2]}),
        (["churn=yes,False"], {"churn": [True, False]}),
        (["gap=90min"], {"gap": [rs.Duration("1.5h")]}),
        (["rate=none,1Mbps"], {"rate": [None, rs.Rate("1Mbps")]}),
        (["arrivals=a.csv"], {"arrivals": ["a.csv"]}),
        (["arrivals=none"], {"arrivals": [None]}),
        (["at_most=5,all"], {"at_most": [5, "all"]}),
        (["file=a/b"], {"file": [Path("a/b")]}),
        (["unsaid=4"], {"unsaid": [4]}),
        (["nothing=x"], {"nothing": ["x"]}),
        (["arrivals=a,b", "arrivals=c"], {"arrivals": ["a,b", "c"]}),
        (["arrivals=a,b", "arrivals=a,b"], {"arrivals": ["a,b"]}),
        (["count=1", "loss=0"], {"count": [1], "loss": [0.0]}),
        (["arrivals=a=b"], {"arrivals": ["a=b"]}),
    ],
)
def test_a_setting_becomes_what_its_annotation_says(given: list[str], expected: dict[str, list[Any]]) -> None:
    assert repr(parse_settings(scenario, given)) == repr(expected)


def test_all_settings_that_cannot_be_read_are_named_at_once() -> None:
    wrong = [
        "count=x",
        "loss=2%",
        "keys=pre-site",
        "churn=maybe",
        "gap=5",
        "rate=5",
        "loss=1:0:1",
        "cout=1",
        "loss",
        "=1",
    ]
    with pytest.raises(rs.ScenarioError) as caught:
        parse_settings(scenario, wrong)
    assert str(caught.value).splitlines() == [
        '--set: "loss" is no setting; expected name=value or name=value,value',
        '--set: "=1" is no setting; expected name=value or name=value,value',
        '--set count: "x" is not a whole number',
        '--set loss: "1:0:1" never gets from its first to its last value; '
        "expected first:last:step, or first:last:xfactor",
        '--set loss: "2%" is not a number',
        '--set keys: "pre-site" is not one of the choices; expected "shared" or "per-site"; did you mean "per-site"?',
        '--set churn: "maybe" is neither true nor false',
        '--set gap: "5" is not a duration with its unit (ns, us, ms, s, min, h, d), such as "45ms"',
        '--set rate: "5" is not a rate with its unit (bps, kbps, Mbps, Gbps, Tbps), such as "12Mbps"',
        '--set cout: no such parameter of the scenario; did you mean "count"?',
    ]
