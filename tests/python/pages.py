"""README and the pages of docs/, as blocks that somebody may copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/scenarios").glob("*.md"))]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of code.

    Parameters
    ----------
    where
        The page, and the line on which the block begins.
    language
        Of its fence.
    code
        What is in it.
    before
        The page's text between the block before and this one.
    """

    where: str
    language: str
    code: str
    before: str


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of a page, from the top."""
    text, done = page.read_text(), 0
    for found in re.finditer(r"^```(.*)\n((?:.*\n)*?)```$", text, re.MULTILINE):
        where = f"{page.relative_to(ROOT)}:{text[: found.start()].count(chr(10)) + 1}"
        yield Block(where=where, language=found[1], code=found[2], before=text[done : found.start()])
        done = found.end()


def lines_of(block: Block) -> list[str]:
    """The command lines of a block; one that goes on in the next is one."""
    return block.code.replace("\\\n", " ").splitlines()


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
