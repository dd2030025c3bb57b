"""Access logs, line by line: of nginx, HAProxy and Envoy in their default formats or in one that is given, JSON, CSV.

Source: nginx, module ngx_http_log_module ("combined"); HAProxy configuration manual, "HTTP log format" and "HTTPS log
format"; Envoy, "Access logging", default format string.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .files import LogError, opened

if TYPE_CHECKING:
    from .capture import Census

_HTTPLOG = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"

FORMATS: Final[Mapping[str, str]] = {
    "nginx": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent"',
    "haproxy": _HTTPLOG,
    "haproxy-https": f"{_HTTPLOG} %[fc_err]/%[ssl_fc_err]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] "
    "%[ssl_fc_sni]/%sslv/%sslc",
    "envoy": '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% '
    "%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "
    '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"',
}
"""What each writes unless it is told otherwise; `haproxy-https` is `option httpslog`."""


class Request(NamedTuple):
    """What a line tells, as far as it does.

    Attributes
    ----------
    at
        Seconds of Unix time.
    client
        Whoever asked, as the log has it: an address. It goes no further than the counting of clients.
    agent
        The User-Agent header.
    connection
        What tells the client's connections apart.
    request_bytes, response_bytes
        As logged: with or without headers.
    rtt
        Seconds.
    resumed
        Whether the connection's handshake resumed a session.
    protocol
        Such as ``"TLSv1.3"``.
    """

    at: float
    client: str
    agent: str = ""
    connection: str = ""
    request_bytes: int | None = None
    response_bytes: int | None = None
    rtt: float | None = None
    resumed: bool | None = None
    protocol: str = ""


@dataclass(slots=True)
class Reading:
    """What was read, and what was not.

    Attributes
    ----------
    requests
        In the order of the files.
    refused
        Lines that were not understood.
    example
        The first of them, with its number and file.
    capture
        What else there is, where packets were read.
    """

    requests: list[Request]
    refused: int = 0
    example: str = ""
    capture: Census | None = None


def read(paths: Iterable[Path], form: str | None, log_format: str | None, client: str | None = None) -> Reading:
    """Reads logs, plain or gzipped.

    Parameters
    ----------
    paths
        Files of one format.
    form
        ``"nginx"``, ``"haproxy"``, ``"haproxy-https"``, ``"envoy"``, ``"json"`` or ``"csv"``; None: by the first line.
    log_format
        The format string of the server's configuration, in its own language. None: the default.
    client
        The variable that tells clients apart, such as ``"cookie_uid"``; None: the client's address.

    Raises
    ------
    LogError
        Where not a single line is understood, or the format has no time or no client.
    """
    reading = Reading([])
    for path in paths:
        with io.TextIOWrapper(opened(path), encoding="utf-8", errors="replace") as file:
            lines = iter(file)
            first = next(lines, "")
            parse = _parser(form, log_format, first, client)
            for number, line in enumerate(_chained(first, lines), start=1):
                if not line.strip():
                    continue
                try:
                    found = parse(line.rstrip("\r\n"))
                except (ValueError, KeyError):
                    found = None
                if found is not None:
                    reading.requests.append(found)
                elif not (number == 1 and _is_csv(first)):
                    reading.refused += 1
                    reading.example = reading.example or f"{path.name}, line {number}"
    if not reading.requests:
        raise LogError(f"holds no line of the format; {reading.example or 'it is empty'}")
    return reading


def _chained(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _is_csv(first: str) -> bool:
    cells = {cell.strip().lower() for cell in first.split(",")}
    return "client" in cells and bool(cells & {"time", "seconds"})


Parse = Callable[[str], Request | None]


def _parser(form: str | None, log_format: str | None, first: str, client: str | None) -> Parse:
    if log_format is not None:
        return _of_format(log_format, client)
    if form == "csv" or (form is None and _is_csv(first)):
        return _of_csv(first)
    if form == "json" or (form is None and first.lstrip().startswith("{")):
        return lambda line: _request({name.lower(): value for name, value in json.loads(line).items()}, client)
    if form is not None:
        return _of_format(FORMATS[form], client)
    for name in ("envoy", "haproxy-https", "haproxy", "nginx"):
        parse = _of_format(FORMATS[name], client)
        try:
            if parse(first.rstrip("\r\n")) is not None:
                return parse
        except ValueError:
            continue
    raise LogError("is of no format that its first line tells; give --format, or --log-format as in the configuration")


# Of nginx, HAProxy and Envoy, in this order: one of them matches a format as a whole.
_VARIABLE: Final = re.compile(
    r"\$\{?(?P<nginx>[a-z0-9_]+)\}?"
    r"|%(?P<envoy>[A-Z][A-Z0-9_]*(?:\([^)]*\))?(?::\d+)?)%"
    r"|%(?:\{(?P<flags>[^}]*)\})?(?:\[(?P<sample>[^\]]+)\]|(?P<haproxy>[A-Za-z]+))"
)


def _of_format(log_format: str, client: str | None) -> Parse:
    """A format string as a regular expression with a group per variable."""
    pattern, names, last = "", [], 0
    log_format = re.sub(r"(%h[rs])\s+", r"\1", log_format)  # Where nothing was captured there is no space either.
    for found in _VARIABLE.finditer(log_format):
        pattern += re.escape(log_format[last : found.start()])
        name = found["nginx"] or found["envoy"] or found["sample"] or found["haproxy"]
        names.append(name.partition(",")[0])
        group = f"(?P<v{len(names)}>{r'[0-9]+' if name == 'cp' else '.*?'})"
        if name in ("hr", "hs"):  # HAProxy logs captured headers only where there are any.
            group = r"(?:\{[^}]*\} ?)?"
        pattern += f'"{group}"' if "+Q" in (found["flags"] or "") else group
        last = found.end()
    pattern += re.escape(log_format[last:])
    # HAProxy's lines come with the head that syslog gives them.
    expression = re.compile(r"^(?:.*?(?:\]|haproxy): )?" + pattern + r"\s*$")
    if not ({*names, client} & {name for name, (field, _) in _FIELDS.items() if field == "at"}):
        raise LogError("--log-format has no time, such as $time_local, %tr or %START_TIME%")

    def parse(line: str) -> Request | None:
        found = expression.match(line)
        if found is None:
            return None
        return _request(
            {name: found[f"v{i}"] for i, name in enumerate(names, 1) if f"v{i}" in found.groupdict()}, client
        )

    return parse


def _of_csv(first: str) -> Parse:
    names = [cell.strip().lower() for cell in first.rstrip("\r\n").split(",")]

    def parse(line: str) -> Request | None:
        if line == first.rstrip("\r\n"):
            return None
        return _request(dict(zip(names, next(csv.reader([line])), strict=True)), "client")

    return parse


def _request(told: Mapping[str, Any], client: str | None) -> Request | None:
    found: dict[str, Any] = {}
    for name, value in told.items():
        field, convert = _FIELDS.get(name, ("", str))
        if field and field not in found and value not in ("", "-", None):
            found[field] = convert(str(value))
    if client is not None:
        found["client"] = str(told[client])
    return Request(**found) if found.get("client") not in (None, "", "-") and "at" in found else None


@lru_cache(maxsize=4_096)
def _time_local(text: str) -> float:
    # HAProxy's has milliseconds and no zone.
    form = "%d/%b/%Y:%H:%M:%S" + (".%f" if "." in text else "") + " %z"
    return datetime.strptime(text if " " in text else f"{text} +0000", form).astimezone(UTC).timestamp()


def _iso(text: str) -> float:
    date = datetime.fromisoformat(text)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _time(text: str) -> float:
    """Seconds, or a date."""
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else _iso(text)


def _reused(text: str) -> bool:
    return text.lower() in ("r", "1", "true", "yes")


def _first_address(text: str) -> str:
    return text.partition(",")[0].strip()


def _bytes(text: str) -> int:
    return int(text.lstrip("+"))


_FIELDS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    # nginx
    "time_local": ("at", _time_local), "time_iso8601": ("at", _iso), "msec": ("at", float),
    "remote_addr": ("client", str), "http_x_forwarded_for": ("client", _first_address),
    "http_user_agent": ("agent", str), "connection": ("connection", str),
    "request_length": ("request_bytes", _bytes), "bytes_sent": ("response_bytes", _bytes),
    "body_bytes_sent": ("response_bytes", _bytes), "tcpinfo_rtt": ("rtt", lambda text: float(text) / 1e6),
    "ssl_session_reused": ("resumed", _reused), "ssl_protocol": ("protocol", str),
    # HAProxy
    "tr": ("at", _time_local), "t": ("at", _time_local), "trg": ("at", _time_local), "Ts": ("at", float),
    "ci": ("client", str), "src": ("client", str), "cp": ("connection", str), "U": ("request_bytes", _bytes),
    "B": ("response_bytes", _bytes), "fc_rtt": ("rtt", lambda text: float(text) / 1e3),
    "ssl_fc_is_resumed": ("resumed", _reused), "sslv": ("protocol", str),
    # Envoy
    "START_TIME": ("at", _iso), "REQ(X-FORWARDED-FOR)": ("client", _first_address),
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": ("client", str), "REQ(USER-AGENT)": ("agent", str),
    "CONNECTION_ID": ("connection", str), "BYTES_RECEIVED": ("request_bytes", _bytes),
    "BYTES_SENT": ("response_bytes", _bytes), "DOWNSTREAM_TLS_VERSION": ("protocol", str),
    # CSV, and JSON whose keys are named by people
    "time": ("at", _time), "seconds": ("at", float), "start_time": ("at", _time), "client": ("client", str),
    "x_forwarded_for": ("client", _first_address), "agent": ("agent", str), "user_agent": ("agent", str),
    "connection_id": ("connection", str), "request_bytes": ("request_bytes", _bytes),
    "bytes_received": ("request_bytes", _bytes), "response_bytes": ("response_bytes", _bytes),
    "rtt": ("rtt", float), "resumed": ("resumed", _reused), "protocol": ("protocol", str),
    "downstream_tls_version": ("protocol", str), "downstream_remote_address_without_port": ("client", str),
}  # fmt: skip
"""What variables of the three, and columns of CSV and JSON, are called here."""
