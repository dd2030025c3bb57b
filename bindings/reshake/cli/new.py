"""`reshake new`: a scenario to begin with, with a comment at each thing one may want to change."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import Problem, ScenarioError
from ..terminal import say, show
from .words import Arguments

HELP = "write a commented scenario to begin with"
DESCRIPTION = "Writes NAME.py: a scenario that runs as it is, with a comment at each thing that you may want to change."

_TEXT = '''\
"""How long should tickets live here?

The first line is the question that this scenario asks; `reshake list`, `reshake show` and the report show it.
"""

import reshake as rs

# What is compared unless `--set` says otherwise: parameters of `scenario`, with a list of values each.
GRID = {{"ticket_lifetime": ["30min", "2h", "6h"]}}

# Replications: each value runs once with each seed. More seeds give narrower intervals.
SEEDS = range(4)


def scenario(ticket_lifetime: str = "1h", loss: float = 0.01) -> rs.Scenario:
    """Every parameter can be set: `reshake run {name}.py --set loss=0.0,0.05 -o results/{name}`."""
    phones = rs.Clients(
        "phones",
        count=30,  # More clients give narrower intervals too, and cost as much time as more seeds.
        # How they reach the network. `delay` is one way. See also rs.GilbertElliott and rs.TraceLink.
        access=rs.Link(rate="12Mbps", delay="45ms", loss=rs.Bernoulli(loss=loss)),
        # How often each of them comes back. rs.Trace("visits.csv") takes your own recording.
        arrivals=rs.Poisson(mean_gap="2h"),
        # Coverage comes and goes; leave it out for clients that are always reachable.
        churn=rs.OnOff(mean_up="4h", mean_down="20min"),
        # How their TLS library is set: rs.ClientTls(early_data=True) sends requests as 0-RTT.
        tls=rs.ClientTls(),
    )
    edge = rs.Fleet(
        "edge",
        # Points of presence, each at its own distance (one way) from its clients.
        sites=[rs.Site("ams", distance="5ms"), rs.Site("iad", distance="12ms")],
        servers_per_site=2,
        tickets=rs.Tickets(
            lifetime=ticket_lifetime,
            keys="shared",  # Who has the same ticket keys: also "per-site" and "per-server".
            rotation=rs.StekRotation(every="12h", keep_previous=1),
        ),
        # Certificate, groups, early data of the servers. Names are OpenSSL's.
        tls=rs.ServerTls(certificate="ecdsa-p256"),
    )
    return rs.Scenario(
        duration="1d",
        clients=[phones],
        fleets=[edge],
        # What goes wrong: also rs.Restart and rs.Deploy.
        faults=[rs.Partition(between=("phones", "edge/ams"), start="10h", lasts="1h")],
    )
'''


PARAMETERS: Sequence[click.Parameter] = (
    click.Argument(["name"], metavar="NAME", help="of the file, without its ending"),
)


def new(arguments: Arguments) -> int:
    """`reshake new`."""
    path = Path(arguments.name)
    path = path if path.suffix == ".py" else path.with_name(f"{path.name}.py")
    if not path.stem.isidentifier() or keyword.iskeyword(path.stem):
        sentence = f'"{path.stem}" is no name that Python can import; use letters, digits and _'
        raise ScenarioError([Problem("NAME", sentence)])
    if path.exists():
        raise ScenarioError([Problem(str(path), "is there already; choose another name")])
    path.write_text(_TEXT.format(name=path.stem))
    show(str(path))
    say(f"reshake: run it with reshake run {path} -o results/{path.stem}")
    return 0
