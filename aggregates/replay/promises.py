"""Every promise made to a petition, one for each clock and start: how long it ran, what moved it, how it ended.

A promise is kept or missed by what was on record: an act recorded after the deadline, stating an earlier time, is late.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aggregates.event import Clock, ClockName, Event
from aggregates.petition import events as e
from aggregates.petition.state import Petition, RunningClock, Stage, evolve
from aggregates.record import Recorded

Ended = Literal["met", "breached", "superseded", "withdrawn"]


@dataclass
class Promise:
    """One promise. `ended_by`: the record that met or replaced it, or states that it was missed; None while it is owed.

    `book`: the rulebook it was last computed under; `moves`: records that moved its deadline, with the one before;
    `tier`: whose promise it is; `number`: how many of its kind came before it.
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
    stands_since: datetime | None = None
    merged: bool = False


def promises(petition: str, records: Iterable[Recorded]) -> list[Promise]:
    """The promises of a petition, in the order they were made."""
    state, book = Petition(id=petition), Promises()
    for record in records:
        before, state = state, evolve(state, record.event)
        book.follow(before, state, record)
    return book.given


class Promises:
    """Follows a petition event by event."""

    def __init__(self) -> None:
        """Begin without promises."""
        self.given: list[Promise] = []
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
        for promise in self._current.values():
            promise.merged = after.stage is Stage.MERGED

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
            current = Promise(name, clock, tier, number, record.event.rulebook, record)
            self._current[name] = current
            self.given.append(current)
        elif clock != current.clock:
            if clock.due_at != current.clock.due_at:
                current.moves.append((record, current.clock.due_at))
            current.clock, current.book = clock, record.event.rulebook
        current.stands_since = running.paused_at
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
