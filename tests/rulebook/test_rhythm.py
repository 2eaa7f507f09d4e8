"""The rhythm of the office by the calendar: which day a beat is due, and for which period."""

from datetime import date

import pytest
from pydantic import ValidationError

from rulebook.rhythm import Beat, Rhythm, announced_on, due_on, next_due, period_before, reception_day
from tests.rulebook.books import baiyang, village

DAYS = baiyang().calendar


def beat(name: str) -> Beat:
    rhythm = baiyang().rhythm
    assert rhythm is not None
    return next(each for each in rhythm.beats if each.id == name)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2025, 9, 28), "2025-09-28"),  # a Sunday that is a working day
        (date(2025, 9, 27), None),
        (date(2025, 10, 1), None),
        (date(2025, 10, 9), "2025-10-09"),
    ],
)
def test_a_digest_is_due_on_working_days_only(day: date, label: str | None) -> None:
    assert due_on(beat("daily-digest"), day, DAYS) == label


@pytest.mark.parametrize(
    ("name", "day", "label"),
    [
        ("monthly-scorecard", date(2025, 10, 8), None),  # the office is closed until the 9th
        ("monthly-scorecard", date(2025, 10, 9), "2025-09"),
        ("monthly-scorecard", date(2025, 10, 31), "2025-09"),
        ("monthly-scorecard", date(2026, 1, 4), "2025-12"),
        ("quarterly-publication", date(2026, 1, 4), "2025-Q4"),
        ("quarterly-publication", date(2025, 4, 1), "2025-Q1"),
        ("half-yearly-feedback", date(2025, 7, 1), "2025-H1"),
        ("half-yearly-feedback", date(2026, 1, 5), "2025-H2"),
        ("yearly-review", date(2026, 1, 5), "2025"),
        ("reconcile", date(2026, 1, 5), None),
    ],
)
def test_a_period_that_is_over_is_due_from_the_first_working_day_after_it(
    name: str, day: date, label: str | None
) -> None:
    assert due_on(beat(name), day, DAYS) == label


def test_reception_day_is_the_last_friday_and_is_announced_a_week_before() -> None:
    reception = beat("reception-day")
    assert reception_day(reception, 2025, 10, DAYS) == date(2025, 10, 31)
    assert announced_on(reception, 2025, 10, DAYS) == date(2025, 10, 24)
    assert due_on(reception, date(2025, 10, 23), DAYS) is None
    assert due_on(reception, date(2025, 10, 24), DAYS) == "2025-10"
    assert due_on(reception, date(2025, 10, 31), DAYS) == "2025-10"
    assert due_on(reception, date(2025, 11, 3), DAYS) is None


def test_a_reception_day_on_a_holiday_is_the_working_day_before_it() -> None:
    friday = beat("reception-day")
    wednesday = friday.model_copy(update={"weekday": "wednesday"})
    assert reception_day(wednesday, 2025, 12, DAYS) == date(2025, 12, 31)
    # 2026-02-20, the third Friday, is a holiday of Spring Festival; the last one is not.
    assert reception_day(friday, 2026, 2, DAYS) == date(2026, 2, 27)
    thursday = friday.model_copy(update={"weekday": "thursday"})
    assert DAYS.day(reception_day(thursday, 2025, 1, DAYS)).working
    assert reception_day(thursday, 2025, 1, DAYS) == date(2025, 1, 27)


def test_a_beat_holds_until_the_next_entry_of_its_id_does() -> None:
    first = beat("daily-digest")
    later = first.model_copy(update={"since": date(2026, 1, 1), "rule": "rhythm.later-digest"})
    rhythm = Rhythm(beats=(later, first))
    assert rhythm.on(date(2025, 12, 31)) == (first,)
    assert rhythm.on(date(2026, 1, 1)) == (later,)
    assert rhythm.on(date(2024, 12, 31)) == ()
    ended = Rhythm(beats=(first.model_copy(update={"until": date(2025, 6, 30)}),))
    assert ended.on(date(2025, 7, 1)) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"each": "minutes"},
        {"at": None},
        {"every_minutes": 5},
        {"weekday": "friday"},
        {"does": "reception_day"},
        {"until": "2024-12-31"},
        {"does": "rank_residents"},
    ],
)
def test_a_beat_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    fields = beat("daily-digest").model_dump(mode="json") | wrong
    with pytest.raises(ValidationError):
        Beat.model_validate(fields)


def test_every_beat_says_where_it_comes_from_and_a_book_needs_none() -> None:
    rhythm = baiyang().rhythm
    assert rhythm is not None
    assert {each.does for each in rhythm.beats} >= {"digest", "reconcile", "scorecard", "publication", "review"}
    assert all(each.source and each.verified for each in rhythm.beats)
    assert village().rhythm is None


def test_periods_before_a_day() -> None:
    assert period_before("month", date(2026, 1, 1)) == "2025-12"
    assert period_before("quarter", date(2026, 3, 31)) == "2025-Q4"
    assert period_before("half_year", date(2026, 6, 30)) == "2025-H2"
    assert period_before("year", date(2026, 12, 31)) == "2025"


@pytest.mark.parametrize(
    ("name", "first", "due"),
    [
        ("daily-digest", date(2025, 10, 1), (date(2025, 10, 9), "2025-10-09")),  # closed until then
        ("daily-digest", date(2025, 9, 27), (date(2025, 9, 28), "2025-09-28")),
        ("monthly-scorecard", date(2025, 9, 27), (date(2025, 10, 9), "2025-09")),
        ("monthly-scorecard", date(2025, 10, 9), (date(2025, 10, 9), "2025-09")),
        ("monthly-scorecard", date(2025, 10, 10), (date(2025, 11, 3), "2025-10")),
        ("quarterly-publication", date(2025, 11, 21), (date(2026, 1, 4), "2025-Q4")),  # a make-up Sunday
        ("yearly-review", date(2025, 11, 21), (date(2026, 1, 4), "2025")),
        ("reception-day", date(2025, 10, 1), (date(2025, 10, 24), "2025-10")),
        ("reception-day", date(2025, 10, 25), (date(2025, 11, 21), "2025-11")),  # October's is announced already
        ("reconcile", date(2025, 10, 1), None),
    ],
)
def test_the_day_a_beat_has_something_new_to_do(name: str, first: date, due: tuple[date, str] | None) -> None:
    assert next_due(beat(name), first, DAYS) == due


def test_a_beat_that_ended_is_never_due_again() -> None:
    ended = beat("yearly-review").model_copy(update={"until": date(2025, 12, 31)})
    assert next_due(ended, date(2025, 11, 21), DAYS) is None
