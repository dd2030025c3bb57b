"""TLS session settings of an HAProxy configuration.

Source: HAProxy's configuration manual (bind options, tune.ssl.*), and what it sets in OpenSSL beside it: no anti-replay
where 0-RTT is allowed, and early data as long as its buffer without the reserve (16,384 - 1,024 bytes).
"""

from __future__ import annotations

import re
import shlex

from .nginx import ConfigError
from .policy import Policy, duration, lifetime_of, versions_of

_SECTION = {"global", "defaults", "frontend", "listen", "backend", "peers", "resolvers", "userlist", "cache", "program"}
_TIME = {"us": 0, "ms": 0, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_WITH_VALUE = {"crt", "ciphers", "ciphersuites", "curves", "ecdhe", "alpn", "npn", "ca-file", "crl-file", "verify",
               "ssl-min-ver", "ssl-max-ver", "tls-ticket-keys", "maxconn", "backlog", "name", "process", "thread",
               "interface", "crt-list", "sigalgs", "id", "nice", "mode", "user", "group", "level"}  # fmt: skip


def read_haproxy(text: str) -> Policy:
    """What a configuration says; the first `bind ... ssl` counts."""
    policy = Policy()
    lines = [(number, _words(line, number)) for number, line in enumerate(text.splitlines(), start=1)]
    section = ""
    defaults: list[str] = []
    found: tuple[int, list[str], str] | None = None
    binds = 0
    settings: dict[str, tuple[int, list[str]]] = {}
    for number, words in lines:
        if not words:
            continue
        if words[0] in _SECTION:
            section = f"{words[0]} {' '.join(words[1:])}".strip()
        elif words[0] == "ssl-default-bind-options":
            defaults += words[1:]
        elif words[0].startswith(("ssl-default-bind-", "tune.ssl.")) or words[:2] == ["timeout", "client"]:
            settings[" ".join(words[:2]) if words[0] == "timeout" else words[0]] = (number, words)
        elif words[0] == "bind" and "ssl" in words[1:]:
            binds += 1
            found = found or (number, words[2:], section)
        elif words[0].startswith("http-request") and "wait-for-handshake" in words:
            policy.set("fleet", "early_requests", "wait", f"line {number}: {' '.join(words)}")
    if found is None:
        raise ConfigError("there is no bind line with ssl")
    number, bind, section = found
    if binds > 1:
        policy.notes.append(f"{binds} bind lines have TLS; the one at line {number} ({section}) is taken")
    _globals(settings, policy)
    _options({**_parsed(defaults), **_parsed(bind)}, f"line {number}: bind", policy, set(bind) | set(defaults))
    policy.notes.append("certificates: their kind is not in the configuration; ServerTls(certificate=...) says it")
    return policy


def _words(line: str, number: int) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        raise ConfigError(f"line {number}: a quote that is not closed") from None


def _parsed(words: list[str]) -> dict[str, str]:
    """Options by name; a flag has an empty value."""
    found: dict[str, str] = {}
    left = iter(words)
    for word in left:
        found[word] = next(left, "") if word in _WITH_VALUE else ""
    return found


def _globals(settings: dict[str, tuple[int, list[str]]], policy: Policy) -> None:
    number, words = settings.pop("tune.ssl.lifetime", (0, ["", "300"]))
    origin = f"line {number}: {' '.join(words)}" if number else "HAProxy's default"
    lifetime_of(_seconds(words[-1], number), policy, origin)
    number, words = settings.pop("tune.ssl.cachesize", (0, ["", "20000"]))
    size = f"line {number}: {' '.join(words)}" if number else "HAProxy's default"
    policy.set("tls", "session_cache_size", max(1, int(words[-1])), size)
    for name, field_name in (("ciphers", "cipher_list"), ("ciphersuites", "ciphersuites"), ("curves", "groups")):
        if f"ssl-default-bind-{name}" in settings:
            number, words = settings.pop(f"ssl-default-bind-{name}")
            policy.set("tls", field_name, words[1], f"line {number}: {words[0]}")
    if "timeout client" in settings:
        number, words = settings.pop("timeout client")
        idle = _seconds(words[-1], number, unit="ms")
        if 1 <= idle <= 86_400:
            policy.set("fleet", "idle_timeout", duration(idle), f"line {number}: {' '.join(words)}")
    policy.notes.extend(f"line {number}: {' '.join(words)}: not understood" for number, words in settings.values())


def _options(options: dict[str, str], origin: str, policy: Policy, given: set[str]) -> None:
    least, most = options.get("ssl-min-ver"), options.get("ssl-max-ver")
    if "no-tlsv13" in options:
        most = "TLSv1.2"
    versions_of(least or "TLSv1.2", most, policy, origin if least or most else "HAProxy's default")
    for name, field_name in (("ciphers", "cipher_list"), ("ciphersuites", "ciphersuites"), ("curves", "groups")):
        if options.get(name):
            policy.set("tls", field_name, options[name], f"{origin} {name}")
    if "no-tls-tickets" in options and "tls-tickets" not in options:
        policy.set("tls", "session_ticket", False, f"{origin} no-tls-tickets")
    elif file := options.get("tls-ticket-keys"):
        policy.set("tickets", "keys", "shared", f"{origin} tls-ticket-keys {file}, if all servers have the same file")
        policy.rotate("12h", 1, "the penultimate of three keys seals; the interval is yours")
        policy.notes.append("how often the key file changes is not in the configuration; set StekRotation(every=...)")
    else:
        policy.set("tickets", "keys", "per-server", "no tls-ticket-keys: each HAProxy draws its own")
    if "allow-0rtt" in options:
        policy.set("tls", "max_early_data", 16_384 - 1_024, f"{origin} allow-0rtt")
        policy.set("tls", "anti_replay", "none", "HAProxy turns OpenSSL's protection off")
    known = {"ssl", "allow-0rtt", "no-tls-tickets", "tls-tickets", "no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv13",
             "prefer-client-ciphers", "accept-proxy", "transparent", "v4v6", "v6only", "strict-sni"}  # fmt: skip
    odd = [name for name in options if name in given and name not in known and name not in _WITH_VALUE]
    policy.notes.extend(f"{origin} {name}: not understood" for name in odd)


def _seconds(text: str, number: int, unit: str = "s") -> int:
    match = re.fullmatch(r"(\d+)(us|ms|s|m|h|d)?", text)
    if match is None:
        raise ConfigError(f"line {number}: {text} is no time")
    if (match[2] or unit) == "ms":
        return int(match[1]) // 1_000
    return int(match[1]) * _TIME[match[2] or unit]
