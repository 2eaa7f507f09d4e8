"""The clocks against a slow reckoner written from the rule's words, with another list of working days."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import chinese_calendar
from hypothesis import given, settings
from hypothesis import strategies as st

from rulebook.clocks import deadline, moment_at, opening_after
from rulebook.model import ClockRule
from tests.rulebook.books import baiyang

CHINA = ZoneInfo("Asia/Shanghai")
ALL_DAYS = [date(2025, 1, 1) + timedelta(days=n) for n in range(730)]
WORKED = [day for day in ALL_DAYS if chinese_calendar.is_workday(day)]

minutes = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1)).map(  # noqa: DTZ001  given a zone below
    lambda at: at.replace(second=0, microsecond=0, tzinfo=CHINA)
)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1), timezones=st.just(CHINA))  # noqa: DTZ001
zones = st.sampled_from([ZoneInfo(name) for name in ("UTC", "America/New_York", "Asia/Kolkata", "Asia/Shanghai")])


def closing(day: date) -> datetime:
    return datetime.combine(day, time(17, 30), CHINA)


def by_hand(kind: str, n: int, counting: str, start: datetime) -> datetime:
    """The rule in its own words, one day after the other."""
    today = start.date()
    if kind == "same_day":
        in_time = today in WORKED and (start.hour, start.minute) < (16, 0)
        return closing(today if in_time else next(day for day in WORKED if day > today))
    if counting == "working":
        return closing([day for day in WORKED if day > today][n - 1])
    last = [day for day in ALL_DAYS if day > today][n - 1]
    return closing(next(day for day in WORKED if day >= last))


@settings(deadline=None)
@given(
    start=instants,
    zone=zones,
    kind=st.sampled_from(["same_day", "days"]),
    n=st.integers(1, 45),
    counting=st.sampled_from(["calendar", "working"]),
)
def test_due_when_a_person_with_a_wall_calendar_says_so(
    start: datetime,
    zone: ZoneInfo,
    kind: Literal["same_day", "days"],
    n: int,
    counting: Literal["calendar", "working"],
) -> None:
    rule = ClockRule(
        rule="r",
        kind=kind,
        days=n if kind == "days" else None,
        counting=counting,
        source="test",
        verified=date(2026, 11, 20),
    )
    found = deadline(rule, start.astimezone(zone), baiyang())
    assert found.due_at == by_hand(kind, n, counting, start)
    dates = [day.date for day in found.days]
    assert dates[0] == start.date()
    assert dates == [dates[0] + timedelta(days=k) for k in range(len(dates))], "no gap in the explanation"
    assert dates[-1] == found.due_at.date()
    assert sum(day.counted for day in found.days) == (n if kind == "days" else 1)
    assert not found.provisional


@settings(deadline=None)
@given(starts=st.tuples(instants, instants), n=st.integers(1, 10))
def test_who_comes_later_is_never_due_earlier(starts: tuple[datetime, datetime], n: int) -> None:
    first, second = sorted(starts)
    for tier in baiyang().tiers:
        assert deadline(tier.clock, first, baiyang()).due_at <= deadline(tier.clock, second, baiyang()).due_at
    assert opening_after(first, n, baiyang()) <= opening_after(second, n, baiyang())


def open_minutes(start: datetime, due: datetime) -> list[datetime]:
    """Every minute of the span at which the office is open, one by one."""
    found, minute = [], start
    while minute < due:
        if minute.date() in WORKED and time(8, 30) <= minute.time() < time(17, 30):
            found.append(minute)
        minute += timedelta(minutes=1)
    return found


@settings(deadline=None)
@given(start=minutes, hours=st.integers(1, 24 * 9), share=st.integers(0, 99))
def test_a_reminder_comes_after_its_share_of_open_minutes(start: datetime, hours: int, share: int) -> None:
    due = start + timedelta(hours=hours)
    all_open = open_minutes(start, due)
    moment = moment_at(share / 100, start, due, baiyang())
    if not all_open:
        assert moment == due
        return
    whole, rest = divmod(len(all_open) * share, 100)
    expected = all_open[whole] + timedelta(minutes=rest / 100)
    assert abs(moment - expected) < timedelta(milliseconds=1)


@settings(deadline=None)
@given(start=instants)
def test_reminders_fall_between_start_and_deadline_in_office_hours_and_in_order(start: datetime) -> None:
    book = baiyang()
    for tier in book.tiers:
        due = deadline(tier.clock, start, book).due_at
        moments = [moment_at(fraction, start, due, book) for fraction in book.reminders.at]
        assert [start, *moments, due] == sorted([start, *moments, due])
        assert all(book.office_hours.opens <= moment.time() <= book.office_hours.closes for moment in moments)
        assert all(book.calendar.is_working(moment.date()) for moment in moments)
