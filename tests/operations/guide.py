"""The operator's guide as it is typed: its chapters, their shell blocks, and what should be seen after each."""

import re
from typing import NamedTuple

from tests.operations.production import ROOT

PAGE = ROOT / "docs" / "operations.md"


class Block(NamedTuple):
    """Lines to type, one after the other, and fragments that should be seen, in this order."""

    typed: str
    seen: tuple[str, ...]


def chapters() -> dict[str, list[Block]]:
    """Title → blocks. What a `text` block says belongs to the shell block before it."""
    found: dict[str, list[Block]] = {}
    for part in re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        blocks: list[Block] = []
        for language, text in re.findall(r"^```(sh|text)\n(.*?)^```", body, re.DOTALL | re.MULTILINE):
            if language == "sh":
                blocks.append(Block(text, ()))
            else:
                blocks[-1] = blocks[-1]._replace(seen=tuple(text.splitlines()))
        found[title] = blocks
    return found
