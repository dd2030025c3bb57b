"""What a report says of a batch beyond its tables: the question, how it was run, and with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One finished run.

    Parameters
    ----------
    parameters, seed
        What set it apart.
    digest
        Of every byte that was sent in it.
    """

    parameters: Mapping[str, object]
    seed: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a reader needs to know where a batch comes from, and to run it again.

    Parameters
    ----------
    name
        Of the scenario.
    question
        That it asks, in a line; may be empty.
    about
        The rest of its description, paragraphs parted by empty lines; lines that begin with "- " are points of a list.
    commands
        That make the same batch, and show it.
    versions
        Of the libraries, by name.
    runs
        The finished ones.
    scenario
        The first run's, as JSON.
    warnings
        Of policies that cannot work as meant.
    promises
        Invariants that the scenario declares: whether each held, and the sentence that says so.
    """

    name: str
    question: str = ""
    about: str = ""
    commands: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[RunFacts] = ()
    scenario: str = ""
    warnings: Sequence[str] = ()
    promises: Sequence[tuple[bool, str]] = ()
