"""No tier, unit, person, place or matter of a town is written in the program: only in its rulebook."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from office.rules.rulebooks import read_rulebook
from tests.rooms import ROOMS

ROOT = Path(__file__).parents[2]

ALLOWED = {
    "community": "the field of a petition: whose it is; and who posts an order",
    "window": "a span of time",
}
"""Ids of a town that are words of the program too, and which."""

OF_THE_DEMO = ("demo/", "cli/demo.py", "office/settings.py")
"""The demo's story is Baiyang's; and the settings name the rulebook that is used when none is given."""


def words_of(file: Path) -> Iterator[tuple[int, str]]:
    """String literals that are not documentation."""
    tree = ast.parse(file.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


@pytest.mark.parametrize("town", ["baiyang", "linhe"])
def test_no_id_of_a_town_is_a_literal(town: str) -> None:
    book = read_rulebook(ROOT / "rulebook" / town)
    parts: list[tuple[Any, ...]] = [book.tiers, book.units, book.staff, book.sections, book.matters]
    if book.service_orders:
        parts += [book.service_orders.services, book.service_orders.partners]
    ids = {entry.id for part in parts for entry in part} | {tier.clock.rule for tier in book.tiers} | {book.id}
    found = [
        f"{file.relative_to(ROOT)}:{line}: {word!r}"
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if not str(file.relative_to(ROOT)).startswith(OF_THE_DEMO)
        for line, word in words_of(file)
        if word in ids - set(ALLOWED)
    ]
    assert found == []


def names_of(town: str) -> set[str]:
    """What people of a town call its tiers and categories, where it is a word of more than one character."""
    book = read_rulebook(ROOT / "rulebook" / town)
    return {entry.name.zh for part in (book.tiers, book.categories) for entry in part if len(entry.name.zh) > 1}  # type: ignore[attr-defined]


@pytest.mark.parametrize("town", ["baiyang", "linhe"])
def test_no_sentence_help_or_message_calls_a_tier_as_one_town_does(town: str) -> None:
    """What every town's clerks and residents read is said with the names of their own rulebook."""
    names = names_of(town)
    texts = [
        (f"{file.relative_to(ROOT)}:{line}", word)
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if not str(file.relative_to(ROOT)).startswith(OF_THE_DEMO)
        for line, word in (*words_of(file), *told_of(file))
    ]
    shared = ROOT / "rulebook" / "messages.yaml"
    texts += [(f"{shared.name}:{n}", line) for n, line in enumerate(shared.read_text("utf-8").splitlines(), 1)]
    assert [(where, name) for where, text in texts for name in names if name in text] == []


def test_no_help_lists_the_tiers_or_categories_of_a_town() -> None:
    """A help text that lists ids would be wrong in the next town; it says where they are listed."""
    listed = {"community, district", "administrative, public_service", "village, township"}
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in (ROOT / "cli").rglob("*.py")
        for line, word in told_of(file)
        if any(each in word for each in listed)
    ]
    assert found == []


def told_of(file: Path) -> Iterator[tuple[int, str]]:
    """The documentation of a file: of commands, what `--help` says."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def test_the_search_would_find_one(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text('"""district"""\nTIER = "district"\n', "utf-8")
    assert list(words_of(tmp_path / "room.py")) == [(2, "district")]
