"""TLS session settings of an Envoy configuration, YAML or JSON.

Source: Envoy's extensions.transport_sockets.tls.v3.DownstreamTlsContext and TlsParameters. Envoy is built with
BoringSSL, whose sessions live two hours unless `session_timeout` says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .nginx import ConfigError
from .policy import Policy, duration, lifetime_of, versions_of

_KIND = "DownstreamTlsContext"
_VERSIONS = {"TLSv1_0": "TLSv1.0", "TLSv1_1": "TLSv1.1", "TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}
_HANDLED = {
    "@type",
    "common_tls_context",
    "session_ticket_keys",
    "session_ticket_keys_sds_secret_config",
    "session_timeout",
    "disable_stateless_session_resumption",
    "disable_stateful_session_resumption",
}


def read_envoy(text: str) -> Policy:
    """What a configuration says; the first listener with TLS counts."""
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"{where}{getattr(error, 'problem', None) or 'is no YAML'}") from None
    found = list(_contexts(content, "", depth=0))
    if not found:
        raise ConfigError(f"there is no {_KIND}")
    policy = Policy()
    path, context = found[0]
    if len(found) > 1:
        policy.notes.append(f"{len(found)} listeners have TLS; {path} is taken")
    _apply(context, policy)
    idle = next(_idle_timeouts(content, depth=0), None)
    if idle is not None and 1 <= idle <= 86_400:
        policy.set("fleet", "idle_timeout", duration(idle), "idle_timeout of the HTTP connection manager")
    return policy


def _contexts(content: Any, path: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if depth > 100:
        raise ConfigError("is nested too deeply")
    if isinstance(content, dict):
        if str(content.get("@type", "")).endswith(_KIND):
            yield path, content
        for name, inner in content.items():
            yield from _contexts(inner, f"{path}.{name}".lstrip("."), depth + 1)
    elif isinstance(content, list):
        for index, inner in enumerate(content):
            yield from _contexts(inner, f"{path}[{index}]", depth + 1)


def _idle_timeouts(content: Any, depth: int) -> Iterator[int]:
    if isinstance(content, dict) and depth <= 100:
        options = content.get("common_http_protocol_options")
        if isinstance(options, dict) and "idle_timeout" in options:
            yield _seconds(options["idle_timeout"], "idle_timeout")
        for inner in content.values():
            yield from _idle_timeouts(inner, depth + 1)
    elif isinstance(content, list) and depth <= 100:
        for inner in content:
            yield from _idle_timeouts(inner, depth + 1)


def _apply(context: Mapping[str, Any], policy: Policy) -> None:
    timeout = context.get("session_timeout")
    lifetime_of(
        _seconds(timeout, "session_timeout") if timeout is not None else 7_200,
        policy,
        f"session_timeout: {timeout}" if timeout is not None else "BoringSSL's default",
    )
    if context.get("disable_stateless_session_resumption"):
        policy.set("tls", "session_ticket", False, "disable_stateless_session_resumption")
        if context.get("disable_stateful_session_resumption"):
            policy.notes.append("both kinds of resumption are disabled: nothing resumes in Envoy")
    else:
        _keys(context, policy)
    common = context.get("common_tls_context")
    common = common if isinstance(common, dict) else {}
    parameters = common.get("tls_params")
    if isinstance(parameters, dict):
        _parameters(parameters, policy)
    policy.notes.extend(f"{name}: not understood" for name in context if name not in _HANDLED)
    policy.notes.append("certificates: their kind is not read; ServerTls(certificate=...) says it")


def _keys(context: Mapping[str, Any], policy: Policy) -> None:
    given = context.get("session_ticket_keys")
    keys = given.get("keys", []) if isinstance(given, dict) else []
    if keys or "session_ticket_keys_sds_secret_config" in context:
        policy.set("tickets", "keys", "shared", "session_ticket_keys, if all Envoys get the same")
        policy.rotate("1d", max(len(keys) - 1, 1), "the first key seals, all open; the interval is yours")
        policy.notes.append("how often the keys change is not in the configuration; set StekRotation(every=...)")
    else:
        policy.set("tickets", "keys", "per-server", "no session_ticket_keys: each Envoy draws its own")


def _parameters(parameters: Mapping[str, Any], policy: Policy) -> None:
    bounds = [parameters.get(f"tls_{end}_protocol_version") for end in ("minimum", "maximum")]
    least, most = (_VERSIONS.get(str(each)) for each in bounds)
    versions_of(least, most, policy, "tls_params")
    if curves := parameters.get("ecdh_curves"):
        policy.set("tls", "groups", ":".join(map(str, curves)), "tls_params.ecdh_curves")
    if suites := parameters.get("cipher_suites"):
        # BoringSSL's [A|B] means equal preference, which OpenSSL has not.
        names = [name for each in suites for name in str(each).strip("[]").split("|")]
        policy.set("tls", "cipher_list", ":".join(names), "tls_params.cipher_suites")
    known = {"tls_minimum_protocol_version", "tls_maximum_protocol_version", "ecdh_curves", "cipher_suites"}
    policy.notes.extend(f"tls_params.{name}: not understood" for name in parameters if name not in known)


def _seconds(text: Any, name: str) -> int:
    match = re.fullmatch(r"(\d+)(?:\.\d+)?s", str(text))
    if match is None:
        raise ConfigError(f'{name}: {text} is no duration; Envoy writes "300s"')
    return int(match[1])
