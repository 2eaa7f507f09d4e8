"""How long a call of the engine may take that a part of ours waits for, and one that is made again while it is busy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from temporalio.service import RPCError, RPCStatusCode

ANSWERS_WITHIN: Final = timedelta(seconds=10)
"""A call the engine does not answer by then has failed, and is made again: nobody waits on a dead connection."""
BUSY_PAUSE_SECONDS: Final = 1.0
BUSY_TIMES: Final = 20
"""A worker deployment answers about one request a second, whoever asks; just after a promotion, many do."""

T = TypeVar("T")


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call again for a while where the engine has too much to do to answer it.

    Raises:
        RPCError: it had too much to do all the while, or something else is the matter.
    """
    for left in range(BUSY_TIMES, 0, -1):
        try:
            return await call()
        except RPCError as error:
            if error.status is not RPCStatusCode.RESOURCE_EXHAUSTED or left == 1:
                raise
        await asyncio.sleep(BUSY_PAUSE_SECONDS)
    raise AssertionError("the last try answers or raises")
