"""A process's clock, watched: a part that acts by it is closed while the clock is wrong, and opened again afterwards.

The clock is compared with the database's every few seconds, and with the engine's at each step
(`workers/engine/clock.py`).
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from eventsourcing.persistence import PersistenceError

from eventstore.clock_guard import ClockWrong
from eventstore.log import EventLog
from eventstore.parts.pulse import OF_THIS_PROCESS

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS: Final = 5.0
NOTICE_EVERY_SECONDS: Final = 0.5
BEGIN_AGAIN_SECONDS: Final = 2.0
"""Pause before a part that failed to open again is retried, as after a lost database."""

AskEngine = Callable[["ClockWatch"], Awaitable[None]]
"""Asks the engine for its time and reports it to the watch; raises nothing if the engine is lost."""


class ClockWatch:
    """What is known of this process's clock; one watch a process. Thread-safe."""

    def __init__(self, event_log: EventLog) -> None:
        """Watch the clock of this log's guard."""
        self.guard = event_log.guard
        self.tell: Callable[[str], None] | None = None
        """Where a sentence for whoever sits at the terminal goes, besides the log."""
        self._petitions = event_log
        self._looked_at = float("-inf")
        self._engine_wrong: ClockWrong | None = None
        self._engine_doubted = False
        self._said = False
        self._turn = threading.Lock()

    @property
    def wrong(self) -> ClockWrong | None:
        """Why nothing may be done by this clock now; None: it agrees with the database's and the engine's."""
        return self.guard.wrong or self._engine_wrong

    def look(self) -> None:
        """Compare with the database's clock, at most every few seconds. A lost database leaves the last result."""
        with self._turn:
            if time.monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
                try:
                    with self._petitions.datastore.get_connection() as connection:
                        ahead = self.guard.ask(connection)
                except PersistenceError:
                    return
                self._looked_at = time.monotonic()
                OF_THIS_PROCESS["clock_ahead_seconds"] = round(ahead.total_seconds(), 3)
            self._say()

    def doubt_engine(self, ahead: timedelta, engine: datetime) -> ClockWrong | None:
        """The error if a step's engine time differs by more than the tolerance, else None; the engine is asked next."""
        wrong = self.guard.judge(ahead, engine, "Temporal")
        self._engine_doubted = self._engine_doubted or wrong is not None
        return wrong

    @property
    def asks_engine(self) -> bool:
        """Whether to ask the engine for its time: a step's time differed, or the engine's last answer did."""
        return self._engine_doubted or self._engine_wrong is not None

    def hear_engine(self, ahead: timedelta, engine: datetime) -> None:
        """Take in the engine's answer: this clock is `ahead` of its time."""
        self._engine_doubted = False
        self._engine_wrong = self.guard.judge(ahead, engine, "Temporal")
        OF_THIS_PROCESS["clock_ahead_of_engine_seconds"] = round(ahead.total_seconds(), 3)

    def _say(self) -> None:
        """Log and tell once when the clock goes wrong, and once when it is right again."""
        wrong = self.wrong
        OF_THIS_PROCESS["clock_refused"] = wrong is not None
        if (wrong is not None) == self._said:
            return
        self._said = wrong is not None
        if wrong is not None:
            log.error("clock.wrong", reason=str(wrong), does="nothing until it is right")
        else:
            log.warning("clock.right_again")
        if self.tell is not None:
            with suppress(OSError, ValueError):  # a terminal that is gone ends no part
                self.tell(f"{wrong}; until then this process does nothing" if wrong else "the clock is right again")


@asynccontextmanager
async def while_the_clock_is_right(
    watch: ClockWatch,
    part: Callable[[], AbstractAsyncContextManager[object]],
    ask_engine: AskEngine | None = None,
    turn: Callable[[], int] = lambda: 0,
) -> AsyncIterator[None]:
    """Keep `part` open while the block runs and the clock is right; while it is wrong, the block runs without it.

    `part` is opened again after each wrong clock, and whenever `turn` returns another number.

    An error of its first opening is raised here; later openings are retried.
    """
    begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    keeping = asyncio.create_task(_keep(watch, part, ask_engine, turn, begun))
    body = asyncio.current_task()
    try:
        await asyncio.wait({keeping, begun}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
        ended_by_itself: list[BaseException] = []

        def interrupt(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None and body is not None:
                ended_by_itself.append(error)
                body.cancel()

        keeping.add_done_callback(interrupt)
        try:
            yield
        except asyncio.CancelledError:
            if ended_by_itself:
                raise ended_by_itself[0] from None
            raise
        finally:
            keeping.remove_done_callback(interrupt)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(
    watch: ClockWatch,
    part: Callable[[], AbstractAsyncContextManager[object]],
    ask_engine: AskEngine | None,
    turn: Callable[[], int],
    begun: asyncio.Future[None],
) -> None:
    await _look(watch, ask_engine)
    while True:
        if watch.wrong is not None:
            if not begun.done():
                begun.set_result(None)
            await _until(watch, ask_engine, wrong=False)
        opened, opened_in = False, turn()
        try:
            async with part():
                opened = True
                if not begun.done():
                    begun.set_result(None)
                await _until(watch, ask_engine, wrong=True, or_else=lambda: turn() != opened_in)  # noqa: B023
        except Exception as error:
            if opened or not begun.done():
                raise
            log.warning("clock.part_waits", error=type(error).__name__)
            await asyncio.sleep(BEGIN_AGAIN_SECONDS)


async def _until(
    watch: ClockWatch, ask_engine: AskEngine | None, *, wrong: bool, or_else: Callable[[], bool] = lambda: False
) -> None:
    while (watch.wrong is not None) is not wrong and not or_else():
        await asyncio.sleep(NOTICE_EVERY_SECONDS)
        await _look(watch, ask_engine)


async def _look(watch: ClockWatch, ask_engine: AskEngine | None) -> None:
    if watch.asks_engine and ask_engine is not None:
        await ask_engine(watch)
    await asyncio.to_thread(watch.look)
