"""Batches without a simulator: tables shaped as the history's, drawn from mixtures of clusters as loss makes them."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

OUTCOMES = [
    "ok",
    "connect_timeout",
    "attempt_timeout",
    "reset",
    "alert",
    "truncated",
    "vanished",
    "unfinished",
]
REASONS = [
    "resumed",
    "first_visit",
    "expired_at_client",
    "all_used",
    "expired_at_server",
    "key_retired",
    "unknown_key",
    "refused",
    "no_handshake",
]
OPERATIONS = ["hit", "miss", "timeout", "store", "evict", "expire", "remove", "overflow"]
SITES = ["ams", "iad", "nrt"]
LIFETIMES = {"10min": 600.0, "1h": 3_600.0, "6h": 21_600.0, "1d": 86_400.0, "2d": 172_800.0}
DAY = 86_400.0
DURATIONS = (
    "started",
    "connect",
    "server_hello",
    "server_flight",
    "finished",
    "handshake",
    "first_byte",
    "total",
    "client_compute",
    "client_queueing",
    "server_compute",
    "server_queueing",
)


def no_lookups() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "at": seconds([]),
            "operation": pd.Categorical([], OPERATIONS),
            "latency": seconds([]),
            "seed": pd.Series([], dtype=int),
        }
    )


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What `reshake.Results` offers to analysis."""

    attempts: pd.DataFrame
    faults: pd.DataFrame
    ticket_keys: pd.DataFrame
    cache: pd.DataFrame = field(default_factory=no_lookups)
    tickets: pd.DataFrame = field(default_factory=pd.DataFrame)
    compute: pd.DataFrame = field(default_factory=pd.DataFrame)
    parameters: Mapping[str, Sequence[object]] = field(default_factory=dict)
    missing: int = 0


def seconds(values: object) -> pd.Series:
    """Seconds as a timedelta column; NaN as NaT."""
    return pd.Series(pd.to_timedelta(np.asarray(values, dtype=float), unit="s")).astype("timedelta64[ns]")


def no_faults() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fault": [],
            "kind": pd.Categorical([], ["partition"]),
            "between": [],
            "began": seconds([]),
            "ended": seconds([]),
        }
    )


def no_keys() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site": [],
            "generation": [],
            "issued_from": seconds([]),
            "issued_until": seconds([]),
            "opens_until": seconds([]),
        }
    )


def one_partition(began: float = 30 * 3_600.0, lasts: float = 7_200.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fault": [0],
            "kind": pd.Categorical(["partition"], ["partition"]),
            "between": ["phones | edge/ams"],
            "began": seconds([began]),
            "ended": seconds([began + lasts]),
        }
    )


def daily_keys(days: int = 3) -> pd.DataFrame:
    begins = np.arange(days) * DAY
    return pd.DataFrame(
        {
            "site": -1,
            "generation": np.arange(days),
            "issued_from": seconds(begins),
            "issued_until": seconds(begins + DAY),
            "opens_until": seconds(begins + 2 * DAY),
        }
    )


def attempts_of_run(
    *,
    lifetime: float,
    seed: int,
    clients: int = 60,
    mean_gap: float = 4.8 * 3_600,
    duration: float = 3 * DAY,
    partition: tuple[float, float] | None = None,
    shared_keys: bool = True,
) -> pd.DataFrame:
    """The attempts of one run: exponential gaps, a ticket that lives `lifetime`, keys rotated daily."""
    random = np.random.default_rng([seed, 7])
    rows: list[dict[str, object]] = []
    for client in range(clients):
        home = client % 3
        at, visit, ticket_at, ticket_site = 0.0, 0, None, None
        while (at := at + random.exponential(mean_gap)) < duration:
            cut = partition is not None and home == 0 and partition[0] <= at < sum(partition)
            sites = [home, (home + 1) % 3] if cut else [home]
            start = at
            for number, site in enumerate(sites):
                row: dict[str, object] = {
                    "client": client,
                    "visit": visit,
                    "connection": 0,
                    "attempt": number,
                    "home": home,
                    "site": site,
                    "started": start,
                    "outcome": "ok",
                    "resumed": False,
                    "not_resumed": "no_handshake",
                    "offered": False,
                    "connect": np.nan,
                    "server_hello": np.nan,
                    "server_flight": np.nan,
                    "finished": np.nan,
                    "handshake": np.nan,
                    "first_byte": np.nan,
                    "total": np.nan,
                    "server_compute": 0.0,
                }
                if cut and number == 0:
                    row |= {"outcome": "connect_timeout", "total": 10.0}
                    start += 10.0
                else:
                    row |= _handshake(random, start, ticket_at, shared_keys or ticket_site == site, lifetime, home)
                    ticket_at, ticket_site = start, site
                rows.append(row)
            visit += 1
    return pd.DataFrame(rows)


