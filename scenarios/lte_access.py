"""How does a handshake fare on its way to the edge of an LTE cell, and back?

Not a preset of rate, delay and loss, but the radio itself: an eNodeB with its scheduler, HARQ, RLC and core network,
and a signal that fades with distance. Cars drive straight away from it and back; at the far end their signal is too
weak.

- Within the cell distance changes hardly anything: a round trip takes what scheduling takes, some 15 ms, and the longer
  flights of a handshake a few more where transport blocks are small.
- The edge is sharp, and it is the uplink's: at some 850 m a station's 23 dBm are too little for the eNodeB to grant it
  anything, though it still hears the eNodeB well.
- Beyond it nothing passes. Who drives back in time gets an answer seconds later, when TCP tries again; others fail.

Notes
-----
It needs a set-up with ``RESHAKE_RADIO=1``. Path loss is that of a macro cell without line of sight; see
`docs/radio.md`, which compares this model with the preset ``rs.mobile("lte")``. Stations never fall idle: the price of
waking a radio, which is most of what the preset makes of a first visit, is not in this model.
"""  # noqa: D400 - it is a question

from pathlib import Path

from reshake.scenarios._cell import around, fared

import reshake as rs

GRID = {"farthest_m": [400, 800, 1200, 1600]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

ATTACHED = 1.0
"""Seconds, after which every station is connected."""


def scenario(farthest_m: float = 1200, speed: float = 50, neighbours: int = 2) -> rs.Scenario:
    """A minute of five cars between 100 m from the eNodeB and far away.

    Parameters
    ----------
    farthest_m
        Where cars turn back, above 100 m and at most 20,000 m.
    speed
        Of the cars, 0 to 150 m/s.
    neighbours
        Stations that stand still at 100 m and download 2 Mbps each, 0 to 34.

    Examples
    --------
    >>> scenario(farthest_m=800).clients[0].access.farthest
    800.0
    """
    access = rs.Lte(distance=100, speed=speed, farthest=farthest_m, neighbours=neighbours, neighbour_rate="2Mbps")
    return around(access, "cars", count=5, mean_gap="3s", duration="1min")


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """What fails, the edge being what there is to see, and what waits; nobody resumes here."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("failed_share", "first_byte_p50", "first_byte_p95")
    drawn = over_parameter(results, quantities=shown)
    return report_figures(results, out_dir, instead={"over_parameter": drawn})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    drives = fared(results, ["farthest_m"], ATTACHED)
    told = ", ".join(f"{row.median:.0f} and {row.p95:.0f} ms ({row.failed:.0f} % fail)" for row in drives.itertuples())
    ways = ", ".join(str(far) for far in drives.index)
    return f"On drives as far as {ways} m, median and 95th percentile of the first byte are {told}."


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/lte_access")
    figures(made, "results/lte_access")
    rich.print(answer(made))
    rich.print(summary_table(made))
