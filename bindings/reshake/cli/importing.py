"""`reshake import`: the TLS session settings of a server's configuration, as a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from ..errors import Problem, ScenarioError
from ..reality.envoy import read_envoy
from ..reality.haproxy import read_haproxy
from ..reality.nginx import ConfigError, read_nginx
from ..reality.policy import Policy
from ..terminal import say, show
from .outputs import file_to_write
from .words import PATH, Arguments, OneOf

HELP = "a fleet from the configuration of nginx, HAProxy or Envoy"
DESCRIPTION = (
    "Reads how TLS sessions are set in a configuration of nginx (best as `nginx -T` prints it), HAProxy or Envoy, "
    "writes a scenario with that fleet as Python, and says what it did not understand."
)
_READERS: Mapping[str, Callable[[str], Policy]] = {"nginx": read_nginx, "haproxy": read_haproxy, "envoy": read_envoy}


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["file"], type=PATH, metavar="FILE", help="nginx.conf, haproxy.cfg, envoy.yaml or envoy.json"),
    click.Option(
        ["--format"], type=OneOf(tuple(_READERS)), metavar="F", help=f"{', '.join(_READERS)} (default: by name)"
    ),
    click.Option(["-o", "--out"], type=PATH, metavar="FILE", help="a new .py file (default: on standard output)"),
)


def import_configuration(arguments: Arguments) -> int:
    """`reshake import`."""
    path = Path(arguments.file)
    kind = arguments.format or _kind_of(path)
    out = Path(arguments.out) if arguments.out else None
    if out is not None:
        if out.exists():
            raise ScenarioError([Problem(str(out), "is there already; choose another name")])
        file_to_write(out)
    try:
        policy = _READERS[kind](path.read_text())
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from None
    except (ConfigError, UnicodeDecodeError) as error:
        raise ScenarioError([Problem(str(path), f"is no configuration of {kind} to import: {error}")]) from None
    text = policy.as_python(path.name)
    if out is None:
        show(text.rstrip("\n"))
    else:
        out.write_text(text)
        show(str(out))
    for note in policy.notes:
        say(f"reshake: {path.name}: {note}")
    return 0


def _kind_of(path: Path) -> str:
    if not path.exists():
        raise ScenarioError([Problem(str(path), "cannot be read: No such file or directory")])
    if path.suffix == ".cfg" or "haproxy" in path.name:
        return "haproxy"
    if path.suffix in (".yaml", ".yml", ".json"):
        return "envoy"
    if path.suffix == ".conf" or "nginx" in path.name:
        return "nginx"
    raise ScenarioError([Problem(str(path), "is of no kind that its name tells; --format nginx, haproxy or envoy")])
