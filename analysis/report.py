"""All figures and numbers of a batch, written to a directory."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure

from .catalogue import FIGURES, usual
from .style import write_png, write_svg
from .summary import summary
from .tables import ResultTables

Format = Literal["png", "svg"]


def report_figures(
    results: ResultTables,
    out_dir: str | Path,
    by: str | None = None,
    figures: Sequence[str] | None = None,
    formats: Sequence[Format] = ("png",),
    instead: Mapping[str, Figure] | None = None,
) -> list[Path]:
    """Write each figure, and the numbers as `summary.csv`.

    Parameters
    ----------
    results
        A batch.
    out_dir
        Made if it does not exist.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.
    figures
        Names in `FIGURES`. None: `over_parameter` where a parameter has several values, `latency_cdf`,
        `resumption_over_time` and `fallback_reasons`.
    formats
        `"png"`, `"svg"` or both.
    instead
        Figures that the caller has made, by name; they come first, and stand for those of the same name.

    Returns
    -------
    list of pathlib.Path
        What was written. Equal results give equal bytes.

    Raises
    ------
    ValueError
        If there are no attempts, or no such parameter, figure or format. Nothing is written then.
    """
    instead = instead or {}
    figures = usual(results) if figures is None else figures
    for name in figures:
        if name not in FIGURES:
            raise ValueError(f"figures: no figure {name!r}; there is {', '.join(FIGURES)}")
    writers = {"png": write_png, "svg": write_svg}
    for name in formats:
        if name not in writers:
            raise ValueError(f"formats: no format {name!r}; there is {', '.join(writers)}")
    drawn = {**instead, **{name: FIGURES[name].draw(results, by) for name in figures if name not in instead}}
    numbers = summary(results, by)
    directory = Path(out_dir)
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, figure in drawn.items():
        for ending in formats:
            path = directory / f"{name}.{ending}"
            writers[ending](figure, path)
            written.append(path)
    table = directory / "summary.csv"
    numbers.to_csv(table, index=False, float_format="%.6g", lineterminator="\n")
    return [*written, table]
