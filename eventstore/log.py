"""The event log: events sealed, appended at an expected version, and read. All that is kept goes through here."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from eventsourcing.persistence import InterfaceError, OperationalError
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg_pool import PoolTimeout

from aggregates.event import Event
from aggregates.personal import Sealed
from aggregates.record import Entry, Recorded, Sifted, Unreadable, sift
from aggregates.streams import MESSAGES
from eventstore.clock_guard import ClockGuard, Refusal
from eventstore.codec import Envelope, EventMapper, UnreadableEvent, decode, sealed_fields
from eventstore.keyring import Keyring
from eventstore.recorder import Datastore, LogRecorder, Row, StoredRow
from eventstore.sealing import MasterKey, key_id, seal, unseal

ERASED = "[erased]"
Beside = Callable[[Connection[DictRow], frozenset[str]], None]
"""Writes beside the log, on its connection: given the streams that were written just now."""
T = TypeVar("T")


class Append(NamedTuple):
    """Events that follow from one command, for one stream at one expected version (0: a new stream)."""

    stream: str
    expected_version: int
    events: tuple[Event, ...]
    command_id: str
    recorded_at: datetime


class EventLog:
    """Reads and appends events of one database."""

    def __init__(self, datastore: Datastore, master: MasterKey | None, guard: ClockGuard | None = None) -> None:
        """Create missing tables in the database, and use it; without a `guard`, this machine's clock is compared.

        Raises:
            OperationalError: the database cannot be reached.
            NotSetUp: the connecting role may not create the missing tables.
        """
        self.datastore = datastore
        self.guard = guard or ClockGuard()
        self.recorder = LogRecorder(datastore, self.guard)
        self.recorder.create_table()
        self.keyring = Keyring(datastore, master)
        self._mapper = EventMapper()

    def read(self, stream: str, after: int = 0) -> list[Recorded]:
        """The events of a stream with versions above `after`, in order; personal fields stay sealed.

        Raises:
            UnreadableEvent: a row is not an event this program knows; it names position, stream, version and topic.
        """
        return [_readable(entry) for entry in self.entries_of(stream, after)]

    def readable(self, stream: str, after: int = 0) -> list[Recorded]:
        """As `read`, but ends before the first row that this program cannot decode, which a newer program wrote."""
        return sift(self.entries_of(stream, after)).readable

    def entries_of(self, stream: str, after: int = 0) -> list[Entry]:
        """Every row of a stream with versions above `after`, in order; those that cannot be decoded as `Unreadable`."""
        return [_entry(row) for row in self._again_when_lost(lambda: self.recorder.stream(stream, after))]

    def entries(self, after: int, limit: int) -> list[Entry]:
        """The rows of the log with positions above `after`, in order, at most `limit`; as in `entries_of`."""
        return [_entry(row) for row in self._again_when_lost(lambda: self.recorder.page(after, limit))]

    def page(self, after: int, limit: int) -> list[Recorded]:
        """The events of the log with positions above `after`, in order, at most `limit`; as in `read`."""
        return [_readable(entry) for entry in self.entries(after, limit)]

    def sifted(self, size: int) -> Iterator[Sifted]:
        """The whole log in pages of `size` rows; of each stream, the rows before its first undecodable one."""
        place, aside = 0, set[str]()
        while entries := self.entries(place, size):
            page = sift(entries, aside)
            aside.update(stop.stream for stop in page.stops)
            yield page
            place = entries[-1].position

    def begun(self, prefix: str) -> list[str]:
        """Ids of streams that begin with `prefix`, oldest first. Reads a whole index: slow on a long log."""
        return self._again_when_lost(lambda: self.recorder.begun(prefix))

    def head(self) -> int:
        """The last position written; 0 while the log is empty."""
        return self._again_when_lost(self.recorder.head)

    def _again_when_lost(self, operation: Callable[[], T]) -> T:
        """Retry once after a lost connection: a server that was started again has left dead ones in the pool.

        Safe for appends too: if the first try was committed, the retry meets the version conflict and answers False,
        and the caller finds its own command id when it reads again.
        """
        try:
            return operation()
        except (InterfaceError, OperationalError) as error:
            if isinstance(error.__cause__, PoolTimeout):
                raise
            self.datastore.replace_lost_connections()
            return operation()

    def append(self, appends: Sequence[Append], beside: Beside | None = None) -> list[bool]:
        """Write independent appends in one commit; answers for each whether it was written.

        `beside`: what is written in the same commit, once it is known which of the streams were.

        False: a version conflict; read the stream again, look for the command id, decide again. The streams of one call
        must differ.

        Raises:
            PersistenceError: the database refused or was lost; whether it committed is known only by reading again.
            CannotOpen: the master key is not the one of this store.
            ClockWrong: this process's clock differs too much from the database's; nothing was written.
        """
        while True:
            try:
                return self._again_when_lost(lambda: self._append(appends, beside))
            except Refusal as refusal:
                if not refusal.waits(self.guard):
                    raise refusal.as_wrong(self.guard) from refusal

    def must_be_in_time(self) -> None:
        """Measure the clock again if it was last found wrong, before anything is decided by it.

        Raises:
            ClockWrong: the clock still differs by more than the tolerance.
            PersistenceError: the database was lost.
        """
        if self.guard.wrong is not None:
            with self.datastore.get_connection() as connection:
                self.guard.ask(connection)
            if self.guard.wrong is not None:
                raise self.guard.wrong

    def _append(self, appends: Sequence[Append], beside: Beside | None) -> list[bool]:
        new = {name for append in appends for name in _new_residents(append)}
        known = {name for append in appends for name in _residents(append)} - new
        with self.datastore.get_connection() as connection:
            keys = self.keyring.make_keys(new, connection) if new else {}
            if known:
                keys |= self.keyring.keys_of(known, connection)
            rows = [row for append in appends for row in self._rows(append, keys)]
            written = self._write(connection, rows, beside)
        return [(append.stream, append.expected_version + 1) in written for append in appends]

    def _write(
        self, connection: Connection[DictRow], rows: list[Row], beside: Beside | None
    ) -> dict[tuple[str, int], int]:
        if beside is None:
            return self.recorder.write(connection, rows)
        with connection.transaction():
            written = self.recorder.write(connection, rows)
            beside(connection, frozenset(stream for stream, _ in written))
        return written

    def unseal(self, recorded: Recorded, fields: Sequence[str]) -> dict[str, str | None]:
        """Plain texts of sealed fields; `[erased]` where the resident's key is gone.

        Raises:
            CannotOpen: a field was altered or moved, or the master key is not the one of this store.
        """
        resident: str = getattr(recorded.event, "resident", "")
        key = self.keyring.keys_of([resident]).get(resident)
        texts: dict[str, str | None] = {}
        for field in fields:
            value = getattr(recorded.event, field)
            if isinstance(value, Sealed):
                texts[field] = (
                    unseal(value, key, recorded.stream, recorded.version, field)
                    if key is not None and key_id(key) == value.key
                    else ERASED
                )
            else:
                texts[field] = value
        return texts

    def is_erased(self, recorded: Recorded) -> bool:
        """Whether the key that sealed an event's personal fields is gone: nobody can read them again. Opens no field.

        Raises:
            CannotOpen: the master key is not the one of this store.
        """
        sealed = [getattr(recorded.event, field) for field in sealed_fields(type(recorded.event))]
        names = {field.key for field in sealed if isinstance(field, Sealed)}
        return bool(names) and names != {self.keyring.name_of(getattr(recorded.event, "resident", ""))}

    def _rows(self, append: Append, keys: dict[str, bytes]) -> list[Row]:
        rows = []
        for number, event in enumerate(append.events, append.expected_version + 1):
            sealed = _seal(event, append.stream, number, keys)
            stored = self._mapper.to_stored_event(Envelope(append.stream, number, sealed))
            rows.append(Row(stored, append.command_id, append.recorded_at))
        return rows


def _entry(row: StoredRow) -> Entry:
    try:
        event = decode(row.topic, row.state)
    except UnreadableEvent as error:
        return Unreadable(row.position, row.stream, row.version, row.topic, str(error))
    return Recorded(row.position, row.stream, row.version, row.recorded_at, row.command_id, event)


def _readable(entry: Entry) -> Recorded:
    if isinstance(entry, Unreadable):
        error = UnreadableEvent(f"{entry}; a newer program may read it")
        error.row = entry
        raise error
    return entry


def _residents(append: Append) -> set[str]:
    """Residents whose personal data the append holds: one in most, several where a message goes to many."""
    return {getattr(event, "resident", "") for event in append.events if sealed_fields(type(event))}


def _new_residents(append: Append) -> set[str]:
    """Residents who may have no key yet: who brings or joins a petition. A message to somebody erased makes no key."""
    begins = append.expected_version == 0 and not append.stream.startswith(MESSAGES)
    return {
        getattr(event, "resident", "")
        for event in append.events
        if sealed_fields(type(event)) and (begins or getattr(event, "NEW_RESIDENT", False))
    }


def _seal(event: Event, stream: str, version: int, keys: dict[str, bytes]) -> Event:
    sealed: dict[str, Any] = {}
    for field in sealed_fields(type(event)):
        value = getattr(event, field)
        if isinstance(value, str):
            key = keys.get(getattr(event, "resident", ""))
            if key is None:
                # The resident's data was erased: what is written about them now has no key to be read with.
                sealed[field] = ERASED_FIELD
            else:
                sealed[field] = seal(value, key, stream, version, field)
    return event.model_copy(update=sealed) if sealed else event


ERASED_FIELD = Sealed(key="", nonce="", ciphertext="", commitment="")
