"""All of Temporal restored from the log, each workflow counted only once it waits for its right time.

First what Temporal must have is created; then every open petition and order is started or woken, urgent ones first, and
every message and adoption that is not done; then each is checked until it waits as the log says, or until for a while
nothing progresses: a worker may be missing, and then no amount of waiting helps.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from aggregates.office.events import Fault
from aggregates.record import Unreadable
from eventstore.log import EventLog
from eventstore.parts.pulse import Pulse
from office.composition import Office
from rulebook.messages import Delivery
from workers.engine.temporal_profile import WorkerSettings
from workers.keeping.ground import Made, make_ground
from workers.keeping.holding import alone_at_it
from workers.petition_worker import current_build
from workers.reading.rebuilding import wake_each
from workers.rhythm.errands import Errand, Errands
from workers.rhythm.reconciling import FAILS_AFTER, FOR_PEOPLE, Owing, fault_of, in_turn, owing_of, put_right, surplus
from workers.rhythm.workflow_standing import standings_of

log = structlog.get_logger(__name__)

PAGE = 128
"""Workflows checked side by side."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0
"""After a page of which few wait yet."""
PATIENCE_SECONDS = 120.0
"""Without progress for so long it gives up: queues and workers of a restarted server find each other in less."""
ON_ITS_WAY = "on_its_way"
LEFT_ALONE = FOR_PEOPLE | {ON_ITS_WAY}
"""What starting the workflow again does not repair."""


class Waiting(NamedTuple):
    """A workflow that does not wait as the log says: its fault, or that it is still on its way."""

    id: str
    fault: Fault | str


class Brought(NamedTuple):
    """`recorded` petitions and orders, of which `open` have a next step and `waiting` of those are seen to wait for it.

    `messages` and `adoptions` were not done; each without a workflow is in `not_waiting`. `build` is current; None: no
    worker has polled. `made`: what Temporal did not have. `left_out`: streams with a row that cannot be read or
    applied.
    """

    recorded: int
    open: int
    waiting: int
    messages: int
    adoptions: int
    not_waiting: tuple[Waiting, ...]
    made: Made
    build: str | None
    seconds: float
    left_out: tuple[Unreadable, ...] = ()

    @property
    def faults(self) -> dict[str, int]:
        """The number of workflows by fault."""
        return dict(Counter(each.fault for each in self.not_waiting))


