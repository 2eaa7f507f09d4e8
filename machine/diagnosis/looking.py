"""Looks that end: each is bounded, and one that could not be finished is a fault, not a pass.

A look at the store is a function `(connection, site)` that answers `Check`s and may raise what its questions raise.
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
"""The longest that all looks at the store, or all at the engine, may take; a statement takes half of it at most."""
LOOK_AGAIN = "run `suqiu doctor` again; if it stays so, read that server's log"


@dataclass(frozen=True)
class Site:
    """What a look at the store is given beside a connection: the settings, the book in force, this machine's clock.

    `book` is None where none could be read: its own check says why.
    """

    settings: Settings
    book: Rulebook | None
    raw: RawClock = system_clock


class StoreLook(NamedTuple):
    """A subject, and the function that looks."""

    name: str
    look: Callable[[psycopg.Connection[Any], Site], Iterable[Check]]


def could_not_look(name: str, why: str) -> Check:
    """The check of a subject nobody could look at."""
    return Check(name, False, f"could not look: {why}", LOOK_AGAIN)


async def bounded(names: Sequence[str], look: Callable[[], Iterator[Check]], seconds: float = SECONDS) -> list[Check]:
    """What a look answers within so many seconds; of `names`, those that are missing then could not be looked at.

    It runs in a thread of its own that the process does not wait for at its end.
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
    """Every look on one connection; one that fails says so, and the next one goes on."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
        limit_statements(connection, int(SECONDS * 500))
        for name, look in looks:
            try:
                yield from look(connection, site)
            except psycopg.Error as error:
                yield could_not_look(name, first_line(error))


async def at_the_engine(name: str, look: Awaitable[Check]) -> Check:
    """A look at Temporal, bounded."""
    try:
        return await asyncio.wait_for(look, SECONDS)
    except TimeoutError:
        return could_not_look(name, f"no answer within {SECONDS:g} s")
    except (RPCError, RuntimeError) as error:
        return could_not_look(name, first_line(error))
