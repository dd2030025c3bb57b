"""How far from a Wi-Fi access point does a handshake take how long, and what do its neighbours cost?

Not a preset of rate, delay and loss, but the radio itself: an access point and its stations of IEEE 802.11ax, with
contention for the air, rate control, retransmissions, and a signal that fades with distance. Ten clients stand around
the access point; ``neighbours`` further ones download 12 Mbps each without a pause.

- Near the access point a handshake takes its computing and next to nothing else: the radio's part is a millisecond.
- Neighbours cost a multiple of that even there: a frame waits for the air, and for those before it in the access
  point's one queue.
- With distance each frame of the neighbours takes longer to send, until they need more air than there is: then the
  queue is full, and handshakes wait for TCP's repairs, or fail. Alone, a client hardly notices.
- At 51 m a station hears the access point no more, and nothing passes.

Notes
-----
It needs a set-up with ``RESHAKE_RADIO=1``. The signal fades with the cube of the distance, without walls; see
`docs/radio.md`, which compares this model with the preset ``rs.mobile("home-wifi")``. Stations associate within the
first second; visits before that begin with a lost SYN, and are left out of the answer.
"""  # noqa: D400 - it is a question

from pathlib import Path

from reshake.scenarios._cell import around, fared

import reshake as rs

GRID = {"distance_m": [5, 15, 25, 35, 45], "neighbours": [0, 4]}
"""What is compared unless the user says otherwise."""

SEEDS = range(2)

ASSOCIATED = 2.0
"""Seconds, after which every station that can be is associated."""


def scenario(
    distance_m: float = 25, neighbours: int = 4, speed: float = 0, farthest_m: float | None = None
) -> rs.Scenario:
    """Twenty seconds of ten clients around an access point.

    Parameters
    ----------
    distance_m
        Of every station from the access point, 1 to 20,000 m.
    neighbours
        Stations that download 12 Mbps each, 0 to 90.
    speed, farthest_m
        Clients walk away so fast, in m/s, as far as that, in m, and back. None: they go on.

    Examples
    --------
    >>> scenario(neighbours=2).clients[0].access.neighbours
    2
    """
    access = rs.Wifi(
        distance=distance_m,
        speed=speed,
        farthest=farthest_m,
        channel_width="20MHz",
        neighbours=neighbours,
        neighbour_rate="12Mbps",
    )
    return around(access, "phones", count=10, mean_gap="2s", duration="20s")


def figures(results: rs.Results, out_dir: str | Path) -> list[Path]:
    """What waits and what fails; nobody resumes here."""
    from reshake.analysis import over_parameter, report_figures

    shown = ("first_byte_p50", "first_byte_p95", "failed_share")
    drawn = over_parameter(results, by="neighbours", x="distance_m", quantities=shown)
    return report_figures(results, out_dir, instead={"over_parameter": drawn})


def answer(results: rs.Results) -> str:
    """What the batch of `GRID` and `SEEDS` says, in a sentence."""
    cells = fared(results, ["neighbours", "distance_m"], ASSOCIATED)
    waited, failed = cells["median"], cells["failed"]
    near, far = GRID["distance_m"][0], GRID["distance_m"][-1]
    quiet, busy = GRID["neighbours"]
    return (
        f"{near} m from the access point the median first byte takes {waited[quiet, near]:.0f} ms alone and "
        f"{waited[busy, near]:.0f} ms beside {busy} neighbours who download; at {far} m it takes "
        f"{waited[quiet, far]:.0f} and {waited[busy, far]:.0f} ms, and {failed[quiet, far]:.0f} and "
        f"{failed[busy, far]:.0f} % of the attempts fail."
    )


if __name__ == "__main__":
    import rich
    from reshake.analysis import summary_table

    made = rs.Study(scenario, seeds=SEEDS, **GRID).run("results/wifi_access")
    figures(made, "results/wifi_access")
    rich.print(answer(made))
    rich.print(summary_table(made))
