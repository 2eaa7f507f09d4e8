"""Every promise made to a petition, one for each clock and start: how long it ran, what moved it, how it ended.

A promise is kept or missed by what was on record: an act recorded after the deadline, stating an earlier time, is late.
What moves a deadline that is over already moves nothing: the promise ended when it ended (`Promise.over`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from aggregates.event import Clock, ClockName, Event, Pause
from aggregates.petition import events as e
from aggregates.petition.decisions import Refused, explained
from aggregates.petition.state import Petition, RunningClock, evolve
from aggregates.record import Recorded
from aggregates.replay.dated_back import Entered, as_entered, note
from aggregates.replay.steps import Books
from rulebook.model import Rulebook

Ended = Literal["met", "breached", "superseded", "withdrawn"]


class Over(NamedTuple):
    """That a promise had ended, and when, before a record moved its deadline."""

    end: datetime
    moved_by: Recorded


@dataclass
class Promise:
    """One promise. `ended_by`: the record that met or replaced it, or states that it was missed; None while it is owed.

    `book`: the rulebook it was last computed under; `moves`: records that moved its deadline, with the one before;
    `tier`: whose promise it is; `number`: how many of its kind came before it. `stands`: the pause that nobody ended,
    `until` its bound; `merged`: the record of the merge, while it is merged or if it ended so; `entered`: what of the
    petition was dated back.
    """

    name: ClockName
    clock: Clock
    tier: str | None
    number: int
    book: str
    given_by: Recorded
    moves: list[tuple[Recorded, datetime]] = field(default_factory=list)
    ended: Ended | None = None
    ended_by: Recorded | None = None
    met_later: Recorded | None = None
    stands: Pause | None = None
    merged: Recorded | None = None
    over: Over | None = None
    entered: Entered = field(default_factory=dict)

    @property
    def aside(self) -> Recorded | None:
        """The record since which it is not owed, though nothing met it; None: it was met or missed, or is owed."""
        return self.merged or (self.ended_by if self.ended in ("superseded", "withdrawn") else None)

    def end(self, upto: datetime, books: Books) -> datetime:
        """When it ended, as judged at `upto`: a pause that nobody ended lasts until then, at most until its bound."""
        if self.over is not None:
            return self.over.end
        clock, book = self.clock, books(self.book)
        end = clock.due_at
        if self.stands is not None:
            since, bound = self.stands.since, self.stands.until
            stood = Pause(since=since, until=max(since, min(upto, bound)), why=self.stands.why)
            clock = clock.model_copy(update={"pauses": (*clock.pauses, stood)})
            end = _due(clock, book)
        strict = as_entered(clock, self.entered) if self.entered else clock
        return end if strict is clock else min(end, _due(strict, book))


def judged(record: Recorded) -> datetime:
    """When a record counts for deadlines: the later of effect and recording."""
    return max(record.event.at, record.recorded_at)


def _due(clock: Clock, book: Rulebook | None) -> datetime:
    """When a clock ends, counted anew; where no book or calendar counts it, when it says itself."""
    try:
        return clock.due_at if book is None else explained(clock, book).due_at.astimezone(UTC)
    except Refused:
        return clock.due_at


def promises(petition: str, records: Iterable[Recorded], books: Books = lambda _: None) -> list[Promise]:
    """The promises of a petition, in the order they were made."""
    state, book = Petition(id=petition), Promises(books)
    for record in records:
        before, state = state, evolve(state, record.event)
        book.follow(before, state, record)
    return book.given


class Promises:
    """Follows a petition event by event."""

    def __init__(self, books: Books = lambda _: None) -> None:
        """Begin without promises; `books` count days where a pause was not ended."""
        self.books = books
        self.given: list[Promise] = []
        self._entered: Entered = {}
        self._current: dict[ClockName, Promise] = {}

    def follow(self, before: Petition, after: Petition, record: Recorded) -> None:
        """Apply one more event."""
        event = record.event
        if isinstance(event, e.StepsSetAside):
            self._take_back(event)
        if isinstance(event, e.PetitionEscalated) and (tier := self._current.get("tier")):
            self._end(tier, "breached" if event.cause == "deadline" else "superseded", record)
        for name, running in after.clocks.items():
            if before.clocks.get(name) is not running:
                self._one(name, running, before, after, record)
        if isinstance(event, e.PetitionReplied):
            for promise in self.given:
                if promise.ended == "breached" and promise.met_later is None:
                    promise.met_later = record
        self._rests(event, record)
        note(self._entered, record, self.books(event.rulebook))

    def _rests(self, event: Event, record: Recorded) -> None:
        """Note what begins or ends a time in which a promise stands still, or is not owed."""
        for name, promise in self._current.items():
            if isinstance(event, e.PetitionPaused) and name in event.clocks:
                promise.stands = Pause(since=event.at, until=event.until, why="resident")
            elif isinstance(event, e.ParkingDecided) and event.approved and name in event.clocks:
                promise.stands = Pause(since=event.at, until=event.look_again_at, why="parked")
            elif isinstance(event, (e.PetitionResumed, e.PetitionUnparked)):
                promise.stands = None
            elif isinstance(event, e.PetitionMerged) and promise.ended is None:
                promise.merged = record
            elif isinstance(event, e.PetitionUnmerged):
                promise.merged = None

    def _one(self, name: ClockName, running: RunningClock, before: Petition, after: Petition, record: Recorded) -> None:
        clock, current = running.clock, self._current.get(name)
        same = current is not None and (current.clock.started_at, current.clock.rule) == (clock.started_at, clock.rule)
        if after.with_leader and name == "tier" and same:
            return
        if current is None or not same:
            if current is not None:
                self._end(current, "superseded", record)
            tier = after.tier if name == "tier" else None
            number = sum(1 for each in self.given if (each.name, each.tier) == (name, tier))
            current = Promise(name, clock, tier, number, record.event.rulebook, record, entered=self._entered)
            self._current[name] = current
            self.given.append(current)
        elif clock != current.clock:
            self._already_over(current, clock, record)
            if clock.due_at != current.clock.due_at:
                current.moves.append((record, current.clock.due_at))
            current.clock, current.book = clock, record.event.rulebook
        was = before.clocks.get(name)
        if running.breached_at and not (was and was.breached_at):
            self._end(current, "breached", record)
        if running.dropped:
            self._end(current, "superseded", record)
        elif current.ended == "superseded" and running.owed and current.ended_by is not record:
            current.ended = current.ended_by = None  # corrected back: it runs on from its own start
        if running.stopped_at and not (was and was.stopped_at):
            if current.ended == "breached":
                current.met_later = current.met_later or (record if _meets(record.event) else None)
            else:
                self._end(current, "met" if _meets(record.event) else "withdrawn", record)

    def _already_over(self, current: Promise, clock: Clock, record: Recorded) -> None:
        """A deadline that is over is not moved to a later one, by whatever came into force or was entered since."""
        if current.ended is not None or current.over is not None or clock.due_at <= current.clock.due_at:
            return
        end = current.end(judged(record), self.books)
        rested = current.merged is not None and judged(current.merged) <= end
        if judged(record) > end and clock.due_at > end and not rested:
            current.over = Over(end, record)

    def _take_back(self, event: e.StepsSetAside) -> None:
        """Remove promises made by void steps; those that they ended run on, or were met by what was done since."""
        self.given = [each for each in self.given if each.given_by.version not in event.versions]
        for promise in self.given:
            if promise.ended_by is not None and promise.ended_by.version in event.versions:
                met, promise.met_later = promise.met_later, None
                promise.ended, promise.ended_by = ("met" if met else None), met
                self._current[promise.name] = promise

    @staticmethod
    def _end(promise: Promise, how: Ended, record: Recorded) -> None:
        if promise.ended is None:
            promise.ended, promise.ended_by = how, record


def _meets(event: Event) -> bool:
    return not isinstance(event, (e.PetitionWithdrawn, e.PetitionClosed))
