"""Which days are working days: weekends, public holidays and make-up working days (调休), year by year.

Mainland China moves working days to weekends; the State Council announces each year in the autumn before. A
year nobody has announced yet has only its weekends, and whatever is counted with it is provisional.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Protocol

from pydantic import Field

from rulebook.problems import BadInput
from rulebook.source import Day, Sourced, Text

SATURDAY = 5
DAY = timedelta(days=1)


class CalendarYear(Sourced):
    """One announced year: days off (weekends within a holiday too) and weekend days worked for them."""

    year: Annotated[int, Field(ge=1950, le=9000)]
    holidays: dict[Day, Text]
    make_up_days: dict[Day, Text]


class CalendarError(BadInput, ValueError):
    """A day before the calendars of this rulebook."""


@dataclass(frozen=True, slots=True)
class DayKind:
    """Whether the office works on `date`, and why; `provisional`: that year's calendar is not announced yet."""

    date: date
    working: bool
    why: str
    provisional: bool = False


class OfficeDays(Protocol):
    """What computing a clock needs of a calendar."""

    @property
    def version(self) -> str: ...
    def day(self, date: date) -> DayKind: ...
    def next_working_day(self, date: date) -> date: ...


class WorkingCalendar:
    """The office calendar of the announced years, in any order."""

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self._years = tuple(sorted(years, key=lambda year: year.year))
        if not self._years:
            raise CalendarError("a working calendar needs at least one year")
        self._first, self._last = self._years[0].year, self._years[-1].year
        self._special = {
            day: DayKind(day, working, f"{word}: {name}")
            for year in self._years
            for days, working, word in (
                (year.holidays, False, "public holiday"),
                (year.make_up_days, True, "make-up working day"),
            )
            for day, name in days.items()
        }

    @property
    def known_years(self) -> tuple[int, ...]:
        """The announced years, ascending."""
        return tuple(year.year for year in self._years)

    @cached_property
    def version(self) -> str:
        """`cal-` and 12 hex digits over every special day; the same days always give the same version."""
        days = "".join(f"{day} {kind.working}\n" for day, kind in sorted(self._special.items()))
        return "cal-" + hashlib.sha256(f"{self.known_years}\n{days}".encode()).hexdigest()[:12]

    def day(self, date: date) -> DayKind:
        """What kind of day `date` is. Raises CalendarError before the first announced year."""
        if (special := self._special.get(date)) is not None:
            return special
        if date.year < self._first:
            raise CalendarError(f"{date} is before {self._first}, the first year the calendar knows")
        working = date.weekday() < SATURDAY
        why = "working day" if working else "weekend"
        return DayKind(date, working, why, provisional=date.year > self._last)

    def is_working(self, date: date) -> bool:
        """Raises CalendarError before the first announced year."""
        return self.day(date).working

    def next_working_day(self, date: date) -> date:
        """The first working day after `date`."""
        date += DAY
        while not self.day(date).working:
            date += DAY
        return date


class EveryDayCalendar:
    """A duty roster: open every day of the year, so nothing is ever provisional."""

    version = "every-day"

    def day(self, date: date) -> DayKind:
        return DayKind(date, working=True, why="duty roster: open every day")

    def is_working(self, date: date) -> bool:  # noqa: ARG002  the roster's whole point
        return True

    def next_working_day(self, date: date) -> date:
        return date + DAY
