"""One read model's loop: a thread that holds the model's lock, applies pages, and waits for notifications.

The lock, the LISTEN and the writing share one connection: whoever lost the lock cannot write any more. Even two who
both believed to hold it could not apply a page twice, for the position is checked in the page's own transaction.
"""

import threading

import psycopg
import structlog

from aggregates.record import Unreadable
from eventstore.log import EventLog
from eventstore.parts.pulse import Pulse
from eventstore.readers import listen, standing_alone
from projections.generation import AnotherShape, Generation, Moved
from projections.read_model import ReadModel
from projections.rebuild import AlreadyRebuilding, rebuild
from workers.reading.bell import Bell
from workers.reading.looks import Looks

PAGE = 2_000
WAKE_UP_SECONDS = 1.0
GATHER_SECONDS = 0.05
"""Pause after a notification, so that one page has many events instead of many pages one."""
STAND_BY_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
TAKE_UP_SECONDS = 30.0
"""Between two passes over the streams set aside; the first is at once, as the program may be a newer one."""

log = structlog.get_logger(__name__)


def reader_name(model: ReadModel) -> str:
    """The name of a read model's lock."""
    return f"projection {model.name}"


class _Stopped(Exception):
    """Asked to end in the middle of a rebuild."""


class ProjectionLoop:
    """Updates one read model until stopped; after any error it tries again."""

    def __init__(self, event_log: EventLog, model: ReadModel, *, page: int = PAGE) -> None:
        self.name = model.name
        self._petitions = event_log
        self._model = model
        self._page = page
        self._pulse = Pulse(reader_name(model), "projection")
        self._pause = FIRST_PAUSE_SECONDS
        self._ending = threading.Event()
        self._bell = Bell()
        self._thread = threading.Thread(target=self._run, name=reader_name(model), daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the current page."""
        self._ending.set()
        self._bell.ring()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end; False: it has not, as when a server does not answer."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            return False
        self._bell.close()
        return True

    def _run(self) -> None:
        self._keep_up()
        self._pulse.end(self._petitions.datastore.dsn)

    def _keep_up(self) -> None:
        name = self._model.name
        while not self._ending.is_set():
            try:
                self._stand()
            except _Stopped:
                return
            except (AnotherShape, AlreadyRebuilding) as error:
                log.warning("projection.waits", projection=name, reason=str(error), seconds=self._pause)
                self._rest()
            except Exception as error:  # noqa: BLE001 - whatever it is, this thread tries again and says so
                said = (str(error).splitlines() or [""])[0]
                log.warning(
                    "projection.waits",
                    projection=name,
                    error=type(error).__name__,
                    reason=said,
                    seconds=self._pause,
                )
                self._rest()

    def _rest(self) -> None:
        self._ending.wait(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    def _stand(self) -> None:
        """Take the lock and project; or pause for a moment while another process has it."""
        with standing_alone(self._petitions.datastore.dsn, self._pulse) as connection:
            if connection is None:
                self._ending.wait(STAND_BY_SECONDS)
                return
            listen(connection)
            # Notifications that arrive outside of a wait are dropped: the log is read afterwards anyway.
            connection.add_notify_handler(lambda _: None)
            self._make_ready(connection)
            log.info("projection.started", projection=self._model.name, epoch=self._pulse.epoch)
            serving = Generation(self._model, connection, told=self._set_aside)
            looks = Looks(TAKE_UP_SECONDS)
            while not self._ending.is_set():
                self._pulse.beat()
                anything_new = self._advance(serving)
                if looks.due:
                    self._take_up(serving, looks, connection)
                elif not anything_new:
                    self._sleep(connection)

    def _make_ready(self, connection: psycopg.Connection) -> None:
        serving = Generation(self._model, connection)
        serving.create()
        reached = serving.reached()
        if reached is not None and reached.shape != self._model.shape:
            log.info("projection.rebuilding", projection=self._model.name, reason="made by another version")
            rebuild(self._model, connection, self._petitions.entries, self._petitions.head, self._still_wanted)
            for each in serving.waiting():
                self._set_aside(each.row)

    def _set_aside(self, row: Unreadable) -> None:
        log.error("projection.set_aside", projection=self._model.name, row=str(row))

    def _take_up(self, serving: Generation, looks: Looks, connection: psycopg.Connection) -> None:
        """Retry streams set aside: this may be a newer program that can read them, or the cause is gone."""
        if looks.ended:
            looks.begin(serving.waiting())
        for row in looks.stretch():
            self._pulse.beat()
            try:
                if serving.take_up(row, self._petitions.entries_of):
                    log.info("projection.took_up", projection=self._model.name, stream=row.stream)
            except Exception as error:
                if connection.closed:
                    raise
                looks.later()
                log.warning(
                    "projection.waits", projection=self._model.name, stream=row.stream, error=type(error).__name__
                )
        if looks.ended:
            self._pulse.detail = {"set_aside": len(serving.waiting())}

    def _still_wanted(self, _position: int, _head: int) -> None:
        self._pulse.beat()
        if self._ending.is_set():
            raise _Stopped

    def _advance(self, serving: Generation) -> bool:
        """Apply one page; False: nothing is new."""
        reached = serving.reached()
        if reached is None:
            serving.create()
            return True
        page = self._petitions.entries(reached.position, self._page)
        self._pulse.beat()
        try:
            if page:
                serving.apply(reached.position, page)
        except Moved:
            log.info("projection.moved", projection=self._model.name, position=reached.position)
        self._pause = FIRST_PAUSE_SECONDS
        return bool(page)

    def _sleep(self, connection: psycopg.Connection) -> None:
        """Wait for a notification, a moment (a lost one stalls nothing), or `stop`."""
        if self._bell.wait(connection, WAKE_UP_SECONDS):
            self._ending.wait(GATHER_SECONDS)
