"""The heartbeat of a part that has no loop of its own, as a worker: it beats from where the work is done."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager

import structlog
from eventsourcing.persistence import PersistenceError

from eventstore.log import EventLog
from eventstore.parts.pulse import BEAT_SECONDS, Pulse

log = structlog.get_logger(__name__)


@asynccontextmanager
async def beating(petitions: EventLog, pulse: Pulse, threads: Executor | None = None) -> AsyncIterator[None]:
    """Beat while the block runs, in the event loop's turn and in one of the `threads` that carry out activities.

    A loop that is blocked, and threads that all hang, are silent. A database that is away makes every part silent.
    """
    task = asyncio.create_task(_beat(petitions, pulse, threads), name=f"heartbeat of {pulse.name}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(pulse.end, petitions.datastore.dsn)


async def _beat(petitions: EventLog, pulse: Pulse, threads: Executor | None) -> None:
    def write() -> None:
        with petitions.datastore.get_connection() as connection:
            pulse.write(connection)

    while True:
        try:
            await asyncio.get_running_loop().run_in_executor(threads, write)
        except PersistenceError as error:
            log.debug("heartbeat.waits", part=pulse.name, error=type(error).__name__)
        await asyncio.sleep(BEAT_SECONDS)
