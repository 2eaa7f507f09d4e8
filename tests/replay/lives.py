"""Lives with their records: what the store would hold of a story, step by step."""

from typing import Any

from aggregates.event import Actor, Event
from aggregates.petition import commands as c
from aggregates.petition.agenda import Step
from aggregates.petition.decisions import command_for, decide
from aggregates.record import Recorded
from aggregates.replay.steps import Books
from rulebook.model import Rulebook
from tests.aggregates.office import PETITION, at, say
from tests.aggregates.scenario import Case
from tests.aggregates.test_any_life import AnyLife
from tests.rulebook.books import baiyang


def books(*known: Rulebook) -> Books:
    """These rulebooks by their hash."""
    return {book.hash: book for book in known}.get


def with_days(tier: str, days: int, book: Rulebook | None = None) -> Rulebook:
    """A book in which this tier has so many days."""
    book = book or baiyang()
    tiers = tuple(
        each.model_copy(update={"clock": each.clock.model_copy(update={"days": days})}) if each.id == tier else each
        for each in book.tiers
    )
    return book.model_copy(update={"tiers": tiers})


class Filed(Case):
    """A case whose record is kept: each step with its command id and the time it was entered."""

    records: list[Recorded]

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        self.records = []

    def act(self, kind: type[c.Command], by: Actor | None = None, **values: Any) -> "Filed":
        """Somebody acts now; `when` is another time it counts from."""
        when = at(values.pop("when")) if "when" in values else self.now
        command = say(kind, when, by or self.usual(kind), **values).model_copy(update={"noted_at": self.now})
        return self._file(decide(self.state, command, self.rules))

    def step(self) -> "Filed":
        """The engine waits for what is owed next and does it."""
        owed = self.owed
        assert owed.step is not None
        assert owed.due_at is not None
        self.now = max(self.now, owed.due_at)
        if owed.step is Step.CLASSIFY:
            return self.act(c.Classify, proposal=self.proposes)
        return self._file(decide(self.state, command_for(owed.step, self.state, self.now), self.rules))

    def _file(self, events: tuple[Event, ...]) -> "Filed":
        first = len(self.events) + 1
        for number, event in enumerate(events, first):
            self.records.append(Recorded(number, PETITION, number, self.now, f"command:{first}", event))
        self.events += events
        return self


class FiledLife(AnyLife):
    """Any life, with its record."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Recorded] = []

    def _write(self, events: tuple[Event, ...]) -> None:
        first = len(self.records) + 1
        for number, event in enumerate(events, first):
            self.records.append(Recorded(number, PETITION, number, self.now, f"command:{first}", event))
        super()._write(events)
