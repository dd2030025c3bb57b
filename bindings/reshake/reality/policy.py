"""What a server's configuration says of TLS sessions, on its way to a `Fleet` written as Python."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

_ORDER = {
    "tickets": ("lifetime", "keys", "rotation", "num_tickets", "renew"),
    "tls": (
        "session_ticket", "session_cache_size", "max_early_data", "anti_replay", "min_protocol", "max_protocol",
        "groups", "cipher_list", "ciphersuites",
    ),
    "fleet": ("early_requests", "idle_timeout"),
}  # fmt: skip


@dataclass(slots=True)
class Policy:
    """Settings of a fleet, each with where it comes from, and all that was not understood.

    Attributes
    ----------
    settings
        By part (`tickets`, `tls`, `fleet`) and field: Python text of the value, and its origin.
    notes
        What a reader must know: not understood, or not in the file.
    """

    settings: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def set(self, part: str, name: str, value: object, origin: str) -> None:
        """A setting; the last one counts. Text, numbers and truths are written as Python writes them."""
        assert name in _ORDER[part]
        written = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
        self.settings[part, name] = (written, origin)

    def rotate(self, every: str, keep_previous: int, origin: str) -> None:
        """Keys that change."""
        self.settings["tickets", "rotation"] = (
            f'rs.StekRotation(every="{every}", keep_previous={keep_previous})', origin,
        )  # fmt: skip

    def value(self, part: str, name: str) -> str | None:
        """What has been set, as Python writes it."""
        return self.settings.get((part, name), (None, ""))[0]

    def as_python(self, name: str) -> str:
        """A scenario file with the fleet, and clients to be replaced."""
        lines = [f'"""How does the fleet of {name} resume?', ""]
        lines += ["Written by `reshake import`. What it did not understand, or did not find:", ""]
        lines += [f"- {note}" for note in self.notes] or ["- nothing"]
        lines += ['"""  # noqa: D400 - it is a question', "", "import reshake as rs", "", "EDGE = rs.Fleet("]
        lines += ['    "edge",', '    sites=["site"],  # Yours: rs.Site("ams", distance="5ms"), ...']
        lines += ["    servers_per_site=2,  # Yours."]
        lines += self._part("tickets", "rs.Tickets") + self._part("tls", "rs.ServerTls")
        lines += [f"    {each}={value},  # {origin}" for each, value, origin in self._of("fleet")]
        lines += [")", "", "", 'def scenario(mean_gap: str = "2h") -> rs.Scenario:']
        lines += ['    """The imported fleet, and clients to be replaced by yours."""']
        lines += ['    phones = rs.Clients("phones", count=40, access=rs.Link(rate="12Mbps", delay="45ms"),']
        lines += ["                        arrivals=rs.Poisson(mean_gap=mean_gap))"]
        lines += ['    return rs.Scenario(duration="1d", clients=[phones], fleets=[EDGE])', ""]
        return "\n".join(lines)

    def _of(self, part: str) -> list[tuple[str, str, str]]:
        found = ((name, self.settings.get((part, name))) for name in _ORDER[part])
        return [(name, *each) for name, each in found if each is not None]

    def _part(self, part: str, kind: str) -> list[str]:
        inner = [f"        {name}={value},  # {origin}" for name, value, origin in self._of(part)]
        return [f"    {part}={kind}(", *inner, "    ),"] if inner else []


def lifetime_of(seconds: int, policy: Policy, origin: str) -> None:
    """The tickets' lifetime, which RFC 8446 section 4.6.1 limits to seven days."""
    week = 7 * 86_400
    if seconds > week:
        policy.notes.append(f"{origin}: {seconds} s is beyond the 7 days of RFC 8446 section 4.6.1; 7 d is taken")
    policy.set("tickets", "lifetime", duration(max(1, min(seconds, week))), origin)


def duration(seconds: int) -> str:
    """Seconds in the largest unit that says them exactly.

    Examples
    --------
    >>> duration(300), duration(86_400), duration(90)
    ('5min', '1d', '90s')
    """
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def versions_of(least: str | None, most: str | None, policy: Policy, origin: str) -> None:
    """Protocol bounds; what is older than TLS 1.2 is not simulated."""
    known = ("TLSv1.2", "TLSv1.3")
    for field_name, given in (("min_protocol", least), ("max_protocol", most)):
        if given is None:
            continue
        if given not in known:
            policy.notes.append(f"{origin}: {given} is not simulated; TLSv1.2 stands in")
        policy.set("tls", field_name, given if given in known else "TLSv1.2", origin)
