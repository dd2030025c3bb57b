"""TLS session settings of an nginx configuration.

Source: the documentation of ngx_http_ssl_module and ngx_http_core_module, and what nginx sets in OpenSSL beside it:
SSL_OP_NO_ANTI_REPLAY always, 16,384 bytes of early data, keys of its own in shared memory when no key file is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .policy import Policy, duration, lifetime_of, versions_of

_TOKEN = re.compile(r"""\s+|\#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([{};])|([^\s{};"']+)""")
_TIME = re.compile(r"(\d+)(ms|s|m|h|d|w|M|y)?")
_DAY = 86_400
_SECONDS = {"ms": 0, "s": 1, "": 1, "m": 60, "h": 3_600, "d": _DAY, "w": 7 * _DAY, "M": 30 * _DAY, "y": 365 * _DAY}
_SESSIONS_PER_BYTE = 4_000 / 2**20  # "One megabyte can store about 4000 sessions."
_HANDLED = {
    "ssl_session_timeout", "ssl_session_tickets", "ssl_session_ticket_key", "ssl_session_cache", "ssl_protocols",
    "ssl_ecdh_curve", "ssl_ciphers", "ssl_early_data", "ssl_conf_command", "keepalive_timeout",
}  # fmt: skip
# They change nothing that is simulated here, or are told by other means.
_INDIFFERENT = {
    "ssl_certificate", "ssl_certificate_key", "ssl_prefer_server_ciphers", "ssl_dhparam", "ssl_password_file",
    "ssl_buffer_size", "ssl_reject_handshake", "ssl_certificate_cache",
}  # fmt: skip


class ConfigError(ValueError):
    """The file is not what it should be: line and reason."""


@dataclass(slots=True)
class _Directive:
    name: str
    values: list[str]
    line: int
    block: list[_Directive] | None = None


@dataclass(slots=True)
class _Context:
    """Directives that hold in a place; inner ones replace outer ones of the same name as a whole."""

    found: dict[str, list[_Directive]] = field(default_factory=dict)

    def within(self, block: list[_Directive]) -> _Context:
        inner: dict[str, list[_Directive]] = {}
        for each in block:
            if each.block is None:
                inner.setdefault(each.name, []).append(each)
        return _Context(self.found | inner)


def read_nginx(text: str) -> Policy:
    """What a configuration says; the first server with TLS counts, the default one if it is marked."""
    policy = Policy()
    directives = _parse(iter(_tokens(text)), closing=False)
    servers = list(_servers(directives, _Context()))
    if not servers:
        raise ConfigError("there is no server that listens with ssl")
    chosen, context = next((each for each in servers if "default_server" in _listens(each[0])), servers[0])
    if len(servers) > 1:
        policy.notes.append(f"{len(servers)} servers have TLS; the one at line {chosen.line} is taken")
    _notice_includes(directives, policy)
    _apply(context, policy)
    return policy


def _tokens(text: str) -> Iterator[tuple[str, bool, int]]:
    """Token, whether it was quoted, and its line."""
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConfigError(f"line {line}: a quote that is not closed")
        double, single, mark, word = match.groups()
        if double is not None or single is not None:
            yield re.sub(r"\\(.)", r"\1", double if double is not None else single), True, line
        elif mark or word:
            yield mark or word, False, line
        line += match.group().count("\n")
        at = match.end()


def _parse(tokens: Iterator[tuple[str, bool, int]], *, closing: bool) -> list[_Directive]:
    found: list[_Directive] = []
    words: list[str] = []
    began = 0
    for token, quoted, line in tokens:
        if quoted or token not in "{};":
            began = began if words else line
            words.append(token)
            continue
        if token == "}":
            if words or not closing:
                raise ConfigError(f"line {line}: an unexpected }}")
            return found
        if not words:
            raise ConfigError(f"line {line}: an unexpected {token}")
        block = _parse(tokens, closing=True) if token == "{" else None
        found.append(_Directive(words[0], words[1:], began, block))
        words = []
    if closing or words:
        raise ConfigError("the file ends within a block or a directive")
    return found


def _servers(block: list[_Directive], outer: _Context) -> Iterator[tuple[_Directive, _Context]]:
    context = outer.within(block)
    for each in block:
        if each.block is None:
            continue
        if each.name == "server" and "ssl" in _listens(each):
            yield each, context.within(each.block)
        elif each.name in ("http", "stream", "server"):
            yield from _servers(each.block, context)


