"""Replay under other rules: people's acts keep their times, the engine's steps are derived again.

While the agenda under the other rules has the same entry as the one on record, the engine acts when it did; where they
differ, it acts when the step is due. So replaying under the same rules yields the same events, however slow it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from aggregates.command import Command
from aggregates.event import Actor, Event, Role
from aggregates.petition import events as e
from aggregates.petition.agenda import Entry, Step, first_entry
from aggregates.petition.commands import Classify
from aggregates.petition.decisions import Refused, command_for, decide
from aggregates.petition.events import PetitionDispatched
from aggregates.petition.state import Petition, evolve
from aggregates.record import Recorded
from aggregates.replay.reconstruction import NoCommand, commands_of
from aggregates.replay.steps import NOT_TOLD, Books, compared, steps_of
from aggregates.replay.translation import Untranslatable, translated
from rulebook.model import Rulebook
from rulebook.proposal import Proposal

AT_ONCE = (Step.CLASSIFY, Step.DISPATCH)
MOST_STEPS = 2_000
"""Limit of the engine's steps: a leader reminded every third day for more than twenty years."""


class Unplayed(NamedTuple):
    """Something on record that could not be replayed under the other rules; `version`: of its first event."""

    version: int
    what: str
    why: str


@dataclass
class Otherwise:
    """The course under other rules. `stuck`: why the engine could not go on, None: it could."""

    records: list[Recorded] = field(default_factory=list)
    refused: list[Unplayed] = field(default_factory=list)
    mapped: list[Unplayed] = field(default_factory=list)
    stuck: str | None = None


class _Life:
    def __init__(self, petition: str, rules: Rulebook, proposed: "_Proposed | None") -> None:
        self.state = Petition(id=petition)
        self.rules = rules
        self.proposed = proposed
        self.told = Otherwise()
        self.now: datetime | None = None

    def owed(self) -> Entry | None:
        """The agenda's first entry under the other rules."""
        return None if self.told.stuck else first_entry(self.state)

    def carry_out(self, command: Command, noted: datetime) -> None:
        """Decide, and apply the events."""
        events = decide(self.state, command, self.rules)
        for event in events:
            self._take(event, noted)
        self.now = noted

    def _take(self, event: Event, noted: datetime) -> None:
        self.state = evolve(self.state, event)
        version = self.state.version
        self.told.records.append(Recorded(version, self.state.id, version, noted, f"again:{version}", event))

    def engine(self, entry: Entry, at: datetime) -> None:
        """Take the engine's step; if the other rules refuse it, the course is stuck."""
        try:
            if entry.step is not Step.CLASSIFY:
                self.carry_out(command_for(entry.step, self.state, at), at)
            elif self.proposed is None:
                self.told.stuck = "no classification of it is on record"
            else:
                command = Classify(at=at, by=Actor.engine(), proposal=self.proposed.proposal)
                self._translated(command, at, self.proposed.version, self.proposed.book)
        except (Refused, Untranslatable) as error:
            self.told.stuck = str(error)
        except NOT_TOLD as error:
            self.told.stuck = f"{type(error).__name__}: {error}"

    def somebody(self, command: Command, book: Rulebook, noted: datetime, version: int) -> None:
        """Repeat a person's act, translated to the other rules."""
        try:
            self._translated(command, noted, version, book)
        except (Refused, Untranslatable) as error:
            self.told.refused.append(Unplayed(version, command.NAME, str(error)))
        except NOT_TOLD as error:
            self.told.refused.append(Unplayed(version, command.NAME, f"{type(error).__name__}: {error}"))

    def _translated(self, command: Command, noted: datetime, version: int, book: Rulebook | None) -> None:
        said, notes = translated(command, self.state, self.rules, book)
        self.carry_out(said, noted)
        self.told.mapped += [Unplayed(version, command.NAME, note) for note in notes]


