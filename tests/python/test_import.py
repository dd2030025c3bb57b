"""Configurations of servers become fleets; what was not understood is said. The files are our own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import reshake as rs

Command = Callable[..., subprocess.CompletedProcess[str]]

NGINX = """
events {}
http {
    ssl_session_timeout 1d;  # inherited
    ssl_session_cache shared:SSL:10m;
    ssl_protocols TLSv1.2 TLSv1.3;
    include sites/*.conf;
    server { listen 80; }
    server { listen 443 ssl; ssl_session_timeout 5m; }
    server {
        listen 443 ssl default_server;
        ssl_session_ticket_key "keys/now.key";
        ssl_session_ticket_key 'keys/before.key';
        ssl_ecdh_curve X25519:prime256v1;
        ssl_early_data on;
        ssl_stapling on;
        keepalive_timeout 65s;
    }
}
"""
HAPROXY = """
global
    tune.ssl.lifetime 600
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
    tune.ssl.keylog on
defaults
    timeout client 30s
frontend web
    bind :443 ssl crt /etc/site.pem alpn h2,http/1.1 allow-0rtt tls-tickets
    http-request wait-for-handshake if METH_POST
"""
ENVOY = """
static_resources:
  listeners:
  - filter_chains:
    - transport_socket:
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          session_timeout: 43200s
          session_ticket_keys: {keys: [{filename: a}, {filename: b}, {filename: c}]}
          common_tls_context:
            tls_params: {tls_minimum_protocol_version: TLSv1_3, ecdh_curves: [X25519, P-256]}
          ocsp_staple_policy: MUST_STAPLE
"""


@pytest.fixture
def imported(reshake: Command, room: Path) -> Callable[[str, str], tuple[rs.Fleet, str]]:
    """The fleet in the written file, and what was said."""

    def bring_in(name: str, text: str) -> tuple[rs.Fleet, str]:
        (room / name).write_text(text)
        ended = reshake("import", name, "-o", "edge.py")
        assert ended.returncode == 0, ended.stderr
        made: dict[str, object] = {}
        exec((room / "edge.py").read_text(), made)
        fleet = made["EDGE"]
        assert isinstance(fleet, rs.Fleet)
        return fleet, ended.stderr

    return bring_in


def test_nginx(imported: Callable[[str, str], tuple[rs.Fleet, str]]) -> None:
    fleet, said = imported("nginx.conf", NGINX)
    # The default server counts, with what it inherits.
    assert fleet.tickets == rs.Tickets(
        lifetime="1d", keys="shared", rotation=rs.StekRotation(every="1d", keep_previous=1)
    )
    assert (fleet.tls.min_protocol, fleet.tls.max_protocol) == ("TLSv1.2", "TLSv1.3")
    assert fleet.tls.groups == "X25519:prime256v1"
    assert (fleet.tls.max_early_data, fleet.tls.anti_replay) == (16_384, "none")
    assert fleet.idle_timeout == rs.Duration("65s")
    assert "nginx.conf: 2 servers have TLS; the one at line 10 is taken" in said
    assert "line 7: include sites/*.conf was not followed" in said
    assert "line 16: ssl_stapling on: not understood" in said


def test_nginx_without_key_files_has_keys_of_its_own(imported: Callable[[str, str], tuple[rs.Fleet, str]]) -> None:
    fleet, _ = imported("nginx.conf", "http { server { listen 443 ssl; } }")
    assert fleet.tickets == rs.Tickets(lifetime="5min", keys="per-server")
    assert fleet.idle_timeout == rs.Duration("75s")


def test_nginx_without_tickets_has_a_cache(imported: Callable[[str, str], tuple[rs.Fleet, str]]) -> None:
    text = "http { server { listen 443 ssl; ssl_session_tickets off; ssl_session_cache shared:S:2m; } }"
    fleet, _ = imported("nginx.conf", text)
    assert not fleet.tls.session_ticket
    assert fleet.tls.session_cache_size == 8_000


def test_haproxy(imported: Callable[[str, str], tuple[rs.Fleet, str]]) -> None:
    fleet, said = imported("haproxy.cfg", HAPROXY)
    assert fleet.tickets == rs.Tickets(lifetime="10min", keys="per-server")
    assert fleet.tls.session_ticket  # What bind says counts more than the default.
    assert (fleet.tls.max_early_data, fleet.tls.anti_replay) == (15_360, "none")
    assert fleet.early_requests == "wait"
    assert fleet.idle_timeout == rs.Duration("30s")
    assert "line 5: tune.ssl.keylog on: not understood" in said


def test_envoy(imported: Callable[[str, str], tuple[rs.Fleet, str]]) -> None:
    fleet, said = imported("envoy.yaml", ENVOY)
    assert fleet.tickets == rs.Tickets(
        lifetime="12h", keys="shared", rotation=rs.StekRotation(every="1d", keep_previous=2)
    )
    assert (fleet.tls.min_protocol, fleet.tls.groups) == ("TLSv1.3", "X25519:P-256")
    assert "ocsp_staple_policy: not understood" in said


@pytest.mark.usefixtures("core")
def test_what_is_imported_runs(imported: Callable[[str, str], tuple[rs.Fleet, str]], reshake: Command) -> None:
    imported("haproxy.cfg", HAPROXY)
    ended = reshake("show", "edge.py")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("How does the fleet of haproxy.cfg resume?")
    assert reshake("lint", "edge.py").returncode in (0, 1)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("nginx.conf", "http { server { listen 443 ssl;", "the file ends within a block"),
        ("nginx.conf", "http {\n\n} }", "line 3: an unexpected }"),
        ("nginx.conf", 'a "b', "line 1: a quote that is not closed"),
        ("nginx.conf", "http { server { listen 80; } }", "no server that listens with ssl"),
        ("haproxy.cfg", "frontend a\n  bind :80\n", "there is no bind line with ssl"),
        ("haproxy.cfg", "global\n  tune.ssl.lifetime soon\nfrontend a\n  bind :1 ssl\n", "line 2: soon is no time"),
        ("envoy.yaml", "a: [", "is no configuration of envoy to import: line 1"),
        ("envoy.yaml", "a: 1", "there is no DownstreamTlsContext"),
        ("apache.txt", "", "is of no kind that its name tells"),
    ],
)
def test_what_is_no_configuration_is_refused(name: str, text: str, line: str, reshake: Command, room: Path) -> None:
    (room / name).write_text(text)
    ended = reshake("import", name)
    assert ended.returncode == 2
    assert line in ended.stderr
    assert "Traceback" not in ended.stderr
