"""The keeper beside the worker: checks every half minute whether Temporal has what it needs and is not behind the log.

What is missing is created; where something was, or the engine is behind the log, everything is compared with the log,
by one process at a time. Workflows whose task fails are started again within seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from temporalio.client import Client

from office.composition import Office
from office.rules.rulebooks import read_messages
from rulebook.messages import Delivery
from workers.engine.task_failures import TaskFailures
from workers.engine.temporal_profile import WorkerSettings
from workers.keeping.behind import look_behind
from workers.keeping.ground import make_ground
from workers.keeping.holding import alone_at_it
from workers.keeping.mending import Mender
from workers.rhythm.reconciling import reconcile

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 30.0
MEND_EVERY_SECONDS = 2.0
SOON_SECONDS = 5.0
"""Until the next check, after one that failed or repaired something."""
ENDS_WITHIN_SECONDS = 15.0


class EngineKeeper:
    """Checks, creates and repairs, for as long as it runs."""

    def __init__(self, office: Office, client: Client, settings: WorkerSettings, failures: TaskFailures) -> None:
        """Use an office, a client, the worker's settings, and the failed workflow tasks."""
        self._office = office
        self._client = client
        self._settings = settings
        self._failures = failures
        self._mender = Mender(office, client, settings.task_queue)
        self._ending = asyncio.Event()
        self._lost: set[str] = set()
        self._behind = False
        self._delivery: Delivery | None = None

    def stop(self) -> None:
        """End after the current check."""
        self._ending.set()

    async def keep(self) -> None:
        """Check every half minute until stopped; errors are logged once and retried."""
        while not self._ending.is_set():
            made = await self._outlive("ground", self.look)
            await self._rest(LOOK_EVERY_SECONDS if made is False else SOON_SECONDS)

    async def mend(self) -> None:
        """Start failing workflows again, until stopped."""
        while not self._ending.is_set():
            await self._outlive("mending", self.mend_once)
            await self._rest(MEND_EVERY_SECONDS)

    async def look(self) -> bool:
        """Check once; True: something was missing, or the engine was behind the log, and it was repaired.

        Raises:
            RPCError, PersistenceError, psycopg.Error: Temporal or the database was lost; it is safe to repeat.
        """
        made = await make_ground(self._client, self._settings, self._office.rules)
        if made.schedules:
            self._tell(
                f"{len(made.schedules)} 个定时已被删除，现已重建 · schedules that somebody or something had "
                f"deleted from the engine were made again: {', '.join(made.schedules)}"
            )
        await self._mender.ask_the_server()
        office, queue = self._office, self._settings.task_queue
        if self._delivery is None:
            self._delivery = (await asyncio.to_thread(read_messages, office.templates)).delivery
        behind = await look_behind(office.event_log, self._client, queue, office.rules, office.now, self._delivery)
        if behind.went_back and not self._behind:  # once: until all is well again it is the same going back
            self._failures.engine_went_back()
        self._behind = behind.anything
        return await self._bring_back() if behind.anything or made.anything else False

    async def mend_once(self) -> list[str]:
        """Start failing workflows again; returns their ids.

        Raises:
            RPCError, PersistenceError: Temporal or the database was lost; it is safe to repeat.
        """
        self._mender.hear(self._failures.take())
        return await self._mender.mend()

    async def _bring_back(self) -> bool:
        """Compare everything with the log and repair it; False: another process does."""
        office = self._office
        async with alone_at_it(office.event_log.datastore.dsn) as pulse:
            if pulse is None:
                return False
            log.warning("engine.behind_the_log")
            done = await reconcile(
                office.event_log,
                self._client,
                self._settings.task_queue,
                office.rules,
                office.now,
                delivery=self._delivery,
                beat=pulse.beat,
            )
            log.warning("engine.brought_back", looked_at=done.looked_at, differences=len(done.differences))
            if gone := [each for each in done.differences if each.repaired and each.fault in ("ended", "missing")]:
                self._tell(
                    f"{len(gone)} 件的流程曾被终止或删除，现已恢复 · workflows that somebody or something had "
                    "ended or deleted were begun again, and that is on record"
                )
        return True

    def _tell(self, sentence: str) -> None:
        if self._office.clock.tell is not None:
            with suppress(OSError, ValueError):  # a terminal that is gone ends no part
                self._office.clock.tell(sentence)

    async def _outlive(self, what: str, doing: Callable[[], Awaitable[object]]) -> object:
        if self._office.clock.wrong is not None:
            return None  # by a wrong clock everything would seem to wait for another time
        try:
            done = await doing()
        except Exception as error:  # noqa: BLE001 - whatever it is, the keeper tries again and says so
            if what not in self._lost:
                log.warning("engine.not_looked_at", what=what, error=type(error).__name__)
            self._lost.add(what)
            return None
        self._lost.discard(what)
        return done

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return


@asynccontextmanager
async def keeping_engine(
    office: Office, client: Client, settings: WorkerSettings, failures: TaskFailures, *, ground: bool = True
) -> AsyncIterator[EngineKeeper]:
    """Keep Temporal as the log says while the block runs; any number of processes may.

    `ground` False: only start failing workflows again, as beside a worker of messages.
    """
    keeper = EngineKeeper(office, client, settings, failures)
    tasks = [asyncio.create_task(keeper.mend(), name="mending")]
    if ground:
        tasks.append(asyncio.create_task(keeper.keep(), name="engine"))
    try:
        yield keeper
    finally:
        keeper.stop()
        _, left = await asyncio.wait(tasks, timeout=ENDS_WITHIN_SECONDS)
        for task in left:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
