"""The timeline: every event of a petition as a line for people, and what was erased of it. Nothing sealed is opened."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, LiteralString

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow, tuple_row

from aggregates.erasures.events import ResidentErased
from aggregates.event import Clock, Event
from aggregates.petition.events import PetitionReceived
from aggregates.record import Recorded
from projections.erasures import says_erased
from projections.read_model import ReadModel, copy_rows
from projections.sentences import Names, facts_of, ids_only, says

_COLUMNS = (
    "position, petition, version, receipt, at, recorded_at, topic, actor_role, actor_id, rule, rulebook, unit, tier, "
    "due_at, facts"
)


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One event: when it takes effect (`at`), when it was recorded, and the deadline it set or named (`due_at`).

    An erasure is in a stream of the resident's: `version` None.
    """

    position: int
    petition: str
    version: int | None
    at: datetime
    recorded_at: datetime
    topic: str
    actor_role: str
    actor_id: str
    rule: str | None
    rulebook: str
    unit: str | None
    tier: str | None
    due_at: datetime | None
    says_zh: str
    says_en: str


class Timeline(ReadModel):
    """Copies each event's plain facts; the sentence is made on query, with the caller's rulebook's names."""

    name: ClassVar[str] = "timeline"
    tables: ClassVar[LiteralString] = """
        CREATE TABLE entries (
            position    bigint      PRIMARY KEY,
            petition    text        NOT NULL,
            version     bigint      NOT NULL,
            receipt     text,
            at          timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            topic       text        NOT NULL,
            actor_role  text        NOT NULL,
            actor_id    text        NOT NULL,
            rule        text,
            rulebook    text        NOT NULL,
            unit        text,
            tier        text,
            due_at      timestamptz,
            facts       json        NOT NULL
        );
        CREATE INDEX ON entries (petition, version);
        CREATE INDEX ON entries (receipt) WHERE receipt IS NOT NULL;
    """

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Add a row for each event."""
        copy_rows(cursor, "entries", _COLUMNS.split(", "), map(_values, page))


def _values(record: Recorded) -> tuple[Any, ...]:
    event = record.event
    return (
        record.position,
        record.stream,
        record.version,
        event.receipt if isinstance(event, PetitionReceived) else None,
        event.at,
        record.recorded_at,
        event.TOPIC,
        event.by.role.value,
        event.by.id,
        event.rule,
        event.rulebook,
        getattr(event, "unit", None),
        getattr(event, "to_tier", None) or getattr(event, "tier", None),
        _due_at(event),
        json.dumps(facts_of(event), ensure_ascii=False),
    )


def _row(row: TupleRow, names: Names) -> TimelineRow:
    erased = row[5] == ResidentErased.TOPIC
    sentence = says_erased(**row[-1]) if erased else says(row[5], row[-1], names)
    return TimelineRow(*row[:-1], sentence.zh, sentence.en)  # type: ignore[call-arg] # mypy counts no slices


def _due_at(event: Event) -> datetime | None:
    clock = getattr(event, "clock", None)
    # Where an event is about a clock it does not set, `clock` is the clock's name.
    due_at: datetime | None = clock.due_at if isinstance(clock, Clock) else getattr(event, "due_at", None)
    return due_at


_LIST = """
    SELECT position, petition, version, at, recorded_at, topic, actor_role, actor_id, rule, rulebook, unit, tier,
        due_at, facts
    FROM view_timeline.entries
    WHERE petition = %s AND position > %s
    UNION ALL
    SELECT position, petition, NULL, at, recorded_at, 'resident.erased', 'engine', 'engine', rule, rulebook, NULL, NULL,
        NULL, json_build_object('reason', reason, 'asked_role', asked_role, 'decided_role', decided_role)
    FROM view_erasures.reached
    WHERE petition = %s AND position > %s
    ORDER BY position LIMIT %s
"""

_PETITION = "SELECT petition FROM view_timeline.entries WHERE receipt = %s ORDER BY position LIMIT 1"


def timeline_of(
    connection: Connection[Any], petition: str, names: Names = ids_only, *, after: int = 0, limit: int = 1_000
) -> list[TimelineRow]:
    """The events of a petition above position `after`, oldest first, at most `limit`; empty if unknown."""
    with connection.cursor(row_factory=tuple_row) as answer:
        rows = answer.execute(_LIST, (petition, after, petition, after, limit)).fetchall()
    return [_row(row, names) for row in rows]


def timeline_of_receipt(
    connection: Connection[Any], receipt: str, names: Names = ids_only, *, after: int = 0, limit: int = 1_000
) -> list[TimelineRow]:
    """As `timeline_of`, by receipt."""
    with connection.cursor(row_factory=tuple_row) as answer:
        row = answer.execute(_PETITION, (receipt,)).fetchone()
    return timeline_of(connection, row[0], names, after=after, limit=limit) if row else []
