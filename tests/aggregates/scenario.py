"""Given/When/Then over the pure core, and a case that lives on under a fake clock: no store, no engine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from aggregates.event import Actor, Event
from aggregates.petition import commands as c
from aggregates.petition.agenda import Owed, Step, agenda
from aggregates.petition.decisions import Refused, command_for, decide
from aggregates.petition.state import Petition, fold
from rulebook.model import Rulebook
from rulebook.proposal import Proposal
from tests.aggregates.office import PETITION, SPOKEN, at, proposal, say
from tests.people import CLERK, OFFICER, somebody_of
from tests.rulebook.books import baiyang


class Outcome:
    """What came of a command."""

    def __init__(self, events: tuple[Event, ...], refusal: Refused | None) -> None:
        self.events = events
        self.refusal = refusal

    def then(self, *expected: Event | type[Event]) -> None:
        """These events followed: compared whole, or by kind."""
        assert self.refusal is None, f"refused: {self.refusal}"
        found = [got if isinstance(want, Event) else type(got) for got, want in zip(self.events, expected, strict=True)]
        assert found == list(expected)

    def refused(self, code: str, *words: str) -> None:
        """It was refused with this code, and these words stand in the reason."""
        assert self.refusal is not None, f"not refused: {self.events}"
        assert self.refusal.code == code
        for word in words:
            assert word in str(self.refusal)


class given:  # noqa: N801 - reads as a sentence: given(…).when(…).then(…)
    """A petition to which this happened."""

    def __init__(self, *events: Event, rules: Rulebook | None = None) -> None:
        self._state = fold(PETITION, events)
        self._rules = rules or baiyang()

    def when(self, command: c.Command) -> Outcome:
        """Ask it."""
        try:
            return Outcome(decide(self._state, command, self._rules), None)
        except Refused as refusal:
            return Outcome((), refusal)


class Case:
    """One petition and a clock: people act when the story says so, the engine when its agenda says so."""

    def __init__(self, rules: Rulebook | None = None, proposes: Proposal | None = None) -> None:
        self.rules = rules or baiyang()
        self.proposes = proposes or proposal()
        self.events: list[Event] = []
        self.now = at("2025-09-24 09:00")

    @property
    def state(self) -> Petition:
        return fold(PETITION, self.events)

    @property
    def owed(self) -> Owed:
        return agenda(self.state)

    def receive(self, when: str, **values: Any) -> Self:
        """It begins."""
        self.now = at(when)
        return self.act(c.Receive, **values)

    def act(self, kind: type[c.Command], by: Actor | None = None, **values: Any) -> Self:
        """Somebody acts now; where nobody is named, who usually does."""
        self.events += decide(self.state, say(kind, self.now, by or self.usual(kind), **values), self.rules)
        return self

    def usual(self, kind: type[c.Command]) -> Actor:
        """Who does it as a rule: where it is an officer, one of the unit that has it; before that the door."""
        state, by = self.state, SPOKEN[kind][0]
        if by is not OFFICER:
            return by
        return somebody_of(state.in_charge, self.rules) if state.in_charge else CLERK

    def refuses(self, code: str, kind: type[c.Command], by: Actor | None = None, **values: Any) -> str:
        """Somebody is refused now; answers the reason."""
        command = say(kind, self.now, by or self.usual(kind), **values)
        outcome = given(*self.events, rules=self.rules).when(command)
        outcome.refused(code)
        return str(outcome.refusal)

    def step(self) -> Self:
        """The engine waits for what is owed next and does it."""
        owed = self.owed
        assert owed.step is not None
        assert owed.due_at is not None
        self.now = max(self.now, owed.due_at)
        command: c.Command = (
            say(c.Classify, self.now, proposal=self.proposes)
            if owed.step is Step.CLASSIFY
            else command_for(owed.step, self.state, self.now)
        )
        self.events += decide(self.state, command, self.rules)
        return self

    def until(self, when: str | datetime) -> Self:
        """The engine does everything due up to an instant; then it is that instant."""
        end = at(when) if isinstance(when, str) else when
        while self.owed.due_at is not None and self.owed.due_at <= end:
            self.step()
        self.now = max(end, self.now)
        return self

    def until_owed(self, step: Step) -> Self:
        """The engine goes on until this step is the next one, and waits for its time."""
        for _ in range(50):
            owed = self.owed
            assert owed.due_at is not None, f"{step} will never be owed"
            if owed.step is step:
                self.now = max(self.now, owed.due_at)
                return self
            self.step()
        raise AssertionError(f"{step} is not owed after 50 steps")

    def all_of(self, kind: type[Event]) -> Sequence[Any]:
        """The events of a kind, in order."""
        return [event for event in self.events if type(event) is kind]

    def times(self, kind: type[Event]) -> list[str]:
        """When events of a kind happened, on Baiyang's clock."""
        return [self.shown(event.at) for event in self.all_of(kind)]

    def shown(self, moment: datetime | None) -> str:
        """An instant on Baiyang's clock, as the stories write it."""
        return moment.astimezone(self.rules.zone).strftime("%Y-%m-%d %H:%M") if moment else ""
