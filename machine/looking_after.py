"""Keeps one server running for as long as the machine does: started, probed, replaced.

Any error (a full disk, a missing program, an unexpected exception) is reported and retried after a pause.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol, TypeVar

import structlog

WATCH_EVERY = 0.5  # seconds
ASK_EVERY = 5.0  # seconds
SILENT_TIMES = 6
"""Unanswered probes in a row, of five seconds each, after which a live server is replaced."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Server(Protocol):
    """A server that is kept running; these methods may block, and run in a thread of the server's own."""

    name: str

    @property
    def pid(self) -> int:
        """Its process id; 0 before the start."""

    def alive(self) -> bool:
        """Say whether its process runs."""

    def answers(self) -> bool:
        """Say whether it answers within a few seconds."""

    def start(self) -> None:
        """Start it, or raise; afterwards it answers."""

    def replace_hung(self) -> None:
        """Kill it and start again."""

    def give_up_starting(self) -> None:
        """Make a start in another thread fail soon."""

    def stop(self) -> None:
        """Shut it down cleanly."""


class Keeper:
    """Keeps one server running. `first` is done once the first start was tried: without a result, or with its error."""

    def __init__(
        self,
        server: Server,
        called: str,
        changed: Callable[[], None],
        say: Callable[[str], None],
        after: asyncio.Event | None = None,
    ) -> None:
        """`called`: its name for people; `changed` is called when it comes or goes; `say` gets sentences for people.

        `after`: do not start it before this is set.
        """
        self.server = server
        self.up = asyncio.Event()
        self.pid = 0  # of the last one that answered
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._called = called
        self._changed = changed
        self._say = say
        self._ended = asyncio.Event()
        self._after = after
        # Not the loop's threads: those may all wait for the very server that hangs.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=server.name)
        self._task = asyncio.create_task(self._keep(), name=f"keeper.{server.name}")

    async def end(self) -> None:
        """Stop keeping it running, and stop it."""
        self._ended.set()
        self.server.give_up_starting()
        await asyncio.wait({self._task})
        await self._apart(self.server.stop)
        self._thread.shutdown(wait=False)
        if not self.first.done():
            self.first.cancel()

    async def _keep(self) -> None:
        if self._after is not None:
            await either(self._after, self._ended)
            if self._ended.is_set():
                return
        pause, wait, silent, asked = FIRST_PAUSE, 0.0, 0, time.monotonic()
        failed = False
        while not await within(wait, self._ended):
            wait = WATCH_EVERY
            try:
                if not self.up.is_set() or not self.server.alive():
                    await self._start()
                elif time.monotonic() - asked >= ASK_EVERY:
                    silent = 0 if await self._apart(self.server.answers) else silent + 1
                    asked = time.monotonic()
                    if silent >= SILENT_TIMES:
                        await self._replace()
                self._changed()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is said and tried again, for good
                if self._ended.is_set():
                    break
                if not self.first.done():
                    self.first.set_exception(error)
                    self.first.exception()  # seen here: who does not ask for it is told by the sentence
                wait, pause, failed = pause, min(2 * pause, LONGEST_PAUSE), True
                self._tell(error, wait)
            else:
                if failed:
                    log.warning("server.well_again", server=self.server.name)
                    self._tell_people("runs again")
                pause, failed = FIRST_PAUSE, False
            if not self.up.is_set():
                silent = 0

    async def _start(self) -> None:
        again = self.up.is_set()
        if again:
            log.warning("server.died", server=self.server.name)
            self._gone()
        await self._apart(self.server.start)
        self._came()

    async def _replace(self) -> None:
        log.warning("server.hangs", server=self.server.name, pid=self.server.pid, unanswered=SILENT_TIMES)
        self._tell_people("runs but does not answer; it is replaced")
        self._gone()
        await self._apart(self.server.replace_hung)
        self._came()

    def _gone(self) -> None:
        self.up.clear()
        self._changed()

    def _came(self) -> None:
        self.pid = self.server.pid
        self.up.set()
        if self.first.done():
            log.warning("server.restarted", server=self.server.name, pid=self.server.pid)
        else:
            self.first.set_result(None)

    def _tell(self, error: Exception, wait: float) -> None:
        says = str(error) or type(error).__name__
        log.error("server.restart_failed", server=self.server.name, says=says, again_in_seconds=wait)
        self._tell_people(f"{says.splitlines()[0]}; tried again in {wait:.0f} s, and for as long as it takes")

    def _tell_people(self, what: str) -> None:
        with suppress(Exception):  # a terminal that is gone is no reason to stop looking after the server
            self._say(f"{self._called}: {what}")

    async def _apart(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def within(seconds: float, event: asyncio.Event) -> bool:
    """Whether the event is set within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Wait until one of the two is set."""
    waits = [asyncio.create_task(event.wait()) for event in (one, other)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
