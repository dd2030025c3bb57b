"""Access networks: links whose numbers come from public measurements, in files that say which."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cited import CitedValue, by_group, names_in, read
from ..errors import Problem
from ..values.kinds import load_value
from ..values.link import Link

_HERE = Path(__file__).parent

NETWORKS = names_in(_HERE)
"""The access networks that come with Reshake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessNetwork:
    """An access network and where each of its numbers comes from. See `access_network`.

    Parameters
    ----------
    name, network
        As in `access_network`; what it stands for.
    looked_at
        Year and month in which its sources were looked for.
    lines
        Every value that is not the default of `Link`, with its source.
    omits
        What such a network does that the values cannot say.
    """

    name: str
    network: str
    looked_at: str
    lines: tuple[CitedValue, ...]
    omits: tuple[str, ...]

    def link(self, **given: Any) -> Link:
        """The network as a link.

        Parameters
        ----------
        **given
            As for `Link`; what is given stands instead of the network's own value.

        Raises
        ------
        ScenarioError
            As for `Link`.
        """
        problems: list[Problem] = []
        own: Link = load_value(Link, by_group(self.lines), "", problems)
        assert not problems
        return Link(**{name: getattr(own, name) for name in Link.__signature__.parameters} | given)  # type: ignore[attr-defined]


def access_network(name: str) -> AccessNetwork:
    """An access network: a link, and the source of each of its numbers.

    Parameters
    ----------
    name
        ``"5g"``, ``"lte"``, ``"3g"``, ``"edge-of-cell"``, ``"train"``, ``"tunnel"``, ``"lift"``, ``"home-wifi"``,
        ``"satellite-leo"`` or ``"satellite-geo"``.

    Raises
    ------
    ScenarioError
        If there is no such network.

    Examples
    --------
    >>> [line.field for line in access_network("lte").lines if not line.assumed]
    ['down.rate', 'up.rate', 'delay', 'jitter.mean', 'radio.promotion', 'radio.inactivity']
    """
    content = read(_HERE, name, asked="access_network", kind="network")
    return AccessNetwork(
        name=content["name"],
        network=content["network"],
        looked_at=content["looked_at"],
        lines=content["lines"],
        omits=tuple(content["omits"]),
    )


def mobile(name: str, **given: Any) -> Link:
    """The link of an access network: `access_network(name).link(**given)`.

    Parameters
    ----------
    name
        As of `access_network`.
    **given
        As for `Link`; what is given stands instead of the network's own value.

    Raises
    ------
    ScenarioError
        If there is no such network, or as for `Link`.

    Examples
    --------
    >>> mobile("lte").radio.promotion
    Duration('260ms')
    >>> mobile("lte", radio=None, delay="20ms").delay
    Duration('20ms')
    """
    return access_network(name).link(**given)
