"""docs/tables.md describes every column of every table, every value of every closed set, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

PAGE = Path(__file__).parents[2] / "docs/tables.md"
# Made from the scenario when a table is written, so the compiled half does not know it.
WRITTEN_BESIDES = {"faults": ["between"], "violations": ["promise"]}


def sections() -> dict[str, str]:
    """What the page says of each table, by its heading."""
    parts = re.split(r"^## (\S+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(section: str) -> Iterator[str]:
    """The names in the first cells of its tables of columns."""
    for table in re.findall(r"^\| column .*\n\|[-| ]+\n((?:\|.*\n)+)", section, flags=re.MULTILINE):
        for row in table.splitlines():
            yield from re.findall(r"`(\w+)`", row.split("|")[1])


def test_the_page_describes_every_column_once_and_no_other(core: ModuleType) -> None:
    page = sections()
    schema = core.table_schema()
    ours = {name: sorted(described(page.get(name, ""))) for name in schema}
    theirs = {
        name: sorted([column["name"] for column in columns] + WRITTEN_BESIDES.get(name, []))
        for name, columns in schema.items()
    }
    assert ours == theirs


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
