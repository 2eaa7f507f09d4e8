"""Periods of reports: a day, a month, a quarter, half a year, a year; or from one day to another."""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rulebook.problems import BadInput

EXAMPLES = "2025-10-09, 2025-10, 2025-Q4, 2025-H2 or 2025"

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12]\d|3[01]))?|Q(?P<quarter>[1-4])|H(?P<half>[12])))?",
    re.ASCII,
)


class BadPeriod(BadInput, ValueError):
    """The text is not a period; the message says how one is written."""


class Period(NamedTuple):
    """From midnight `starts` to midnight `ends` (exclusive), both in the rulebook's zone."""

    label: str
    starts: datetime
    ends: datetime


def period_of(written: str, zone: ZoneInfo) -> Period:
    """Parse a period's label.

    Raises:
        BadPeriod: the text is not the label of a period.
    """
    name = written.strip().upper()
    found = _WRITTEN.fullmatch(name)
    parts = found.groupdict() if found else {}
    try:
        first, last = _span(**{part: int(figure) for part, figure in parts.items() if figure})
    except (TypeError, ValueError):
        raise BadPeriod(f"period: expected one as {EXAMPLES}; found {written[:40]!r}") from None
    return days(first, last, zone)._replace(label=name)


def _span(year: int, month: int = 0, day: int = 0, quarter: int = 0, half: int = 0) -> tuple[date, date]:
    """The first and the last day."""
    if not 1900 <= year <= 9000:
        raise ValueError(year)
    if day:
        return date(year, month, day), date(year, month, day)
    months = 1 if month else 3 if quarter else 6 if half else 12
    opens = month or (quarter or half or 1) * months - months + 1
    closes = opens + months - 1
    return date(year, opens, 1), date(year, closes, monthrange(year, closes)[1])


def days(first: date, last: date, zone: ZoneInfo) -> Period:
    """The period from one day to another, both inclusive.

    Raises:
        BadPeriod: the last day is before the first.
    """
    if last < first:
        raise BadPeriod(f"period: expected a last day on or after {first}; found {last}")
    starts, ends = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    return Period(f"{first}–{last}" if first != last else f"{first}", starts, ends)


def month_of(moment: datetime, zone: ZoneInfo) -> Period:
    """The month that contains an instant."""
    return period_of(f"{moment.astimezone(zone):%Y-%m}", zone)
