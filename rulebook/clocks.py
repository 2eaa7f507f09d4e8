"""When a promised time ends: the one place where days are counted, for showing and for enforcing.

Source: domain rules of the office, and the Civil Code of China, arts. 201 (the day something starts on is not
counted) and 203 (the last day ends at close of business; a last day that is a day off moves to the next
working day). Every instant is aware and in the book's time zone; the day a clock starts on is the day there.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rulebook.calendar import DAY, OfficeDays, Roster
from rulebook.model import Rulebook
from rulebook.promises import ClockRule


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day of a clock: whether it used up part of the promised time, and why."""

    date: date
    counted: bool
    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a clock ends, under which rule and calendar, and how that was counted.

    `days` runs from the start day to the due day without a gap. `provisional`: it reaches past the last
    announced year and is computed again when that year's calendar arrives.
    """

    rule: str
    started_at: datetime
    due_at: datetime
    days: tuple[DayCount, ...]
    provisional: bool
    calendar: str


def deadline(rule: ClockRule, start: datetime, book: Rulebook, calendar: Roster = "working") -> Deadline:
    """When the promise `rule` ends for something received, or taken over, at `start`.

    `calendar` is the unit's roster: `every_day` counts every day as a working day. Raises ValueError for a
    naive `start`, CalendarError (a ValueError) for one before the first calendar year.
    """
    start = local(start, book)
    days = book.days(calendar)
    if rule.kind == "same_day":
        counted = _same_day(start, book, days)
    else:
        counted = _days(start, rule.days or 0, days, only_working=rule.counting == "working")
    last = counted[-1].date
    return Deadline(
        rule=rule.rule,
        started_at=start,
        due_at=datetime.combine(last, book.office_hours.closes, book.zone),
        days=tuple(counted),
        provisional=days.day(last).provisional,
        calendar=days.version,
    )


def _same_day(start: datetime, book: Rulebook, days: OfficeDays) -> list[DayCount]:
    """Before the cut-off of a working day: that day; otherwise the next working day."""
    today, cutoff = days.day(start.date()), book.office_hours.same_day_cutoff
    if today.working and start.time() < cutoff:
        return [DayCount(today.date, True, f"{today.why}, received before {cutoff:%H:%M}")]
    why = f"{today.why}, received at or after {cutoff:%H:%M}" if today.working else today.why
    counted = [DayCount(today.date, False, why)]
    end = days.next_working_day(today.date)
    while (day := counted[-1].date + DAY) < end:
        counted.append(DayCount(day, False, days.day(day).why))
    counted.append(DayCount(end, True, f"{days.day(end).why}, the next one"))
    return counted


def _days(start: datetime, promised: int, days: OfficeDays, *, only_working: bool) -> list[DayCount]:
    day = days.day(start.date())
    counted = [DayCount(day.date, False, "the start day is not counted")]
    used = 0
    while used < promised:
        day = days.day(day.date + DAY)
        if only_working and not day.working:
            counted.append(DayCount(day.date, False, day.why))
            continue
        used += 1
        counted.append(DayCount(day.date, True, f"day {used} of {promised}, {day.why}"))
    while not day.working:
        day = days.day(day.date + DAY)
        why = "the last day moves here: next working day" if day.working else f"{day.why}, the last day moves on"
        counted.append(DayCount(day.date, False, why))
    return counted


def moment_at(
    fraction: float, started_at: datetime, due_at: datetime, book: Rulebook, calendar: Roster = "working"
) -> datetime:
    """The instant at which `fraction` (0..1) of the open office time between the two has passed.

    Always within office hours: a moment that falls on closing time, with more open time to come, is the next
    opening. Without any open time in between it is `due_at`. Raises ValueError for naive instants and for
    other fractions.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"a fraction of a clock lies between 0 and 1, not at {fraction}")
    spans = list(_open_spans(local(started_at, book), local(due_at, book), book, book.days(calendar)))
    left = sum((closes - opens for opens, closes in spans), timedelta()) * fraction
    for opens, closes in spans:
        if left < closes - opens:
            return opens + left
        left -= closes - opens
    return spans[-1][1] if spans else local(due_at, book)


def _open_spans(start: datetime, end: datetime, book: Rulebook, days: OfficeDays) -> list[tuple[datetime, datetime]]:
    hours, spans, day = book.office_hours, [], start.date()
    while day <= end.date():
        if days.day(day).working:
            opens = max(start, datetime.combine(day, hours.opens, book.zone))
            closes = min(end, datetime.combine(day, hours.closes, book.zone))
            if opens < closes:
                spans.append((opens, closes))
        day += DAY
    return spans


def opening_after(start: datetime, days: int, book: Rulebook, calendar: Roster = "working") -> datetime:
    """Opening time of the `days`-th working day (1 or more) after the day of `start`.

    The start day is not counted, as with deadlines. Raises ValueError for a naive `start` or fewer days.
    """
    if days < 1:
        raise ValueError(f"an opening lies at least 1 working day ahead, not {days}")
    day, office_days = local(start, book).date(), book.days(calendar)
    for _ in range(days):
        day = office_days.next_working_day(day)
    return datetime.combine(day, book.office_hours.opens, book.zone)


def local(instant: datetime, book: Rulebook) -> datetime:
    """`instant` in the book's time zone. Raises ValueError for a naive one: nobody can say when that was."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(book.zone)
