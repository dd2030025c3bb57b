"""Writes the table of `docs/openmetrics.md` from the metrics in the code."""

import re
import sys
from pathlib import Path

from reshake.openmetrics import FAMILIES

PAGE = Path(__file__).parent / "openmetrics.md"

_TABLE = re.compile(r"(<!-- metrics -->\n).*?(<!-- end -->)", re.DOTALL)


def page() -> str:
    """The text of the page, with its table as the code has it."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for family in FAMILIES:
        name = f"{family.name}_total" if family.kind == "counter" else family.name
        labels = ", ".join(f"`{label}`" for label in family.labels.values())
        rows.append(f"| `{name}` | {family.kind} | {labels} | {family.help} |")
    return _TABLE.sub(lambda found: f"{found[1]}{chr(10).join(rows)}\n{found[2]}", PAGE.read_text())


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
