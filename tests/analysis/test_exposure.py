"""Exposure of ticket keys: which connections a thief of one key gets at."""

from __future__ import annotations

import pandas as pd
from reshake.analysis import exposure, exposure_front

from .synthetic import Batch, no_faults

_HOUR = pd.Timedelta(hours=1)


def attempts(rows: list[tuple[int, float, float | None]]) -> pd.DataFrame:
    """Of a client, at an hour, with a ticket of an age in hours that resumed; each brings a ticket."""
    none = pd.Timedelta(0)
    return pd.DataFrame(
        {
            "policy": pd.Categorical(["a"] * len(rows), categories=["a"], ordered=True),
            "seed": 0,
            "population": pd.Categorical(["phones"] * len(rows)),
            "client": [client for client, _, _ in rows],
            "visit": range(len(rows)),
            "connection": 0,
            "attempt": 0,
            "home": pd.Categorical(["ams"] * len(rows)),
            "site": pd.Categorical(["ams"] * len(rows)),
            "server": 1,
            "started": [at * _HOUR for _, at, _ in rows],
            "connect": none,
            "handshake": none,
            "server_hello": none,
            "first_byte": none,
            "total": none,
            "outcome": pd.Categorical(["ok"] * len(rows)),
            "offered": [age is not None for _, _, age in rows],
            "resumed": [age is not None for _, _, age in rows],
            "not_resumed": pd.Categorical(["resumed" if age is not None else "first_visit" for _, _, age in rows]),
            "ticket_age": [pd.NaT if age is None else age * _HOUR for _, _, age in rows],
            "tickets_received": 1,
        }
    )


def keys() -> pd.DataFrame:
    """Two keys of two hours, the first honoured for four."""
    return pd.DataFrame(
        {
            "policy": pd.Categorical(["a", "a"], categories=["a"], ordered=True),
            "seed": 0,
            "site": [None, None],
            "server": -1,
            "generation": [0, 1],
            "key": [0, 1],
            "issued_from": [0 * _HOUR, 2 * _HOUR],
            "issued_until": [2 * _HOUR, 4 * _HOUR],
            "opens_until": [4 * _HOUR, 6 * _HOUR],
        }
    )


def batch() -> Batch:
    """Ann comes at 1 h, resumes at 3 h and 3.5 h; Bob comes at 1.5 h only."""
    rows = [(0, 1.0, None), (0, 3.0, 2.0), (0, 3.5, 0.5), (1, 1.5, None)]
    return Batch(attempts=attempts(rows), faults=no_faults(), ticket_keys=keys(), parameters={"policy": ["a"]})


def test_a_key_exposes_who_was_sent_its_tickets_and_who_resumed_with_them() -> None:
    table = exposure(batch()).set_index("key")
    # The first: Ann at 1 h and, resuming with its ticket, at 3 h; Bob. The second: Ann at 3 h and 3.5 h.
    assert table["connections"].to_dict() == {0: 3, 1: 2}
    assert table["hours"].round(6).to_dict() == {0: 2.0, 1: 0.5}
    assert table["honoured"].to_dict() == {0: 4.0, 1: 4.0}


def test_the_front_says_what_resumes_and_what_is_exposed() -> None:
    figure = exposure_front(batch())
    assert figure.axes
