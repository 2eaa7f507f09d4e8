"""What a scenario expects, held against what the rules do; every difference with its line."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, NamedTuple

from aggregates.event import Event
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from aggregates.scenarios.playing import CannotPlay, Played, play
from aggregates.scenarios.reading import ScenarioFile
from aggregates.scenarios.rewriting import Correction
from aggregates.scenarios.written import LOCAL, Scenario
from rulebook.model import Rulebook

Path = tuple[str | int, ...]
NOT_OF_THE_STATE = {"refused", "says", "promise", "owed", "owed_at", "events", "happened"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
PROVISIONAL = " provisional"
EVENTS = ("then", "events")


class Difference(NamedTuple):
    """One expectation that does not hold: where it is written, what it says, what the rules do."""

    file: str
    line: int
    scenario: str
    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        words = f"“{self.scenario}”: {self.place}: expected {self.expected}; found {self.found}"
        return f"{self.file}:{self.line}: {words}"


class _Found(NamedTuple):
    path: Path
    expected: Any
    found: Any

    @property
    def only_when(self) -> bool:
        """Whether the same comes out at another time, or within another number of days."""
        both = (self.expected, self.found)
        if self.path[-1] == "days":
            return all(type(each) is int for each in both)
        if not all(isinstance(each, str) for each in both):
            return False
        firm = [each.removesuffix(PROVISIONAL) for each in both]
        return all(map(MOMENT.fullmatch, firm)) and (firm[0] == both[0]) == (firm[1] == both[1])


def differences(source: ScenarioFile, number: int, rules: Rulebook) -> tuple[Difference, ...]:
    """Play scenario `number` of a file; everything in which it comes out otherwise than written, in line order."""
    scenario = source.scenarios[number]
    found = (
        Difference(
            source.file,
            source.line(("scenarios", number, *each.path)),
            scenario.title.zh,
            "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in each.path).lstrip("."),
            _words(each.expected),
            _words(each.found),
        )
        for each in _found(scenario, rules)
    )
    return tuple(sorted(found, key=lambda each: each.line))


def corrections(
    source: ScenarioFile, number: int, rules: Rulebook, *, outcomes: bool = False
) -> tuple[Correction, ...]:
    """What would have to be expected of scenario `number` to come out so; nothing where its title may be untrue then.

    A story that differs in times and numbers of days alone is still the same story. One in which something else comes
    out is left whole, for a person to move its dates, unless `outcomes` are wanted too. An act that cannot be done any
    more, or now can, is always for a person.
    """
    found = _found(source.scenarios[number], rules)
    if not outcomes and not all(each.only_when for each in found):
        return ()
    expected = source.scenarios[number].then.events or ()
    return tuple(
        Correction(
            ("scenarios", number, *each.path), _kept(expected, each.found) if each.path == EVENTS else each.found
        )
        for each in found
        if each.path[0] not in ("when", "given") and each.path != ("then", "refused")
    )


def _kept(expected: tuple[Any, ...], found: list[str]) -> list[Any]:
    """The events that happen, each that was expected with the fields it had."""
    same = SequenceMatcher(None, _topics(expected), found, autojunk=False).get_matching_blocks()
    written: list[Any] = list(found)
    for block in same:
        written[block.b : block.b + block.size] = expected[block.a : block.a + block.size]
    return written


def _found(scenario: Scenario, rules: Rulebook) -> list[_Found]:
    try:
        return [each for each in _held(scenario, play(scenario, rules), rules) if each.expected != each.found]
    except CannotPlay as error:
        return [_Found(error.act, "an act that can be done", str(error))]


def _words(value: Any) -> str:
    return str(value) if isinstance(value, str) else "nothing" if value is None else repr(value)


def _held(scenario: Scenario, played: Played, rules: Rulebook) -> Iterator[_Found]:
    then = scenario.then
    refusal = played.refusal
    if refusal and not then.refused:
        yield _Found(("when",), "an act that can be done", f"{refusal.code}: {refusal}")
    else:
        yield _Found(("then", "refused"), then.refused, refusal.code if refusal else None)
    if then.says and refusal and then.says not in str(refusal):
        yield _Found(("then", "says"), then.says, str(refusal))
    for field in sorted(then.model_fields_set - NOT_OF_THE_STATE):
        name = "stage" if field == "status" else field
        yield _Found(
            ("then", field), plain(getattr(then, field), rules), plain(getattr(played.state, name, "none"), rules)
        )
    if then.promise is not None and isinstance(played.state, Order):
        yield _Found(
            ("then", "promise"), then.promise, played.state.promises[-1].outcome if played.state.promises else "none"
        )
    if then.owed is not None:
        yield _Found(("then", "owed"), then.owed, plain(played.owed.step, rules) or "nothing")
    if then.owed_at is not None:
        yield _Found(("then", "owed_at"), then.owed_at, plain(played.owed.due_at, rules))
    if then.events is not None:
        yield from _of_events(then.events, played.events[played.given :], rules)
    counts = Counter(event.TOPIC for event in played.events)
    for topic, count in (then.happened or {}).items():
        yield _Found(("then", "happened", topic), count, counts[topic])
    for clock, expected in scenario.due.items():
        yield _Found(("due", clock), expected, _due(played.state, clock, expected, rules))


def _of_events(expected: tuple[Any, ...], events: tuple[Event, ...], rules: Rulebook) -> Iterator[_Found]:
    topics, found = _topics(expected), [event.TOPIC for event in events]
    if topics != found:
        yield _Found(EVENTS, topics, found)
        return
    for number, (each, event) in enumerate(zip(expected, events, strict=True)):
        for field, value in {} if isinstance(each, str) else each[event.TOPIC].items():
            yield _Found(
                ("then", "events", number, event.TOPIC, field), value, plain(getattr(event, field, "none"), rules)
            )


def _topics(expected: tuple[Any, ...]) -> list[str]:
    return [each if isinstance(each, str) else next(iter(each)) for each in expected]


def _due(state: Petition | Order, name: str, expected: str, rules: Rulebook) -> str:
    """A clock's end as it is written. What was stopped is compared by its time where a time is expected."""
    if isinstance(state, Order):
        return str(plain(state.promises[-1].promised_by, rules)) if state.promises and name == "promise" else "none"
    running = next((each for clock, each in state.clocks.items() if clock == name), None)
    if running is None:
        return "none"
    if running.paused_at:
        return "waits"
    if running.stopped_at and not expected[:1].isdigit():
        return "stopped"
    return f"{plain(running.clock.due_at, rules)}{PROVISIONAL if running.clock.provisional else ''}"


def plain(value: Any, rules: Rulebook) -> Any:
    """A value as a scenario writes it: local times, words, lists."""
    match value:
        case datetime():
            return value.astimezone(rules.zone).strftime(LOCAL)
        case Enum():
            return value.value
        case tuple() | list():
            return [plain(each, rules) for each in value]
    return value
