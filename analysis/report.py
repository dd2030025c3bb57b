"""All figures and numbers of a batch, written to a directory."""

from pathlib import Path

from .latency import latency_cdf
from .reasons import fallback_reasons
from .resumption import resumption_over_time
from .style import write_png
from .summary import summary
from .tables import ResultTables

_FIGURES = {
    "latency_cdf.png": latency_cdf,
    "resumption_over_time.png": resumption_over_time,
    "fallback_reasons.png": fallback_reasons,
}


def report_figures(results: ResultTables, out_dir: str | Path, by: str | None = None) -> list[Path]:
    """Write `latency_cdf.png`, `resumption_over_time.png`, `fallback_reasons.png` and `summary.csv`.

    Parameters
    ----------
    results
        A batch.
    out_dir
        Made if it does not exist.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.

    Returns
    -------
    list of pathlib.Path
        What was written. Equal results give equal bytes.

    Raises
    ------
    ValueError
        If there are no attempts, or no such parameter. Nothing is written then.
    """
    figures = {name: draw(results, by) for name, draw in _FIGURES.items()}
    numbers = summary(results, by)
    directory = Path(out_dir)
    directory.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        write_png(figure, directory / name)
    table = directory / "summary.csv"
    numbers.to_csv(table, index=False, float_format="%.6g", lineterminator="\n")
    return [*(directory / name for name in figures), table]
