"""The rows of the log that belong to a petition's dossier, up to a checkpoint."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from aggregates.event import Event
from aggregates.messages.outbox import stream_of as stream_of_messages
from aggregates.petition.events import PetitionMerged
from aggregates.record import Recorded
from eventstore.codec import decode
from eventstore.log import EventLog
from eventstore.recorder import StoredRow
from eventstore.stream_lookup import orders_of
from office.keys.erasing import stream_of as stream_of_erasure
from office.rules.adoption import stream_of as stream_of_rulebook


class Contents(NamedTuple):
    """Rows by kind of stream, and all of them by position. `residents`: the petition's, also those never erased."""

    petition: list[StoredRow]
    messages: list[StoredRow]
    orders: list[list[StoredRow]]
    erasures: list[StoredRow]
    rulebooks: list[StoredRow]
    residents: tuple[str, ...]
    merged_into: list[list[StoredRow]]

    @property
    def rows(self) -> list[StoredRow]:
        """Every row, in the order of the log."""
        streams = (self.petition, self.messages, *self.orders, self.erasures, self.rulebooks, *self.merged_into)
        return sorted((row for rows in streams for row in rows), key=lambda row: row.position)


def gather(
    event_log: EventLog,
    petition: str,
    rulebook: str,
    size: int | None = None,
    *,
    targets: bool = False,
    kept_from: Collection[str] = (),
) -> Contents:
    """The rows about a petition up to a size (None: all); `rulebook` is the id of the office's rulebooks.

    Also messages to its residents and units, service orders raised from it, erasures of its residents, and every
    adoption of a rulebook: without all of them nobody could tell which one was in force. `targets`: also the petitions
    that it was merged into, where its resident got an answer, or none; but not those in `kept_from`.

    Raises:
        PersistenceError: the database was lost.
        UnreadableEvent: a row is not an event this program knows.
    """

    def stream(name: str) -> list[StoredRow]:
        return [row for row in event_log.recorder.stream(name) if size is None or row.position <= size]

    own = stream(petition)
    residents = dict.fromkeys(
        resident for event in events_of(own) if (resident := getattr(event.event, "resident", None))
    )
    into = dict.fromkeys(each.event.into for each in events_of(own) if isinstance(each.event, PetitionMerged))
    left_out = {petition, *(kept_from if targets else into)}
    with event_log.datastore.get_connection() as connection:
        orders = orders_of(connection, petition)
    return Contents(
        petition=own,
        messages=stream(stream_of_messages(petition)),
        orders=[rows for name in orders if (rows := stream(name))],
        erasures=[row for resident in residents for row in stream(stream_of_erasure(resident))],
        rulebooks=stream(stream_of_rulebook(rulebook)),
        residents=tuple(residents),
        merged_into=[rows for name in into if name not in left_out and (rows := stream(name))],
    )


def events_of(rows: Sequence[StoredRow]) -> list[Recorded]:
    """Rows as records; sealed fields stay sealed.

    Raises:
        UnreadableEvent: a row is not an event this program knows.
    """
    return [
        Recorded(row.position, row.stream, row.version, row.recorded_at, row.command_id, decode(row.topic, row.state))
        for row in rows
    ]


def rulebooks_named(events: Sequence[Event]) -> list[str]:
    """Hashes of the rulebooks that events name, in order of first use."""
    return list(dict.fromkeys(event.rulebook for event in events))
