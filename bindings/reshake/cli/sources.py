"""Where scenarios come from: a file, a shipped module, or the JSON of one scenario."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import Problem, ScenarioError
from ..study import Study
from ..values.kinds import nearest
from ..values.scenario import Scenario

SHIPPED = "reshake.scenarios"
FIGURES = "reshake.analysis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A scenario function with the study that its author suggests.

    Attributes
    ----------
    origin
        What finds it again: the file's path or the module's name.
    grid, seeds
        `GRID` and `SEEDS` of the file, where it has them.
    figures
        The file's own function ``figures(results, out_dir)``, where it has one.
    about
        The file's docstring: its first line is the question.
    hunt
        `HUNT` of the file, where it has one: where `reshake hunt` looks.
    """

    name: str
    origin: str
    scenario: Callable[..., Scenario]
    grid: dict[str, Any]
    seeds: int | Iterable[int]
    figures: Callable[..., Any] | None
    about: str = ""
    hunt: Any = None


def load(given: str) -> Source:
    """The scenario that `given` names: a ``.py`` or ``.json`` file, or a shipped one."""
    path = Path(given)
    if path.suffix == ".json":
        return _from_json(path)
    if path.suffix == ".py" or os.sep in given:
        return _from_module(_module_of_file(path), path.stem, str(path.absolute()))
    name = given.removeprefix(f"{SHIPPED}.")
    known = [each for each, _ in shipped()]
    if name not in known and path.is_file():
        raise _refused(given, "is no scenario; expected a file that ends in .py or .json, or the name of a shipped one")
    if name not in known:
        hint = nearest(name, known) or '; "reshake list" shows what there is'
        raise _refused(given, f"no such file or shipped scenario{hint}")
    with _Blaming(f"{SHIPPED}.{name}"):
        module = importlib.import_module(f"{SHIPPED}.{name}")
    return _from_module(module, name, module.__name__)


def figures_of(given: str) -> Mapping[str, Callable[..., Any]]:
    """The functions of a file that draw results, by name: those that say that they return a matplotlib Figure.

    The file may be a copy of one of `analysis/`, wherever it lies: what it imports from beside it is found there.
    """
    from matplotlib.figure import Figure

    module = _module_of_file(Path(given), FIGURES)
    found = {
        name: each
        for name, each in vars(module).items()
        if inspect.isfunction(each)
        and each.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(each).return_annotation in (Figure, "Figure")
    }
    if not found:
        raise _refused(given, "has no function that draws results; expected one such as draw(results) -> Figure")
    return found


def study_of(source: Source, settings: dict[str, Any], seeds: int | Iterable[int] | None = None) -> Study:
    """The study that the source suggests, with what the user set instead."""
    try:
        return Study(source.scenario, seeds=source.seeds if seeds is None else seeds, **(source.grid | settings))
    except ScenarioError:
        raise
    except Exception as error:
        if not is_theirs(source.origin, error):
            raise
        raise blame(source.origin, error) from None


def reload(origin: str | None) -> Source | None:
    """The source that a batch was made from, if it can still be found."""
    try:
        return load(origin) if origin else None
    except ScenarioError:
        return None


def shipped() -> list[tuple[str, str]]:
    """Name and first line of the docstring of every shipped scenario."""
    try:
        package = importlib.import_module(SHIPPED)
    except ModuleNotFoundError:
        return []
    directory = Path(package.__path__[0])
    names = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    return [(name, _first_line(directory, name)) for name in names if not name.startswith("_")]


def _first_line(directory: Path, name: str) -> str:
    """Read from the text: a list of names must not import every scenario."""
    import ast

    try:
        text = ast.get_docstring(ast.parse((directory / f"{name}.py").read_text()))
    except (OSError, SyntaxError):
        text = None
    return text.splitlines()[0] if text else ""


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise _refused(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _refused(str(path), "is not a text file") from None


def _from_json(path: Path) -> Source:
    text = _text_of(path)
    try:
        scenario = Scenario.from_json(text)
    except ScenarioError as error:
        raise ScenarioError(
            Problem(": ".join(filter(None, (str(path), each.path))), each.sentence) for each in error.problems
        ) from None

    def saved() -> Scenario:
        return scenario

    origin = str(path.absolute())
    return Source(name=path.stem, origin=origin, scenario=saved, grid={}, seeds=1, figures=None)


def _module_of_file(path: Path, package: str = "") -> ModuleType:
    text = _text_of(path)
    module = ModuleType(f"reshake_scenario_{path.stem}")
    module.__file__ = str(path)
    module.__package__ = package  # Of what it imports relative to itself.
    sys.modules[module.__name__] = module
    # As under `python FILE`, what lies beside the file can be imported.
    sys.path.insert(0, str(path.absolute().parent))
    with _Blaming(str(path)):
        exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)
    return module


def _from_module(module: ModuleType, name: str, origin: str) -> Source:
    scenario = getattr(module, "scenario", None)
    problems = []
    if not callable(scenario):
        problems.append(Problem(name, "has no function `scenario` that returns a Scenario"))
    grid = getattr(module, "GRID", {})
    if not isinstance(grid, dict):
        problems.append(Problem(f"{name}.GRID", "is not a dict of parameters and their values"))
    if problems or scenario is None:
        raise ScenarioError(problems)
    return Source(
        name=name,
        origin=origin,
        scenario=scenario,
        grid=dict(grid),
        seeds=getattr(module, "SEEDS", 1),
        figures=getattr(module, "figures", None),
        about=inspect.getdoc(module) or "",
        hunt=getattr(module, "HUNT", None),
    )


class _Blaming:
    """Turns what a user's code raises into a problem with its file and line."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, _: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, ScenarioError):
            raise blame(self.name, error) from None


def is_theirs(origin: str, error: Exception) -> bool:
    """Whether a user's code had a part in an error. Else it is ours, and must not be laid at their door."""
    return bool(_lines_of(origin, error))


def blame(name: str, error: Exception) -> ScenarioError:
    """A mistake in a user's code, told without a traceback: what, and in which line."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        where = f"{error.filename}, line {error.lineno}"
        return _refused(where, f"{type(error).__name__}: {error.msg}")
    lines = _lines_of(name, error) or traceback.extract_tb(error.__traceback__)
    where = f"{lines[-1].filename}, line {lines[-1].lineno}" if lines else name
    notes = "".join(f" ({each})" for each in getattr(error, "__notes__", ()))
    return _refused(where, f"{type(error).__name__}: {error}{notes}")


def _lines_of(origin: str, error: Exception) -> list[traceback.FrameSummary]:
    """The lines that an error came through in a file or module, and in what lies beside it."""
    module = sys.modules.get(origin)
    file = getattr(module, "__file__", None) or origin
    directory = Path(file).absolute().parent

    def is_there(filename: str) -> bool:
        return not filename.startswith("<") and Path(filename).absolute().parent == directory

    return [each for each in traceback.extract_tb(error.__traceback__) if is_there(each.filename)]


def _refused(path: str, sentence: str) -> ScenarioError:
    return ScenarioError([Problem(path, sentence)])
