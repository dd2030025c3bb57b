"""A scenario: everything that a run needs but its seed."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from .. import engine
from ..errors import Problem, ScenarioError, ScenarioWarning
from ..units import Duration, spell
from .clients import Clients
from .fault_schedules import Nemesis, Periodic, PlannedFault, struck
from .faults import Fault
from .fields import Takes, field, value
from .fleet import Fleet
from .invariants import Invariant
from .kinds import (
    A,
    ABoolean,
    ADuration,
    Choice,
    DurationLike,
    ListOf,
    OneOf,
    dump_value,
    from_text,
    load_value,
    to_text,
)

Tcp = Literal["linux-6", "linux-4", "ns3"]
Ip = Literal["ipv4", "ipv6"]
Recorded = Literal["requests", "tickets", "compute"]


@value
class Scenario:
    """Everything that a run needs but its seed.

    Parameters
    ----------
    duration
        Virtual time of the run, above 0 s and at most 3650 d.
    clients
        Populations, at least one.
    fleets
        What they visit; one in this version.
    faults
        What goes wrong: faults, and rules by which they come (`Periodic`, `Nemesis`).
    invariants
        What must hold all the same; `Results.violations` and ``reshake check`` tell what did not.
    tcp
        What every machine runs: a TCP that repairs short flights as Linux does, ``"linux-6"`` (kernels
        since 6.5, SYN timers linear at first) or ``"linux-4"`` (before, SYN timers double), or
        ``"ns3"``, ns-3's TCP with the values of a Linux host.
    ip
        ``"ipv4"`` or ``"ipv6"``, everywhere.
    audit
        Write down every decision of servers, session caches and key coordinators (the table
        `security_events`): two or three rows of 46 bytes per attempt; `reshake audit` judges them.
    records
        Tables to fill besides, each with a row for something small: ``"requests"`` (each time that a client sends
        one), ``"tickets"`` (each ticket that a client gets, to its end), ``"compute"`` (each piece of work on a
        core, and when). They change nothing else. `docs/tables.md` says what they cost.

    Examples
    --------
    >>> import reshake as rs
    >>> scenario = rs.Scenario(
    ...     duration="3d",
    ...     clients=[rs.Clients("phones", count=300, access=rs.Link(delay="45ms"),
    ...                         arrivals=rs.Poisson(mean_gap="2h"))],
    ...     fleets=[rs.Fleet("edge", sites=["ams", "iad"])],
    ... )
    >>> rs.Scenario.from_json(scenario.to_json()) == scenario
    True
    """

    duration: Takes[DurationLike, Duration] = field(ADuration(at_least="0s", at_most="3650d", above=True))
    clients: Takes[Sequence[Clients], tuple[Clients, ...]] = field(ListOf(A(Clients)))
    fleets: Takes[Sequence[Fleet], tuple[Fleet, ...]] = field(ListOf(A(Fleet)))
    faults: Takes[Sequence[PlannedFault], tuple[PlannedFault, ...]] = field(ListOf(OneOf(PlannedFault)), default=())
    invariants: Takes[Sequence[Invariant], tuple[Invariant, ...]] = field(ListOf(OneOf(Invariant)), default=())
    tcp: Tcp = field(Choice(Tcp), default="linux-6")
    ip: Ip = field(Choice(Ip), default="ipv4")
    audit: bool = field(ABoolean(), default=False)
    records: Takes[Sequence[Recorded], tuple[Recorded, ...]] = field(ListOf(Choice(Recorded)), default=())

    def to_json(self) -> str:
        """The scenario as JSON text, fields in a fixed order, every default spelled out.

        Recorded files are named, with their digests; their content is not copied.
        """
        return to_text(dump_value(self, identity=False))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The scenario that a JSON text says.

        Raises
        ------
        ScenarioError
            With the path of everything that is unknown, missing, of a wrong type or out of range,
            or of a recorded file that has changed.
        """
        content = from_text(text)
        if not isinstance(content, Mapping):
            raise ScenarioError([Problem("", f"{spell(content)} is not an object")])
        return cls.from_content(content)

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Self:
        """The same from what the JSON text holds."""
        problems: list[Problem] = []
        made = load_value(cls, content, "", problems)
        if problems:
            raise ScenarioError(problems)
        assert isinstance(made, cls)
        return made

    def identity(self) -> str:
        """Canonical text, equal exactly where two scenarios give the same run.

        A recorded file counts by its content, wherever it lies.
        """
        return json.dumps(dump_value(self, identity=True), sort_keys=True, separators=(",", ":"), allow_nan=False)

    def faults_of(self, seed: int) -> tuple[Fault, ...]:
        """What goes wrong in the run of a seed, one by one: what a `Periodic` or a `Nemesis` comes to.

        A scenario with these as its `faults` gives the same run with this seed, to the byte. The column
        ``fault`` of the table of faults is an index into them. Without some of them clients come and go as
        before; new keys and grey failures, which are drawn by that index, may differ.

        Examples
        --------
        >>> import reshake as rs
        >>> scenario = rs.Scenario(
        ...     duration="1h",
        ...     clients=[rs.Clients("a", count=1, access=rs.Link(delay="9ms"), arrivals=rs.Poisson(mean_gap="1min"))],
        ...     fleets=[rs.Fleet("edge", sites=["ams"])],
        ...     faults=[
        ...         rs.Periodic(fault=rs.Restart(where="edge", start="10min", lasts="5s"), every="20min")
        ...     ],
        ... )
        >>> [fault.start for fault in scenario.faults_of(seed=7)]
        [Duration('10min'), Duration('30min'), Duration('50min')]
        """
        if not any(isinstance(each, Periodic | Nemesis) for each in self.faults):
            return self.faults  # type: ignore[return-value]
        engine.require()
        from .. import _core

        found: list[Fault] = []
        for planned, strike, where, start, lasts in _core.faults_of(self, seed):
            match self.faults[planned]:
                case Nemesis() as nemesis:
                    found.append(struck(nemesis.strikes[strike].fault, where, start, lasts))
                case Periodic() as periodic:
                    found.append(struck(periodic.fault, where, start, lasts))
                case fault:
                    found.append(fault)
        return tuple(found)

    def with_faults_of(self, seed: int) -> Self:
        """The same with `faults_of` a seed as its `faults`."""
        return dataclasses.replace(self, faults=self.faults_of(seed))

    def problems(self) -> tuple[list[Problem], list[Problem]]:
        """What is wrong between the parts, and what cannot work as meant: errors, warnings."""
        engine.require()
        from .. import _core

        errors: list[Problem] = []
        doubts: list[Problem] = []
        for severity, path, sentence in _core.validate(self):
            (errors if severity == "error" else doubts).append(Problem(path, sentence))
        return errors, doubts

    def validate(self) -> None:
        """Looks for everything that no single value can know to be wrong.

        Raises
        ------
        ScenarioError
            With all problems at once.

        Warns
        -----
        ScenarioWarning
            For each policy that is allowed and cannot work as meant.
        """
        errors, doubts = self.problems()
        for doubt in doubts:
            warnings.warn(str(doubt), ScenarioWarning, stacklevel=2)
        if errors:
            raise ScenarioError(errors)
