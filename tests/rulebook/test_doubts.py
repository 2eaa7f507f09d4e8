"""What a sound rulebook is warned of."""

from pathlib import Path

from office.rules.rulebooks import read_rulebook
from rulebook.doubts import doubts

TOWNS = Path(__file__).parents[2] / "rulebook"


def test_the_shipped_books_leave_no_doubt() -> None:
    for town in ("baiyang", "linhe"):
        assert list(doubts(read_rulebook(TOWNS / town))) == []


def test_one_wording_in_two_matters_is_told_with_the_one_that_is_proposed() -> None:
    book = read_rulebook(TOWNS / "baiyang")
    first, last = book.matters[0], book.matters[-1]
    twice = last.model_copy(update={"wording": (*last.wording, f" {first.wording[0]} ")})
    (doubt,) = doubts(book.model_copy(update={"matters": (*book.matters[:-1], twice)}))
    assert doubt.place == ("matters", len(book.matters) - 1, "wording")
    assert first.id in doubt.says
    assert f"{last.id} never is" in doubt.says


def test_a_wording_that_is_its_own_matter_s_name_is_no_doubt() -> None:
    book = read_rulebook(TOWNS / "baiyang")
    first = book.matters[0]
    same = first.model_copy(update={"wording": (*first.wording, first.name.zh)})
    assert list(doubts(book.model_copy(update={"matters": (same, *book.matters[1:])}))) == []
