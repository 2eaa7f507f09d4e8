"""Recurring matters: the same matter in the same section (片) again within days. Counts places, never people.

A row holds what was known of a petition from one event to the next: section, matter, whether it counts. A withdrawn
petition does not count; a merged one does, as repeated reports are what this is about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, LiteralString, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow, tuple_row
from pydantic import BaseModel

from aggregates.event import Event, Moment
from aggregates.petition import events as e
from aggregates.record import Recorded
from projections.read_model import ReadModel, copy_rows

KINDS = frozenset({"petition.classified", "petition.triaged", "petition.reclassified"})
"""Topics that state a petition's matter."""


class Sighting(BaseModel):
    """A petition's section and matter, as known so far."""

    petition: str
    receipt: str
    section: str | None
    received_at: Moment
    matter: str | None = None
    counts: bool = True


class Recurring(ReadModel):
    """Adds a row whenever a petition's section, matter or `counts` changes."""

    name: ClassVar[str] = "recurring"
    keeps = Sighting
    tables: ClassVar[LiteralString] = """
        CREATE TABLE petitions (
            petition text PRIMARY KEY,
            state    json NOT NULL
        );
        CREATE TABLE sightings (
            petition    text        NOT NULL,
            position    bigint      NOT NULL,
            recorded_at timestamptz NOT NULL,
            receipt     text        NOT NULL,
            section     text,
            matter      text,
            received_at timestamptz NOT NULL,
            counts      boolean     NOT NULL,
            PRIMARY KEY (petition, position)
        );
        CREATE INDEX ON sightings (received_at);
    """

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Add a row for each change in the page."""
        told = [record for record in page if _tells(record.event)]
        streams = list({record.stream for record in told})
        kept = cursor.execute("SELECT petition, state::text FROM petitions WHERE petition = ANY(%s)", (streams,))
        known = {petition: Sighting.model_validate_json(state) for petition, state in kept}
        rows = []
        for record in told:
            before = known.get(record.stream)
            after = _after(before, record)
            if after is not None and after != before:
                known[record.stream] = after
                rows.append(_row(after, record))
        cursor.execute("DELETE FROM petitions WHERE petition = ANY(%s)", (list(known),))
        copy_rows(
            cursor, "petitions", ("petition", "state"), ((name, each.model_dump_json()) for name, each in known.items())
        )
        copy_rows(cursor, "sightings", _COLUMNS, rows)


_COLUMNS = ("petition", "position", "recorded_at", "receipt", "section", "matter", "received_at", "counts")


def _tells(event: Event) -> bool:
    return event.TOPIC in KINDS or isinstance(event, e.PetitionReceived | e.PetitionWithdrawn)


def _after(before: Sighting | None, record: Recorded) -> Sighting | None:
    event = record.event
    if isinstance(event, e.PetitionReceived):
        section = getattr(event, "section", None)
        return Sighting(petition=record.stream, receipt=event.receipt, section=section, received_at=event.at)
    if before is None:
        return None
    if isinstance(event, e.PetitionWithdrawn):
        return before.model_copy(update={"counts": False})
    return before.model_copy(update={"matter": getattr(event, "matter", before.matter)})


def _row(known: Sighting, record: Recorded) -> tuple[Any, ...]:
    return (
        known.petition,
        record.position,
        record.recorded_at,
        known.receipt,
        known.section,
        known.matter,
        known.received_at,
        known.counts,
    )


class Threshold(NamedTuple):
    """At least so many petitions within so many days before the instant asked for."""

    days: int
    at_least: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A matter of a section that recurred often enough; `section` None: not stated.

    `receipts` are oldest first.
    """

    section: str | None
    matter: str
    days: int
    at_least: int
    count: int
    first_at: datetime
    last_at: datetime
    receipts: tuple[str, ...]


_LATEST = """
    SELECT section, matter, received_at, receipt FROM (
        SELECT DISTINCT ON (petition) * FROM view_recurring.sightings
        WHERE recorded_at <= %(as_of)s AND petition <> ALL(%(hidden)s)
            AND received_at > %(since)s AND received_at <= %(as_of)s
        ORDER BY petition, position DESC
    ) AS latest
    WHERE counts AND matter IS NOT NULL ORDER BY received_at, receipt
"""


def clusters(
    connection: Connection[Any], thresholds: Iterable[Threshold], as_of: datetime, *, hidden: Sequence[str] = ()
) -> list[Cluster]:
    """Every matter and section at or above a threshold at `as_of`, by what was recorded until then.

    Shortest window first, then most petitions; a cluster may appear in several windows. `hidden`: petitions left out.
    """
    windows = sorted(thresholds)
    if not windows:
        return []
    groups: dict[tuple[str | None, str], list[tuple[datetime, str]]] = {}
    since = as_of - timedelta(days=windows[-1].days)
    with connection.cursor(row_factory=tuple_row) as answer:
        for section, matter, received_at, receipt in answer.execute(
            _LATEST, {"as_of": as_of, "since": since, "hidden": list(hidden)}
        ):
            groups.setdefault((section, matter), []).append((received_at, receipt))
    found = []
    for days, at_least in windows:
        after = as_of - timedelta(days=days)
        for (section, matter), every in groups.items():
            within = [(moment, receipt) for moment, receipt in every if moment > after]
            if len(within) >= at_least:
                receipts = tuple(receipt for _, receipt in within)
                found.append(
                    Cluster(section, matter, days, at_least, len(within), within[0][0], within[-1][0], receipts)
                )
    return sorted(found, key=lambda each: (each.days, -each.count, each.section or "~", each.matter))
