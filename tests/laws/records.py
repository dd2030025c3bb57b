"""What the tables that a scenario may ask for say of each attempt, beside what the attempt's own columns say."""

from __future__ import annotations

import pandas as pd

from .conftest import Ran

KEY = ["population", "client", "visit", "connection", "attempt"]


def beside(ran: Ran, told: pd.DataFrame) -> pd.DataFrame:
    """Sums of rows by attempt, zero where there are none, in the order of the attempts."""
    wanted = pd.MultiIndex.from_frame(ran.tables["attempts"][KEY].astype({"population": str}))
    assert wanted.is_unique
    rows = told.assign(population=told["population"].astype(str))
    sums = rows.groupby(KEY).sum(numeric_only=False)
    assert sums.index.isin(wanted).all()
    zeros = {name: pd.Timedelta(0) if kind.kind == "m" else 0 for name, kind in sums.dtypes.items()}
    return sums.reindex(wanted).fillna(zeros).reset_index(drop=True)


def work_adds_up_to_what_attempts_say(ran: Ran) -> None:
    attempts, work = ran.tables["attempts"], ran.tables["compute"]
    assert (work["queued"] <= work["began"]).all()
    assert work["began"].is_monotonic_increasing
    parts = work[["signing", "verification", "key_exchange"]].sum(axis=1)
    assert (parts <= work["cpu"]).all()
    refused = work["phase"] == "refusal"
    assert not (refused & (work["side"] == "client")).any()
    paid = work[work["paid"].notna()]
    assert (paid["paid"] >= paid["began"] + paid["cpu"]).all()
    end = pd.Timedelta(ran.scenario.duration.nanoseconds, unit="ns")
    assert (paid["paid"] <= end).all()
    for side in ("client", "server"):
        own = paid[paid["side"] == side]
        told = own[KEY].assign(
            cpu=own["cpu"].where(own["phase"] != "refusal", pd.Timedelta(0)), waited=own["began"] - own["queued"]
        )
        sums = beside(ran, told)
        assert (sums["cpu"] == attempts[f"{side}_compute"]).all()
        assert (sums["waited"] == attempts[f"{side}_queueing"]).all()
    known = attempts["verification"].notna()
    own = paid[paid["side"] == "client"]
    sums = beside(ran, own[[*KEY, "verification"]])
    assert (sums["verification"] >= attempts["verification"].fillna(pd.Timedelta(0))).all()
    assert (sums["verification"] == attempts["verification"])[known & (attempts["outcome"] == "ok")].all()


def requests_add_up_to_what_attempts_say(ran: Ran) -> None:
    attempts, requests = ran.tables["attempts"], ran.tables["requests"]
    assert requests["sent"].is_monotonic_increasing
    assert ((requests["way"] == "early_data") == (requests["early_bytes"] > 0)).all()
    assert (requests["early_bytes"] <= requests["bytes"]).all()
    assert (requests["taken_up"].notna() == (requests["executions"] > 0)).all()
    assert not (requests["taken_up"] < requests["sent"]).any()
    assert not (requests["first_byte"] < requests["taken_up"]).any()
    answered = requests["fate"] == "answered"
    assert (answered == requests["first_byte"].notna()).all()
    assert (answered == (requests["response_bytes"] > 0)).all()
    assert requests.loc[answered, "executions"].gt(0).all()
    assert not ((requests["fate"] == "too_early") & (requests["executions"] > 0)).any()
    early = requests["way"] == "early_data"
    again = requests["fate"].isin(["rejected", "too_early"])
    assert not (again & ~early).any()
    one = requests[KEY].assign(
        early_bytes=requests["early_bytes"], executions=requests["executions"], answered=answered.astype(int),
        early=early.astype(int), later=(~early).astype(int),
    )  # fmt: skip
    sums = beside(ran, one)
    assert (sums["early_bytes"] == attempts["early_bytes"]).all()
    assert (sums["executions"] == attempts["executions"]).all()
    assert (sums["answered"] == attempts["first_byte"].notna()).all()
    assert (sums[["early", "later"]] <= 1).all().all()
    first = requests[answered].assign(population=requests["population"].astype(str))
    rows = attempts.assign(population=attempts["population"].astype(str)).merge(first, on=KEY, suffixes=("", "_of"))
    assert (rows["started"] + rows["first_byte"] == rows["first_byte_of"]).all()


def tickets_add_up_to_what_attempts_say(ran: Ran) -> None:
    attempts, tickets = ran.tables["attempts"], ran.tables["tickets"]
    assert tickets["received"].is_monotonic_increasing
    assert (tickets["authenticated"] <= tickets["received"]).all()
    assert (tickets["first_offered"].notna() == (tickets["offers"] > 0)).all()
    assert (tickets["resumptions"] <= tickets["offers"]).all()
    assert not (tickets["first_offered"] < tickets["received"]).any()
    assert not (tickets["last_offered"] < tickets["first_offered"]).any()
    kept = tickets["end"] == "kept"
    assert (kept == tickets["ended"].isna()).all()
    assert not (tickets["ended"] < tickets["received"]).any()
    used = tickets["end"] == "used_up"
    assert (tickets.loc[used, "ended"] == tickets.loc[used, "last_offered"]).all()
    count = beside(ran, tickets[KEY].assign(rows=1))
    assert (count["rows"] == attempts["tickets_received"]).all()
    # Who offers is another attempt than the one that brought it: sums over the run.
    assert tickets["offers"].sum() == attempts["offered"].sum()
    assert tickets["resumptions"].sum() == (attempts["authentication"] == "ticket").sum()


def tickets_have_the_names_of_the_log(ran: Ran) -> None:
    tickets, events = ran.tables["tickets"], ran.tables["security_events"]
    assert not tickets["ticket"].duplicated().any()
    issued = events[events["action"].isin(["issue", "renew"]) & (events["subject"] == "ticket")]
    told = set(zip(issued["key"], issued["ticket"], strict=True))
    assert set(zip(tickets["key"], tickets["ticket"], strict=True)) <= told


RECORD_LAWS = (
    work_adds_up_to_what_attempts_say,
    requests_add_up_to_what_attempts_say,
    tickets_add_up_to_what_attempts_say,
    tickets_have_the_names_of_the_log,
)
