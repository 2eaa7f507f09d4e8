"""A reader of the log in pages: works alone under its advisory lock, stores its position, retries after losses.

At least once: its position moves only after all of a page was handled, so that a killed reader's page comes again. A
stream with a row that cannot be read or handled is set aside from that row on; the others go on. It is retried when a
reader starts, which may be a newer program, and every half minute (`looks.py`).
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog

from aggregates.record import Recorded, Unreadable, sift
from eventstore import set_aside
from eventstore.log import EventLog
from eventstore.parts.pulse import Pulse
from eventstore.readers import listen, move_to, place_of, standing_alone
from workers.reading.bell import Bell
from workers.reading.looks import Looks
from workers.reading.troubles import Hangs, concerns_all, of_no_stream, stopped_at

log = structlog.get_logger(__name__)

PAGE = 500
WAKE_UP_SECONDS = 1.0
GATHER_SECONDS = 0.01
"""Pause after a notification, so that what follows is handled in the same page."""
STAND_BY_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 10.0
TAKE_UP_SECONDS = 30.0
"""Between two passes over the streams set aside."""
PATIENCE = 3
"""How often one stream, or how many streams in a row, may fail with an error that could be everybody's before it
counts as one stream's, or as everybody's.
"""
LETS_GO_SECONDS = 11.0
"""A page without progress for so long is abandoned. Longer than the timeout of an engine call, and shorter than the
silence after which a standby takes over: so the stream that hangs is found, and not every holder relieved in turn.
"""


class PageReader(ABC):
    """Handles every page of the log, for as long as it runs. `name` is the name of its lock and its position."""

    name: str

    def __init__(self, event_log: EventLog) -> None:
        """Use a log."""
        self._petitions = event_log
        self.pulse = Pulse(self.name)
        """The reader's heartbeat; `handle` calls its `beat` as it progresses."""
        self._failed: Counter[str] = Counter()
        self._ending = asyncio.Event()
        self._bell = Bell()

    def takes(self, stream: str) -> bool:  # noqa: ARG002 - of every stream, unless a reader says otherwise
        """Whether to read the rows of a stream; others are skipped undecoded."""
        return True

    @abstractmethod
    async def handle(self, page: Sequence[Recorded]) -> None:
        """Handle a page; must be idempotent, as it may come again. After an error the page comes again.

        Call `pulse.beat` after each part of the page: a page in which nothing progresses is abandoned.
        """

    def stop(self) -> None:
        """End after the current page."""
        self._ending.set()
        self._bell.ring()

    async def run(self) -> None:
        """Read until stopped. Losses are logged and retried; no row is skipped."""
        pause = STAND_BY_SECONDS
        while not self._ending.is_set():
            try:
                await self._stand()
                pause = STAND_BY_SECONDS
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader tries again and says so
                log.warning("reader.waits", reader=self.name, error=type(error).__name__, seconds=pause)
                await self._rest(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        await asyncio.to_thread(self.pulse.end, self._petitions.datastore.dsn)
        self._bell.close()

    async def _stand(self) -> None:
        """Take the lock and read; or pause for a moment while another process has it."""
        lock = standing_alone(self._petitions.datastore.dsn, self.pulse)
        connection = await asyncio.to_thread(lock.__enter__)
        try:
            if connection is None:
                await self._rest(STAND_BY_SECONDS)
                return
            await asyncio.to_thread(listen, connection)
            # Notifications that arrive outside of a wait are dropped: the log is read afterwards anyway.
            connection.add_notify_handler(lambda _: None)
            log.info("reader.started", reader=self.name, epoch=self.pulse.epoch)
            looks = Looks(TAKE_UP_SECONDS)
            while not self._ending.is_set():
                await asyncio.to_thread(self.pulse.beat)
                anything_new = await self._read_page(connection)
                if looks.due:
                    await self._take_up(connection, looks)
                elif not anything_new:
                    await asyncio.to_thread(self._sleep, connection)
        finally:
            await asyncio.to_thread(lock.__exit__, None, None, None)

    async def _read_page(self, connection: psycopg.Connection[Any]) -> bool:
        """Handle one page; False: nothing is new."""
        place = await asyncio.to_thread(place_of, connection, self.name)
        entries = await asyncio.to_thread(self._petitions.entries, place, PAGE)
        if not entries:
            return False
        ours = [entry for entry in entries if self.takes(entry.stream)]
        streams = {entry.stream for entry in ours}
        aside = await asyncio.to_thread(set_aside.waiting_among, connection, self.name, streams)
        readable, stops = sift(ours, aside)
        if readable:
            stops += await self._handle(readable)
        await asyncio.to_thread(self._move, connection, stops, entries[-1].position)
        self._failed.clear()
        return True

    async def _handle(self, page: Sequence[Recorded]) -> list[Unreadable]:
        """Handle a page; if that fails, stream by stream. Returns the rows at which streams stop.

        Raises:
            Exception: the error concerns everybody, or may: the page comes again after a pause.
        """
        try:
            await self._while_it_gets_on(page)
        except Exception as error:
            of_each: dict[str, list[Recorded]] = {}
            for record in page:
                of_each.setdefault(record.stream, []).append(record)
            if len(of_each) == 1 and concerns_all(error):
                raise
            return await self._handle_each(of_each)
        return []

    async def _handle_each(self, of_each: Mapping[str, Sequence[Recorded]]) -> list[Unreadable]:
        failed: dict[str, Exception] = {}
        in_a_row = 0
        for stream, records in of_each.items():
            try:
                await self._while_it_gets_on(records)
                in_a_row = 0
            except Exception as error:
                failed[stream] = error
                in_a_row += concerns_all(error)
                if in_a_row == PATIENCE:
                    raise
        if len(of_each) > 1 and len(failed) == len(of_each):
            raise next(iter(failed.values()))
        for stream, why in failed.items():
            self._failed[stream] += 1
            if of_no_stream(why) or (concerns_all(why) and self._failed[stream] < PATIENCE):
                raise why
        return [stopped_at(of_each[stream][0], why) for stream, why in failed.items()]

    def _move(self, connection: psycopg.Connection[Any], stops: Sequence[Unreadable], position: int) -> None:
        with connection.transaction():
            set_aside.set_aside(connection, self.name, stops)
            move_to(connection, self.name, position)
        for row in stops:
            log.error("reader.set_aside", reader=self.name, row=str(row))

    async def _take_up(self, connection: psycopg.Connection[Any], looks: Looks) -> None:
        """Retry streams set aside, up to the position reached, as far as they can be handled now.

        A stream that still fails stays set aside, whatever the error: it never keeps the reader from its pages.

        Raises:
            psycopg.Error: the connection is lost, and the lock with it.
        """
        if looks.ended:
            looks.begin(await asyncio.to_thread(set_aside.waiting, connection, self.name))
        place = await asyncio.to_thread(place_of, connection, self.name)
        for row in looks.stretch():
            await asyncio.to_thread(self.pulse.beat)
            try:
                stops = await self._done_of(row, place)
            except Exception as error:
                if connection.closed:
                    raise
                looks.later()
                log.warning("reader.waits", reader=self.name, stream=row.stream, error=type(error).__name__)
                continue
            if stops:
                await asyncio.to_thread(set_aside.set_aside, connection, self.name, stops)
            else:
                await asyncio.to_thread(set_aside.take_up, connection, self.name, row.stream)
                log.info("reader.took_up", reader=self.name, stream=row.stream)
        if looks.ended:
            left = await asyncio.to_thread(set_aside.waiting, connection, self.name)
            self.pulse.detail = {"position": place, "set_aside": len(left)}

    async def _done_of(self, row: Unreadable, place: int) -> list[Unreadable]:
        """Handle a stream from a row on; returns the row at which it stops.

        Raises:
            Exception: the error may concern everybody.
        """
        entries = await asyncio.to_thread(self._petitions.entries_of, row.stream, row.version - 1)
        readable, stops = sift(entry for entry in entries if entry.position <= place)
        try:
            if readable:
                await self._while_it_gets_on(readable)
        except Exception as error:
            if concerns_all(error):
                raise
            return [stopped_at(readable[0], error)]
        return stops

    async def _while_it_gets_on(self, records: Sequence[Recorded]) -> None:
        """Handle the records, as long as `handle` keeps calling `beat`.

        Raises:
            Hangs: `beat` was not called for too long.
        """
        await asyncio.to_thread(self.pulse.beat)
        task = asyncio.ensure_future(self.handle(records))
        try:
            while not task.done():
                left = self.pulse.got_on + LETS_GO_SECONDS - time.monotonic()
                if left <= 0:
                    raise Hangs(f"{self.name}: nothing got on for {LETS_GO_SECONDS:.0f} s")
                await asyncio.wait({task}, timeout=left)
            task.result()
        finally:
            task.cancel()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return

    def _sleep(self, connection: psycopg.Connection[Any]) -> None:
        """Wait for a notification, a moment (a lost one delays, it never stalls), or `stop`."""
        if self._bell.wait(connection, WAKE_UP_SECONDS):
            time.sleep(GATHER_SECONDS)
