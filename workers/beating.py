"""The heartbeat of a part without a loop of its own, as a worker: written from where its work is done."""

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
async def beating(event_log: EventLog, pulse: Pulse, threads: Executor | None = None) -> AsyncIterator[None]:
    """Write heartbeats while the block runs, from the event loop and through one of the `threads` that run activities.

    So a blocked loop, or threads that all hang, stop the heartbeat. So does a database that cannot be reached.
    """
    task = asyncio.create_task(_beat(event_log, pulse, threads), name=f"heartbeat of {pulse.name}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(pulse.end, event_log.datastore.dsn)


async def _beat(event_log: EventLog, pulse: Pulse, threads: Executor | None) -> None:
    def write() -> None:
        with event_log.datastore.get_connection() as connection:
            pulse.write(connection)

    while True:
        try:
            await asyncio.get_running_loop().run_in_executor(threads, write)
        except PersistenceError as error:
            log.debug("heartbeat.waits", part=pulse.name, error=type(error).__name__)
        await asyncio.sleep(BEAT_SECONDS)
