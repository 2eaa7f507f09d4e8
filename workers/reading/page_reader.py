"""A reader of the log in pages: it stands alone under its lock, keeps its place, and waits out what is lost.

At least once: its place moves only after all of a page was done, so that a killed reader does the page again.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from typing import Any

import psycopg
import structlog

from aggregates.record import Recorded
from eventstore.log import PetitionLog
from eventstore.recorder import CHANNEL
from workers.parts.pulse import Pulse
from workers.reading.readers import move_to, place_of, standing_alone

log = structlog.get_logger(__name__)

PAGE = 500
WAKE_UP_SECONDS = 1.0
GATHER_SECONDS = 0.01
"""After a notice, what is about to follow is waited for: a page is done side by side."""
STAND_BY_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 10.0
LETS_GO_SECONDS = 20.0
"""A page in which nothing got on for so long is let go, and the lock with it: another process may have better luck."""


class Hangs(Exception):
    """Nothing got on in a page: something that was asked never answered."""


class PageReader(ABC):
    """Does something with every page of the log, for as long as it runs. `name` is its lock's and its place's."""

    name: str

    def __init__(self, petitions: PetitionLog) -> None:
        """Use a log."""
        self._petitions = petitions
        self.pulse = Pulse(self.name)
        """The reader's heartbeat: `handle` lets it beat as it gets on."""
        self._ending = asyncio.Event()

    @abstractmethod
    async def handle(self, page: Sequence[Recorded]) -> None:
        """Do a page; it may come again. Raised errors are waited out, then the page comes again.

        `pulse.beat` is called whenever a part of the page is done: one in which nothing gets on is let go.
        """

    def stop(self) -> None:
        """End after the page at hand."""
        self._ending.set()

    async def run(self) -> None:
        """Read until stopped. Whatever is lost is waited for and said; nothing is skipped."""
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

    async def _stand(self) -> None:
        """Take the lock and read; or rest a moment when another process has it."""
        lock = standing_alone(self._petitions.datastore.dsn, self.pulse)
        connection = await asyncio.to_thread(lock.__enter__)
        try:
            if connection is None:
                await self._rest(STAND_BY_SECONDS)
                return
            await asyncio.to_thread(connection.execute, f"LISTEN {CHANNEL}")
            log.info("reader.started", reader=self.name, epoch=self.pulse.epoch)
            while not self._ending.is_set():
                await asyncio.to_thread(self.pulse.beat)
                if not await self._read_page(connection):
                    await asyncio.to_thread(_listen, connection)
        finally:
            await asyncio.to_thread(lock.__exit__, None, None, None)

    async def _read_page(self, connection: psycopg.Connection) -> bool:
        """Do one page; False when nothing is new."""
        place = await asyncio.to_thread(place_of, connection, self.name)
        page = await asyncio.to_thread(self._petitions.page, place, PAGE)
        if not page:
            return False
        await self._while_it_gets_on(self.handle(page))
        await asyncio.to_thread(move_to, connection, self.name, page[-1].position)
        return True

    async def _while_it_gets_on(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, as long as the pulse beats.

        Raises:
            Hangs: it does not.
        """
        task = asyncio.ensure_future(work)
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


def _listen(connection: psycopg.Connection) -> None:
    """Wait until something was appended, or a moment has passed: a lost notice stalls nothing."""
    for _ in connection.notifies(timeout=WAKE_UP_SECONDS, stop_after=1):
        time.sleep(GATHER_SECONDS)
