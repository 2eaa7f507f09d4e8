"""A clock counted day by day: each day, whether it counts, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from typing import NamedTuple

from evidence.verifier.book import Book, Budget, day_after
from evidence.verifier.dossier import Event
from evidence.verifier.limits import MOST_DAYS, Said, Wrong


class Day(NamedTuple):
    """One day of a clock: whether it used up a day of the promised time, and why (not)."""

    date: date
    counted: bool
    why: Said


class Counted(NamedTuple):
    """When a clock is due, and each day up to then. `provisional`: beyond the last published calendar."""

    due: datetime
    provisional: bool
    days: list[Day]


PAUSED = {
    "resident": Said("暂停：等待居民", "paused: waiting for the resident"),
    "parked": Said("暂停：挂账", "paused: parked"),
}
START = Said("起始日不计", "the start day is not counted")
LATE = Said("截止时刻或之后", "at or after the cut-off")
MOVES_ON = Said("期末顺延", "the last day moves on")


class Extension(NamedTuple):
    """More time: the request, and the decision (None: not yet)."""

    days: int
    asked: Event
    decided: Event | None


class Wait(NamedTuple):
    """A pause of the clock: its begin, the request (for parking), its end; None while it lasts."""

    why: str
    begun: Event
    asked: Event | None
    ended: Event | None


@dataclass
class Effort:
    """How many days may still be counted: bounds the running time, whatever was signed."""

    left: int = MOST_DAYS

    def take(self, days: int) -> None:
        """Use up so many days.

        Raises:
            Wrong: more than `MOST_DAYS` in all.
        """
        self.left -= days
        if self.left < 0:
            raise Wrong("时限过多，无法计算。", f"More than {MOST_DAYS} days would have to be counted.")


@dataclass
class Clock:
    """A promise: how it is computed, and what became of it.

    `ended`: met, breached, superseded (another clock replaced it) or withdrawn (nothing was owed any more). `stands`:
    the pause that nobody ended, from when until its bound, and why; `merged`: the event, while it is merged or if it
    ended so; `over`: that it had ended, and when, before an event moved its end; `entered`: (what, since) →
    when it was entered, of what was dated back.
    """

    name: str
    tier: str | None
    budget: Budget
    start: datetime
    given_by: Event
    book: Book
    extra: int = 0
    pauses: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    postings: list[tuple[datetime, str]] = field(default_factory=list)
    counted: Counted = field(default_factory=lambda: Counted(datetime.fromtimestamp(0, timezone.utc), False, []))
    moves: list[tuple[Event, datetime]] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    ended: str | None = None
    ended_by: Event | None = None
    met_later: Event | None = None
    paused_at: datetime | None = None
    stopped: bool = False
    breached: bool = False
    dropped: bool = False
    stands: tuple[datetime, datetime, str] | None = None
    merged: Event | None = None
    over: tuple[datetime, Event] | None = None
    entered: dict[tuple[str, datetime], datetime] = field(default_factory=dict)
    effort: Effort = field(default_factory=Effort)

    @property
    def due(self) -> datetime:
        """When it is due."""
        return self.counted.due

    @property
    def owed(self) -> bool:
        """Whether it is still to be met: neither stopped nor dropped."""
        return not self.stopped and not self.dropped

    @property
    def aside(self) -> Event | None:
        """The event since which it is not owed, though nothing met it; None: it was met or missed, or is owed."""
        return self.merged or (self.ended_by if self.ended in ("superseded", "withdrawn") else None)

    @property
    def met(self) -> Event | None:
        """The event that met it, in time or late."""
        if self.ended == "breached":
            return self.met_later
        return self.ended_by if self.ended == "met" else None

    @property
    def last(self) -> Event | None:
        """The event that it is judged by: that set it aside, or met it; None: neither has."""
        return self.aside or self.met

    def end_at(self, upto: datetime) -> datetime:
        """When it ended, as judged at `upto`: a pause that nobody ended lasts until then, at most until its bound."""
        if self.over is not None:
            return self.over[0]
        end, clock = self.due, self
        if self.stands is not None:
            since, bound, why = self.stands
            clock = replace(self, pauses=[*self.pauses, (since, max(since, min(upto, bound)), why)])
            end = clock.counted_due()
        strict = clock.as_entered() if self.entered else None
        return end if strict is None else min(end, strict.counted_due())

    def counted_due(self) -> datetime:
        """When it is due, counted anew."""
        counted = count(self, self.book)
        self.effort.take(len(counted.days))
        return counted.due

    def as_entered(self) -> Clock | None:
        """The clock with pauses and rosters from when they were entered; None: none of its own was dated back."""
        pauses: list[tuple[datetime, datetime, str]] = []
        postings: list[tuple[datetime, str]] = []
        for since, until, why in self.pauses:
            begun = self.entered.get(("pause", since), since)
            pauses.append((begun, max(begun, until), why))
        for since, roster in reversed(self.postings):
            begun = self.entered.get(("posting", since), since)
            postings.insert(0, (min([begun, *(later for later, _ in postings[:1])]), roster))
        same = (pauses, postings) == (self.pauses, self.postings)
        return None if same else replace(self, pauses=pauses, postings=postings)

    def again(self, book: Book, by: Event) -> None:
        """Compute the due time again under `book`; a change is kept in `moves`."""
        before, self.book = self.counted, book
        self.counted = count(self, book)
        self.effort.take(len(self.counted.days))
        if before.days and before.due != self.counted.due:
            self.moves.append((by, before.due))

    def end(self, how: str, by: Event) -> None:
        """Note how it ended, unless it had ended before."""
        if self.ended is None:
            self.ended, self.ended_by = how, by


def count(clock: Clock, book: Book) -> Counted:
    """Count a clock day by day, from its first day to its last.

    Same day: the day itself, before the cut-off of a working day, else the next working day. Days: the first one is not
    counted, days of pauses are skipped, and a last day that is no working day moves to the next (Civil Code of China,
    arts. 201 and 203). Days of an extension are counted like the promise's own.

    Raises:
        Wrong: a day is before the first calendar, or the clock never ends.
    """
    started = clock.start.astimezone(book.zone)
    pauses = [
        (since.astimezone(book.zone).date(), book.counts_for(until), PAUSED.get(why, PAUSED["parked"]))
        for since, until, why in clock.pauses
    ]
    rosters = [(book.counts_for(since), roster) for since, roster in clock.postings]

    def kind(day: date) -> tuple[bool, Said, bool]:
        roster = next((roster for since, roster in reversed(rosters) if since <= day), "working")
        return book.works(day, roster)

    def standing(day: date) -> Said | None:
        return next((why for since, until, why in pauses if since <= day < until), None)

    day, days = started.date(), []
    working, why, _ = kind(day)
    if clock.budget.kind == "same_day":
        left, in_time = clock.extra, started.time() < book.cutoff
        if working and in_time and not standing(day):
            days.append(Day(day, True, why))
        else:
            days.append(Day(day, False, standing(day) or (why if not working else LATE)))
            while not days[-1].counted:
                day = day_after(day, started.date())
                working, why, _ = kind(day)
                days.append(Day(day, working and not standing(day), standing(day) or why))
    else:
        left = (clock.budget.days or 0) + clock.extra
        days.append(Day(day, False, START))
    while left:
        day = day_after(day, started.date())
        working, why, _ = kind(day)
        counts = not standing(day) and (working or clock.budget.counting != "working")
        days.append(Day(day, counts, standing(day) or why))
        left -= counts
    while not kind(day)[0] or (standing(day) and not days[-1].counted):
        day = day_after(day, started.date())
        working, why, _ = kind(day)
        days.append(
            Day(
                day,
                False,
                standing(day)
                or (
                    Said(f"顺延至{why.zh}", f"moves to a {why.en}")
                    if working
                    else Said(f"{why.zh}，{MOVES_ON.zh}", f"{why.en}, {MOVES_ON.en}")
                ),
            )
        )
    due = datetime.combine(day, book.closes, book.zone).astimezone(timezone.utc)
    return Counted(due, kind(day)[2], days)


def grouped(days: list[Day]) -> list[Said]:
    """The days of a count, consecutive ones with one reason together: first those that count, then the others."""
    spans: list[tuple[Day, Day]] = []
    for each in days:
        if spans and (spans[-1][1].counted, spans[-1][1].why) == (each.counted, each.why):
            spans[-1] = (spans[-1][0], each)
        else:
            spans.append((each, each))
    said = []
    for counted, zh, en in ((True, "计入", "Counted"), (False, "不计", "Not counted")):
        named = [
            (f"{first.date}" if first is last else f"{first.date}–{last.date}", first.why)
            for first, last in spans
            if first.counted == counted
        ]
        if named:
            zhs = "，".join(f"{when}（{why.zh}）" for when, why in named)
            said.append(
                Said(f"{zh}：{zhs}。", f"{en}: " + ", ".join(f"{when} ({why.en})" for when, why in named) + ".")
            )
    return said
