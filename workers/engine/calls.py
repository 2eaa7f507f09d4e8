"""Timeouts of calls to the engine, and retries while it is busy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from temporalio.service import RPCError, RPCStatusCode

ANSWERS_WITHIN: Final = timedelta(seconds=10)
"""The timeout of a call that a part waits for: on a dead connection it fails, and is retried."""
BUSY_PAUSE_SECONDS: Final = 1.0
BUSY_TIMES: Final = 20
"""Tries while busy: a worker deployment answers about one request a second, and just after a promotion many ask."""

T = TypeVar("T")


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Retry a call while the server answers that it is busy (RESOURCE_EXHAUSTED).

    Raises:
        RPCError: the server was busy at every try, or answered another error.
    """
    for left in range(BUSY_TIMES, 0, -1):
        try:
            return await call()
        except RPCError as error:
            if error.status is not RPCStatusCode.RESOURCE_EXHAUSTED or left == 1:
                raise
        await asyncio.sleep(BUSY_PAUSE_SECONDS)
    raise AssertionError("the last try answers or raises")
