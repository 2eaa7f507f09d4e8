"""Checks with a time limit: one that does not finish counts as a fault, not a pass.

A check of the store is a function `(connection, site)` that yields `Check`s and may raise what its queries raise.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from temporalio.service import RPCError

from eventstore.clock_guard import RawClock, system_clock
from eventstore.connections import limit_statements
from machine.diagnosis.check import Check
from machine.diagnosis.words import first_line
from office.settings import Settings
from rulebook.model import Rulebook

SECONDS = 10.0
"""Time limit of all checks of the store, or of the engine together; a statement may take half of it."""
LOOK_AGAIN = "run `suqiu doctor` again; if it stays so, read that server's log"


@dataclass(frozen=True)
class Site:
    """What a check of the store gets besides a connection: the settings, the book in force, this machine's clock.

    `book` None: it could not be read, and its own check says why.
    """

    settings: Settings
    book: Rulebook | None
    raw: RawClock = system_clock


class StoreLook(NamedTuple):
    """A subject, and the function that checks it."""

    name: str
    look: Callable[[psycopg.Connection[Any], Site], Iterable[Check]]


def could_not_look(name: str, why: str) -> Check:
    """The check of a subject that could not be examined."""
    return Check(name, False, f"could not look: {why}", LOOK_AGAIN)


async def bounded(names: Sequence[str], look: Callable[[], Iterator[Check]], seconds: float = SECONDS) -> list[Check]:
    """The checks that `look` yields within so many seconds; those of `names` still missing then count as faults.

    It runs in a daemon thread, which the process does not wait for.
    """
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    found: list[Check] = []
    why = f"no answer within {seconds:g} s"

    def run() -> None:
        nonlocal why
        try:
            for check in look():
                found.append(check)  # noqa: PERF402 - what was found before it hangs counts
        except Exception as error:  # noqa: BLE001 - a look that fails is a fault found
            why = first_line(error)
        finally:
            with suppress(RuntimeError):  # whoever waited has gone
                loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    with suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), seconds)
    answered = list(found)
    missing = [name for name in names if all(check.name != name for check in answered)]
    return [*answered, *(could_not_look(name, why) for name in missing)]


def at_the_store(dsn: str, looks: Sequence[StoreLook], site: Site) -> Iterator[Check]:
    """All checks of the store, on one connection; after one that fails, the next goes on."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
        limit_statements(connection, int(SECONDS * 500))
        for name, look in looks:
            try:
                yield from look(connection, site)
            except psycopg.Error as error:
                yield could_not_look(name, first_line(error))


async def at_the_engine(name: str, look: Awaitable[Check]) -> Check:
    """A check of Temporal, with the time limit."""
    try:
        return await asyncio.wait_for(look, SECONDS)
    except TimeoutError:
        return could_not_look(name, f"no answer within {SECONDS:g} s")
    except (RPCError, RuntimeError) as error:
        return could_not_look(name, first_line(error))
