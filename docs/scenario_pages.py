"""Writes `docs/scenarios/`: a page for each shipped scenario, and the questions that they answer.

The module's docstring is the source: question, text and notes come from it, parameters from the docstring of
`scenario()`. What a run said (the answer and the figure) is measured with the module's own GRID and SEEDS:

    python docs/scenario_pages.py NAME ...   runs these scenarios and writes their pages (all: --all)
    python docs/scenario_pages.py            takes over changed docstrings; runs nothing

A module may have `answer(results)`, a sentence with numbers (else the title of the figure is taken), and
`FIGURE`, the name of the figure that shows it ("over_parameter" unless said otherwise; the first that is
drawn where there is none of that name).
"""

import argparse
import ast
import hashlib
import importlib
import inspect
import io
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

from reshake.analysis.catalogue import FIGURES

import reshake as rs
from reshake import analysis
from reshake.cli.sources import shipped

PAGES = Path(__file__).parent / "scenarios"

QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "My fleet has N servers that do not share ticket keys: what share of returning clients resumes?",
        ("unshared_keys",),
    ),
    (
        "Which rotation, keys kept and lifetime resume enough, and expose how much to a stolen key?",
        ("key_rotation", "ticket_lifetime"),
    ),
    ("A coordinator rotates the keys: what do skew, a lost leader or a partition do?", ("key_coordinator",)),
    ("Every reload or deploy forgets the keys: what does the cadence cost?", ("deploy_cadence",)),
    ("The rotation daemon dies: when does slow degradation become an outage?", ("rotation_daemon_dies",)),
    ("0-RTT: what do single use, a ClientHello record and a freshness window cost and stop?", ("early_data",)),
    ("Clients vanish without close_notify: how much resumption is lost?", ("vanishing_clients",)),
    ("When is 0-RTT slower than 1-RTT?", ()),
    ("Which ticket lifetime fits users who come back after a night's sleep?", ("night_sleep",)),
    ("Clients open six connections at once: how many tickets are enough?", ("parallel_connections",)),
    ("Tickets are renewed for ever: how long can one authentication live?", ("renewal_chains",)),
    ("A shared session cache: what size, TTL and latency, and what if it is slow, full, or gone?", ("session_cache",)),
    ("Did the upgrade silently break resumption?", ()),
    ("A cache or key loss turns everyone into a full handshake: does the fleet survive?", ("handshake_storm",)),
    ("The test bed is flaky: can I get the same failure again?", ()),
)
"""The questions operators ask, in order, and the scenarios that answer them."""

ANSWERED_OTHERWISE = {
    15: "Yes, always: the same scenario, seed and versions give the same bytes, tables and digest.",
}

PLAYBOOK = "playbook_"
"""How the names of scenarios of an incident begin."""

_HUNTED = "<!-- hunted -->"
_MEASURED = re.compile(r"<!-- measured: code ([0-9a-f]{12}) -->")


def module_of(name: str) -> ModuleType:
    """The shipped scenario of that name."""
    return importlib.import_module(f"reshake.scenarios.{name}")


def code_of(module: ModuleType) -> str:
    """Digest of what a module does, whatever its docstrings say; the same under every version of Python.

    With it count the modules beside it that it takes from and that are no scenarios themselves.
    """
    source = inspect.getsource(module)
    tree = ast.parse(source)
    lines = source.splitlines()
    taken = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    shared = [code_of(importlib.import_module(name)) for name in taken if name.startswith("reshake.scenarios._")]
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
        if documented:
            text = node.body[0]
            lines[text.lineno - 1 : text.end_lineno] = [""] * len(lines[text.lineno - 1 : text.end_lineno])
    kept = [line for line in lines if line.strip()]
    return hashlib.sha256("\n".join(kept + shared).encode()).hexdigest()[:12]


