"""Ending a long-running command: on request, and with the right exit code.

After a Temporal client, worker or local server the interpreter can crash while it shuts down (exit code 134 or 139:
threads of the SDK's core still call into it). So commands leave before that: output is flushed, then the process ends
at once.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

THREADS_CALM_DOWN = 0.2  # seconds
INTERRUPTED = 130  # what shells expect after Ctrl-C


def run_and_leave(main: Coroutine[Any, Any, int]) -> NoReturn:
    """Run `main` and end the process with the exit code it returns; 130 if Ctrl-C broke it off.

    An exception is shown as usual and ends with 1. Handlers of `atexit` do not run.
    """
    code = 1
    try:
        code = asyncio.run(main)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:  # noqa: BLE001 (shown, and told by the exit code)
        sys.excepthook(*sys.exc_info())
    leave(code)


def leave(code: int) -> NoReturn:
    """Flush output and end the process with `code`, without the interpreter's shutdown."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    logging.shutdown()
    time.sleep(THREADS_CALM_DOWN)
    os._exit(code)


async def asked_to_stop() -> signal.Signals:
    """Wait for SIGINT (Ctrl-C) or SIGTERM and return which.

    From then on, until the process is gone, both are ignored: a second one would leave servers running that nobody
    stops. Ending is bounded in time; SIGKILL ends it at once.
    """
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[signal.Signals] = loop.create_future()

    def heard(number: int, _frame: FrameType | None) -> None:
        # A loop that has ended already has nobody left to tell.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell, asked, signal.Signals(number))

    # The process's own handlers and not the loop's: those go with the loop, before the process does.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, heard)
    return await asked


def _tell(asked: asyncio.Future[signal.Signals], number: signal.Signals) -> None:
    if not asked.done():
        asked.set_result(number)
