"""The rhythm of the office: what it does by the calendar, and on which day each beat is due.

Temporal's schedules only start a workflow every morning; whether it is the day is computed here, by the rulebook's
working calendar. A beat of the past is never edited: another entry of the same id holds from its `since`.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from rulebook.calendar import DAY, OfficeDays
from rulebook.source import Day, Id, Record, Sourced, TimeOfDay

ReportKind = Literal["digest", "situation", "scorecard", "publication", "review", "feedback"]
Does = Literal[
    "digest", "situation", "scorecard", "publication", "review", "feedback", "reconcile", "reception_day", "erase"
]
Each = Literal["minutes", "working_day", "month", "quarter", "half_year", "year"]

MONTHS: dict[Each, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Months of the period that a report covers, once it is over."""
LONGEST_WAIT = 400
"""Days in which every beat comes round: a year, and holidays after it."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Beat(Sourced):
    """One recurring task of the office, from a day on.

    `each` month, quarter, half_year or year: about the one that is over, on the first working day after it. `at` is a
    time of day in the rulebook's zone. `every_minutes` goes with `minutes`; `weekday` (its last one of the month is the
    day) and `announced_days_before` with `reception_day`.
    """

    id: Id
    does: Does
    each: Each
    since: Day
    until: Day | None = None
    at: TimeOfDay | None = None
    every_minutes: Annotated[int, Field(gt=0, le=1440)] | None = None
    weekday: Weekday | None = None
    announced_days_before: Annotated[int, Field(ge=0, le=21)] | None = None
    rule: Id

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.each == "minutes") != (self.every_minutes is not None) or (self.each == "minutes") == bool(self.at):
            raise ValueError("`every_minutes` with `each: minutes`, and `at` with every other")
        reception = self.does == "reception_day"
        if reception != (self.weekday is not None) or reception != (self.announced_days_before is not None):
            raise ValueError("`weekday` and `announced_days_before` with `does: reception_day`, and only there")
        if self.until is not None and self.until < self.since:
            raise ValueError("`until` not before `since`")
        return self


class Rhythm(Record):
    """Everything the office does by the calendar, and how small a published count may be."""

    beats: tuple[Beat, ...]
    smallest_published: Annotated[int, Field(ge=1, le=100)] = 5

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [(beat.id, beat.since) for beat in self.beats]
        if len(set(names)) < len(names):
            raise ValueError("each beat once for a day it holds from")
        return self

    def on(self, day: date) -> tuple[Beat, ...]:
        """The beats that hold on a day: of each id the latest one that has begun and not ended."""
        latest: dict[str, Beat] = {}
        for beat in sorted(self.beats, key=lambda each: each.since):
            if beat.since <= day:
                latest[beat.id] = beat
        return tuple(beat for beat in latest.values() if beat.until is None or day <= beat.until)


def due_on(beat: Beat, day: date, calendar: OfficeDays) -> str | None:
    """The label of the period a beat is due for on a working day (`2025-10-09`, `2025-10`, `2025-Q4` …), else None.

    A period that is over stays due on every working day after it, in case the office or the engine was away on the
    first. A reception day is due, by its month, from the day it is to be announced until it is over.
    """
    if beat.each == "minutes" or not calendar.day(day).working:
        return None
    if beat.does == "reception_day":
        months = ((day.year, day.month), (day.year + day.month // 12, day.month % 12 + 1))
        return next((f"{y}-{m:02}" for y, m in months if announced_on(beat, y, m, calendar) <= day
                     <= reception_day(beat, y, m, calendar)), None)  # fmt: skip
    if beat.each == "working_day":
        return str(day)
    return period_before(beat.each, day)


class Due(NamedTuple):
    """A day on which a beat has something new to do, and the label of the period it is about."""

    day: date
    period: str


def next_due(beat: Beat, first: date, calendar: OfficeDays) -> Due | None:
    """The first day from `first` on with another period than the working day before it had; None: it never comes.

    On that day the beat has something to do: on later days its schedule finds it done.
    """
    if beat.each == "minutes":
        return None
    before = due_on(beat, _working_before(first - DAY, calendar), calendar)
    for day in (first + DAY * number for number in range(LONGEST_WAIT)):
        if beat.until is not None and day > beat.until:
            return None
        period = due_on(beat, day, calendar)
        if period is not None and period != before:
            return Due(day, period)
    return None


def period_before(each: Each, day: date) -> str:
    """The label of the last month, quarter, half or year that was over when `day` began."""
    span = MONTHS[each]
    current = (day.year * 12 + day.month - 1) // span
    year, number = divmod((current - 1) * span, 12)
    return {1: f"{year}-{number + 1:02}", 3: f"{year}-Q{number // 3 + 1}", 6: f"{year}-H{number // 6 + 1}"}.get(
        span, str(year)
    )


def reception_day(beat: Beat, year: int, month: int, calendar: OfficeDays) -> date:
    """The last such weekday of the month; where the office is closed that day, the last working day before it."""
    day = date(year, month, monthrange(year, month)[1])
    while day.weekday() != WEEKDAYS.index(beat.weekday or ""):
        day -= DAY
    return _working_before(day, calendar)


def announced_on(beat: Beat, year: int, month: int, calendar: OfficeDays) -> date:
    """When the month's reception day is announced: so many days before it, or the last working day before that."""
    return _working_before(
        reception_day(beat, year, month, calendar) - DAY * (beat.announced_days_before or 0), calendar
    )


def _working_before(day: date, calendar: OfficeDays) -> date:
    return next(each for each in _backwards(day) if calendar.day(each).working)


def _backwards(day: date) -> Iterator[date]:
    while True:
        yield day
        day -= DAY
