"""The one way to append: read, decide, append at the version that was read; again when others were faster.

A lost database is cared for: what was committed before the loss is found by its command id when the stream is read
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
"""Times it is decided again when others were faster, or the database was lost on the way."""

T = TypeVar("T")


class TooBusy(Expected):
    """Others changed the stream faster than could be decided."""


class Written(NamedTuple):
    """What came of it: the stream as it was read last, and the events that stand now because of this call.

    `append` None: nothing was to be done.
    """

    records: list[Recorded]
    append: Append | None

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of the append; none where nothing was to be done."""
        return self.append.events if self.append is not None else ()


def try_again(log_of: EventLog, attempt: Callable[[], T | None], stream: str) -> T:
    """Make an attempt until it answers something. It answers None when others were faster; so it reads anew each time.

    Raises:
        TooBusy: others were faster `TRIES` times.
        OperationalError, InterfaceError: the database was lost again and again, or was not there at all.
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
    """Append to `stream` what `decide` makes of its records; None: nothing is to be done.

    The append is at the version of the last record. `decide` is called again with newer records when others were
    faster.

    Raises:
        TooBusy: others were faster `TRIES` times.
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
    """For each name append what `append_for` makes of it, `batch` of them in one commit; None: nothing is to be done.

    `append_for` reads its stream itself, and is asked again about those only whose stream others were faster in. The
    streams of different names differ.

    Raises:
        TooBusy: others were faster in one of them `TRIES` times.
        PersistenceError: the database was lost; it is safe to repeat where `append_for` finds what stands already.
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
    """Whether it was written by this very append, before the connection that would have said so was lost."""
    return (
        record.version == append.expected_version + 1
        and record.command_id == append.command_id
        and record.recorded_at == append.recorded_at
    )
