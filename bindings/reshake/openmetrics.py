"""A batch as OpenMetrics text: what a fleet's own exporters would have said, with the simulation's dates.

Source: OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).
Units: seconds and bytes, as the names say. Time stamps count from the simulation's epoch, 2026-01-01 00:00:00 UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TextIO

from .batch import schema
from .results import FinishedRun, Results
from .units import Duration

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

EPOCH: Final = 1_767_225_600
"""When a run begins, in seconds of Unix time: what OpenSSL's clock shows inside it."""

BUCKETS: Final = (0.01, 0.02, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Upper ends of the histograms' buckets, in seconds."""

_STEPS: Final = (1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 86_400)
_MOST_SAMPLES: Final = 120  # Of one series in a run.

Labels = tuple[tuple[str, str], ...]
Rows = Callable[["pd.DataFrame"], "tuple[pd.DataFrame, pd.Series[Any], pd.Series[float]]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A metric.

    Parameters
    ----------
    name
        Without the suffixes of its samples.
    kind
        ``"counter"``, ``"gauge"`` or ``"histogram"``.
    help
        What it is, in a line.
    table
        Whose rows it counts.
    labels
        Columns that tell its series apart, besides the run's own.
    rows
        Picks rows and gives each its time (a duration since the start) and its amount.
    """

    name: str
    kind: str
    help: str
    table: str
    labels: Mapping[str, str]
    rows: Rows


def _ended(frame: pd.DataFrame) -> pd.Series[Any]:
    import pandas as pd

    return frame["started"] + frame["total"].fillna(pd.Timedelta(0))


def _count(
    when: Callable[[pd.DataFrame], pd.Series[Any]], chosen: Callable[[pd.DataFrame], pd.Series[bool]] | None = None
) -> Rows:
    def rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[Any], pd.Series[float]]:
        import pandas as pd

        frame = frame if chosen is None else frame[chosen(frame)]
        return frame, when(frame), pd.Series(1.0, index=frame.index)

    return rows


def _sum(column: str) -> Rows:
    def rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[Any], pd.Series[float]]:
        known = frame[frame[column].notna()]
        amount = known[column]
        seconds = amount.dt.total_seconds() if amount.dtype.kind == "m" else amount.astype(float)
        return known, _ended(known), seconds

    return rows


def _answered(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["server_hello"].notna()


def _at(frame: pd.DataFrame) -> pd.Series[Any]:
    return frame["at"]


_WHO: Final = {"population": "population", "site": "site"}

FAMILIES: Final[Sequence[Family]] = (
    Family(
        name="reshake_attempts", kind="counter", help="Attempts of clients to reach a server, when they ended.",
        table="attempts", labels=_WHO | {"outcome": "outcome"}, rows=_count(_ended),
    ),
    Family(
        name="reshake_handshakes", kind="counter",
        help="Attempts whose ClientHello a server answered, by whether they resumed, or why not.",
        table="attempts", labels=_WHO | {"not_resumed": "reason"}, rows=_count(_ended, _answered),
    ),
    Family(
        name="reshake_early_data", kind="counter",
        help="Answered attempts by whether their request counted as early data, or why not.",
        table="attempts", labels=_WHO | {"no_early_data": "reason"}, rows=_count(_ended, _answered),
    ),
    Family(
        name="reshake_first_byte_seconds", kind="histogram",
        help="Time to first byte: from the start of connect to the first decrypted byte of the response.",
        table="attempts", labels=_WHO | {"resumed": "resumed"}, rows=_sum("first_byte"),
    ),
    Family(
        name="reshake_handshake_seconds", kind="histogram",
        help="From TCP connected until client and server have both Finished messages, at the client.",
        table="attempts", labels=_WHO | {"resumed": "resumed"}, rows=_sum("handshake"),
    ),
    Family(
        name="reshake_server_compute_seconds", kind="counter",
        help="CPU time that servers spent on cryptography.",
        table="attempts", labels={"site": "site"}, rows=_sum("server_compute"),
    ),
    Family(
        name="reshake_server_queueing_seconds", kind="counter",
        help="Time that such work waited for a core.",
        table="attempts", labels={"site": "site"}, rows=_sum("server_queueing"),
    ),
    Family(
        name="reshake_tls_sent_bytes", kind="counter", help="TLS bytes that clients gave to TCP.",
        table="attempts", labels=_WHO, rows=_sum("bytes_sent"),
    ),
    Family(
        name="reshake_tls_received_bytes", kind="counter", help="TLS bytes that clients got from TCP.",
        table="attempts", labels=_WHO, rows=_sum("bytes_received"),
    ),
    Family(
        name="reshake_tickets", kind="counter", help="Tickets that clients put into their stores.",
        table="attempts", labels=_WHO, rows=_sum("tickets_received"),
    ),
    Family(
        name="reshake_faults_active", kind="gauge", help="Faults that were on.",
        table="faults", labels={"kind": "kind", "between": "where"},
        rows=_count(lambda frame: frame["began"]),
    ),
    Family(
        name="reshake_ticket_keys_begun", kind="counter",
        help="Ticket keys that began to seal, a ring and generation each.",
        table="ticket_keys", labels={"site": "site"},
        rows=_count(lambda frame: frame["issued_from"], lambda frame: frame["issued_from"].notna()),
    ),
    Family(
        name="reshake_violations", kind="counter", help="What broke a promise of the scenario.",
        table="violations", labels={"promise": "promise"}, rows=_count(_at),
    ),
    Family(
        name="reshake_decisions", kind="counter",
        help="Decisions of servers about tickets, early data and keys (scenarios with audit=True).",
        table="security_events", labels={"site": "site", "action": "action", "subject": "subject", "why": "reason"},
        rows=_count(_at),
    ),
    Family(
        name="reshake_cache_operations", kind="counter", help="Lookups and changes of session caches.",
        table="cache", labels={"cache": "cache", "operation": "operation"}, rows=_count(_at),
    ),
)  # fmt: skip
"""Every metric, in the order of the file."""


def write(results: Results, out: TextIO, tables: Sequence[str]) -> int:
    """Writes the metrics of `tables`, and returns the number of samples.

    Counters, gauges and histograms have one sample at the end of each step of the run's time, the shortest of a few
    round ones that gives at most 120; a series begins where it first changes.
    """
    samples = _write_info(results, out)
    for family in FAMILIES:
        if family.table not in tables:
            continue
        out.write(f"# TYPE {family.name} {family.kind}\n")
        unit = next((unit for unit in ("seconds", "bytes") if family.name.endswith(f"_{unit}")), None)
        if unit is not None:
            out.write(f"# UNIT {family.name} {unit}\n")
        out.write(f"# HELP {family.name} {_escaped(family.help)}\n")
        for run in results.runs:
            for line in _series(run, family):
                out.write(line)
                samples += 1
    out.write("# EOF\n")
    return samples


def _write_info(results: Results, out: TextIO) -> int:
    out.write("# TYPE reshake_run info\n# HELP reshake_run What was run, and by which versions.\n")
    for run in results.runs:
        versions = {f"{name}_version": str(version) for name, version in run.manifest.get("versions", {}).items()}
        told = {**dict(_labels_of(run)), "scenario": results.name, "address": run.address, **versions}
        out.write(f"reshake_run_info{_written(tuple(told.items()))} 1 {EPOCH}\n")
    return len(results.runs)


def _series(run: FinishedRun, family: Family) -> Iterator[str]:
    import numpy as np

    table = schema.read(run.directory / f"{family.table}.parquet")
    if table is None:
        return
    columns: tuple[Any, ...] = family.rows(table.to_pandas())
    chosen, at, amount = (each.reset_index(drop=True) for each in columns)
    if chosen.empty:
        return
    times, step = _steps(run)
    index = np.clip(np.ceil(at.dt.total_seconds().to_numpy(dtype=float) / step).astype(int) - 1, 0, len(times) - 1)
    own = _labels_of(run)
    groups = chosen.groupby(list(family.labels), observed=True, dropna=False).indices
    for key, rows in groups.items():
        of_group = key if isinstance(key, tuple) else (key,)
        labels = (*own, *zip(family.labels.values(), map(_text, of_group), strict=True))
        values = amount.to_numpy(dtype=float)[rows]
        if family.kind == "histogram":
            yield from _histogram(family.name, labels, index[rows], values, times)
        elif family.kind == "counter":
            yield from _counter(family.name, labels, index[rows], values, times)
        else:
            ended = chosen["ended"].dt.total_seconds().to_numpy(dtype=float)[rows]
            gone = np.where(np.isnan(ended), len(times), np.ceil(ended / step)).astype(int)
            yield from _gauge(family.name, labels, index[rows], gone, times)


def _counter(
    name: str, labels: Labels, index: np.ndarray[Any, Any], amounts: np.ndarray[Any, Any], times: np.ndarray[Any, Any]
) -> Iterator[str]:
    import numpy as np

    total = np.cumsum(np.bincount(index, weights=amounts, minlength=len(times)))
    written = _written(labels)
    for place in range(int(index.min()), len(times)):
        yield f"{name}_total{written} {_number(total[place])} {times[place]}\n"


def _histogram(
    name: str, labels: Labels, index: np.ndarray[Any, Any], values: np.ndarray[Any, Any], times: np.ndarray[Any, Any]
) -> Iterator[str]:
    import numpy as np

    ends = [*BUCKETS, float("inf")]
    buckets = np.searchsorted(BUCKETS, values, side="left")
    counts = np.zeros((len(times), len(ends)))
    np.add.at(counts, (index, buckets), 1)
    cumulative = counts.cumsum(axis=0).cumsum(axis=1)
    sums = np.cumsum(np.bincount(index, weights=values, minlength=len(times)))
    plain = _written(labels)
    of_bucket = [_written((*labels, ("le", "+Inf" if end == float("inf") else repr(end)))) for end in ends]
    for place in range(int(index.min()), len(times)):
        for bucket, written in enumerate(of_bucket):
            yield f"{name}_bucket{written} {_number(cumulative[place, bucket])} {times[place]}\n"
        yield f"{name}_count{plain} {_number(cumulative[place, -1])} {times[place]}\n"
        yield f"{name}_sum{plain} {_number(sums[place])} {times[place]}\n"


def _gauge(
    name: str, labels: Labels, began: np.ndarray[Any, Any], gone: np.ndarray[Any, Any], times: np.ndarray[Any, Any]
) -> Iterator[str]:
    written = _written(labels)
    for place, time in enumerate(times):
        on = int(((began <= place) & (place < gone)).sum())
        yield f"{name}{written} {on} {time}\n"


def _steps(run: FinishedRun) -> tuple[np.ndarray[Any, Any], int]:
    """Unix times of the samples, and the seconds between them."""
    import numpy as np

    lasts = max(1, -(-Duration(run.manifest["scenario"]["duration"]).nanoseconds // 10**9))
    step = next((each for each in _STEPS if lasts / each <= _MOST_SAMPLES), _STEPS[-1])
    return EPOCH + step * np.arange(1, -(-lasts // step) + 1), step


def _labels_of(run: FinishedRun) -> Labels:
    # A parameter may be called like a label of ours.
    own = {f"param_{re.sub('[^a-zA-Z0-9_]', '_', name)}": str(value) for name, value in run.parameters.items()}
    return (*own.items(), ("seed", str(run.seed)))


def _text(value: object) -> str:
    """Of a label; empty, as if there was no such label, where there is nothing."""
    if value is None or value != value:
        return ""
    return str(value).lower() if str(value) in ("True", "False") else str(value)


def _written(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels if value) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
