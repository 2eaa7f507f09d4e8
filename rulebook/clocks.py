"""When a promised time ends: the one place where days are counted, for showing and for enforcing.

Source: domain rules of the office, and the Civil Code of China, arts. 201 (the day something starts on is not
counted) and 203 (the last day ends at close of business; a last day that is a day off moves to the next
working day). Every instant is aware and in the book's time zone; the day a clock starts on is the day there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from rulebook.calendar import DAY, DayKind
from rulebook.model import Rulebook
from rulebook.roster import Roster

PAUSED = "paused: waiting for the resident"


class Pause(NamedTuple):
    """From when to when a clock was paused, and for what."""

    since: datetime
    until: datetime
    why: str = PAUSED


class Budget(Protocol):
    """The length of a promise: of a rule of the book, or of a clock that keeps what it was promised."""

    @property
    def rule(self) -> str: ...
    @property
    def kind(self) -> Literal["same_day", "days"]: ...
    @property
    def days(self) -> int | None: ...
    @property
    def counting(self) -> Literal["calendar", "working"]: ...


Posting = tuple[datetime, Roster]
"""(instant, roster): from then on this roster counts, that of the unit responsible."""


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

    def used_before(self, day: date) -> int:
        """How many of the promised days had been used up when `day` began."""
        return sum(each.counted for each in self.days if each.date < day)


def deadline(
    rule: Budget,
    start: datetime,
    book: Rulebook,
    calendar: Roster | Sequence[Posting] = "working",
    *,
    pauses: Sequence[Pause] = (),
    extra_days: int = 0,
) -> Deadline:
    """When the promise `rule` ends for something received, or taken over, at `start`.

    `calendar` is the unit's roster (`every_day` counts every day as a working day), or the rosters one after the
    other as the petition went from unit to unit: each day is judged by the one that had it when that day began, or
    before its cut-off. The days of `pauses` are skipped, from the day each begins until the day before it ends; one
    that ends at or after the cut-off takes its last day too. `extra_days` (an extension) are counted like the rule's
    own. Since everything is counted from the start each time, the order in which pauses, extensions, new rules and
    new calendars came makes no difference, and time that was used stays used.

    Raises ValueError for a naive instant, CalendarError (a ValueError) for a `start` before the first calendar year.
    """
    start = local(start, book)
    days = ClockDays(book, calendar, pauses)
    counted: list[DayCount] = []
    if rule.kind == "same_day":
        counted = _same_day(start, book, days)
        promised = extra_days
    else:
        counted = [DayCount(start.date(), False, "the start day is not counted")]
        days.day(start.date())
        promised = (rule.days or 0) + extra_days
    _count(counted, promised, days, only_working=rule.counting == "working")
    last = counted[-1].date
    return Deadline(
        rule=rule.rule,
        started_at=start,
        due_at=datetime.combine(last, book.office_hours.closes, book.zone),
        days=tuple(counted),
        provisional=days.day(last).provisional,
        calendar=days.version,
    )


class ClockDays:
    """The days of one clock: the rosters that count them one after the other, and the pauses that skip them."""

    def __init__(self, book: Rulebook, calendar: Roster | Sequence[Posting], pauses: Sequence[Pause] = ()) -> None:
        postings = [] if isinstance(calendar, str) else sorted(calendar, key=lambda posting: posting[0])
        first: Roster = calendar if isinstance(calendar, str) else "working"
        self._book = book
        self._rosters = [(date.min, book.days(first))]
        self._rosters += [(_day_it_counts(at, book), book.days(roster)) for at, roster in postings]
        self._paused = [(local(each.since, book).date(), _day_it_counts(each.until, book), each.why) for each in pauses]

    @property
    def version(self) -> str:
        """The calendar's version; of several rosters, each in the order they counted."""
        return "+".join(dict.fromkeys(days.version for _, days in self._rosters))

    def day(self, day: date) -> DayKind:
        """What kind of day it is by the roster that counts it."""
        return next(days for since, days in reversed(self._rosters) if since <= day).day(day)

    def paused(self, day: date) -> str | None:
        """Why the clock was paused on that day; None: it was not."""
        return next((why for since, until, why in self._paused if since <= day < until), None)


