"""A site cannot reach the key coordinator: when do its users notice, and what buys the time to repair it?

Ticket keys are rotated every hour by a coordinator at the first of two sites, and one old key is kept. Then the
other site is cut off from it, for four hours, just before a new key is due. Its servers go on sealing with the last
key that they have for as long as it is honoured, an hour more; then tickets end all at once.

- Users feel nothing for an hour, then a lost round trip at each visit to that site. Nothing fails, unless
  servers are set to fail without a key (``--set without_key=fail``).
- The operator hears nothing from users meanwhile. What moves first is the age of the site's newest key; resumption
  there follows an hour later, in a minute, and all of it. An alarm on the age of keys has that hour's start.
- Keys handed out an hour early (``remedy="early keys"``) buy another hour. Servers that go on sealing
  with an old key (``"old key"``) spare users all of it, and leave that key worth stealing for as long. Keys of half a
  day (``"long keys"``) outlast most cuts, and expose half a day each.
"""  # noqa: D400 - it is a question

import sys
from pathlib import Path
from typing import Literal

from reshake.scenarios._playbook import draw, phones, run, server_tls, visits_between

import reshake as rs

Remedy = Literal["none", "early keys", "old key", "long keys"]

GRID = {"remedy": ["none", "early keys", "old key", "long keys"]}
"""What is compared unless the user says otherwise."""

SEEDS = range(3)

FIGURE = "incident"
"""The one that shows the answer."""


def scenario(
    remedy: Remedy = "none",
    lasts: str = "4h",
    every: str = "1h",
    without_key: Literal["no-tickets", "own-key", "keep-sealing", "fail"] = "no-tickets",
    mean_gap: str = "15min",
) -> rs.Scenario:
    """Eight hours of 200 phones at two sites, of which one loses its coordinator after two.

    Parameters
    ----------
    remedy
        Keys handed out as early as can be, servers that go on with the ``"old key"``, or ``"long keys"`` of
        twelve hours.
    lasts
        How long the site is cut off.
    every
        Time between two keys, at least 1 s.
    without_key
        What servers do that have no key which may still seal, unless the remedy says it.
    mean_gap
        Between two visits of a phone.

    Examples
    --------
    >>> scenario(remedy="old key").fleets[0].tickets.distribution.without_key
    'keep-sealing'
    """
    period = "12h" if remedy == "long keys" else every
    edge = rs.Fleet(
        "edge",
        sites=[rs.Site("ams", distance="5ms"), rs.Site("iad", distance="5ms")],
        servers_per_site=2,
        tickets=rs.Tickets(
            lifetime="2h",
            rotation=rs.StekRotation(every=period),
            distribution=rs.KeyCoordinator(
                pre_distribution=period if remedy == "early keys" else "0s",
                without_key="keep-sealing" if remedy == "old key" else without_key,
            ),
        ),
        tls=server_tls(certificate="rsa-2048"),
    )
    cut = rs.Partition(between=("edge/iad", "edge/keys"), start="2h", lasts=lasts)
    return rs.Scenario(duration="8h", clients=[phones(200, mean_gap)], fleets=[edge], faults=[cut])


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """The incident first."""
    return draw(results, out_dir, also=["fallback_reasons", "key_lines"])


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""

    def of_site(column: str, remedy: Remedy, hour: int) -> float:
        folded = visits_between(results, f"{hour}h", f"{hour + 1}h")
        return float(folded.loc[(folded["home"] == "iad") & (folded["remedy"] == remedy), column].mean())

    def resumed(remedy: Remedy, hour: int) -> float:
        return 100 * of_site("resumed", remedy, hour)

    longer = of_site("ms", "none", 5) - of_site("ms", "none", 1)
    return (
        f"In the first hour of the cut {resumed('none', 2):.0f} % of the site's visits still resume, in the second "
        f"{resumed('none', 3):.0f} %, in the fourth {resumed('none', 5):.0f} %, and users wait {longer:.0f} ms longer; "
        f"keys handed out an hour early leave {resumed('early keys', 3):.0f} % in the second hour, the old key "
        f"{resumed('old key', 5):.0f} % and long keys {resumed('long keys', 5):.0f} % in the fourth."
    )


if __name__ == "__main__":
    run(sys.modules[__name__])
