"""Values: what a constructor takes, what it refuses, and how it says so."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import inspect
import pickle
from collections.abc import Callable

import pytest

import reshake as rs
from reshake.values.kinds import described

VALUES = [each for name in rs.__all__ if hasattr(each := getattr(rs, name), "__reshake_fields__")]
LTE = rs.Link(rate="12Mbps", delay="45ms")
PHONES = rs.Clients("phones", count=3, access=LTE, arrivals=rs.Poisson(mean_gap="2h"))


def lines_of(make: Callable[[], object]) -> list[str]:
    with pytest.raises(rs.ScenarioError) as caught:
        make()
    return str(caught.value).splitlines()


def test_forms_that_mean_the_same_make_equal_values() -> None:
    spelled = rs.Link(rate="12Mbps", delay="45ms")
    assert spelled == rs.Link(rate=rs.Rate("12000kbps"), delay=datetime.timedelta(milliseconds=45))
    assert hash(spelled) == hash(LTE)
    assert spelled != rs.Link(rate="12Mbps", delay="46ms")
    assert rs.Fleet("edge", sites=["ams"]) == rs.Fleet("edge", sites=(rs.Site("ams"),))


def test_a_whole_number_is_a_number() -> None:
    assert rs.GilbertElliott(mean_loss=0, mean_burst=4) == rs.GilbertElliott(mean_loss=0.0, mean_burst=4.0)
    assert repr(rs.GilbertElliott(mean_loss=0, mean_burst=4).mean_burst) == "4.0"
    assert repr(rs.Bernoulli(loss=-0.0).loss) == "0.0"


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_values_are_frozen_slotted_and_take_names(cls: type) -> None:
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(cls)
    assert "__dict__" not in dir(cls)
    parameters = inspect.signature(cls).parameters.values()
    positional = [each.name for each in parameters if each.kind is not each.KEYWORD_ONLY]
    assert positional in ([], ["name"], ["path"])
    assert [each.name for each in parameters] == list(described(cls))


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LTE.queue_packets = 3  # type: ignore[misc]
    assert dataclasses.replace(LTE, queue_packets=3).queue_packets == 3


def test_copies_and_pickles_are_equal() -> None:
    assert copy.deepcopy(PHONES) == PHONES
    assert pickle.loads(pickle.dumps(PHONES)) == PHONES


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert lines_of(lambda: rs.Link(rate="12MBps", delay=45, loss=0.02, queue_packets=0, mss=1460)) == [  # type: ignore[call-arg, arg-type]
        "Link.mss: no such field; the fields are rate, delay, loss, queue_packets, queue_bytes, queue, jitter, "
        "duplication, corruption, mtu, up, down, radio",
        'Link.rate: "12MBps" has an unknown unit "MBps"; expected a rate with its unit (bps, kbps, Mbps, Gbps, Tbps), '
        'such as "12Mbps", from 1kbps to 1Tbps',
        "Link.delay: 45 has no unit; expected a duration with its unit (ns, us, ms, s, min, h, d), such as "
        '"45ms", from 0s to 1min',
        "Link.loss: 0.02 is not one; expected a Bernoulli or GilbertElliott or GilbertElliottInTime or DropPackets",
        "Link.queue_packets: 0 is out of range; expected a whole number, from 1 to 1,000,000",
    ]


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: rs.Link(dealy="45ms"), 'Link.dealy: no such field; did you mean "delay"?'),  # type: ignore[call-arg]
    (lambda: rs.Link(queue_packets=1), "Link.delay: missing; expected a duration"),  # type: ignore[call-arg]
    (lambda: rs.Link("12Mbps", delay="1s"), 'Link: "12Mbps" needs a name; one of rate, delay'),  # type: ignore[call-arg]
    (lambda: rs.NoReplay(1), "NoReplay: 1 is too much: it takes no fields"),  # type: ignore[call-arg]
    (lambda: rs.NoReplay(at_most=1), "NoReplay.at_most: no such field; it takes none"),  # type: ignore[call-arg]
    (lambda: rs.Site("ams", name="iad"), "Site.name: given twice"),  # type: ignore[misc]
    (lambda: rs.Link(delay="-1ms"), 'Link.delay: "-1ms" is out of range'),
    (lambda: rs.Link(delay="61s"), 'Link.delay: "61s" is out of range; expected a duration'),
    (lambda: rs.Link(delay=None), "Link.delay: None is not a duration"),  # type: ignore[arg-type]
    (lambda: rs.Link(delay="1ms", rate="999bps"), 'Link.rate: "999bps" is out of range'),
    (lambda: rs.Bernoulli(loss=1.01), "Bernoulli.loss: 1.01 is out of range; expected a number, from 0 to 1"),
    (lambda: rs.Bernoulli(loss=float("nan")), "Bernoulli.loss: nan is out of range"),
    (lambda: rs.Bernoulli(loss="2%"), 'Bernoulli.loss: "2%" is not a number'),  # type: ignore[arg-type]
    (lambda: rs.Bernoulli(loss=True), "Bernoulli.loss: True is not a number"),
    (lambda: rs.Device(cores=2.0), "Device.cores: 2.0 is not a whole number"),  # type: ignore[arg-type]
    (lambda: rs.Device(cores=True), "Device.cores: True is not a whole number"),
    (lambda: rs.OnOff(mean_up="0s", mean_down="1s"), 'OnOff.mean_up: "0s" is out of range; .*above 0s'),
    (lambda: rs.Tickets(keys="per_site"), 'Tickets.keys: "per_site" is not one of the choices; expected "shared" or'),  # type: ignore[arg-type]
    (lambda: rs.Tickets(lifetime="8d"), 'Tickets.lifetime: "8d" is out of range; .*from 1s to 7d'),
    (lambda: rs.Tickets(rotation=rs.StekRotation), "Tickets.rotation: .* is a class; call it"),  # type: ignore[arg-type]
    (lambda: rs.Fleet("edge", sites="ams"), 'Fleet.sites: "ams" is not a list; expected a list, each a Site'),
    (lambda: rs.Fleet("edge", sites=["ams", 7]), r"Fleet.sites\[1\]: 7 is not one; expected a Site or just its name"),  # type: ignore[list-item]
    (lambda: rs.Fleet(7, sites=["ams"]), "Fleet.name: 7 is not text"),  # type: ignore[arg-type]
    (
        lambda: rs.Partition(between=("a",), start="0s", lasts="1s"),
        "Partition.between: .* is a list of 1; expected a list of 2",
    ),
    (
        lambda: rs.Scenario(duration="0s", clients=[PHONES], fleets=[]),
        'Scenario.duration: "0s" is out of range; .*above 0s',
    ),
    (
        lambda: rs.Scenario(duration="1s", clients=[LTE], fleets=[]),  # type: ignore[list-item]
        r"Scenario.clients\[0\]: .* is not one; expected a Clients",
    ),
    (
        lambda: rs.Clients("x", count=0, access=LTE, arrivals=rs.Poisson(mean_gap="1s")),
        "Clients.count: 0 is out of range",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_wrong_argument_is_named_with_what_is_allowed(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(rs.ScenarioError, match=f"^{sentence}"):
        make()


def test_an_error_survives_a_pickle() -> None:
    with pytest.raises(rs.ScenarioError) as caught:
        rs.Link(delay=45)  # type: ignore[arg-type]
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
