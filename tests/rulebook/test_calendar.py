"""Which days the office works, told by the calendar and checked against somebody else's."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from rulebook.calendar import CalendarError, CalendarYear, WorkingCalendar
from tests.rulebook.books import baiyang, village

EVERY_DAY_OF_2025_AND_2026 = [date(2025, 1, 1) + timedelta(days=n) for n in range(730)]


def test_every_day_of_2025_and_2026_is_what_the_state_council_announced() -> None:
    differing = [
        day
        for day in EVERY_DAY_OF_2025_AND_2026
        if baiyang().calendar.is_working(day) != chinese_calendar.is_workday(day)
    ]
    assert not differing


@pytest.mark.parametrize(
    ("day", "working", "why"),
    [
        (date(2026, 10, 1), False, "public holiday: 国庆节"),
        (date(2026, 10, 10), True, "make-up working day: 国庆节调休"),
        (date(2026, 10, 11), False, "weekend"),
        (date(2026, 10, 12), True, "working day"),
    ],
)
def test_a_day_says_why_it_is_worked_or_not(day: date, working: bool, why: str) -> None:
    kind = baiyang().calendar.day(day)
    assert (kind.working, kind.why, kind.provisional) == (working, why, False)


def test_the_next_working_day_after_the_spring_festival_eve_is_nine_days_later() -> None:
    assert baiyang().calendar.next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)


def test_a_year_not_announced_yet_has_its_weekends_and_is_provisional() -> None:
    calendar = baiyang().calendar
    assert calendar.known_years == (2025, 2026)
    new_year, saturday = calendar.day(date(2027, 1, 1)), calendar.day(date(2027, 1, 2))
    assert (new_year.working, new_year.provisional) == (True, True)
    assert (saturday.working, saturday.provisional) == (False, True)


def test_a_day_before_the_first_year_is_refused_with_the_year_in_the_sentence() -> None:
    with pytest.raises(CalendarError, match="2024-12-31 is before 2025"):
        baiyang().calendar.day(date(2024, 12, 31))


def test_a_calendar_without_years_is_refused() -> None:
    with pytest.raises(CalendarError, match="at least one year"):
        WorkingCalendar([])


def test_the_version_follows_the_days_and_nothing_else() -> None:
    years = baiyang().calendars
    again = WorkingCalendar(reversed(years))
    renamed = WorkingCalendar(year.model_copy(update={"source": "another notice"}) for year in years)
    fewer = WorkingCalendar(years[:1])
    assert baiyang().calendar.version == again.version == renamed.version
    assert len({baiyang().calendar.version, fewer.version, village().calendar.version}) == 3


def test_a_year_may_have_no_holidays_at_all() -> None:
    plain = CalendarYear(year=2026, holidays={}, make_up_days={}, source="test", verified=date(2026, 11, 20))
    assert WorkingCalendar([plain]).is_working(date(2026, 10, 1))


def test_a_duty_roster_works_every_day_of_every_year() -> None:
    roster = baiyang().days("every_day")
    assert roster.day(date(1999, 1, 2)).working
    assert roster.next_working_day(date(2026, 10, 1)) == date(2026, 10, 2)
    assert not roster.day(date(2030, 1, 1)).provisional