def _listens(server: _Directive) -> set[str]:
    return {value for each in server.block or () if each.name == "listen" for value in each.values}


def _notice_includes(block: list[_Directive], policy: Policy) -> None:
    for each in block:
        if each.name == "include" and not any(value.endswith("mime.types") for value in each.values):
            told = f"include {' '.join(each.values)} was not followed; import what `nginx -T` prints"
            policy.notes.append(f"line {each.line}: {told}")
        _notice_includes(each.block or [], policy)


def _apply(context: _Context, policy: Policy) -> None:
    def last(name: str) -> _Directive | None:
        return context.found.get(name, [None])[-1]

    def origin(each: _Directive) -> str:
        return f"line {each.line}: {each.name} {' '.join(each.values)}"

    timeout = last("ssl_session_timeout")
    seconds = _seconds(timeout) if timeout else 300
    lifetime_of(seconds, policy, origin(timeout) if timeout else "nginx's default")
    _sessions(context, policy, seconds)
    if each := last("ssl_protocols"):
        versions = sorted(each.values)
        versions_of(versions[0], versions[-1], policy, origin(each))
    if (each := last("ssl_ecdh_curve")) and each.values != ["auto"]:
        policy.set("tls", "groups", each.values[0], origin(each))
    if each := last("ssl_ciphers"):
        policy.set("tls", "cipher_list", each.values[0], origin(each))
    if (each := last("ssl_early_data")) and each.values == ["on"]:
        policy.set("tls", "max_early_data", 16_384, origin(each))
        policy.set("tls", "anti_replay", "none", "nginx turns OpenSSL's protection off")
    for each in context.found.get("ssl_conf_command", []):
        if each.values[:1] == ["Ciphersuites"] and len(each.values) == 2:
            policy.set("tls", "ciphersuites", each.values[1], origin(each))
        else:
            policy.notes.append(f"{origin(each)}: not understood")
    each = last("keepalive_timeout")
    idle = _seconds(each) if each else 75
    if 1 <= idle <= 86_400:
        policy.set("fleet", "idle_timeout", duration(idle), origin(each) if each else "nginx's default")
    for name, found in context.found.items():
        if name.startswith("ssl_") and name not in _HANDLED | _INDIFFERENT:
            policy.notes.extend(f"{origin(each)}: not understood" for each in found)
    policy.notes.append("certificates: their kind is not in the configuration; ServerTls(certificate=...) says it")


def _sessions(context: _Context, policy: Policy, timeout: int) -> None:
    """Tickets or a cache, and whose keys."""
    cache = context.found.get("ssl_session_cache", [])
    shared = next((part for each in cache for part in each.values if part.startswith("shared:")), None)
    tickets = context.found.get("ssl_session_tickets", [])
    if tickets and tickets[-1].values == ["off"]:
        origin = f"line {tickets[-1].line}: ssl_session_tickets off"
        policy.set("tls", "session_ticket", False, origin)
        if shared is None:
            policy.notes.append(f"{origin}, and no shared ssl_session_cache: nothing resumes in nginx")
        else:
            size = shared.split(":")[-1].lower()
            number = int(re.sub(r"\D", "", size) or 0) * {"k": 2**10, "m": 2**20}.get(size[-1:], 1)
            sessions = max(1, int(number * _SESSIONS_PER_BYTE))
            policy.set("tls", "session_cache_size", sessions, f"ssl_session_cache {shared}")
        return
    files = context.found.get("ssl_session_ticket_key", [])
    if files:
        where = f"line {files[0].line}: {len(files)} x ssl_session_ticket_key"
        policy.set("tickets", "keys", "shared", f"{where}, if all servers have the same files")
        if len(files) > 1:
            policy.rotate("1d", len(files) - 1, f"{where}: the interval is yours")
        policy.notes.append("how often the key files change is not in the configuration; set StekRotation(every=...)")
        return
    policy.set("tickets", "keys", "per-server", "no ssl_session_ticket_key: each nginx draws its own")
    if shared is not None:
        policy.rotate(duration(timeout), 1, f"ssl_session_cache {shared}: nginx changes its keys since 1.23.2")


def _seconds(each: _Directive) -> int:
    parts = _TIME.findall(each.values[0]) if each.values else []
    if not parts:
        raise ConfigError(f"line {each.line}: {each.name} has no time")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)
