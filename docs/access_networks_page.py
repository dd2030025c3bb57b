"""Writes `docs/access_networks.md` from the values that come with Reshake."""

import sys
from pathlib import Path

import reshake as rs
from reshake.networks import NETWORKS

PAGE = Path(__file__).parent / "access_networks.md"

_WRITTEN = (
    "<!-- Written by docs/access_networks_page.py from bindings/reshake/networks: change those, then `make pages`. -->"
)

_HEAD = """

# Access networks

```python
phones = rs.Clients("phones", count=300, access=rs.mobile("lte"), arrivals=rs.Diurnal(away="3h"))
near = rs.mobile("lte", delay="5ms")               # what is given stands instead
rs.access_network("lte").lines                     # each number with its source
```

A network is a `Link`: rates, delay, jitter and loss each way, and what it costs to wake the radio after a silence
(`Radio`). Each number says which measurement it comes from, and how; where we found none it is *assumed*, and says so.
They are one operator's, one study's or one country's, and of their year: a starting point, not a claim about yours.

A round trip is that of the access network and of the way to the nearest server that the measurement used, so set
`Site.distance` for what lies beyond. Jitter here mostly stands for the difference between one place or time and
another (`coherence`), as what was published are speed tests. Loss is met in time (`GilbertElliottInTime`): while a
sender waits, the gap goes on.

`Phases` makes a day of several, and `Handover` leads from cell to cell:

```python
commute = rs.Phases(
    phases=[
        rs.DayPhase(start="0h", access=rs.mobile("home-wifi")),
        rs.DayPhase(start="7.5h", access=rs.mobile("train")),
        rs.DayPhase(start="8h", access=rs.mobile("tunnel"), new_address=False),
        rs.DayPhase(start="485min", access=rs.mobile("train"), new_address=False),
        rs.DayPhase(start="8.5h", access=rs.Link(rate="200Mbps", delay="3ms")),
        rs.DayPhase(start="17.5h", access=rs.mobile("lte")),
        rs.DayPhase(start="18.5h", access=rs.mobile("home-wifi")),
    ],
    shift=rs.Exponential(mean="40min"),
)
cells = rs.Handover(gap=rs.Exponential(mean="2min"), interruption="30ms")
```

Every law here is evaluated when a packet passes: a link that nobody uses costs nothing, for a year if need be.
"""


def page() -> str:
    """The text of the page."""
    sections = "\n".join(_section(rs.access_network(name)) for name in NETWORKS)
    return _WRITTEN + _HEAD + "\n" + _overview() + "\n" + sections


def _overview() -> str:
    fields = ("down.rate", "up.rate", "delay", "jitter.mean", "loss.mean_loss", "radio.promotion", "radio.inactivity")
    rows = ["| | " + " | ".join(f"`{field}`" for field in fields) + " |", "|---" * (len(fields) + 1) + "|"]
    for name in NETWORKS:
        known = {line.field: line for line in rs.access_network(name).lines}
        rows.append(f"| [{name}](#{name}) | " + " | ".join(_cell(known.get(field)) for field in fields) + " |")
    return "\n".join(rows) + "\n\nIn italics: assumed.\n"


def _cell(line: object) -> str:
    if line is None:
        return ""
    return f"*{line.value}*" if line.assumed else f"{line.value}"  # type: ignore[attr-defined]


def _section(network: rs.AccessNetwork) -> str:
    rows = ["| field | value | source | |", "|---|---|---|---|"]
    rows += [f"| `{line.field}` | `{line.value}` | {line.source} | {line.note} |" for line in network.lines]
    text = f"## {network.name}\n\n{network.network[0].upper()}{network.network[1:]}. Sources looked for in "
    text += f"{network.looked_at}.\n\n" + "\n".join(rows) + "\n"
    return text + "\nNot in these values:\n\n" + "\n".join(f"- {each}" for each in network.omits) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
