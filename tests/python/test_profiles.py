"""Device profiles: read at once, refused with the line to blame, equal by their costs, honest about their source."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import reshake as rs
from reshake.values.profiles import SHIPPED, Profile, line_for, parse_profile, read_profile

pytestmark = pytest.mark.usefixtures("room")

Content = dict[str, Any]


def shipped(name: str) -> Profile:
    profile = read_profile(name, "", [])
    assert profile is not None
    return profile


@pytest.fixture
def content() -> Content:
    """A valid profile as its file holds it."""
    made: Content = json.loads(shipped("server-core").to_text())
    return made


def write(content: Content, name: str = "mine.json") -> str:
    Path(name).write_text(json.dumps(content))
    return name


def scenario(profile: str | rs.DeviceProfile) -> rs.Scenario:
    device = rs.Device(profile=profile)
    phones = rs.Clients(
        "phones", count=1, access=rs.Link(delay="20ms"), arrivals=rs.Poisson(mean_gap="5min"), device=device
    )
    return rs.Scenario(duration="1h", clients=[phones], fleets=[rs.Fleet("edge", sites=["ams"])])


def test_a_device_that_is_told_no_profile_costs_what_a_server_core_does(core: ModuleType) -> None:
    assert rs.Device() == rs.Device(profile="server-core")
    assert [line[:5] for line in rs.Device().profile.table] == core.built_in_costs()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_says_where_each_line_comes_from(name: str) -> None:
    profile = shipped(name)
    assert profile.name == name
    assert profile.cpu
    assert profile.openssl
    assert re.fullmatch(r"20\d\d-\d\d", profile.date)
    origin = re.compile(r"(measured|published: |scaled from server-core by |sum of |as |fitted to |a round figure)")
    assert all(origin.match(line.origin) for line in profile.table)
    if name != "server-core":
        assert "https://" in profile.source


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_a_shipped_profile_has_the_lines_of_server_core(name: str) -> None:
    assert [line[:3] for line in shipped(name).table] == [line[:3] for line in shipped("server-core").table]


NEAREST = {
    "sign P-256": ("sign", "ECDSA", 72),
    "sign P-384": ("sign", "ECDSA", 104),
    "sign P-521": ("sign", "ECDSA", 139),
    "sign ED25519": ("sign", "ED25519", 64),
    "verify P-256": ("verify", "ECDSA", 72),
    "verify P-384": ("verify", "ECDSA", 104),
    "verify P-521": ("verify", "ECDSA", 139),
    "verify ED25519": ("verify", "ED25519", 64),
    "verify RSA-2048": ("verify", "RSA", 256),
    "verify RSA-3072": ("verify", "RSA", 384),
    "keygen X25519": ("keygen", "X25519", 32),
    "derive X25519": ("derive", "X25519", 32),
}


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_a_scaled_line_is_its_ratio_times_that_of_server_core(name: str) -> None:
    """And the ratio is that of an operation which was published."""
    reference, profile = shipped("server-core").table, shipped(name).table
    for ours, theirs in zip(profile, reference, strict=True):
        said = re.fullmatch(r"scaled from server-core by ([\d.]+), the ratio of (\w+ [\w-]+)", ours.origin)
        if not said:
            continue
        nearest = line_for(profile, *NEAREST[said[2]])
        assert nearest.origin.startswith("published: ")
        ratio = nearest.microseconds / line_for(reference, *NEAREST[said[2]]).microseconds
        assert float(said[1]) == pytest.approx(ratio, rel=0.01)
        assert ours.microseconds == pytest.approx(theirs.microseconds * ratio, rel=0.01)


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_a_scaled_cipher_is_its_ratio_times_that_of_server_core(name: str) -> None:
    reference, profile = shipped("server-core").table, shipped(name).table
    aes = ("cipher", "AES-256-GCM", 1)
    ratio = line_for(profile, *aes).nanoseconds_per_byte / line_for(reference, *aes).nanoseconds_per_byte
    for ours, theirs in zip(profile, reference, strict=True):
        if "the ratio of AES-256-GCM" in ours.origin:
            assert ours.nanoseconds_per_byte == pytest.approx(theirs.nanoseconds_per_byte * ratio, rel=0.01)


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_what_was_published_is_what_the_line_says(name: str) -> None:
    """Cycles at the clock of the profile, or operations per second."""
    profile = shipped(name)
    clock = re.search(r"at ([\d.]+) GHz", profile.cpu)
    assert clock
    counted = 0
    for line in profile.table:
        if cycles := re.search(r", ([\d,]+) cycles", line.origin):
            figure = float(cycles[1].replace(",", "")) / float(clock[1]) / 1e3
        elif rate := re.search(r", ([\d,]+) per second", line.origin):
            figure = 1e6 / float(rate[1].replace(",", ""))
        elif several := re.search(r", ([\d,]+) in ([\d,]+) us", line.origin):
            figure = float(several[2].replace(",", "")) / float(several[1].replace(",", ""))
        else:
            continue
        counted += 1
        assert line.microseconds == pytest.approx(figure, rel=0.001)
    assert counted >= 16


def test_slower_devices_cost_more() -> None:
    """By the sums of a handshake: what a client does with an ECDSA chain of two."""
    steps = [("keygen", "X25519", 32), ("derive", "X25519", 32), *[("verify", "ECDSA", 72)] * 3]
    sums = [sum(line_for(shipped(name).table, *step).cost(0) for step in steps) for name in SHIPPED]
    assert sums[0] < sums[2] < sums[3]
    assert sums[1] < sums[2]


def test_a_profile_is_written_as_it_is_read(content: Content) -> None:
    profile = parse_profile(json.dumps(content))
    assert parse_profile(profile.to_text()) == profile


def test_a_profile_is_equal_by_its_costs_wherever_it_lies(content: Content) -> None:
    mine = scenario(write(content))
    content["source"] = "somebody else"
    content["lines"][0]["from"] = "elsewhere"
    moved = scenario(write(content, "moved.json"))
    assert mine == moved == scenario("server-core")
    assert mine.identity() == moved.identity() == scenario("server-core").identity()
    content["lines"][0]["microseconds"] += 1
    assert scenario(write(content)).identity() != mine.identity()


def test_a_scenario_names_its_profile_with_its_digest(content: Content) -> None:
    made = scenario(write(content))
    written = json.loads(made.to_json())["clients"][0]["device"]["profile"]
    assert written == {"name": "mine.json", "sha256": made.clients[0].device.profile.sha256}
    assert rs.Scenario.from_json(made.to_json()) == made


def test_a_profile_that_changed_is_refused(content: Content) -> None:
    text = scenario(write(content)).to_json()
    content["lines"][3]["microseconds"] = 1
    write(content)
    expected = r"clients\[0\].device.profile.sha256: mine.json has the digest .*: the file has changed"
    with pytest.raises(rs.ScenarioError, match=expected):
        rs.Scenario.from_json(text)


def test_a_profile_keeps_its_table_in_a_pickle(content: Content) -> None:
    device = rs.Device(profile=write(content))
    Path("mine.json").unlink()
    assert pickle.loads(pickle.dumps(device)).profile.table == shipped("server-core").table


def test_a_run_costs_what_the_profile_says(core: ModuleType, content: Content) -> None:
    def compute(profile: str) -> int:
        columns = core.run(scenario(profile), 1).tables()["attempts"]
        return int(columns["client_compute"].sum())

    usual = compute("server-core")
    assert usual > 0
    for line in content["lines"]:
        line["microseconds"] *= 2
        line["nanoseconds_per_byte"] = 2 * line.get("nanoseconds_per_byte", 0)
    assert compute(write(content)) == pytest.approx(2 * usual, rel=1e-4)
    assert compute("phone-low") > 3 * usual


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("laptob", '"laptob" is neither a shipped profile nor a file; did you mean "laptop"?'),
        ("xyz", '"xyz" is neither a shipped profile nor a file; the shipped ones are server-core, laptop'),
        ("nowhere.json", "cannot read nowhere.json: No such file"),
        ("./here", "cannot read ./here: No such file"),
    ],
)
def test_a_profile_that_is_not_there_is_named(given: str, sentence: str) -> None:
    with pytest.raises(rs.ScenarioError) as caught:
        rs.Device(profile=given)
    assert str(caught.value).startswith(f"Device.profile.name: {sentence}")


def test_what_is_no_profile_is_refused() -> None:
    with pytest.raises(rs.ScenarioError, match=r"Device.profile: 4 is not one; expected .* a name: server-core"):
        rs.Device(profile=4)  # type: ignore[arg-type]
    Path("binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(rs.ScenarioError, match=r"binary\.json: is not a text file"):
        rs.Device(profile="binary.json")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["lines", 2, "microseconds"], -1, "lines[2].microseconds: -1 is no cost; expected a number from 0"),
        (["lines", 2, "microseconds"], "4us", 'lines[2].microseconds: "4us" is no cost'),
        (["lines", 2, "microseconds"], None, "lines[2].microseconds: missing"),
        (["lines", 2, "microseconds"], True, "lines[2].microseconds: True is no cost"),
        (["lines", 2, "nanoseconds_per_byte"], 1e99, "lines[2].nanoseconds_per_byte: 1e+99 is no cost"),
        (["lines", 2, "operation"], "sing", 'lines[2].operation: "sing" is no operation; expected one of sign'),
        (["lines", 2, "up_to"], 1.5, "lines[2].up_to: 1.5 is no size"),
        (["lines", 2, "algorithm"], 5, "lines[2].algorithm: 5 is not text"),
        (["lines", 2, "cost"], 5, "lines[2].cost: no such field"),
        (["lines", 2], 5, "lines[2]: 5 is not an object"),
        (["lines"], 5, "lines: 5 is not a list"),
        (["cpu"], 5, "cpu: 5 is not text"),
        (["sauce"], "here", 'sauce: no such field; did you mean "source"?'),
    ],
)
def test_a_malformed_profile_is_refused_with_its_line(
    path: list[str | int], value: object, said: str, content: Content
) -> None:
    place: Any = content
    for each in path[:-1]:
        place = place[each]
    place[path[-1]] = value
    with pytest.raises(rs.ScenarioError) as caught:
        rs.DeviceProfile(write(content))
    assert f"DeviceProfile.name: mine.json, {said}" in str(caught.value)


def test_every_mistake_of_a_profile_is_said_at_once(content: Content) -> None:
    del content["cpu"]
    content["lines"][0]["microseconds"] = -1
    content["lines"][1]["operation"] = "hope"
    with pytest.raises(rs.ScenarioError) as caught:
        rs.DeviceProfile(write(content))
    assert len(caught.value.problems) == 3


def test_a_line_that_can_never_be_reached_is_refused(content: Content) -> None:
    lines = content["lines"]
    lines.insert(1, dict(lines[0], up_to=60))
    with pytest.raises(rs.ScenarioError, match=r"lines\[1\]: is never reached: lines\[0\] takes all"):
        rs.DeviceProfile(write(content))


def test_an_operation_without_a_line_for_any_algorithm_is_refused(content: Content) -> None:
    content["lines"] = [each for each in content["lines"] if (each["operation"], each["algorithm"]) != ("kdf", "")]
    with pytest.raises(rs.ScenarioError, match='no line for every kdf, with algorithm "" and up_to null'):
        rs.DeviceProfile(write(content))
    Path("mine.json").write_text("[1, 2]")
    with pytest.raises(rs.ScenarioError, match=r"mine\.json, file: is not a JSON object"):
        rs.DeviceProfile("mine.json")
    Path("mine.json").write_text("{")
    with pytest.raises(rs.ScenarioError, match=r"mine\.json, line 1, column 2: is no JSON"):
        rs.DeviceProfile("mine.json")
