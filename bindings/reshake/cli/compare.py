"""`reshake compare --native`: this machine's sockets against the simulation, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from .. import engine
from ..errors import Problem, ScenarioError
from ..native import Comparison, Plan, over_sockets, simulated
from ..native.comparison import FactRow, Spread, TimeRow
from ..terminal import say, show
from ..units import Duration, spell
from ..values.device import Device
from ..values.kinds import to_text
from ..values.tls_settings import CertificateKey
from .words import PATH, Arguments

if TYPE_CHECKING:
    from rich.table import Table

DEVICE: Final = "server-core"
_SHORTEST: Final = Duration("1ms")
_LONGEST: Final = Duration("2s")
_MOST_ATTEMPTS: Final = 1000
#: Two round trips of TLS each, and two kinds.
_ROUND_TRIPS: Final = 4

_TIMES: Final = {
    "connect": "TCP connect",
    "server_hello": "ClientHello-ServerHello",
    "handshake": "handshake done",
    "first_byte": "first byte",
    "harness": "of it the harness",
    "first_byte_without_harness": "of it all else",
    "client_compute": "client in OpenSSL",
    "server_compute": "server in OpenSSL",
}
_CERTIFICATES: Final = get_args(CertificateKey)
_KINDS: Final = {"full": "full handshake", "psk": "resumption (PSK)"}

#: Source: IANA, "TLS Cipher Suites".
_CIPHER_SUITES: Final = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
}
#: Source: IANA, "TLS Supported Groups".
_GROUPS: Final = {
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x0200: "MLKEM512",
    0x0201: "MLKEM768",
    0x0202: "MLKEM1024",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
}

#: Facts that are IANA's numbers, and the names of those that OpenSSL is likely to choose.
_NUMBERS: Final = {
    "tls_version": {0x0303: "TLS 1.2", 0x0304: "TLS 1.3"},
    "cipher_suite": _CIPHER_SUITES,
    "group": _GROUPS,
}

HELP: Final = "the same exchanges over this machine's sockets and in the simulation, in one table"
DESCRIPTION: Final = """\
Makes the same TLS exchanges twice, with the same certificates, keys and randomness: over TCP connections of this
machine's kernel on 127.0.0.1, whose bytes a delay line in this process holds back by half a round trip each way, and
in the simulation. Handshake facts and byte counts must be equal exchange by exchange; times are compared as
distributions. TCP's own connect is not compared: behind a delay line of bytes it takes no round trip. Loss is not
offered: a process can hold back the bytes of the kernel's TCP, not drop its segments.
"""


PARAMETERS: Sequence[click.Parameter] = (
    click.Option(["--native"], is_flag=True, required=True, help="against real sockets (the only kind yet)"),
    click.Option(["--rtt"], default="31ms", metavar="TIME", help="round trip of the path, 1ms to 2s (31ms)"),
    click.Option(["--loss"], default="0", metavar="0", help="only 0: see above"),
    click.Option(["--attempts"], default="50", metavar="N", help="exchanges of each kind, 1 to 1000 (50)"),
    click.Option(["--certificate"], default="ecdsa-p256", metavar="KEY", help="ecdsa-p256 or rsa-2048 (ecdsa-p256)"),
    click.Option(["--groups"], metavar="LIST", help='as in OpenSSL, such as "X25519:P-256" (its default)'),
    click.Option(
        ["--device"],
        type=PATH,
        default=DEVICE,
        metavar="NAME|FILE",
        help=(
            "what both sides compute on in the simulation: a profile that comes with Reshake, or a file of reshake "
            f"calibrate ({DEVICE})"
        ),
    ),
    click.Option(["--seed"], default="0", metavar="S", help="of keys and handshakes (0)"),
    click.Option(["--json"], is_flag=True, help="print JSON, times in milliseconds"),
)


def compare(arguments: Arguments) -> int:
    """`reshake compare`. Exit code 1 where a handshake was not the same on both sides."""
    plan = _plan(arguments)
    engine.require()
    try:
        of_simulation = simulated(plan)
    except ScenarioError as error:
        raise ScenarioError(_as_flags(error)) from None
    seconds = plan.attempts * _ROUND_TRIPS * plan.rtt.seconds
    say(f"reshake: {2 * plan.attempts} exchanges over 127.0.0.1, at least {seconds:.0f} s")
    compared = Comparison(over_sockets(plan), of_simulation)
    if arguments.json:
        show(to_text(_setting(plan) | compared.content()).rstrip())
    else:
        _print(plan, compared)
    return 0 if compared.same else 1


def _plan(arguments: Arguments) -> Plan:
    problems: list[Problem] = []
    _refuse_loss(arguments.loss, problems)
    rtt = _rtt(arguments.rtt, problems)
    attempts = _whole("--attempts", arguments.attempts, 1, _MOST_ATTEMPTS, problems)
    seed = _whole("--seed", arguments.seed, 0, 2**63 - 1, problems)
    device = _device(arguments.device, problems)
    if arguments.certificate not in _CERTIFICATES:
        expected = " or ".join(_CERTIFICATES)
        sentence = f"{spell(arguments.certificate)} is not one of the choices; expected {expected}"
        problems.append(Problem("--certificate", sentence))
    if problems:
        raise ScenarioError(problems)
    return Plan(
        rtt=rtt,
        attempts=attempts,
        certificate=arguments.certificate,
        groups=arguments.groups,
        seed=seed,
        device=device,
    )


def _device(name: str, problems: list[Problem]) -> Device:
    try:
        return Device(cores=1, profile=name)
    except ScenarioError as error:
        problems.extend(Problem("--device", each.sentence) for each in error.problems)
        return Device(cores=1)


def _rtt(text: str, problems: list[Problem]) -> Duration:
    try:
        rtt = Duration(text)
    except ScenarioError as error:
        problems.extend(Problem("--rtt", each.sentence) for each in error.problems)
        return _SHORTEST
    if not _SHORTEST <= rtt <= _LONGEST:
        problems.append(Problem("--rtt", f"{spell(text)} is out of range; expected {_SHORTEST} to {_LONGEST}"))
    return rtt


def _whole(flag: str, text: str, at_least: int, at_most: int, problems: list[Problem]) -> int:
    if text.isdecimal() and text.isascii() and at_least <= int(text) <= at_most:
        return int(text)
    sentence = f"{spell(text)} is out of range; expected a whole number from {at_least} to {at_most}"
    problems.append(Problem(flag, sentence))
    return at_least


def _refuse_loss(text: str, problems: list[Problem]) -> None:
    try:
        lossless = all(float(each) == 0 for each in text.split(","))
    except ValueError:
        problems.append(Problem("--loss", f"{spell(text)} is not a number; expected 0"))
        return
    if not lossless:
        reason = "a process can hold back the bytes of the kernel's TCP, not drop its segments; expected 0"
        problems.append(Problem("--loss", f"{spell(text)} cannot be applied to real sockets: {reason}"))


def _as_flags(error: ScenarioError) -> list[Problem]:
    """What is wrong with the scenario, by the flag that said it."""
    problems = (
        Problem("--groups", each.sentence) if each.path.endswith(".groups") else each for each in error.problems
    )
    return list(dict.fromkeys(problems))


def _setting(plan: Plan) -> dict[str, Any]:
    return {
        "rtt": str(plan.rtt),
        "attempts": plan.attempts,
        "certificate": plan.certificate,
        "groups": plan.groups,
        "device": {"profile": plan.device.profile.name, "sha256": plan.device.profile.sha256},
        "seed": plan.seed,
        "versions": engine.versions(),
    }


def _print(plan: Plan, compared: Comparison) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    agreed = ", ".join([plan.certificate, *_names(compared)])
    for line in (
        compared.verdict(),
        "",
        f"RTT {plan.rtt}, {agreed}, {plan.attempts} exchanges of each kind.",
        "Times in ms at the median and the 95th percentile; handshake and first byte count from TCP connected.",
    ):
        console.print(line, soft_wrap=True)
    console.print(_table(compared))
    for line in (
        "TCP connect is not compared: on loopback it takes no round trip, the delay line begins behind it.",
        "The harness is what flights took beyond half a round trip each: in the native times, no part of the exchange.",
        "In OpenSSL: native is wall time on this machine, with caches cold after each wait for the network; "
        f'simulated are the costs of "{plan.device.profile.name}".',
    ):
        console.print(line, soft_wrap=True)


def _table(compared: Comparison) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in ("native", "p95", "simulated", "p95", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in compared.kinds:
        table.add_row(f"[bold]{_KINDS[kind]}[/]")
        for time in compared.times[kind]:
            table.add_row(f" {_TIMES[time.name]}", *_cells_of_time(time))
        for fact in compared.facts[kind]:
            table.add_row(f" {fact.name.replace('_', ' ')}", *_cells_of_fact(fact))
    return table


def _names(compared: Comparison) -> list[str]:
    """What was agreed on, in words."""
    rows = [row for each in compared.facts.values() for row in each]
    return [
        names.get(number, f"0x{number:04x}")
        for fact, names in _NUMBERS.items()
        for number in sorted({number for row in rows if row.name == fact for number in row.native})
    ]


def _cells_of_time(row: TimeRow) -> tuple[str, ...]:
    difference = "not compared" if row.difference is None else f"{row.difference:+.2f}"
    if row.share is not None:
        difference += f" {row.share:+.1%}"
    return (*_cells_of_spread(row.native), *_cells_of_spread(row.simulated), difference)


def _cells_of_spread(spread: Spread | None) -> tuple[str, str]:
    return ("-", "-") if spread is None else (f"{spread.median:.2f}", f"{spread.p95:.2f}")


def _cells_of_fact(row: FactRow) -> tuple[str, ...]:
    judged = "equal" if row.different == 0 else f"{row.different} DIFFER"
    return (_told(row.name, row.native), "", _told(row.name, row.simulated), "", judged)


def _told(name: str, values: tuple[Any, ...]) -> str:
    texts = [_named(name, each) for each in values]
    return texts[0] if len(texts) == 1 else f"{texts[0]}..{texts[-1]}"


def _named(name: str, each: Any) -> str:
    if name in _NUMBERS:
        return f"0x{each:04x}"
    if isinstance(each, bool):
        return "yes" if each else "no"
    return str(each)
