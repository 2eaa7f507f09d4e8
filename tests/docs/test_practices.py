"""`docs/practices.md` cannot lie: whatever it names is there, and no row of the offices' tables is left out."""

import re
from pathlib import Path
from typing import Any

import pytest

from aggregates.catalogue import CATALOGUE
from cli.main import make_app
from cli.reference import command_paths
from office.rules.rulebooks import read_rulebook
from office.rules.scenarios import check_file, scenario_files
from rulebook.model import Rulebook

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "practices.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([^`]+)`", PAGE)))
TOPICS = {kind.TOPIC for kind in CATALOGUE}
PATHS = set(command_paths(make_app()))
TYPED = {" ".join(path) for path in PATHS - {path[:-1] for path in PATHS}}
WORDS = [
    "petition", "receipt", "resident", "channel", "category", "matter", "tier", "unit", "grid", "triage",
    "dispatch", "accept", "return", "transfer", "proxy", "assist", "hand-over", "clock", "remind", "escalate",
    "supervise", "extend", "pause", "park", "merge", "reply", "follow-up", "dispute", "review", "close",
    "ledger", "rulebook", "dossier",
]  # fmt: skip


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return read_rulebook(ROOT / "rulebook" / "baiyang")


def part(book: Rulebook, path: str) -> Any:
    """A setting by its path; of a list, the first entry that has it."""
    value: Any = book
    for name in path.split("."):
        value = value[0] if isinstance(value, tuple) else value
        value = getattr(value, name)
    return value


@pytest.mark.parametrize("named", NAMED)
def test_what_is_named_is_there(named: str, book: Rulebook) -> None:
    if named.startswith("suqiu "):
        assert named.removeprefix("suqiu ") in TYPED
    elif "::" in named:
        file, test = named.split("::")
        assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    elif "/" in named:
        assert (ROOT / named).exists()
    elif named.startswith("matter "):
        assert book.matter(named.removeprefix("matter "))
    elif named not in TOPICS:
        assert part(book, named) is not None


def test_every_scenario_named_exists_and_every_one_of_baiyang_is_a_scenario_of_some_row() -> None:
    titles = {
        town: {
            each.title.zh
            for file in scenario_files(ROOT / "rulebook" / town)
            for each in check_file(file).source.scenarios
        }
        for town in ("baiyang", "linhe")
    }
    named = set(re.findall(r"「([^」…]+)」", PAGE))
    assert named - titles["baiyang"] - titles["linhe"] == set()
    assert titles["baiyang"] - named == set()


def rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    found = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return found[1:]


@pytest.mark.parametrize(
    ("heading", "count"), [("The four categories", 9), ("How days count", 10), ("What the offices do around it", 17)]
)
def test_no_row_is_left_out_and_each_has_where_and_by_what(heading: str, count: int) -> None:
    assert len(rows(heading)) == count
    for row in rows(heading):
        assert "`" in row[-2], row[0]
        assert re.search("「|::", row[-1]), row[0]


def test_every_word_has_its_row_or_is_open() -> None:
    told = {re.split(r"[ ,:]", row[0])[0] for row in rows("Words") + rows("Open")}
    assert set(WORDS) <= told


def test_what_is_open_says_what_is_missing() -> None:
    assert all(len(row) == 2 and row[1] for row in rows("Open"))


def test_the_eight_services_are_matters_of_the_community(book: Rulebook) -> None:
    (row,) = [each for each in rows("What the offices do around it") if each[0].startswith("eight services")]
    matters = [book.matter(id) for id in re.findall(r"`matter ([^`]+)`", row[1])]  # noqa: A001
    assert len(matters) == 8
    assert {matter.tier for matter in matters} == {book.tiers[0].id}
