"""Client stacks: every value is one that `Clients` takes, has its source, and nothing is left unsaid."""

from __future__ import annotations

import pytest

import reshake as rs
from reshake.stacks import STACKS

SAID = (
    *(
        f"tickets.{name}"
        for name in ("capacity", "reuse", "persistent", "after_unclean_end", "max_age", "max_chain_age")
    ),
    "tls.early_data",
    "connections",
    "linger",
)
"""What is said of every stack, or said not to be documented."""


@pytest.mark.parametrize("name", STACKS)
def test_every_value_is_taken_and_has_its_source(name: str) -> None:
    stack = rs.client_stack(name)
    clients = stack.clients("phones", count=2, access=rs.Link(delay="45ms"), arrivals=rs.Poisson(mean_gap="1h"))
    for line in stack.lines:
        held: object = clients
        for part in line.field.split("."):
            held = getattr(held, part)
        assert held == (rs.Duration(line.value) if isinstance(held, rs.Duration) else line.value)
        assert len(line.source) > 5


@pytest.mark.parametrize("name", STACKS)
def test_what_is_not_documented_is_said_to_be(name: str) -> None:
    stack = rs.client_stack(name)
    known = {line.field: line.value for line in stack.lines}
    assert not set(known) & set(stack.undocumented)
    assert set(known) | set(stack.undocumented) <= set(SAID)
    if known.get("tickets.capacity") == 0:
        return  # The rest says nothing of a store that keeps nothing.
    assert set(known) | set(stack.undocumented) == set(SAID)


def test_what_is_given_stands_instead_of_the_stacks_own() -> None:
    clients = rs.client_stack("chrome-138").clients(
        "phones",
        count=2,
        access=rs.Link(delay="1ms"),
        arrivals=rs.Poisson(mean_gap="1h"),
        linger="0s",
        tickets=rs.TicketStorage(),
    )
    assert clients.linger == rs.Duration("0s")
    assert clients.tickets == rs.TicketStorage()
    assert clients.tls.early_data


def test_an_unknown_stack_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        rs.ScenarioError, match=r'"chrome" is no stack that comes with Reshake; did you mean "chrome-138"'
    ):
        rs.client_stack("chrome")
    with pytest.raises(rs.ScenarioError, match=r"there is chrome-138, curl-8.12"):
        rs.client_stack("lynx")
