"""Replay under the rules then in force: each step decided again and compared field by field with the record.

Each step starts from the recorded state before it, so that one difference does not cause others.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from aggregates.command import Command
from aggregates.event import Event
from aggregates.personal import Sealed
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.events import PetitionReceived, PetitionReclassified, PetitionTriaged, StepsSetAside
from aggregates.petition.state import Petition, evolve, fold
from aggregates.petition.undoing import set_aside, standing_of
from aggregates.record import Recorded
from aggregates.replay.reconstruction import NoCommand, commands_of
from rulebook.model import Rulebook

Books = Callable[[str], Rulebook | None]
"""Function from hash to rulebook; None: it was never adopted."""

InForce = Callable[[datetime, datetime], frozenset[str]]
"""(instant, time of recording) → hashes of the books that may have been in force; empty: any."""

NOT_TOLD = (LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError)
"""Errors that folding or deciding on an altered record may raise."""


RECORDED_SINCE = frozenset({"recused"})
"""Fields that earlier versions of an event did not have: None on record says nothing, and differs from nothing."""


class Difference(NamedTuple):
    """One difference between record and replay. `version`: of the event; `field`: empty for the whole step."""

    version: int
    step: str
    field: str
    recorded: str
    now: str

    def __str__(self) -> str:
        """The difference as a sentence."""
        field = f" {self.field}" if self.field else ""
        return f"#{self.version} {self.step}{field}: on record {self.recorded}; decided again {self.now}"


class Replayed(NamedTuple):
    """The result: how many steps and events were decided again, and the differences.

    `set_aside`: versions set aside for a wrong clock, and later ones up to that act that differ because of it.
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
    """Decide a petition's case again. Whatever the record holds, the result is a list of differences."""
    differences: list[Difference] = []
    state, steps = Petition(id=petition), steps_of(records)
    aside, doubted = set(set_aside(records)), _doubted(records)
    for step in steps:
        if step[0].version not in aside:
            found = compared(state, step, books)
            if found and (as_then := _one_complaint(state, records)) is not None:
                found = compared(as_then, step, books) and found
            found += _of_its_time(step, in_force)
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


def _one_complaint(state: Petition, records: Sequence[Recorded]) -> Petition | None:
    """The state as decisions took it while naming a unit complained about replaced the one before; None: not here.

    Only events that do not record who was recused are of that time.
    """
    named = [
        record.event
        for record in records[: state.version]
        if isinstance(record.event, PetitionReceived | PetitionTriaged | PetitionReclassified)
        and record.event.complained_about
    ]
    if len(state.complained_about) < 2 or any(event.recused is not None for event in named):
        return None
    return state.model_copy(update={"complained_about": (named[-1].complained_about,)})


def _doubted(records: Sequence[Recorded]) -> set[int]:
    """Versions from the first untimely event up to the act that names it: decisions there followed a wrong time."""
    doubted: set[int] = set()
    for record in records:
        if isinstance(record.event, StepsSetAside) and (wrong := {*record.event.versions, *record.event.noted}):
            doubted |= set(range(min(wrong), record.version))
    return doubted


def _standing(petition: str, before: Sequence[Recorded], step: list[Recorded]) -> list[Difference]:
    """Check that setting steps aside restored the state that the record without them leads to."""
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
    """The differences of one step, from the state before it; `may`: its possible commands, if known."""
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
    """Check that the step's book was in force: a receipt at the time it was recorded, all else at its own time."""
    first, event = step[0], step[0].event
    may = in_force(decided_at(first), first.recorded_at)
    if not may or event.rulebook in may:
        return []
    return [
        Difference(first.version, event.TOPIC, "rulebook", event.rulebook, f"in force was {', '.join(sorted(may))}")
    ]


def decided_at(record: Recorded) -> datetime:
    """The instant whose book decides: a receipt's is when it was recorded, of all else when it counts."""
    return record.recorded_at if isinstance(record.event, PetitionReceived) else record.event.at


def decided_again(state: Petition, command: Command, step: list[Recorded], rules: Rulebook) -> list[Difference]:
    """The differences between a recorded step and what its command leads to now."""
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
    """Differing fields of two events of one kind; sealed texts count as equal."""
    differing = []
    for name in type(recorded).model_fields:
        was, is_now = getattr(recorded, name), getattr(now, name)
        if was is None and name in RECORDED_SINCE:
            continue
        if was != is_now and not (isinstance(was, Sealed) and isinstance(is_now, (str, Sealed))):
            differing += _within(name, was, is_now)
    return differing


def _within(name: str, was: Any, now: Any) -> list[tuple[str, Any, Any]]:
    """The differing parts of a structured value."""
    fields = getattr(type(was), "model_fields", None)
    if fields and type(was) is type(now) and not isinstance(was, Sealed):
        pairs = [(f"{name}.{part}", getattr(was, part), getattr(now, part)) for part in fields]
    elif isinstance(was, tuple) and isinstance(now, tuple) and len(was) == len(now):
        pairs = [(f"{name}[{number}]", one, other) for number, (one, other) in enumerate(zip(was, now, strict=True))]
    else:
        return [(name, was, now)]
    return [found for part, one, other in pairs if one != other for found in _within(part, one, other)]


def worded(value: Any) -> str:
    """A value as shown in a difference; never a personal text."""
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
