"""The one way to change anything: command → `decide` → append with expected version and command id."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from aggregates.command import Command
from aggregates.event import Event
from aggregates.kinds import PETITIONS, Kind
from aggregates.known import BEFORE_CODES
from aggregates.petition.decisions import Refused
from aggregates.petition.state import Petition
from aggregates.record import Recorded
from eventstore.group_commit import GroupCommit
from eventstore.log import Append, EventLog
from eventstore.once import try_again
from office.clock import Now
from office.rules.rules_in_force import RulesInForce, at_any_time
from rulebook.model import Rulebook

TURNS = 256
"""Locks shared by all streams: commands of this process on one petition run one after the other."""


class UnknownPetition(Exception):
    """The stream has no event."""


class State(Protocol):
    """What a handler needs of a folded state."""

    @property
    def version(self) -> int:
        """The number of events folded."""


StateT = TypeVar("StateT", bound=State)


class Answered(NamedTuple, Generic[StateT]):
    """The result of a command: the state after it, its events, and whether they were on record before (a repeat)."""

    state: StateT
    events: tuple[Event, ...]
    repeated: bool

    @property
    def petition(self) -> StateT:
        """The state, for handlers of petitions."""
        return self.state


Answer = Answered[Petition]


class StreamHandler(Generic[StateT]):
    """Carries out commands on one kind of stream. Thread-safe."""

    kind: Kind[StateT]

    def __init__(self, log: EventLog, commit: GroupCommit, rules: Rulebook | RulesInForce, now: Now) -> None:
        """Use a log, its group commit, the rulebooks in force (or one for ever) and a clock."""
        self.log = log
        self.rules_at = at_any_time(rules)
        self.now = now
        self._commit = commit
        self._turns = tuple(threading.Lock() for _ in range(TURNS))

    @property
    def rules(self) -> Rulebook:
        """The rulebook in force now."""
        return self.rules_at(self.now())

    def load(self, petition: str) -> StateT:
        """The state folded from the stream.

        Raises:
            UnknownPetition: the stream has no event.
        """
        return self._fold(petition, self._read(petition))

    def execute(
        self, petition: str, command: Command, command_id: str, formerly: str | None = None
    ) -> Answered[StateT]:
        """Carry out a command; idempotent: a repeated command id returns the events it led to.

        `formerly`: the form in which earlier versions kept this id.

        Raises:
            UnknownPetition: the stream has no event.
            Refused: the command is not allowed in this state.
            TooBusy: every try met a version conflict.
            ClockWrong: this process's clock differs from the database's by more than the tolerance.
            OperationalError: the database cannot be reached.
        """
        return self.decide_once(petition, command_id, lambda _: command, None, formerly)

    def decide_once(
        self,
        petition: str,
        command_id: str,
        command_for: Callable[[StateT], Command | None],
        engine: datetime | None = None,
        formerly: str | None = None,
    ) -> Answered[StateT]:
        """As `execute`, with a command made from the state as read; None: nothing to do.

        `command_for` is called again after a version conflict. `engine`: the time of the workflow that asks.
        """
        with self._turns[hash(petition) % TURNS]:
            return self._decide_once(petition, command_id, command_for, engine, formerly)

    def _decide_once(
        self,
        petition: str,
        command_id: str,
        command_for: Callable[[StateT], Command | None],
        engine: datetime | None,
        formerly: str | None,
    ) -> Answered[StateT]:
        known = {command_id, formerly}

        def attempt() -> Answered[StateT] | None:
            self.log.must_be_in_time()
            records = self._read(petition)
            standing = tuple(record.event for record in records if record.command_id in known)
            state = self._fold(petition, records)
            if standing:
                return Answered(state, standing, repeated=True)
            command = command_for(state)
            if command is None:
                return Answered(state, (), repeated=False)
            if getattr(command, "known", None) == BEFORE_CODES:
                raise Refused("code-needed", f"{command.NAME}: nobody acts as was done before there were codes")
            noted_at = self.now(engine)
            events = self.kind.decide(
                state, command.model_copy(update={"noted_at": noted_at}), self.rules_at(command.at)
            )
            if not self._commit.append(Append(petition, state.version, events, command_id, noted_at)):
                return None
            for event in events:
                state = self.kind.evolve(state, event)
            return Answered(state, events, repeated=False)

        return try_again(self.log, attempt, petition)

    def _read(self, petition: str) -> list[Recorded]:
        records = self.log.read(petition)
        if not records:
            raise UnknownPetition(f"no {self.kind.name} {petition} is on record")
        return records

    def _fold(self, petition: str, records: list[Recorded]) -> StateT:
        return self.kind.fold(petition, (record.event for record in records))


class Handler(StreamHandler[Petition]):
    """Carries out commands on petitions."""

    kind = PETITIONS
