"""What was observed over sockets and in the simulation, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .observed import FACTS, TIMES, Observed

_KINDS: Final = {"full": "full handshakes", "psk": "resumptions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Milliseconds at the median and at the 95th percentile."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRow:
    """One time on both sides. None: not observed there."""

    name: str
    native: Spread | None
    simulated: Spread | None

    @property
    def difference(self) -> float | None:
        """Milliseconds that the simulation's median is longer."""
        if self.native is None or self.simulated is None:
            return None
        return self.simulated.median - self.native.median

    @property
    def share(self) -> float | None:
        """The difference relative to the native median; None where one side has nothing of it."""
        if self.native is None or self.simulated is None or not (self.native.median and self.simulated.median):
            return None
        return (self.simulated.median - self.native.median) / self.native.median


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One fact on both sides.

    Attributes
    ----------
    native, simulated
        The different values that it had, ascending.
    different
        In how many exchanges it was not the same on both sides.
    """

    name: str
    native: tuple[Any, ...]
    simulated: tuple[Any, ...]
    different: int


class Comparison:
    """Exchange by exchange for what does not depend on time, distribution by distribution for what does.

    Parameters
    ----------
    native, simulated
        Per kind of visit, the exchanges by client: as many on both sides.
    """

    def __init__(self, native: Mapping[str, Sequence[Observed]], simulated: Mapping[str, Sequence[Observed]]) -> None:
        self.kinds = tuple(native)
        self.exchanges = sum(map(len, native.values()))
        self.times = {kind: [_times(name, native[kind], simulated[kind]) for name in TIMES] for kind in native}
        self.facts = {kind: [_facts(name, native[kind], simulated[kind]) for name in FACTS] for kind in native}
        #: Exchanges with a fact that was not the same on both sides.
        self.different = sum(
            there.facts != here.facts
            for kind in native
            for there, here in zip(simulated[kind], native[kind], strict=True)
        )

    @property
    def same(self) -> bool:
        """Whether every handshake was the same on both sides."""
        return self.different == 0

    def verdict(self) -> str:
        """One sentence."""
        return f"{self._about_facts()}; {self._about_times()}."

    def _about_facts(self) -> str:
        if self.same:
            return (
                f"The same handshakes on both sides (outcome, resumption, cipher suite, group, tickets, flights and "
                f"bytes both ways are equal in all {self.exchanges} exchanges)"
            )
        names = [
            name
            for name in FACTS
            if any(row.different for each in self.facts.values() for row in each if row.name == name)
        ]
        return f"NOT the same handshakes: {self.different} of {self.exchanges} exchanges differ in {', '.join(names)}"

    def _about_times(self) -> str:
        told = []
        for kind in self.kinds:
            rows = {each.name: each for each in self.times[kind]}
            gross, net = rows["first_byte"], rows["first_byte_without_harness"]
            if gross.share is None:
                told.append(f"was not observed for {_KINDS[kind]}")
            else:
                told.append(
                    f"differs by {gross.difference:+.2f} ms for {_KINDS[kind]} "
                    f"({gross.share:+.1%}; {net.difference:+.2f} ms without the harness)"
                )
        return f"simulated, the median time to first byte {' and '.join(told)}"

    def content(self) -> dict[str, Any]:
        """Everything, as JSON can hold it; times in milliseconds."""
        return {
            "verdict": self.verdict(),
            "same_handshakes": self.same,
            "exchanges": self.exchanges,
            "kinds": {
                kind: {
                    "times": {
                        row.name: {
                            "native": _content(row.native),
                            "simulated": _content(row.simulated),
                            "difference": row.difference,
                        }
                        for row in self.times[kind]
                    },
                    "facts": {
                        row.name: {
                            "native": list(row.native),
                            "simulated": list(row.simulated),
                            "different": row.different,
                        }
                        for row in self.facts[kind]
                    },
                }
                for kind in self.kinds
            },
        }


def _times(name: str, native: Sequence[Observed], simulated: Sequence[Observed]) -> TimeRow:
    return TimeRow(name=name, native=_spread(_values(name, native)), simulated=_spread(_values(name, simulated)))


def _values(name: str, observed: Sequence[Observed]) -> list[int]:
    found = (getattr(each.times, name) for each in observed if each.times is not None)
    return [each for each in found if each is not None]


def _spread(nanoseconds: Sequence[int]) -> Spread | None:
    import numpy as np

    if not nanoseconds:
        return None
    median, p95 = (float(each) / 1e6 for each in np.percentile(nanoseconds, (50, 95)))
    return Spread(median=median, p95=p95)


def _facts(name: str, native: Sequence[Observed], simulated: Sequence[Observed]) -> FactRow:
    here = [getattr(each.facts, name) for each in native]
    there = [getattr(each.facts, name) for each in simulated]
    return FactRow(
        name=name,
        native=tuple(sorted(set(here))),
        simulated=tuple(sorted(set(there))),
        different=sum(a != b for a, b in zip(here, there, strict=True)),
    )


def _content(spread: Spread | None) -> dict[str, float] | None:
    return None if spread is None else {"median": spread.median, "p95": spread.p95}
