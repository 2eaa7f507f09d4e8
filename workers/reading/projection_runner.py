"""Runs the loops of the read models, reports their positions, and rebuilds one."""

import time
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

import structlog

from aggregates.record import Waiting
from eventstore.connections import lasting
from eventstore.log import EventLog
from eventstore.parts.register import parts
from eventstore.readers import held_among
from projections.generation import Generation
from projections.read_model import ReadModel
from projections.rebuild import Progress, rebuild
from rulebook.problems import BadInput
from workers.reading.projection_loop import PAGE, ProjectionLoop, reader_name

STOP_SECONDS = 1.0

log = structlog.get_logger(__name__)


class UnknownProjection(BadInput):
    """No read model has this name; the message names those there are."""


class ProjectionStatus(NamedTuple):
    """How many events a read model is behind the log (`lag`), and whether some process updates it (`running`).

    `updated_at`: when its tables last moved, None without tables. `holder` (`host:pid`) has its lock; a holder whose
    heartbeat (`silent_seconds`: its age) is too old counts as not running. `set_aside`: streams stopped at a row that
    the model's program could not read or apply.
    """

    name: str
    position: int
    head: int
    lag: int
    updated_at: datetime | None
    running: bool
    holder: str | None = None
    silent_seconds: float | None = None
    set_aside: tuple[Waiting, ...] = ()


class ProjectionRunner:
    """A loop for each read model, independent of the others. One process works a model, others are standbys."""

    def __init__(self, event_log: EventLog, models: Sequence[ReadModel], *, page: int = PAGE) -> None:
        """Use a log and models; nothing starts before `start`."""
        self._petitions = event_log
        self._models = tuple(models)
        self._page = page
        self._loops: list[ProjectionLoop] = []

    def start(self) -> None:
        """Start the loops and return at once; a database that cannot be reached yet is retried."""
        self._loops = [ProjectionLoop(self._petitions, model, page=self._page) for model in self._models]
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """End after the current pages, within a second; a loop that waits on a dead server ends with the process."""
        until = time.monotonic() + STOP_SECONDS
        for loop in self._loops:
            loop.stop()
        for loop in self._loops:
            if not loop.join(max(0.0, until - time.monotonic())):
                log.warning("projection.left_waiting", projection=loop.name)
        self._loops = []

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def status(self) -> list[ProjectionStatus]:
        """The status of each model, whichever process updates it.

        Raises:
            psycopg.Error, PersistenceError: the database cannot be reached.
        """
        with self._petitions.datastore.get_connection() as connection:
            held = held_among(connection, map(reader_name, self._models))
            holders = {part.name: part for part in parts(connection) if part.holding}
            reached = {model.name: Generation(model, connection).reached() for model in self._models}
            waiting = {model.name: Generation(model, connection).waiting() for model in self._models}
        # Read after the positions: a head read before them could be smaller.
        head = self._petitions.head()
        answers = []
        for model in self._models:
            place = reached[model.name]
            position = place.position if place else 0
            held_by = holders.get(reader_name(model))
            answers.append(
                ProjectionStatus(
                    name=model.name,
                    position=position,
                    head=head,
                    lag=head - position,
                    updated_at=place.moved_at if place else None,
                    running=reader_name(model) in held and not (held_by and held_by.silent),
                    holder=f"{held_by.host}:{held_by.pid}" if held_by else None,
                    silent_seconds=round(held_by.silent_seconds, 1) if held_by else None,
                    set_aside=tuple(waiting[model.name]),
                )
            )
        return answers

    def rebuild(self, name: str, progress: Progress = lambda _position, _head: None) -> int:
        """Rebuild a model in a second schema and swap it in; returns the position reached.

        Whichever process updates the model goes on with the new one.

        Raises:
            UnknownProjection: no model has this name.
            AlreadyRebuilding: another process rebuilds it.
            psycopg.Error, PersistenceError: the database was lost; the old tables stay in use.
        """
        model = next((model for model in self._models if model.name == name), None)
        if model is None:
            known = ", ".join(model.name for model in self._models)
            raise UnknownProjection(f"projection: expected one of {known}; found {name!r}")
        with lasting(self._petitions.datastore.dsn) as connection:
            return rebuild(model, connection, self._petitions.entries, self._petitions.head, progress)