def _handshake(
    random: np.random.Generator,
    at: float,
    ticket_at: float | None,
    knows_key: bool,
    lifetime: float,
    home: int,
) -> dict[str, object]:
    if ticket_at is None:
        reason = "first_visit"
    elif at - ticket_at > lifetime:
        reason = "expired_at_client"
    elif not knows_key:
        reason = "unknown_key"
    elif at // DAY - ticket_at // DAY > 1:
        reason = "key_retired"
    else:
        reason = "resumed"
    resumed = reason == "resumed"
    trip = 2 * (0.045 + (0.004, 0.012, 0.03)[home])
    lost = random.random() < (0.10 if resumed else 0.14)
    extra = float(random.choice([0.25, 0.35, 1.02, 2.05, 4.4], p=[0.4, 0.2, 0.25, 0.1, 0.05])) if lost else 0.0
    first_byte = 3 * trip + (0.006 if resumed else 0.0092) + extra + abs(random.normal(0, 0.0004))
    return {
        "offered": reason in ("resumed", "unknown_key", "key_retired"),
        "resumed": resumed,
        "not_resumed": reason,
        "connect": trip,
        "server_hello": trip + 0.002,
        "server_flight": 0.0 if resumed else 0.001,
        "finished": 0.0005,
        "handshake": trip + (0.0028 if resumed else 0.0038),
        "first_byte": first_byte,
        "total": first_byte + 0.02,
        "server_compute": 138e-6 if resumed else 204e-6,
    }


def shape(rows: pd.DataFrame, **columns: str | int) -> pd.DataFrame:
    """Give rows the types of the attempts table; `columns` are set on every row."""
    table = rows.copy()
    table["population"] = pd.Categorical(["phones"] * len(table), ["phones"])
    for name in ("home", "site"):
        table[name] = pd.Categorical([SITES[i] for i in table[name]], SITES)
    table["client_compute"] = 4 * table["server_compute"]
    table["client_queueing"] = table["server_queueing"] = 0.0
    for name in DURATIONS:
        table[name] = seconds(table.get(name, np.full(len(table), np.nan))).set_axis(table.index)
    table["outcome"] = pd.Categorical(table["outcome"], OUTCOMES)
    table["not_resumed"] = pd.Categorical(table["not_resumed"], REASONS)
    for name, value in columns.items():
        table[name] = value
    return table


def batch(
    *,
    lifetimes: Sequence[str] = tuple(LIFETIMES),
    seeds: Sequence[int] = (1, 2, 3, 4),
    clients: int = 60,
    partition: bool = True,
    shared_keys: bool = True,
    recorded: bool = False,
) -> Batch:
    """A batch over ticket lifetimes; `recorded`: with its tickets and its compute."""
    cut = (30 * 3_600.0, 7_200.0) if partition else None
    parts = [
        shape(
            attempts_of_run(
                lifetime=LIFETIMES[lifetime],
                seed=seed,
                clients=clients,
                partition=cut,
                shared_keys=shared_keys,
            ),
            ticket_lifetime=lifetime,
            seed=seed,
        )
        for lifetime in lifetimes
        for seed in seeds
    ]
    attempts = pd.concat(parts, ignore_index=True)
    attempts["ticket_lifetime"] = pd.Categorical(attempts["ticket_lifetime"], list(lifetimes), ordered=True)
    return Batch(
        attempts=attempts,
        faults=one_partition() if partition else no_faults(),
        ticket_keys=daily_keys(),
        tickets=tickets_of(attempts) if recorded else pd.DataFrame(),
        compute=work_of(attempts) if recorded else pd.DataFrame(),
        parameters={"ticket_lifetime": list(lifetimes)},
    )