def otherwise(petition: str, records: Sequence[Recorded], books: Books, other: Rulebook, until: datetime) -> Otherwise:
    """The course this petition would have taken under `other`, followed until an instant."""
    life = _Life(petition, other, _proposed(records, books))
    was = Petition(id=petition)
    for step in steps_of(records):
        noted = step[0].recorded_at
        _catch_up(life, was, noted, last=False)
        if step[0].event.by.role is not Role.ENGINE:
            _act(life, step, was, books)
        elif (entry := _as_owed(life, was, step, books)) is not None:
            life.engine(entry, step[0].event.at)
        elif isinstance(step[0].event, PetitionDispatched | e.PetitionUnmerged):
            _act(
                life, step, was, books
            )  # not due under the other rules, or not a step of the agenda: as a person's act
        try:
            for record in step:
                was = evolve(was, record.event)
        except NOT_TOLD:
            break
    _catch_up(life, was, until, last=True)
    return life.told


STEPS: dict[type[Event], Step] = {
    e.PetitionClassified: Step.CLASSIFY,
    e.PetitionDispatched: Step.DISPATCH,
    e.PetitionResumed: Step.RESUME,
    e.PetitionUnparked: Step.LOOK_AGAIN,
    e.PetitionReminded: Step.REMIND,
    e.ClockWarned: Step.WARN,
    e.ClockBreached: Step.BREACH,
    e.LeaderReminded: Step.REMIND_LEADER,
    e.FollowUpAsked: Step.FOLLOW_UP,
    e.PetitionClosed: Step.CLOSE,
}
"""The engine's step behind each of its events; an escalation is of a deadline, or a dispatch that found no desk."""


def _as_owed(life: _Life, was: Petition, step: list[Recorded], books: Books) -> Entry | None:
    """The engine step on record, if under the other rulebook the same step was due at the same time; else None."""
    event, entry = step[0].event, life.owed()
    if isinstance(event, e.PetitionEscalated):
        done = Step.ESCALATE if event.cause == "deadline" else Step.DISPATCH
    elif type(event) in STEPS:
        done = STEPS[type(event)]
    else:
        return None
    if entry is None or entry.step is not done or entry != first_entry(was):
        return None
    book = books(event.rulebook)
    named = isinstance(event, PetitionDispatched) and book and getattr(_spoken(step, was, book, books), "unit", None)
    return None if named else entry


def _catch_up(life: _Life, was: Petition, until: datetime, *, last: bool) -> None:
    """Take the engine's steps due before an instant, except one that the record's agenda has just so."""
    for _ in range(MOST_STEPS):
        entry = life.owed()
        if entry is None or entry == first_entry(was):
            return
        due = entry.due_at < until or (entry.due_at == until and (last or entry.step in AT_ONCE))
        if not due:
            return
        life.engine(entry, max(entry.due_at, life.now or entry.due_at))


def _act(life: _Life, step: list[Recorded], was: Petition, books: Books) -> None:
    first = step[0]
    book = books(first.event.rulebook)
    if book is None:
        life.told.refused.append(Unplayed(first.version, first.event.TOPIC, "its rulebook was never adopted here"))
        return
    try:
        life.somebody(_spoken(step, was, book, books), book, first.recorded_at, first.version)
    except NoCommand as error:
        life.told.refused.append(Unplayed(first.version, first.event.TOPIC, str(error)))


def _spoken(step: list[Recorded], was: Petition, book: Rulebook, books: Books) -> Command:
    """The command behind a step: of the possible ones, that which leads to the recorded events."""
    may = commands_of(step, book)
    if len(may) == 1:
        return may[0]
    same = (command for command in may if not compared(was, step, books, (command,)))
    return next(same, may[0])


class _Proposed(NamedTuple):
    proposal: Proposal
    version: int
    book: Rulebook | None


def _proposed(records: Sequence[Recorded], books: Books) -> _Proposed | None:
    """The classifier's proposal, once it is on record, and its rulebook."""
    for record in records:
        event = record.event
        if isinstance(event, e.PetitionClassified):
            proposal = Proposal(**{name: getattr(event, name) for name in Proposal.model_fields})
            return _Proposed(proposal, record.version, books(event.rulebook))
    return None
