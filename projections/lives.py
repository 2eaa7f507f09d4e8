"""Petitions as reports count them: folded from the log up to a position, never from the live tables.

Things are counted at the time they take effect (`at`); whether a deadline was kept is what the reply's event says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from aggregates.petition import events as e
from aggregates.petition.state import Petition
from aggregates.record import Recorded
from aggregates.streams import is_petition
from projections.stays import Fact, Stayed, walk


class Posted(NamedTuple):
    """The petition came to a unit, by the event of this version."""

    version: int
    at: datetime
    unit: str


class Answered(NamedTuple):
    """A reply: by whom, at which tier, with which outcome, and whether before its clock ended."""

    at: datetime
    unit: str
    tier: str | None
    outcome: str
    on_time: bool


class Risen(NamedTuple):
    """A deadline passed: from which tier and unit the petition rose, by the event of this version."""

    version: int
    at: datetime
    tier: str | None
    unit: str | None


class Said(NamedTuple):
    """The resident's reaction to a reply of `unit`: satisfied, settled, unsatisfied, disputed or silent."""

    at: datetime
    unit: str | None
    tier: str | None
    word: str


@dataclass(slots=True)
class Life:
    """One petition up to the report's position."""

    state: Petition
    received_at: datetime | None = None
    posted: list[Posted] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    risen: list[Risen] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    ended_at: datetime | None = None


def fold_lives(records: Iterable[Recorded]) -> tuple[dict[str, Life], list[Fact]]:
    """Every petition of a prefix of the log, and the facts of its stays."""
    lives: dict[str, Life] = {}
    cases: dict[str, Stayed] = {}
    facts: list[Fact] = []
    for record in records:
        if not is_petition(record.stream):
            continue
        life = lives.get(record.stream)
        if life is None:
            life = lives[record.stream] = Life(Stayed(id=record.stream))
        before = life.state
        facts.extend(walk(cases, (record,)))
        life.state = cases[record.stream]
        _note(life, before, record.version, record.event)
    return lives, facts


def _note(life: Life, before: Petition, version: int, event: e.Event) -> None:
    after = life.state
    if after.unit and (isinstance(event, e.PetitionDispatched | e.PetitionTransferred | e.PetitionEscalated)):
        life.posted.append(Posted(version, event.at, after.unit))
    match event:
        case e.PetitionReceived():
            life.received_at = event.at
        case e.PetitionReplied():
            life.answered.append(Answered(event.at, event.unit, after.tier, event.outcome, event.on_time))
        case e.PetitionEscalated():
            life.risen.append(Risen(version, event.at, before.tier, before.unit))
        case e.StepsSetAside():  # a wrong clock's: they count in no report
            life.posted = [each for each in life.posted if each.version not in event.versions]
            life.risen = [each for each in life.risen if each.version not in event.versions]
        case e.PetitionConfirmed():
            word = "settled" if event.satisfied is None else "satisfied" if event.satisfied else "unsatisfied"
            _say(life, event.at, word)
        case e.PetitionDisputed():
            _say(life, event.at, "disputed")
        case e.PetitionClosed():
            if event.reason == "unanswered":
                _say(life, event.at, "silent")
        case _:
            pass
    life.ended_at = None if after.open else life.ended_at or event.at


def _say(life: Life, at: datetime, word: str) -> None:
    last = life.answered[-1] if life.answered else None
    life.said.append(Said(at, last.unit if last else None, last.tier if last else None, word))
