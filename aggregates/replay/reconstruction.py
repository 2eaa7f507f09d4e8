"""Commands reconstructed from the events they led to: by the tables of `decisions`, an event says which it was.

Most events have the fields of their command, under the same names; the others have an arm here. What an event keeps is
less than what the command said: who named a tier below the one it had risen to reads the tier it has. So an arm may
offer several commands; the first that leads to what is on record is the one.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregates.event import Event
from aggregates.personal import Sealed
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions import DECISIONS
from aggregates.record import Recorded
from rulebook.model import Rulebook
from rulebook.proposal import Proposal

TEXT = "·"
"""Placeholder for a personal text, which no decision looks into."""


class NoCommand(ValueError):
    """No command leads to such events; the message says which."""


def commands_of(records: Sequence[Recorded], rules: Rulebook) -> tuple[c.Command, ...]:
    """The commands that may have led to the events of one step, most likely first.

    Raises:
        NoCommand: no command on a petition leads to them.
    """
    first = records[0].event
    arm = _ARMS.get(type(first), _the_same)
    if type(first) not in _COMMANDS:
        raise NoCommand(f"{type(first).TOPIC} follows from no command on a petition")
    noted = records[0].recorded_at
    said = {"at": first.at, "by": first.by, "noted_at": noted}
    try:
        return tuple(kind(**{**said, **values}) for kind, values in arm(first, rules, noted))
    except ValueError as error:
        raise NoCommand(f"{type(first).TOPIC}: no command can say this: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


Said = Iterable[tuple[type[c.Command], dict[str, Any]]]


def _text(value: Any) -> Any:
    return TEXT if isinstance(value, Sealed) else value


def _the_same(event: Event, _: Rulebook, __: datetime) -> Said:
    """The command that leads to it, with what the event says under the same names."""
    kind = _COMMANDS[type(event)]
    own = kind.model_fields.keys() - c.Command.model_fields.keys()
    yield kind, {name: _text(value) for name, value in event if name in own}


def _received(event: e.PetitionReceived, _: Rulebook, noted: datetime) -> Said:
    same = ("receipt", "resident", "channel", "community", "section", "anonymous", "confidential", "urgent")
    yield (
        c.Receive,
        {
            **{field: getattr(event, field) for field in (*same, "complained_about", "submitted_at")},
            **{field: _text(getattr(event, field)) for field in ("title", "text", "name", "phone", "address")},
            "at": noted if event.counted_from == "submission" else event.at,
        },
    )


def _classified(event: e.PetitionClassified, _: Rulebook, __: datetime) -> Said:
    yield c.Classify, {"proposal": Proposal(**{name: getattr(event, name) for name in Proposal.model_fields})}


def _triaged(event: e.PetitionTriaged, rules: Rulebook, _: datetime) -> Said:
    about = {"complained_about": event.complained_about}
    if event.basis == "confirmed":
        yield c.Triage, about
    for tier in _tiers(event.tier, rules):
        yield c.Triage, {"category": event.category, "tier": tier, "matter": event.matter, **about}


def _reclassified(event: e.PetitionReclassified, rules: Rulebook, _: datetime) -> Said:
    for tier in _tiers(event.tier, rules):
        yield (
            c.Reclassify,
            {
                "category": event.category,
                "tier": tier,
                "matter": event.matter,
                "complained_about": event.complained_about,
                "reason": _text(event.reason),
            },
        )


def _set_aside(event: e.StepsSetAside, _: Rulebook, __: datetime) -> Said:
    values = {"noted": event.noted, "standing": event.standing, "reason": _text(event.reason)}
    yield c.SetAside, {"steps": event.versions, "note_only": event.standing is None, **values}


def _tiers(first: str, rules: Rulebook) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, *(tier.id for tier in rules.tiers))))


def _dispatched(event: e.PetitionDispatched, _: Rulebook, __: datetime) -> Said:
    yield c.Dispatch, {}
    yield c.Dispatch, {"unit": event.unit}


def _escalated(event: e.PetitionEscalated, _: Rulebook, __: datetime) -> Said:
    if event.cause not in ("deadline", "complaint"):
        raise NoCommand(f"{event.TOPIC} for a {event.cause} stands without the {event.cause}")
    yield (c.Escalate if event.cause == "deadline" else c.Dispatch), {}


def _paused(event: e.PetitionPaused, rules: Rulebook, _: datetime) -> Said:
    for days in (None, *range(1, rules.pauses.max_days + 1)):
        yield c.Pause, {"what": _text(event.what), "days": days}


def _parking_asked(event: e.ParkingAsked, rules: Rulebook, _: datetime) -> Said:
    day = event.look_again_at.astimezone(rules.zone).date()
    yield c.RequestParking, {"cause": event.cause, "reason": _text(event.reason), "look_again_on": day}


_ARMS: dict[type[Event], Callable[[Any, Rulebook, datetime], Said]] = {
    e.PetitionReceived: _received,
    e.PetitionClassified: _classified,
    e.PetitionTriaged: _triaged,
    e.PetitionReclassified: _reclassified,
    e.PetitionDispatched: _dispatched,
    e.PetitionEscalated: _escalated,
    e.PetitionPaused: _paused,
    e.ParkingAsked: _parking_asked,
    e.StepsSetAside: _set_aside,
}
"""Events that say it otherwise than their command does, or less; a step of several events is told by its first one."""
_COMMANDS = {decision.event: kind for kind, decision in DECISIONS.items()}
"""The command that leads to each event; where no arm says otherwise, its fields are the event's of the same name."""
