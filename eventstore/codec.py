"""Events to rows and back: permanent topics, canonical bodies, versions and upcasts.

The `Mapper` of the library, for frozen pydantic events: it encodes what is already sealed and upcasts what is old.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from eventsourcing.persistence import Mapper, StoredEvent
from pydantic import ValidationError

from aggregates.catalogue import CATALOGUE
from aggregates.event import Event
from aggregates.personal import personal_fields
from aggregates.record import Unreadable
from eventstore.upcasts import UPCASTS
from rulebook.problems import Expected

TOPICS: dict[str, type[Event]] = {kind.TOPIC: kind for kind in CATALOGUE}
VERSION_KEY = "event_version"


class UnreadableEvent(Expected):
    """A stored row that this program cannot decode; `row` is its place, where it was read from the log."""

    row: Unreadable | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its place in the log, as the library's mapper takes it (`originator_id`, `originator_version`)."""

    originator_id: str
    originator_version: int
    event: Event


@cache
def sealed_fields(kind: type[Event]) -> tuple[str, ...]:
    """Names of the personal fields of an event."""
    return personal_fields(kind)


def encode(event: Event) -> bytes:
    """The body as stored: compact JSON, personal fields already sealed.

    Raises:
        TypeError: a personal field is still plain.
    """
    body = event.model_dump(mode="json")
    for field in sealed_fields(type(event)):
        if isinstance(body[field], str):
            raise TypeError(f"{event.TOPIC}.{field}: plain personal data cannot be stored")
    if event.VERSION > 1:
        body[VERSION_KEY] = event.VERSION
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def decode(topic: str, state: bytes) -> Event:
    """The event of a stored row, upcast to today's shape.

    Raises:
        UnreadableEvent: unknown topic, a version newer than this program, or a body of another shape.
    """
    kind = TOPICS.get(topic)
    if kind is None:
        raise UnreadableEvent(f"topic {topic!r} is not known to this program")
    try:
        body: dict[str, Any] = json.loads(state)
        version = int(body.pop(VERSION_KEY, 1))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableEvent(f"{topic}: the body is no JSON object") from error
    if version > kind.VERSION:
        raise UnreadableEvent(
            f"{topic} version {version} was written by a newer program; this one knows {kind.VERSION}"
        )
    while version < kind.VERSION:
        if (topic, version) not in UPCASTS:
            raise UnreadableEvent(f"{topic} version {version} has no upcast to {version + 1}")
        try:
            body = UPCASTS[topic, version](body)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise UnreadableEvent(f"{topic} version {version}: the body is of another shape") from error
        version += 1
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        # Field and error only, never the value: a field may hold a resident's own words.
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors())
        raise UnreadableEvent(f"{topic}: {wrong[:300]}") from error


class EventMapper(Mapper[str]):
    """The library's mapper for our events: no class paths in the database, versions read from the body."""

    def __init__(self) -> None:
        """Take no transcoder: pydantic serialises."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The row of an `Envelope` whose personal fields are sealed."""
        envelope: Envelope = domain_event
        return StoredEvent(
            originator_id=envelope.originator_id,
            originator_version=envelope.originator_version,
            topic=envelope.event.TOPIC,
            state=encode(envelope.event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The `Envelope` of a row.

        Raises:
            UnreadableEvent: see `decode`.
        """
        event = decode(stored_event.topic, stored_event.state)
        return Envelope(str(stored_event.originator_id), stored_event.originator_version, event)
