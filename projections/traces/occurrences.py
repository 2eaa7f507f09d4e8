"""Events as auditors and mining tools read them: plain facts, pseudonyms of one export, in order."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from aggregates.event import Clock, Event, Role
from aggregates.orders.events import (
    CommitmentBroken,
    OrderClaimed,
    OrderDelivered,
    OrderRated,
    OrderReleased,
    OrderReminded,
    OrderStarted,
)
from aggregates.personal import personal_fields
from aggregates.record import Recorded
from projections.order_sentences import SENTENCES as ORDER_SENTENCES
from projections.sentences import SENTENCES
from projections.traces.choosing import Kept, Kind

FACTS = (
    *("channel", "community", "anonymous", "urgent", "priority", "counted_from", "category", "tier", "matter", "basis"),
    *(
        "confidence",
        "needs_human",
        "from_tier",
        "to_tier",
        "cause",
        "count",
        "number",
        "outcome",
        "on_time",
        "how",
        "to",
    ),
    *("satisfied", "reason", "approved", "days", "level", "final", "unit_stays", "confidential", "decided_above"),
    *("kind", "service", "source", "charge", "partner", "climbed", "about", "kept", "score"),
    *("way", "hint", "template", "template_version", "attempts", "gateway", "code", "cause_topic"),
)
"""Fields that may be exported: words and numbers of the rulebook and the office, never sealed ones."""

ABOUT = ("unit", "from_unit", "by_unit", "complained_about")
"""Fields that name a unit; the field is the qualifier of the relation."""

PROVIDER = "provider"
"""The qualifier of the team or partner unit that promised or delivered an order."""
PROMISED = (OrderClaimed, OrderStarted, CommitmentBroken, OrderReleased, OrderDelivered, OrderRated)
PROMISE = "promise"
"""The clock that a claim sets: the promised time."""

MESSAGE_LABELS = {
    "message.written": "写成告知",
    "message.delivered": "告知送达",
    "message.failed": "告知未送达",
    "message.read": "查阅告知",
}


class ClockSeen(NamedTuple):
    """A clock that an event set or named; `due_at` None: the event does not state it."""

    name: str
    rule: str | None
    due_at: datetime | None


class Occurrence(NamedTuple):
    """One event. `case`: id of its stream in the log: a petition, an order, or a petition's messages.

    `petition`: the petition it belongs to, None for an order of its own; `message`: the message it is about. Residents
    and `officer` are pseudonyms of this export.
    """

    id: str
    kind: Kind
    case: str
    petition: str | None
    message: str | None
    version: int
    topic: str
    label: str
    at: datetime
    recorded_at: datetime
    role: str
    officer: str | None
    residents: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    rule: str | None
    rulebook: str
    clocks: tuple[ClockSeen, ...]
    category: str | None
    tier: str | None
    facts: tuple[tuple[str, str | int | float | bool], ...]


class Aliases:
    """Pseudonyms of residents and staff, valid for one export."""

    def __init__(self, secret: bytes) -> None:
        """Use the export's secret, which is discarded afterwards."""
        self._secret = secret

    def __call__(self, kind: str, id: str) -> str:  # noqa: A002 - the catalogue's own word
        """The pseudonym of a person."""
        return f"{kind}-{hmac.digest(self._secret, f'{kind} {id}'.encode(), hashlib.sha256)[:6].hex()}"


def label_of(topic: str) -> str:
    """An event's name in Chinese: its sentence with `…` for what varies."""
    known = SENTENCES.get(topic) or ORDER_SENTENCES.get(topic)
    return re.sub(r"\{[^}]*\}", "…", known.zh) if known else MESSAGE_LABELS[topic]


def occurrences(records: Iterable[Recorded], alias: Aliases, kept: Kept) -> Iterator[Occurrence]:
    """The events of one case, oldest first."""
    category: str | None = None
    tier: str | None = None
    residents: dict[str, None] = {}
    for record in records:
        event = record.event
        if {"resident", "phone"} <= type(event).model_fields.keys():
            residents[alias("resident", getattr(event, "resident"))] = None  # noqa: B009 - which event is not said
        category = getattr(event, "category", None) or category
        tier = getattr(event, "to_tier", None) or getattr(event, "tier", None) or tier
        staff = event.by.role not in (Role.ENGINE, Role.RESIDENT)
        yield Occurrence(
            id=f"{record.stream}/{record.version}",
            kind=kept.kind,
            case=record.stream,
            petition=kept.petition,
            message=getattr(event, "message", None) if kept.kind == "messages" else None,
            version=record.version,
            topic=event.TOPIC,
            label=label_of(event.TOPIC),
            at=event.at,
            recorded_at=record.recorded_at,
            role=event.by.role.value,
            officer=alias("officer", event.by.id) if staff else None,
            residents=tuple(residents),
            units=tuple(_units(event)),
            rule=event.rule,
            rulebook=event.rulebook,
            clocks=tuple(_clocks(event)),
            category=category,
            tier=tier,
            facts=tuple(_facts(event)),
        )


def _units(event: Event) -> Iterator[tuple[str, str]]:
    promised = isinstance(event, PROMISED) or (isinstance(event, OrderReminded) and event.about != "unclaimed")
    for field in ABOUT:
        if unit := getattr(event, field, None):
            yield (PROVIDER if promised else field), unit


def _facts(event: Event) -> Iterator[tuple[str, str | int | float | bool]]:
    personal = personal_fields(type(event))
    for field in FACTS:
        if field not in personal and isinstance(value := getattr(event, field, None), str | int | float):
            yield field, value


def _clocks(event: Event) -> Iterator[ClockSeen]:
    """Each clock that the event set, moved or named, once."""
    if isinstance(event, OrderClaimed | CommitmentBroken):
        yield ClockSeen(PROMISE, event.rule, event.promised_by)
        return
    own = getattr(event, "clock", None)
    seen: dict[str, ClockSeen] = {}
    if isinstance(own, Clock):
        seen[own.name] = _seen(own)
    elif isinstance(own, str):
        seen[own] = ClockSeen(own, event.rule, getattr(event, "due_at", None))
    for clock in getattr(event, "beside", ()):
        seen.setdefault(clock.name, _seen(clock))
    moved = getattr(event, "moved", ())
    for each in moved if isinstance(moved, tuple) else (moved,) if moved else ():
        seen[each.clock.name] = _seen(each.clock)
    for name in getattr(event, "clocks", ()):
        seen.setdefault(name, ClockSeen(name, None, None))
    yield from seen.values()


def _seen(clock: Clock) -> ClockSeen:
    return ClockSeen(clock.name, clock.rule, clock.due_at)
