"""From a batch to the text of its page."""

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from ..anomalies import anomalies
from ..catalogue import FIGURES
from ..groups import Grouping, group_by
from ..quantities import FAILED, fold
from ..style import seeds_note, share_label, svg_text
from ..tables import ResultTables
from ..waterfall import waterfall, worst_visits
from .facts import Facts
from .tables import Cell, Table, anomalies_of, dashboard_of, summary_of, worst_of

_HERE = Path(__file__).parent
_LEFT_OUT = {"waterfall"}  # It is drawn of the worst visits.
_WATERFALLS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure on the page: its name, the question it answers, its finding, and its drawing."""

    name: str
    question: str
    finding: str
    svg: str


def html_report(results: ResultTables, facts: Facts, by: str | None = None) -> str:
    """The page of a batch.

    Parameters
    ----------
    results
        A batch.
    facts
        Where it comes from.
    by
        A parameter of its grid, or `population`, `home`, `site`. None: the first parameter with
        several values.

    Returns
    -------
    str
        HTML that refers to nothing outside itself. Equal batches give equal text.

    Raises
    ------
    ValueError
        If there are no attempts, or no such parameter.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    pictures = list(_pictures(results, by))
    worst = worst_visits(results)
    falls = [
        _picture(f"waterfall_{i}", "", waterfall(results, row))
        for i, (_, row) in enumerate(worst.head(_WATERFALLS).iterrows())
    ]
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["svg"] = Markup
    strange = anomalies(results, by)
    return environment.get_template("page.html.jinja").render(
        facts=facts,
        about=_paragraphs(facts.about),
        verdict=_verdict(results, by, len(strange)),
        pictures=pictures,
        summary=summary_of(results, by),
        dashboard=dashboard_of(results, by),
        anomalies=anomalies_of(strange),
        worst=worst_of(results, worst),
        waterfalls=falls,
        runs=_runs(facts),
        grid={name.replace("_", " "): [str(value) for value in values] for name, values in results.parameters.items()},
        note=seeds_note(results, group_by(results, by), ""),
        style=Markup((_HERE / "page.css").read_text()),
        script=Markup((_HERE / "page.js").read_text()),
    )


def _pictures(results: ResultTables, by: str | None) -> "list[Picture]":
    """Every figure that the batch has enough parameters and tables for."""
    pictures = []
    for name, drawing in FIGURES.items():
        if name in _LEFT_OUT or not drawing.applies(results):
            continue
        try:
            figure = drawing.draw(results, by)
        except ValueError:
            if name == "latency_cdf":
                raise  # What even this one refuses is wrong with the batch, or with `by`.
            continue
        pictures.append(_picture(name, drawing.question, figure, group_by(results, by)))
    return pictures


def _picture(name: str, question: str, figure: Figure, grouping: Grouping | None = None) -> Picture:
    finding = " ".join(figure.texts[0].get_text().split())
    told = _told(figure, grouping)
    svg = _inline(svg_text(figure, name), name, finding)
    for part, words in told.items():
        svg = svg.replace(f'<g id="{name}-{part}">', f'<g id="{name}-{part}"><title>{escape(words)}</title>')
    return Picture(name=name, question=question, finding=finding, svg=svg)


def _told(figure: Figure, grouping: Grouping | None) -> dict[str, str]:
    """What a pointer is told that rests on a part of a figure: names of parts, and the value or the fault of each."""
    values = {group.label for group in grouping.groups} if grouping is not None and grouping.column else set()
    told: dict[str, str] = {}
    for axes in figure.axes:
        for artist in (*axes.lines, *axes.patches):
            label = str(artist.get_label()).removeprefix("_")
            if not label or re.fullmatch(r"(child|line)\d+|nolegend_|all", label):
                continue
            part = f"told-{len(told)}"
            artist.set_gid(part)
            told[part] = f"{grouping.title}: {label}" if grouping and label in values else label.replace("_", " ")
    return told


def _paragraphs(about: str) -> list[tuple[str, list[str]]]:
    """The words of each paragraph, and the points of a list that stand in it or after it."""
    found = []
    for paragraph in about.split("\n\n"):
        words, *points = f"\n{paragraph}".split("\n- ")
        if paragraph.strip():
            found.append((words.strip(), points))
    return found


def _inline(text: str, name: str, finding: str) -> str:
    """An SVG file as part of a page: no prologue, no names that another figure has too, words for who cannot see it."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\1{name}-", text)
    head, rest = text.split(">", 1)
    head = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
    label = finding.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'{head} role="img" aria-label="{label}">{rest}'


def _verdict(results: ResultTables, by: str | None, strange: int) -> list[tuple[str, str]]:
    """Level (`good` or `warn`) and sentence, most important first."""
    folded = fold(results)
    grouping = group_by(results, by)
    told = []
    if results.missing:
        told.append(("warn", f"{results.missing} runs of the study are missing: what follows is of the others"))
    else:
        told.append(("good", "All runs of the study are finished"))
    failed = float(folded["failed"].mean())
    if failed > 0:
        shares = {group: FAILED.estimate(frame).mean for group, frame in grouping.split(folded) if len(frame)}
        worst = max(shares, key=lambda group: shares[group])
        where = f", {share_label(shares[worst])} with {grouping.title} {worst.label}" if len(shares) > 1 else ""
        told.append(("warn", f"{share_label(failed)} of visits failed{where}"))
    else:
        told.append(("good", f"None of {len(folded):,} visits failed"))
    if strange:
        stretches = "one stretch of time stands" if strange == 1 else f"{strange} stretches of time stand"
        told.append(("warn", f"{stretches} out; see anomalies"))
    else:
        told.append(("good", "No stretch of time stands out"))
    return told


def _runs(facts: Facts) -> Table:
    names = list(facts.runs[0].parameters) if facts.runs else []
    rows = [
        [
            *(Cell(text=str(run.parameters[name])) for name in names),
            Cell(text=str(run.seed)),
            Cell(text=run.digest),
        ]
        for run in facts.runs
    ]
    heads = [*(name.replace("_", " ") for name in names), "seed", "digest of all bytes sent"]
    return Table(name="runs", heads=heads, rows=rows)
