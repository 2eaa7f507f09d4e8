"""What the rest of the house asks a rulebook."""

from datetime import date

import pytest
from pydantic import ValidationError

from rulebook.model import Rulebook, UnknownName
from rulebook.reading import parse
from tests.rulebook.books import baiyang, village, village_texts


def test_look_ups_by_id() -> None:
    book = village()
    assert book.matter("lamp").name.zh == "路灯维修"
    assert book.unit("team").calendar == "every_day"
    assert book.desk("public_service", "ward") == "team"
    assert book.staff_member("li") == book.staff_member("样李")
    assert book.category("legal").person_confirms


def test_the_ladder_ends_with_nobody_above() -> None:
    above = village().tier_after("ward")
    assert above is not None
    assert above.id == "town"
    assert village().tier_after("town") is None


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda book: book.tier("district"), "no tier is called 'district'; expected one of ward, town"),
        (
            lambda book: book.tier_after("district"),
            "no tier is called 'district'; expected one of ward, town",
        ),
        (
            lambda book: book.matter("lapm"),
            "no matter is called 'lapm'; expected one of allowance, lamp, drain",
        ),
        (lambda book: book.unit("x"), "no unit is called 'x'; expected one of counter, team, head"),
        (lambda book: book.desk("legal", "x"), "no tier is called 'x'; expected one of ward, town"),
        (
            lambda book: book.staff_member("x"),
            "no staff member is called 'x'; expected one of 样李, 样王, li, wang",
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(ask, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownName) as unknown:
        ask(village())
    assert str(unknown.value) == sentence


def test_of_many_names_those_that_look_alike_are_shown_first() -> None:
    with pytest.raises(UnknownName, match=r"one of temporary-aid, .* … \(\d+ in all\)"):
        baiyang().matter("temporary-aids")


def test_the_hash_names_the_content_whatever_the_files_look_like() -> None:
    texts = village_texts()
    commented = parse("rulebook.yaml", {name: "# a remark\n" + text for name, text in texts.items()})
    changed = texts | {"rulebook.yaml": texts["rulebook.yaml"].replace("days: 2", "days: 3")}
    assert village().hash == commented.hash
    assert village().hash != parse("rulebook.yaml", changed).hash
    assert village().hash.startswith("sha256:")
    assert len(village().hash) == len("sha256:") + 64


def test_a_book_written_as_json_is_the_same_book() -> None:
    again = Rulebook.model_validate_json(baiyang().model_dump_json())
    assert again == baiyang()
    assert again.hash == baiyang().hash


def test_a_changed_copy_has_a_hash_and_look_ups_of_its_own() -> None:
    before = village().hash
    later = village().model_copy(update={"effective_from": date(2027, 1, 1)})
    fewer = village().model_copy(update={"matters": village().matters[:1]}, deep=True)
    assert village().matter("lamp")
    assert len({before, later.hash, fewer.hash}) == 3
    with pytest.raises(UnknownName):
        fewer.matter("lamp")


def test_a_value_in_force_is_not_edited() -> None:
    with pytest.raises(ValidationError):
        village().id = "other"  # type: ignore[misc]
