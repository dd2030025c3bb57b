"""Writes the tables of `docs/tables.md` from the columns in the code; the text around them is written by hand.

A table stands between `<!-- columns of NAME -->` (or `<!-- values of NAME -->`) and `<!-- end -->`.
"""

import re
import sys
from pathlib import Path

from reshake import _core
from reshake.batch.columns import CHOICES, COLUMNS, type_of

PAGE = Path(__file__).parent / "tables.md"

_TABLE = re.compile(r"(<!-- (columns|values) of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def page() -> str:
    """The text of the page, with its tables as the code has them."""
    return _TABLE.sub(lambda found: f"{found[1]}{_WRITERS[found[2]](found[3])}{found[4]}", PAGE.read_text())


def _columns(table: str) -> str:
    known = {column["name"]: column for column in _core.table_schema()[table]}
    rows = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in COLUMNS[table]:
        kind = type_of(column.name, known.get(column.name))
        unit = "ns" if kind == "duration[ns]" else column.unit
        rows.append(f"| `{column.name}` | {kind} | {unit} | {column.meaning} |")
    return "\n".join(rows) + "\n"


def _values(name: str) -> str:
    rows = [f"| `{name}` | meaning |", "|---|---|"]
    rows += [f"| `{value}` | {meaning} |" for value, meaning in CHOICES[name].items()]
    return "\n".join(rows) + "\n"


_WRITERS = {"columns": _columns, "values": _values}


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