def with_lookups(made: Batch, *, down: tuple[float, float] = (30 * 3_600.0, 7_200.0)) -> Batch:
    """The batch with a session cache that every offer asks.

    A lookup takes 1 ms, of an eighth of the clients 4 ms; 50 ms and no answer while the cache is `down`. Entries are
    evicted under the shortest ticket lifetime: one for each lookup.
    """
    offers = made.attempts[made.attempts["offered"]]
    at = offers["started"].dt.total_seconds()
    lost = ((at >= down[0]) & (at < sum(down))).to_numpy()
    kept = (offers["not_resumed"] == "resumed").to_numpy()
    far = (offers["client"] % 8 == 0).to_numpy()
    run = offers[[*made.parameters, "seed"]].reset_index(drop=True)
    lookups = run.assign(
        at=offers["started"].to_numpy(),
        operation=np.where(lost, "timeout", np.where(kept, "hit", "miss")),
        latency=seconds(np.where(lost, 0.05, np.where(far, 0.004, 0.001))),
    )
    evictions = lookups[lookups["ticket_lifetime"] == next(iter(made.parameters["ticket_lifetime"]))].assign(
        operation="evict", latency=pd.Timedelta("nat")
    )
    cache = pd.concat([lookups, evictions], ignore_index=True).astype({"latency": "timedelta64[ns]"})
    return dataclasses.replace(made, cache=cache.assign(operation=pd.Categorical(cache["operation"], OPERATIONS)))


def with_servers(made: Batch) -> Batch:
    """The batch with two servers, of which one is out of its coordinator's reach for a day and keeps its first key."""
    runs = made.attempts[["ticket_lifetime", "seed"]].drop_duplicates()
    reached = made.ticket_keys.assign(
        server=1, key=made.ticket_keys["generation"], arrived=made.ticket_keys["issued_from"]
    )
    missed = reached.assign(server=2).drop(index=1)
    missed.loc[0, "issued_until"] = pd.Timedelta(days=2)
    keys = pd.concat([reached, missed], ignore_index=True).assign(site="ams", fault=-1)
    return dataclasses.replace(made, ticket_keys=runs.merge(keys, how="cross"))


def tickets_of(attempts: pd.DataFrame) -> pd.DataFrame:
    """The tickets of clients that come as `attempts` say: two of a full handshake, one of a resumption."""
    rows: list[dict[str, object]] = []
    reached = attempts[attempts["outcome"] == "ok"]
    run = ["ticket_lifetime", "seed"]
    for (label, seed, client), visits in reached.groupby([*run, "client"], observed=True):
        held: list[dict[str, object]] = []
        lifetime = LIFETIMES[label]
        for at, row in zip(visits["started"].dt.total_seconds(), visits.itertuples(), strict=True):
            for old in [each for each in held if at - each["received"] > lifetime]:
                old |= {"end": "expired", "ended": at}
                held.remove(old)
            if row.offered and held:
                used = held.pop()
                used |= {"offers": 1, "first_offered": at, "last_offered": at, "resumptions": int(row.resumed)}
                used |= {"end": "used_up", "ended": at}
            for _ in range(1 if row.resumed else 2):
                made: dict[str, object] = {
                    "ticket_lifetime": label, "seed": seed, "population": "phones", "client": client,
                    "visit": row.visit, "received": at, "lifetime": lifetime, "offers": 0,
                    "first_offered": np.nan, "last_offered": np.nan, "resumptions": 0, "end": "kept", "ended": np.nan,
                }  # fmt: skip
                held.append(made)
                rows.append(made)
    table = pd.DataFrame(rows)
    for name in ("received", "lifetime", "first_offered", "last_offered", "ended"):
        table[name] = seconds(table[name])
    for name in ("population", "end"):
        table[name] = table[name].astype("category")
    table["ticket_lifetime"] = pd.Categorical(
        table["ticket_lifetime"], attempts["ticket_lifetime"].cat.categories, ordered=True
    )
    return table


def work_of(attempts: pd.DataFrame) -> pd.DataFrame:
    """What each side computes in `attempts`: in one piece each, the server after a wait."""
    reached = attempts[attempts["server_hello"].notna()]
    key = reached[["ticket_lifetime", "seed", "population", "client", "visit", "connection", "attempt"]]
    arrives = reached["started"] + reached["connect"] + reached["server_hello"] / 2
    parts = []
    for side, began, cpu, waited in (
        ("client", reached["started"] + reached["connect"], reached["client_compute"] * 40, 0.0),
        ("server", arrives, reached["server_compute"] * 40, 0.02),
    ):
        queue = pd.Timedelta(waited, unit="s")
        parts.append(key.assign(side=side, queued=began - queue, began=began, cpu=cpu, paid=began + cpu))
    return pd.concat(parts, ignore_index=True).astype({"side": "category"})
