"""A case decided again, step by step, under the rules then in force, and compared field by field with the record.

Each step is judged from what was on record before it, so that one difference does not make all that follow differ.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from aggregates.command import Command
from aggregates.event import Event
from aggregates.personal import Sealed
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.events import PetitionReceived, StepsSetAside
from aggregates.petition.state import Petition, evolve, fold
from aggregates.petition.undoing import set_aside, standing_of
from aggregates.record import Recorded
from aggregates.replay.reconstruction import NoCommand, commands_of
from rulebook.model import Rulebook

Books = Callable[[str], Rulebook | None]
"""The rulebook of a hash; None where nobody adopted it."""

InForce = Callable[[datetime, datetime], frozenset[str]]
"""Hashes of the books that may have been in force at an instant, by what was adopted when it was noted; empty: any."""

NOT_TOLD = (LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError)
"""What folding or deciding on an altered record may run into."""


class Difference(NamedTuple):
    """One thing that is not as decided again. `version`: of the event; `field`: empty for the whole step."""

    version: int
    step: str
    field: str
    recorded: str
    now: str

    def __str__(self) -> str:
        """As a sentence."""
        field = f" {self.field}" if self.field else ""
        return f"#{self.version} {self.step}{field}: on record {self.recorded}; decided again {self.now}"


class Replayed(NamedTuple):
    """What came of a replay: how many steps and events were decided again, and what differed.

    `set_aside`: versions that a wrong clock wrote and a leader set aside, and those until that act that differ for it.
    """

    steps: int
    events: int
    differences: tuple[Difference, ...]
    set_aside: tuple[int, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def steps_of(records: Iterable[Recorded]) -> list[list[Recorded]]:
    """The events of each command together, in order."""
    return [list(step) for _, step in groupby(records, key=lambda record: record.command_id)]


def replay(
    petition: str, records: Sequence[Recorded], books: Books, in_force: InForce = lambda _, __: frozenset()
) -> Replayed:
    """Decide a petition's case again. Whatever stands in the record, the answer is a list of differences."""
    differences: list[Difference] = []
    state, steps = Petition(id=petition), steps_of(records)
    aside, doubted = set(set_aside(records)), _doubted(records)
    for step in steps:
        if step[0].version not in aside:
            found = compared(state, step, books) + _of_its_time(step, in_force)
            found += _standing(petition, records[: step[0].version - 1], step)
            if found and step[0].version in doubted:
                aside |= {record.version for record in step}
            else:
                differences += found
        try:
            for record in step:
                state = evolve(state, record.event)
        except NOT_TOLD as error:
            told = f"cannot follow here ({_named(error)}); nothing after it was decided again"
            differences.append(Difference(step[0].version, step[0].event.TOPIC, "", _topics(step), told))
            break
    return Replayed(len(steps), len(records), tuple(differences), tuple(sorted(aside)))


def _doubted(records: Sequence[Recorded]) -> set[int]:
    """From the first event an act says is untimely until that act: what was decided there followed a wrong time."""
    doubted: set[int] = set()
    for record in records:
        if isinstance(record.event, StepsSetAside) and (wrong := {*record.event.versions, *record.event.noted}):
            doubted |= set(range(min(wrong), record.version))
    return doubted


def _standing(petition: str, before: Sequence[Recorded], step: list[Recorded]) -> list[Difference]:
    """Whether the petition stands where its record without the steps set aside leads to."""
    event = step[0].event
    if not isinstance(event, StepsSetAside) or event.standing is None:
        return []
    try:
        now = standing_of(fold(petition, [each.event for each in before if each.version not in event.versions]))
    except NOT_TOLD as error:
        return [_whole(step, f"impossible: {_named(error)}")]
    return [
        Difference(step[0].version, event.TOPIC, field, worded(was), worded(is_now))
        for field, was, is_now in _within("standing", event.standing, now)
    ]


def compared(state: Petition, step: list[Recorded], books: Books, may: Sequence[Command] = ()) -> list[Difference]:
    """What differs in one step, from the state before it; `may`: the commands it can have begun with, if known."""
    first = step[0]
    rules = books(first.event.rulebook)
    if rules is None:
        return [_whole(step, f"impossible: the rulebook {first.event.rulebook} was never adopted here")]
    if state.version + 1 != first.version:
        return [_whole(step, f"expected version {state.version + 1}")]
    found: list[Difference] | None = None
    try:
        for command in may or commands_of(step, rules):
            differences = decided_again(state, command, step, rules)
            if not differences:
                return []
            found = differences if found is None or len(differences) < len(found) else found
    except NoCommand as error:
        return [_whole(step, str(error))]
    return found or []


def _of_its_time(step: list[Recorded], in_force: InForce) -> list[Difference]:
    """Whether the book a step names was in force: a receipt is decided when it is entered, all else when it counts."""
    first, event = step[0], step[0].event
    at = first.recorded_at if isinstance(event, PetitionReceived) else event.at
    may = in_force(at, first.recorded_at)
    if not may or event.rulebook in may:
        return []
    return [
        Difference(first.version, event.TOPIC, "rulebook", event.rulebook, f"in force was {', '.join(sorted(may))}")
    ]


def decided_again(state: Petition, command: Command, step: list[Recorded], rules: Rulebook) -> list[Difference]:
    """What differs between the record of a step and what its command leads to now."""
    try:
        events = decide(state, command, rules)
    except Refused as refusal:
        return [_whole(step, f"refused: {refusal}", command.NAME)]
    except NOT_TOLD as error:
        return [_whole(step, f"impossible: {_named(error)}", command.NAME)]
    if [type(event) for event in events] != [type(record.event) for record in step]:
        return [_whole(step, ", ".join(event.TOPIC for event in events), command.NAME)]
    return [
        Difference(record.version, command.NAME, field, worded(was), worded(now))
        for record, event in zip(step, events, strict=True)
        for field, was, now in fields_that_differ(record.event, event)
    ]


def fields_that_differ(recorded: Event, now: Event) -> list[tuple[str, Any, Any]]:
    """Fields of two events of a kind that differ; a sealed text is like any other text."""
    differing = []
    for name in type(recorded).model_fields:
        was, is_now = getattr(recorded, name), getattr(now, name)
        if was != is_now and not (isinstance(was, Sealed) and isinstance(is_now, (str, Sealed))):
            differing += _within(name, was, is_now)
    return differing


def _within(name: str, was: Any, now: Any) -> list[tuple[str, Any, Any]]:
    """The differing parts of a value that has parts."""
    fields = getattr(type(was), "model_fields", None)
    if fields and type(was) is type(now) and not isinstance(was, Sealed):
        pairs = [(f"{name}.{part}", getattr(was, part), getattr(now, part)) for part in fields]
    elif isinstance(was, tuple) and isinstance(now, tuple) and len(was) == len(now):
        pairs = [(f"{name}[{number}]", one, other) for number, (one, other) in enumerate(zip(was, now, strict=True))]
    else:
        return [(name, was, now)]
    return [found for part, one, other in pairs if one != other for found in _within(part, one, other)]


def worded(value: Any) -> str:
    """A value as a difference shows it; never a personal text."""
    if isinstance(value, Sealed):
        return "[sealed]"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, tuple):
        return "(" + ", ".join(worded(each) for each in value) + ")"
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json())
    return str(value)


def _whole(step: list[Recorded], now: str, name: str | None = None) -> Difference:
    return Difference(step[0].version, name or step[0].event.TOPIC, "", _topics(step), now)


def _topics(step: list[Recorded]) -> str:
    return ", ".join(record.event.TOPIC for record in step)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
