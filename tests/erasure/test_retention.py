"""What the rulebook keeps no longer is erased by itself, and not a day before."""

from datetime import date

import pytest

from eventstore.log import ERASED
from office.keys.retaining import due, erase_due
from rulebook.retention import Retention, kept_until
from tests.erasure.conftest import CANARY, Place

LAST = "2030-09-24"
"""Five years after the 24th of September 2025, the last day it is kept."""


def keeping(since: str, years: int) -> dict[str, object]:
    return {"since": since, "years": years, "rule": "r", "source": "s", "verified": "2026-11-20"}


def test_the_last_of_a_residents_petitions_decides(place: Place) -> None:
    old, resident = place.comes(1)
    place.withdraws(old)
    place.later(days=100)
    new, _ = place.comes(1, "水管漏水")
    single, alone = place.comes(2)
    place.withdraws(single)
    place.later(days=365 * 5 + 1)
    assert due(place.event_log, place.rules, place.time) == [], "the last day is kept; and one of theirs is open"
    place.later(days=1)
    (only,) = due(place.event_log, place.rules, place.time)
    assert (only.resident, only.streams) == (alone, (single,))
    assert [each.resident for each in erase_due(place.event_log, place.eraser, place.rules, place.time)] == [alone]
    assert place.words(single)["text"] == ERASED
    assert CANARY in (place.words(new)["text"] or "")
    assert erase_due(place.event_log, place.eraser, place.rules, place.time) == []
    place.withdraws(new)
    place.later(days=366 * 5 + 2)
    assert [each.resident for each in due(place.event_log, place.rules, place.time)] == [resident]


def test_a_look_does_not_make_it_last_longer(place: Place) -> None:
    petition, _ = place.comes(1)
    place.withdraws(petition)
    day = due(place.event_log, place.rules, place.time.replace(year=2031))[0].kept_until
    assert str(day) == LAST


def test_without_a_rule_nothing_is_erased(place: Place) -> None:
    petition, _ = place.comes(1)
    place.withdraws(petition)
    place.later(days=9_000)
    book = place.rules.model_copy(update={"retention": None})
    assert due(place.event_log, book, place.time) == []


def test_a_rule_holds_from_its_day() -> None:
    rules = Retention.model_validate({"closed": [keeping("2025-01-01", 5), keeping("2028-01-01", 3)]})
    assert [entry.years if entry else None for entry in map(rules.on, map(date.fromisoformat, DAYS))] == [None, 5, 3]
    with pytest.raises(ValueError, match="oldest first"):
        Retention.model_validate({"closed": [keeping("2028-01-01", 3), keeping("2025-01-01", 5)]})


DAYS = ("2024-12-31", "2027-12-31", "2028-01-01")


def test_five_years_after_the_last_of_february() -> None:
    entry = Retention.model_validate({"closed": [keeping("2025-01-01", 5)]}).closed[0]
    assert kept_until(date(2028, 2, 29), entry) == date(2033, 2, 28)
