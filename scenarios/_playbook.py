"""What playbooks have in common: clients, how servers speak TLS, and how an incident is told.

A playbook's own module says what breaks, what is done about it, and what there is to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import reshake as rs

if TYPE_CHECKING:
    import pandas as pd


def phones(count: int, mean_gap: str, name: str = "phones", **settings: Any) -> rs.Clients:
    """Clients that send their requests as early data, and stay for the ticket that comes after it."""
    usual: dict[str, Any] = {
        "access": rs.Link(rate="12Mbps", delay="25ms"),
        "arrivals": rs.Poisson(mean_gap=mean_gap),
        "linger": "2s",
        "tls": rs.ClientTls(groups="X25519:P-256", early_data=True),
    }
    return rs.Clients(name, count=count, **usual | settings)


def server_tls(**settings: Any) -> rs.ServerTls:
    """Servers that take early data, and remember each ClientHello against replays."""
    usual: dict[str, Any] = {"groups": "X25519:P-256", "max_early_data": 16_384, "anti_replay": "client-hello-record"}
    return rs.ServerTls(**usual | settings)


def draw(results: rs.Results, out_dir: str | Path, also: Sequence[str], **incident: Any) -> list[Path]:
    """The incident first, as `reshake.analysis.incident` draws it with these arguments, then the other figures."""
    from reshake.analysis import incident as drawn
    from reshake.analysis import report_figures

    return report_figures(results, out_dir, figures=also, instead={"incident": drawn(results, **incident)})


def visits_between(results: rs.Results, since: str, until: str) -> pd.DataFrame:
    """Visits that began then, as `reshake.analysis.visits` folds them, with `ms` to the first byte."""
    import pandas as pd
    from reshake.analysis import visits

    folded = visits(results)
    began = (folded["started"] >= pd.Timedelta(since)) & (folded["started"] < pd.Timedelta(until))
    return folded[began].assign(ms=folded["first_byte"].dt.total_seconds() * 1e3)


def run(playbook: ModuleType) -> None:
    """Run what a playbook compares; its figures go to a directory of its name, its answer to the terminal."""
    import rich
    from reshake.analysis import summary_table

    out = Path("results") / Path(playbook.__file__ or "").stem
    results = rs.Study(playbook.scenario, seeds=playbook.SEEDS, **playbook.GRID).run(out)
    playbook.figures(results, out)
    rich.print(playbook.answer(results))
    rich.print(summary_table(results))
