"""Running until asked to stop: Ctrl-C and SIGTERM end it in order with exit 0, also while it is still starting."""

import asyncio
from collections.abc import Coroutine
from typing import Any

ENDED_BY_ITSELF = 1


def serve(serving: Coroutine[Any, Any, None]) -> int:
    """Run until asked to stop; answers 0 then. What goes wrong before or on the way is raised."""
    return asyncio.run(_until_asked(serving))


async def _until_asked(serving: Coroutine[Any, Any, None]) -> int:
    from machine import core_dumps
    from machine.interpreter_exit import asked_to_stop

    core_dumps.off()

    asking = asyncio.create_task(asked_to_stop())  # first: from here on no signal ends the process by itself
    running = asyncio.create_task(serving)
    await asyncio.wait({running, asking}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        asking.cancel()
        await asyncio.wait({asking})
        await running
        return ENDED_BY_ITSELF
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        return 0
    return 0


async def for_ever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()