class BringingBack:
    """One restoration. `progress` is called with `woken` or `seen`, the number done and the total."""

    def __init__(
        self,
        office: Office,
        client: Client,
        settings: WorkerSettings,
        delivery: Delivery | None,
        *,
        patience: float = PATIENCE_SECONDS,
        progress: Callable[[str, int, int], None] = lambda *_: None,
    ) -> None:
        """Use an office, a client and a worker's settings; `delivery` None: messages are skipped."""
        self._office = office
        self._client = client
        self._settings = settings
        self._patience = patience
        self._progress = progress
        self._errands = Errands(office.event_log, client, settings.task_queue, office.rules, office.now, delivery)
        self._made = Made()
        self._pulse: Pulse | None = None

    async def run(self) -> Brought:
        """Restore everything, and check until it waits.

        Raises:
            RPCError, PersistenceError: Temporal or the database was lost; it is safe to repeat.
            psycopg.Error: the lock was lost, perhaps with the database; likewise.
        """
        began = time.monotonic()
        await self._ground()
        owing, left_out = await asyncio.to_thread(owing_of, self._log)
        open_ = [each for each in owing if each.step is not None]
        over = [found.owing for found in await surplus(self._client, owing, listed=True)]
        errands = await asyncio.to_thread(self._errands.open)
        async with alone_at_it(self._log.datastore.dsn) as pulse:
            self._pulse = pulse
            if pulse is not None:  # whoever is at it already begins them: twice as many tasks would take twice as long
                await self._wake([*open_, *over])
            await in_turn([partial(self._errands.begin, errand) for errand in errands], self._get_on)
            left = await self._see([*open_, *over])
        waiting = len(open_) - sum(each.id in left for each in open_)
        adoptions = sum(errand.number is not None for errand in errands)
        return Brought(
            recorded=len(owing),
            open=len(open_),
            waiting=waiting,
            messages=len(errands) - adoptions,
            adoptions=adoptions,
            not_waiting=(*(Waiting(id_, fault) for id_, fault in left.items()), *await self._unattended(errands)),
            made=self._made,
            build=await current_build(self._client, self._settings.deployment_name),
            seconds=time.monotonic() - began,
            left_out=left_out,
        )

    @property
    def _log(self) -> EventLog:
        return self._office.event_log

    async def _ground(self) -> None:
        self._made = self._made.and_then(await make_ground(self._client, self._settings, self._office.rules))

    async def _wake(self, owing: Sequence[Owing]) -> None:
        line = {each.id: each.priority for each in owing}

        def told(done: int) -> None:
            self._get_on()
            self._progress("woken", min(done, len(line)), len(line))

        await wake_each(self._client, line, self._settings.task_queue, told)

    def _get_on(self) -> None:
        if self._pulse is not None:
            self._pulse.beat()

    async def _see(self, owing: Sequence[Owing]) -> dict[str, Fault | str]:
        """Check each until it waits rightly; returns what is left when nothing progresses any more, and its fault.

        Checking takes time from the workers: while few of a page wait, the pauses grow.
        """
        line, total, pause = deque(owing), len(owing), FIRST_PAUSE_SECONDS
        last: dict[str, Fault | str] = {}
        got_on = time.monotonic()
        while line and time.monotonic() < got_on + self._patience:
            page = [line.popleft() for _ in range(min(PAGE, len(line)))]
            found = await self._look(page)
            line.extend(await self._again(found, last))
            for each in page:
                last.pop(each.id, None)
            last.update(found)
            self._get_on()
            self._progress("seen", total - len(line), total)
            if len(found) < len(page):
                got_on = time.monotonic()
            if len(found) * 2 < len(page):
                pause = FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                await self._promote_if_none(nothing_waits=len(line) == total)
        return {each.id: last.get(each.id, ON_ITS_WAY) for each in line}

    async def _look(self, page: Sequence[Owing]) -> dict[str, Fault | str]:
        """Those of a page that do not wait as the log says."""
        standings = await standings_of(self._client, [each.id for each in page], self._get_on)
        here, now = datetime.now(UTC), self._office.now
        shift, office = now(here) - here, now()
        found: dict[str, Fault | str] = {}
        for each, standing in zip(page, standings, strict=True):
            if each.step is None:
                if standing.running:
                    found[each.id] = "surplus"
            elif fault := fault_of(each, standing, shift, office):
                found[each.id] = fault
            elif standing.wakes_at is None:
                found[each.id] = ON_ITS_WAY
        return found

    async def _again(self, found: dict[str, Fault | str], last: dict[str, Fault | str]) -> list[Owing]:
        """Their next steps as of now: people go on acting. One with the same fault twice is repaired."""
        if not found:
            return []
        again = (await asyncio.to_thread(owing_of, self._log, list(found), self._get_on)).owing
        sick = [each for each in again if found[each.id] not in LEFT_ALONE and last.get(each.id) == found[each.id]]
        await in_turn([partial(self._put_right, owing, found[owing.id]) for owing in sick], self._get_on)
        return again

    async def _put_right(self, owing: Owing, fault: Fault | str) -> None:
        with suppress(RPCError):  # it is seen again
            await put_right(self._client, owing, fault, self._settings.task_queue)

    async def _promote_if_none(self, *, nothing_waits: bool) -> None:
        """Make a build current if there is none: a worker may have polled for the first time meanwhile."""
        if nothing_waits and await current_build(self._client, self._settings.deployment_name) is None:
            await self._ground()

    async def _unattended(self, errands: Sequence[Errand]) -> list[Waiting]:
        """Messages and adoptions that are not done and have no workflow."""
        lost = await self._errands.lost(errands, FAILS_AFTER)
        open_ = {each.id for each in await asyncio.to_thread(self._errands.open)} if lost else set()
        return [Waiting(errand.id, fault) for errand, fault in lost if errand.id in open_]
