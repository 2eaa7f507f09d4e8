"""When promised times end. Given an instant of receipt, when the rule counts, then it is due then."""

from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from rulebook.calendar import CalendarError
from rulebook.clocks import deadline, moment_at, opening_after
from rulebook.model import ClockRule
from rulebook.roster import Roster
from tests.rulebook.books import baiyang

CHINA = ZoneInfo("Asia/Shanghai")
Counting = Literal["calendar", "working"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def days(n: int, counting: Counting = "calendar") -> ClockRule:
    return ClockRule(rule="test", kind="days", days=n, counting=counting, source="test", verified=date(2026, 11, 20))


@pytest.mark.parametrize(
    ("story", "received", "due"),
    [
        ("in the morning of a working day", "2026-11-18T09:00", "2026-11-18T17:30"),
        ("before the doors open", "2026-11-18T00:00", "2026-11-18T17:30"),
        ("a second before the cut-off", "2026-11-18T15:59:59", "2026-11-18T17:30"),
        ("at the cut-off itself", "2026-11-18T16:00:00", "2026-11-19T17:30"),
        ("late on a Friday", "2026-11-20T16:30", "2026-11-23T17:30"),
        ("on a Sunday", "2026-11-22T10:00", "2026-11-23T17:30"),
        ("on a make-up Saturday", "2026-10-10T10:00", "2026-10-10T17:30"),
        ("on the last day before the Spring Festival, late", "2026-02-14T16:00", "2026-02-24T17:30"),
        ("in the middle of National Day week", "2026-10-03T09:00", "2026-10-08T17:30"),
        ("on New Year's Eve, late", "2025-12-31T17:00", "2026-01-04T17:30"),
    ],
)
def test_same_day(story: str, received: str, due: str) -> None:
    rule = baiyang().tier("community").clock
    assert deadline(rule, at(received), baiyang()).due_at == at(due), story


@pytest.mark.parametrize(
    ("story", "tier", "received", "due"),
    [
        ("Monday and three days", "district", "2026-11-16T09:00", "2026-11-19T17:30"),
        ("the hour of the start does not matter", "district", "2026-11-16T23:59", "2026-11-19T17:30"),
        ("the third day is a Sunday", "district", "2026-11-19T09:00", "2026-11-23T17:30"),
        ("the third day is a make-up Saturday", "district", "2026-10-07T09:00", "2026-10-10T17:30"),
        ("into the Spring Festival", "district", "2026-02-13T09:00", "2026-02-24T17:30"),
        ("seven days over National Day", "beyond", "2026-09-30T09:00", "2026-10-08T17:30"),
        ("seven days into National Day", "beyond", "2026-09-25T09:00", "2026-10-08T17:30"),
        ("over the end of the year", "district", "2025-12-30T09:00", "2026-01-04T17:30"),
    ],
)
def test_calendar_days(story: str, tier: str, received: str, due: str) -> None:
    rule = baiyang().tier(tier).clock
    assert deadline(rule, at(received), baiyang()).due_at == at(due), story


@pytest.mark.parametrize(
    ("story", "n", "received", "due"),
    [
        ("over a weekend", 3, "2026-11-19T09:00", "2026-11-24T17:30"),
        ("over National Day, whose Saturday is worked", 3, "2026-09-30T09:00", "2026-10-10T17:30"),
        ("over the Spring Festival with both make-up days", 5, "2026-02-13T09:00", "2026-02-27T17:30"),
    ],
)
def test_working_days(story: str, n: int, received: str, due: str) -> None:
    assert deadline(days(n, "working"), at(received), baiyang()).due_at == at(due), story


def test_a_deadline_explains_itself_day_by_day() -> None:
    """Received on a Thursday with three days: the third is a Sunday, so the Monday closes it."""
    explained = deadline(baiyang().tier("district").clock, at("2026-11-19T09:00"), baiyang())
    assert [(day.date.day, day.counted, day.why) for day in explained.days] == [
        (19, False, "the start day is not counted"),
        (20, True, "day 1 of 3, working day"),
        (21, True, "day 2 of 3, weekend"),
        (22, True, "day 3 of 3, weekend"),
        (23, False, "the last day moves here: next working day"),
    ]
    assert (explained.rule, explained.provisional) == ("clock.district", False)
    assert explained.calendar == baiyang().calendar.version


def test_the_explanation_of_a_same_day_clock_names_the_cut_off() -> None:
    rule = baiyang().tier("community").clock
    late = deadline(rule, at("2026-11-20T16:00"), baiyang())
    assert [(day.date.day, day.counted, day.why) for day in late.days] == [
        (20, False, "working day, received at or after 16:00"),
        (21, False, "weekend"),
        (22, False, "weekend"),
        (23, True, "working day, the next one"),
    ]
    early = deadline(rule, at("2026-11-20T15:00"), baiyang())
    assert [day.why for day in early.days] == ["working day, received before 16:00"]


@pytest.mark.parametrize(("roster", "due"), [("working", "2026-10-08T17:30"), ("every_day", "2026-10-02T17:30")])
def test_a_duty_window_keeps_its_own_calendar(roster: Roster, due: str) -> None:
    rule = baiyang().tier("community").clock
    found = deadline(rule, at("2026-10-01T18:00"), baiyang(), calendar=roster)
    assert found.due_at == at(due)


def test_a_duty_roster_s_third_day_may_be_a_holiday() -> None:
    found = deadline(baiyang().tier("district").clock, at("2026-09-30T09:00"), baiyang(), calendar="every_day")
    assert (found.due_at, found.calendar) == (at("2026-10-03T17:30"), "every-day")


def test_past_the_last_announced_year_a_deadline_is_provisional() -> None:
    rule = baiyang().tier("district").clock
    inside = deadline(rule, at("2026-12-28T09:00"), baiyang())
    outside = deadline(rule, at("2026-12-29T09:00"), baiyang())
    assert (inside.due_at, inside.provisional) == (at("2026-12-31T17:30"), False)
    assert (outside.due_at, outside.provisional) == (at("2027-01-01T17:30"), True)


def test_what_arrives_from_another_zone_starts_on_the_day_it_is_here() -> None:
    """18:00 UTC on Monday is Tuesday two o'clock in Haizhou: Monday is not the start day."""
    start = datetime(2026, 11, 16, 18, tzinfo=UTC)
    found = deadline(baiyang().tier("community").clock, start, baiyang())
    assert found.started_at == start
    assert found.started_at.isoformat() == "2026-11-17T02:00:00+08:00"
    assert found.due_at.isoformat() == "2026-11-17T17:30:00+08:00"


def test_a_naive_time_is_refused() -> None:
    naive = datetime(2026, 11, 16, 9)  # noqa: DTZ001  the point of the story
    rule = baiyang().tier("community").clock
    with pytest.raises(ValueError, match="no time zone"):
        deadline(rule, naive, baiyang())
    with pytest.raises(ValueError, match="no time zone"):
        moment_at(0.5, naive, at("2026-11-16T17:30"), baiyang())
    with pytest.raises(ValueError, match="no time zone"):
        opening_after(naive, 1, baiyang())


def test_a_start_before_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarError, match="before 2025"):
        deadline(days(3), at("2024-06-01T09:00"), baiyang())


