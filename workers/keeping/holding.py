"""The advisory lock for restoring the engine: a keeper, an `up` whose engine began empty, or a command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eventstore.parts.pulse import Pulse
from eventstore.readers import standing_alone

NAME = "engine keeper"


@asynccontextmanager
async def alone_at_it(dsn: str) -> AsyncIterator[Pulse | None]:
    """Hold the lock while the block runs; call the pulse's `beat` to report progress. None: another process holds it.

    Raises:
        psycopg.Error: the database cannot be reached.
    """
    pulse = Pulse(NAME)
    lock = standing_alone(dsn, pulse)
    connection = await asyncio.to_thread(lock.__enter__)
    try:
        yield pulse if connection is not None else None
    finally:
        await asyncio.to_thread(lock.__exit__, None, None, None)
        await asyncio.to_thread(pulse.end, dsn)
