"""The one way to append: read, decide, append at the version that was read; after a version conflict, all of it again.

A lost connection is retried too: what was committed before the loss is found by its command id when the stream is read
again.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import structlog
from eventsourcing.persistence import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from aggregates.event import Event
from aggregates.record import Recorded
from eventstore.log import Append, EventLog
from rulebook.problems import Expected

log = structlog.get_logger(__name__)

TRIES = 12
"""Attempts before giving up, whether they ended in a version conflict or a lost database."""

T = TypeVar("T")


class TooBusy(Expected):
    """Every attempt met a version conflict: others kept changing the stream."""


class Written(NamedTuple):
    """The stream as last read, and the append that this call wrote; `append` None: nothing was to be appended."""

    records: list[Recorded]
    append: Append | None

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of the append; empty without one."""
        return self.append.events if self.append is not None else ()


def try_again(log_of: EventLog, attempt: Callable[[], T | None], stream: str) -> T:
    """Call `attempt` until it returns a value; None means a version conflict, so it must read the stream on every call.

    Raises:
        TooBusy: `TRIES` attempts returned None.
        OperationalError, InterfaceError: the database was lost at the last attempt, or the pool timed out.
        Whatever the attempt raises.
    """
    for last in [False] * (TRIES - 1) + [True]:
        try:
            if (done := attempt()) is not None:
                return done
        except (OperationalError, InterfaceError) as error:
            # Whether it was committed is known only by reading again: the next attempt looks for the command id.
            # A database that was not there for as long as the pool waits is not waited for again.
            if last or isinstance(error.__cause__, PoolTimeout):
                raise
            log_of.datastore.replace_lost_connections()
            log.warning("append.database_lost", stream=stream, error=type(error).__name__)
    raise TooBusy(f"{stream}: changed {TRIES} times while it was decided what follows; try again")


def append_once(log_of: EventLog, stream: str, decide: Callable[[list[Recorded]], Append | None]) -> Written:
    """Append to `stream` what `decide` returns for its records, at the last one's version; None: nothing to append.

    After a version conflict `decide` is called again with the newer records.

    Raises:
        TooBusy: `TRIES` version conflicts.
        UnreadableEvent: a row of the stream is not an event this program knows.
        PersistenceError: the database was lost; it is safe to repeat.
        ClockWrong, CannotOpen: as `EventLog.append`.
    """
    tried: list[Append] = []

    def attempt() -> Written | None:
        records = log_of.read(stream)
        for before in tried:
            if any(_is_of(record, before) for record in records):
                return Written(records, before)
        append = decide(records)
        if append is None:
            return Written(records, None)
        tried.append(append)
        return Written(records, append) if log_of.append([append])[0] else None

    return try_again(log_of, attempt, stream)


def append_each(log_of: EventLog, names: Sequence[str], append_for: Callable[[str], Append | None], batch: int) -> None:
    """For each name append what `append_for` returns, `batch` of them in one commit; None: nothing to append.

    `append_for` reads its stream itself, and is called again only for names that met a version conflict. The streams of
    different names differ.

    Raises:
        TooBusy: one of them met `TRIES` version conflicts.
        PersistenceError: the database was lost; safe to repeat if `append_for` recognises what is written.
    """

    def attempt(some: list[str]) -> list[str] | None:
        appends = [(name, append) for name in some if (append := append_for(name)) is not None]
        written = log_of.append([append for _, append in appends]) if appends else []
        some[:] = [name for (name, _), done in zip(appends, written, strict=True) if not done]
        return None if some else some

    for start in range(0, len(names), batch):
        some = list(names[start : start + batch])
        try_again(log_of, lambda: attempt(some), ", ".join(some[:3]))  # noqa: B023 - called at once


def _is_of(record: Recorded, append: Append) -> bool:
    """Whether this very append wrote the record, before the connection that would have answered was lost."""
    return (
        record.version == append.expected_version + 1
        and record.command_id == append.command_id
        and record.recorded_at == append.recorded_at
    )