@pytest.mark.parametrize(
    ("story", "fraction", "start", "due", "moment"),
    [
        ("half of one morning", 0.5, "2026-11-18T09:30", "2026-11-18T17:30", "2026-11-18T13:30"),
        ("received at night: from opening", 0.0, "2026-11-18T02:00", "2026-11-18T17:30", "2026-11-18T08:30"),
        ("the end is the deadline", 1.0, "2026-11-18T09:30", "2026-11-18T17:30", "2026-11-18T17:30"),
        ("half of two days is an opening", 0.5, "2026-11-18T18:00", "2026-11-20T17:30", "2026-11-20T08:30"),
        ("a weekend is no time", 0.5, "2026-11-20T13:30", "2026-11-23T12:30", "2026-11-23T08:30"),
        ("nothing open in between", 0.5, "2026-11-21T09:00", "2026-11-22T17:30", "2026-11-22T17:30"),
        ("after the deadline", 0.5, "2026-11-18T12:00", "2026-11-18T09:00", "2026-11-18T09:00"),
    ],
)
def test_a_moment_of_open_office_time(story: str, fraction: float, start: str, due: str, moment: str) -> None:
    expected = at(moment)
    assert moment_at(fraction, at(start), at(due), baiyang()) == expected, story


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_a_fraction_outside_the_clock_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        moment_at(fraction, at("2026-11-18T09:30"), at("2026-11-18T17:30"), baiyang())


@pytest.mark.parametrize(
    ("start", "n", "opening"),
    [
        ("2026-11-20T17:00", 1, "2026-11-23T08:30"),
        ("2026-11-20T00:10", 5, "2026-11-27T08:30"),
        ("2026-10-09T09:00", 1, "2026-10-10T08:30"),
        ("2026-02-14T09:00", 1, "2026-02-24T08:30"),
    ],
)
def test_an_opening_some_working_days_later(start: str, n: int, opening: str) -> None:
    assert opening_after(at(start), n, baiyang()) == at(opening)


def test_an_opening_lies_ahead() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        opening_after(at("2026-11-20T17:00"), 0, baiyang())