def page(name: str, answer: str, code: str, hunted: str = "") -> str:
    """The page of a scenario.

    Parameters
    ----------
    name
        Of its module.
    answer, code
        What a run said, and the digest of the code that was run.
    hunted
        Of a scenario to be hunted: what came of it.
    """
    module = module_of(name)
    text, _, notes = inspect.cleandoc(module.__doc__ or "").partition("\n\nNotes\n-----\n")
    question, _, body = text.partition("\n\n")
    varied = " ".join(f"--set {each}={_setting(values)}" for each, values in module.GRID.items())
    parts = [
        f"<!-- Written by docs/scenario_pages.py from scenarios/{name}.py: change that, then `make pages`. -->",
        f"# {question}",
        f"**{answer}**",
        f"![{question}]({name}.png)",
        _markdown(body),
        *(["## Hunt it", f"```sh\nreshake hunt {name} -o found.py\n```", f"{_HUNTED}\n{hunted}"] if hunted else []),
        "## Run it, and vary it",
        f"```sh\nreshake run {name} -o results/{name}\nreshake plot results/{name}\n```",
        f"That is `{varied} --seeds {len(module.SEEDS)}`. Every parameter can be set, to one value or to several:",
        _parameters(module),
        *(["## Notes", _markdown(notes)] if notes else []),
        f"<!-- measured: code {code} -->",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def measured(name: str) -> tuple[str, str, str] | None:
    """Answer, digest of the code and what a hunt found, as the page has them; None without a page that was measured."""
    path = PAGES / f"{name}.md"
    text = path.read_text() if path.exists() else ""
    answer = re.search(r"^\*\*(.*)\*\*$", text, re.MULTILINE)
    code = _MEASURED.search(text)
    _, _, rest = text.partition(f"{_HUNTED}\n")
    found = rest.partition("\n\n## Run it")[0]
    return (answer[1], code[1], found) if answer and code else None


def index() -> str:
    """The page that leads from questions to scenarios."""
    known = dict(shipped())
    rows = []
    for number, (question, names) in enumerate(QUESTIONS, start=1):
        there = [f"[{name}]({name}.md)" for name in names if name in known]
        rows.append(
            f"| Q{number} | {question} | {', '.join(there) or ANSWERED_OTHERWISE.get(number, 'not there yet')} |"
        )
    asked = {name for _, names in QUESTIONS for name in names}
    parts = [
        "<!-- Written by docs/scenario_pages.py. -->",
        "# Questions and the scenarios that answer them",
        "| | question | scenario |\n|---|---|---|\n" + "\n".join(rows),
    ]
    listed = {name: f"- [{name}]({name}.md): {sentence}" for name, sentence in known.items() if name not in asked}
    incidents = [line for name, line in listed.items() if name.startswith(PLAYBOOK)]
    more = [line for name, line in listed.items() if not name.startswith(PLAYBOOK)]
    if incidents:
        parts += ["Incident playbooks: what users feel, what the operator sees, what helps:", "\n".join(incidents)]
    if more:
        parts += ["More scenarios:", "\n".join(more)]
    return "\n\n".join(parts) + "\n"


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _setting(values: list[object]) -> str:
    texts = [str(value) for value in values]
    if any(" " in text or "," in text for text in texts):
        return "…"
    return ",".join(texts)


def _parameters(module: ModuleType) -> str:
    text = inspect.getdoc(module.scenario) or ""
    section = re.search(r"Parameters\n-+\n(.*?)(?:\n\n[A-Z]\w+\n-+\n|\Z)", text, re.DOTALL)
    rows = ["| parameter | default | what it is |", "|---|---|---|"]
    defaults = inspect.signature(module.scenario).parameters
    for names, meaning in re.findall(r"^(\S[^\n]*)\n((?: +[^\n]*\n?)+)", section[1] if section else "", re.MULTILINE):
        for name in names.split(", "):
            told = " ".join(textwrap.dedent(meaning).split())
            rows.append(f"| `{name}` | `{defaults[name].default}` | {_markdown(told)} |")
    return "\n".join(rows)


def measure(name: str, *, run: bool) -> None:
    """Runs what has not been run of a scenario, and writes its page and its figure."""
    module = module_of(name)
    batch = PAGES.parent.parent / "build/pages" / name
    study = rs.Study(module.scenario, seeds=module.SEEDS, **module.GRID)
    results = study.run(batch, progress=False) if run else rs.Results(batch)
    figure = getattr(module, "FIGURE", "over_parameter")
    draw: Any = getattr(module, "figures", None)
    files = draw(results, batch / "figures") if draw else analysis.report_figures(results, batch / "figures")
    drawn = next((path for path in files if path.name == f"{figure}.png"), files[0])
    if hasattr(module, "answer"):
        answer = module.answer(results)
    else:
        answer = " ".join(FIGURES[drawn.stem].draw(results, None).texts[0].get_text().split()) + "."
    (PAGES / f"{name}.png").write_bytes(small(drawn.read_bytes()))
    (PAGES / f"{name}.md").write_text(page(name, answer, code_of(module), hunt(module)))


def hunt(module: ModuleType) -> str:
    """What `reshake hunt` finds in a scenario that declares a space."""
    if not hasattr(module, "HUNT"):
        return ""
    found = rs.hunt(module.scenario, module.HUNT, budget="1h", max_runs=600).found
    if found is None or not found.is_minimal:
        raise SystemExit(f"{module.__name__}: the hunt found nothing, or did not come to its end")
    return (
        f"Case {found.after} breaks the promise. It had {_size(found.first[0])}; what is left of it has "
        f"{_size(found.scenario)}:\n\n```python\n{found.as_python().rstrip()}\n```"
    )


def _size(scenario: rs.Scenario) -> str:
    faults, clients = len(scenario.faults), sum(each.count for each in scenario.clients)
    return (
        f"{faults} fault{'s' if faults != 1 else ''} and {clients} client{'s' if clients != 1 else ''} for "
        f"{scenario.duration}"
    )


def small(png: bytes) -> bytes:
    """The same picture with a palette: a third of the bytes, and nobody sees it."""
    from PIL import Image

    buffer = io.BytesIO()
    # An octree: a median cut gives colours of few pixels, such as a line that others cover, those of others.
    colours = (
        Image.open(io.BytesIO(png))
        .convert("RGB")
        .quantize(192, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    colours.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="scenarios to run")
    parser.add_argument("--redraw", action="store_true", help="take their batches as they were run last")
    parser.add_argument("--all", action="store_true", help="run every shipped scenario")
    given = parser.parse_args()
    known = [name for name, _ in shipped()]
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"no such shipped scenario: {', '.join(unknown)}; there is {', '.join(known)}")
    PAGES.mkdir(exist_ok=True)
    for name in known if given.all else given.names:
        print(f"{name} ...", flush=True)
        measure(name, run=not given.redraw)
    for name in known:
        if (found := measured(name)) is not None:
            (PAGES / f"{name}.md").write_text(page(name, *found))
    (PAGES / "README.md").write_text(index())
    stale = [name for name in known if (found := measured(name)) is None or found[1] != code_of(module_of(name))]
    if stale:
        print(f"not measured with the code as it is: {', '.join(stale)}; give their names to run them")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
