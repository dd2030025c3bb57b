"""What an access log tells of a population: who came when, from which stack, and what of it resumed."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

from .access_log import Request
from .gaps import Gaps, Law, gaps_of, laws_near

if TYPE_CHECKING:
    from .capture import Census

_TOGETHER: Final = 1.0  # Seconds. Connections that a client opens so near to each other belong to one visit.
_REUSED: Final = 3_600.0  # Seconds without a request after which the name of a connection is that of another one.
_STACKS: Final[Sequence[tuple[str, str]]] = (
    ("firefox-140", r"Firefox/"),
    ("okhttp-4", r"okhttp/|Dalvik/"),
    ("urlsession", r"CFNetwork/|Darwin/|Version/[\d.]+ (Mobile/\S+ )?Safari/"),
    ("chrome-138", r"Chrom(e|ium)/|CriOS/|Edg/"),
    ("go-1.24", r"Go-http-client/"),
    ("curl-8.12", r"curl/|libcurl"),
)
"""Which stack a User-Agent header speaks of; the first that matches. Safari is taken for URLSession."""

OTHER: Final = "other"


@dataclass(slots=True)
class Visit:
    """A client wants something: connections that it opens together.

    Attributes
    ----------
    at
        Seconds since the log's first request.
    requests, connections
        How many.
    resumed
        Whether the first connection's handshake resumed a session; None where the log does not say.
    """

    at: float
    first: Request
    requests: int = 1
    connections: int = 1

    @property
    def resumed(self) -> bool | None:
        """Of the first connection's handshake; None where the log does not say."""
        return self.first.resumed


@dataclass(slots=True)
class Population:
    """Clients of one stack.

    Attributes
    ----------
    stack
        As `client_stack` takes it, or ``"other"``.
    visits
        Of each client, in order.
    """

    stack: str
    visits: list[list[Visit]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As in paths."""
        return self.stack.partition("-")[0]

    def typical(self, of: str, otherwise: float) -> float:
        """The median of a number that first requests of visits tell."""
        known = [value for client in self.visits for each in client if (value := getattr(each.first, of)) is not None]
        return float(median(known)) if known else otherwise


@dataclass(slots=True)
class Traffic:
    """A log, folded into the visits of its clients.

    Attributes
    ----------
    length
        Seconds from the first request to the last.
    populations
        The largest first.
    gaps, laws
        Between visits of one client, all stacks together; laws near them, the nearest first. None where nobody came
        twice.
    capture
        What else the packets tell, where they are the source.
    """

    length: float
    populations: list[Population]
    gaps: Gaps | None
    laws: list[Law]
    requests: int
    protocols: Mapping[str, int]
    capture: Census | None = None

    @property
    def source(self) -> str:
        """What it was read from, in a word."""
        return "log" if self.capture is None else "capture"

    @property
    def clients(self) -> int:
        """How many."""
        return sum(len(each.visits) for each in self.populations)

    def each_client(self) -> Iterator[list[Visit]]:
        """The visits of every client."""
        for population in self.populations:
            yield from population.visits

    @property
    def visits(self) -> int:
        """How many, of all clients."""
        return sum(map(len, self.each_client()))

    def resumed_share(self) -> tuple[float, float, int] | None:
        """Of visits of which the log tells it and that are not a client's first: share, standard error, number.

        Notes
        -----
        A client's first visit in the log says nothing: whether it held a ticket from before, nobody knows. The error
        is that of a ratio over clients, whose visits depend on each other.
        """
        known = [[visit.resumed for visit in client[1:] if visit.resumed is not None] for client in self.each_client()]
        counts = [(sum(each), len(each)) for each in known if each]
        total = sum(count for _, count in counts)
        if not total:
            return None
        share = sum(resumed for resumed, _ in counts) / total
        spread = sum((resumed - share * count) ** 2 for resumed, count in counts)
        return share, math.sqrt(spread) / total, total


def traffic_of(requests: Sequence[Request], idle: float, capture: Census | None = None) -> Traffic:
    """Folds requests into visits.

    Parameters
    ----------
    requests
        In any order.
    idle
        Seconds without a request after which a connection is taken to be over, where the log does not tell connections.
    capture
        Where the requests are connections of packet captures.
    """
    start = min(request.at for request in requests)
    length = max(request.at for request in requests) - start
    of_client: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        of_client.setdefault((request.client, request.agent), []).append(request)
    populations: dict[str, Population] = {}
    for (_, agent), theirs in sorted(of_client.items(), key=lambda each: min(request.at for request in each[1])):
        stack = stack_of(agent)
        visits = list(_visits(sorted(theirs, key=lambda request: request.at), start, idle))
        populations.setdefault(stack, Population(stack)).visits.append(visits)
    ordered = sorted(populations.values(), key=lambda each: (-len(each.visits), each.stack))
    clients = [client for population in ordered for client in population.visits]
    seen = [late.at - early.at for client in clients for early, late in itertools.pairwise(client)]
    cut = [length - client[-1].at for client in clients]
    gaps = gaps_of(seen, cut) if len(set(seen)) > 1 else None
    return Traffic(
        length=length,
        populations=ordered,
        gaps=gaps,
        laws=laws_near(gaps, (sum(seen) + sum(cut)) / len(seen)) if gaps else [],
        requests=len(requests),
        protocols=Counter(visit.first.protocol for client in clients for visit in client if visit.first.protocol),
        capture=capture,
    )


def stack_of(agent: str) -> str:
    """The stack that a User-Agent header speaks of.

    Examples
    --------
    >>> stack_of("okhttp/4.12.0"), stack_of("Mozilla/5.0 (X11; Linux) Chrome/138.0 Safari/537.36"), stack_of("")
    ('okhttp-4', 'chrome-138', 'other')
    """
    return next((stack for stack, pattern in _STACKS if re.search(pattern, agent)), OTHER)


def _visits(requests: Sequence[Request], start: float, idle: float) -> Iterator[Visit]:
    visit: Visit | None = None
    used: dict[str, float] = {}
    for request in requests:
        # Without a name for the connection all requests are taken to go over one.
        is_new = request.at - used.get(request.connection, -math.inf) > (_REUSED if request.connection else idle)
        used[request.connection] = request.at
        together = bool(request.connection) and visit is not None and request.at - start - visit.at < _TOGETHER
        if visit is not None and (together or not is_new):
            visit.requests += 1
            visit.connections += is_new
        else:
            if visit is not None:
                yield visit
            visit = Visit(request.at - start, request)
    if visit is not None:
        yield visit