def _day_it_counts(at: datetime, book: Rulebook) -> date:
    """The day an instant belongs to: at or after the cut-off, the next day."""
    shown = local(at, book)
    return shown.date() if shown.time() < book.office_hours.same_day_cutoff else shown.date() + DAY


def _same_day(start: datetime, book: Rulebook, days: ClockDays) -> list[DayCount]:
    """Before the cut-off of a working day: that day; otherwise the next working day."""
    today, cutoff = days.day(start.date()), book.office_hours.same_day_cutoff
    paused = days.paused(today.date)
    if today.working and start.time() < cutoff and not paused:
        return [DayCount(today.date, True, f"{today.why}, received before {cutoff:%H:%M}")]
    late = today.working and start.time() >= cutoff
    why = f"{today.why}, received at or after {cutoff:%H:%M}" if late else paused or today.why
    counted = [DayCount(today.date, False, why)]
    while not counted[-1].counted:
        day = days.day(counted[-1].date + DAY)
        if day.working and not days.paused(day.date):
            counted.append(DayCount(day.date, True, f"{day.why}, the next one"))
        else:
            counted.append(DayCount(day.date, False, days.paused(day.date) or day.why))
    return counted


def _count(counted: list[DayCount], promised: int, days: ClockDays, *, only_working: bool) -> None:
    """Count `promised` days on from the last one, and move on to the next working day."""
    used, day = 0, days.day(counted[-1].date)
    while used < promised:
        day = days.day(day.date + DAY)
        if paused := days.paused(day.date):
            counted.append(DayCount(day.date, False, paused))
        elif only_working and not day.working:
            counted.append(DayCount(day.date, False, day.why))
        else:
            used += 1
            counted.append(DayCount(day.date, True, f"day {used} of {promised}, {day.why}"))
    while not day.working or (days.paused(day.date) and not counted[-1].counted):
        day = days.day(day.date + DAY)
        if paused := days.paused(day.date):
            counted.append(DayCount(day.date, False, paused))
            continue
        why = "the last day moves here: next working day" if day.working else f"{day.why}, the last day moves on"
        counted.append(DayCount(day.date, False, why))


def moment_at(
    fraction: float,
    started_at: datetime,
    due_at: datetime,
    book: Rulebook,
    calendar: Roster | Sequence[Posting] = "working",
    *,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """The instant at which `fraction` (0..1) of the open office time between the two has passed.

    Always within office hours: a moment that falls on closing time, with more open time to come, is the next
    opening. Days on which the clock is paused are no open time. Without any open time in between it is `due_at`.
    Raises ValueError for naive instants and for other fractions.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"a fraction of a clock lies between 0 and 1, not at {fraction}")
    days = ClockDays(book, calendar, pauses)
    spans = list(_open_spans(local(started_at, book), local(due_at, book), book, days))
    left = sum((closes - opens for opens, closes in spans), timedelta()) * fraction
    for opens, closes in spans:
        if left < closes - opens:
            return opens + left
        left -= closes - opens
    return spans[-1][1] if spans else local(due_at, book)


def _open_spans(start: datetime, end: datetime, book: Rulebook, days: ClockDays) -> list[tuple[datetime, datetime]]:
    hours, spans, day = book.office_hours, [], start.date()
    while day <= end.date():
        if days.day(day).working and not days.paused(day):
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


def open_from(instant: datetime, book: Rulebook, calendar: Roster = "working") -> datetime:
    """`instant` itself while the office is open, else its next opening. Raises ValueError for a naive one."""
    at, hours, office_days = local(instant, book), book.office_hours, book.days(calendar)
    day = at.date()
    if office_days.day(day).working and at.time() < hours.closes:
        return max(at, datetime.combine(day, hours.opens, book.zone))
    return datetime.combine(office_days.next_working_day(day), hours.opens, book.zone)


def local(instant: datetime, book: Rulebook) -> datetime:
    """`instant` in the book's time zone. Raises ValueError for a naive one: nobody can say when that was."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(book.zone)
