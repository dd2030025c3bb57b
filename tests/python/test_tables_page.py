"""docs/tables.md describes every column of every table, every value of every closed set, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from reshake.batch.columns import CHOICES, COLUMNS, WRITTEN_BESIDES

PAGE = Path(__file__).parents[2] / "docs/tables.md"


def sections() -> dict[str, str]:
    """What the page says of each table, by its heading."""
    parts = re.split(r"^## (\S+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_column_has_a_meaning_and_no_other(core: ModuleType) -> None:
    ours = {name: sorted(column.name for column in columns) for name, columns in COLUMNS.items()}
    theirs = {
        name: sorted([column["name"] for column in columns] + list(WRITTEN_BESIDES.get(name, ())))
        for name, columns in core.table_schema().items()
    }
    assert ours == theirs, "say what it means in bindings/reshake/batch/columns.py, then make pages"


def test_every_value_that_needs_a_line_has_one_and_no_other(core: ModuleType) -> None:
    theirs = {column["name"]: column["choices"] for column in core.table_schema()["attempts"]}
    assert {name: list(values) for name, values in CHOICES.items()} == {name: theirs[name] for name in CHOICES}


def test_the_page_has_a_table_of_columns_for_every_table(core: ModuleType) -> None:
    page = sections()
    assert [name for name in core.table_schema() if f"<!-- columns of {name} -->" not in page.get(name, "")] == []


def test_the_page_names_every_value_of_every_closed_set(core: ModuleType) -> None:
    page = sections()
    unnamed = [
        f"{name}.{column['name']}: {choice}"
        for name, columns in core.table_schema().items()
        for column in columns
        for choice in column["choices"] or ()
        if f"`{choice}`" not in page.get(name, "")
    ]
    assert unnamed == []
