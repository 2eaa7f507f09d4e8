"""Every refusal is said in Chinese too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from aggregates.petition.decisions import Refused
from aggregates.refusal_words import REFUSALS
from tests.rooms import ROOMS

ROOT = Path(__file__).parents[2]
NO_CLERK = ROOT / "evidence" / "witness.py"
"""A witness's refusals are another machine's: they have no code."""


def first_words() -> Iterator[ast.expr]:
    """The first argument of every `Refused(…)` in the code."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if file == NO_CLERK:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                    yield node.args[0]


def fields_looked_up() -> set[str]:
    """What `known("…", …)` is asked for: its refusal is `unknown-…`."""
    texts = [file.read_text("utf-8") for file in (ROOT / "aggregates").rglob("*.py")]
    return {field for text in texts for field in re.findall(r'known\(\s*"([a-z_]+)"', text)}


def test_every_code_has_its_chinese() -> None:
    codes = {word.value for word in first_words() if isinstance(word, ast.Constant)}
    codes |= {f"unknown-{field}" for field in fields_looked_up()}
    assert len(codes) > 70
    assert sorted(codes - REFUSALS.keys()) == []
    assert sorted(REFUSALS.keys() - codes) == [], "of these nobody is refused any more"
    assert all(re.search("[一-鿿]", said) for said in REFUSALS.values())


def test_a_refusal_says_both() -> None:
    refused = Refused("joint", "withdraw: 3 residents ask for this together")
    assert "全体同意" in refused.zh
    assert "3 residents" in str(refused)
