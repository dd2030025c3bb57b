"""Writes `docs/client_stacks.md` from the values that come with Reshake."""

import sys
from pathlib import Path

import reshake as rs
from reshake.stacks import STACKS

PAGE = Path(__file__).parent / "client_stacks.md"

_HEAD = """<!-- Written by docs/client_stacks_page.py from bindings/reshake/stacks: change those, then `make pages`. -->

# How real clients handle sessions

```python
chrome = rs.client_stack("chrome-138")
phones = chrome.clients("phones", count=300, access=rs.Link(delay="45ms"), arrivals=rs.Diurnal(away="3h"))
```

`client_stack` gives the session handling of a real stack as values of `Clients`: what its ticket store keeps, for how
long, how often a ticket is offered, early data, connections at once, and how long a connection stays open. Every
value has its source; what is not documented keeps Reshake's default and is listed. The TLS library underneath is
OpenSSL for all of them. `linger` is how long a connection stays open when it is idle; the visits of a scenario use
none twice, so that each is one that the stack could not serve from an open connection. `reshake run client_stacks`
compares them.
"""


def page() -> str:
    """The text of the page."""
    return _HEAD + "\n" + _overview() + "\n" + "\n".join(_section(rs.client_stack(name)) for name in STACKS)


def _overview() -> str:
    fields = ("tickets.capacity", "tickets.reuse", "tickets.persistent", "tickets.max_age", "tls.early_data", "linger")
    rows = ["| | " + " | ".join(f"`{field}`" for field in fields) + " |", "|---" * (len(fields) + 1) + "|"]
    for name in STACKS:
        known = {line.field: line.value for line in rs.client_stack(name).lines}
        cells = (f"`{known[field]}`" if field in known else "" for field in fields)
        rows.append(f"| [{name}](#{name.replace('.', '')}) | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _section(stack: rs.ClientStack) -> str:
    rows = ["| field | value | source | |", "|---|---|---|---|"]
    rows += [f"| `{line.field}` | `{line.value}` | {line.source} | {line.note} |" for line in stack.lines]
    text = f"## {stack.name}\n\n{stack.stack}. Sources read in {stack.looked_at}.\n\n" + "\n".join(rows) + "\n"
    if stack.undocumented:
        text += "\nNot documented, as far as we found: " + ", ".join(_code(each) for each in stack.undocumented) + ".\n"
    if stack.omits:
        text += "\nNot in these values:\n\n" + "\n".join(f"- {each}" for each in stack.omits) + "\n"
    return text


def _code(text: str) -> str:
    return f"`{text}`" if " " not in text else text


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
