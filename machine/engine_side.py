"""Runs what needs the engine, on a machine whose engine may start late, fail, or begin again empty.

Intake, read models and the notary do not need it, and run all the while.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog
from temporalio.client import Client

from machine.servers import Machine
from office.composition import Office
from office.rules.rulebooks import read_messages
from workers.engine.connecting import connect
from workers.engine.task_failures import TaskFailures
from workers.engine.temporal_profile import Profile, WorkerSettings
from workers.keeping.bringing_back import BringingBack
from workers.keeping.keeper import keeping_engine
from workers.messaging.gateways import Gateway
from workers.metrics.endpoint import Endpoint
from workers.metrics.exporting import showing_engine
from workers.processes import on_engine
from workers.rhythm.worker import keeping_rhythm

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds
LOOK_EVERY = 1.0  # seconds

log = structlog.get_logger(__name__)


class EngineSide:
    """Worker, relay, messenger and rhythm on one machine's engine, restarted whenever they end."""

    def __init__(
        self,
        office: Office,
        machine: Machine,
        profile: Profile,
        endpoint: Endpoint,
        gateway: Gateway,
        *,
        ready: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        """`endpoint`: for metrics; `ready` is called once, when everything runs; `say` gets sentences for people."""
        self._office = office
        self._machine = machine
        self._profile = profile
        self._endpoint = endpoint
        self._gateway = gateway
        self._ready: Callable[[], None] | None = ready
        self._say = say

    async def run(self) -> None:
        """Run until cancelled."""
        pause = FIRST_PAUSE
        while True:
            await self._machine.engine_answers()
            # A task of its own: a worker that fails cancels the task it was begun in, which must not be ours.
            once = asyncio.create_task(self._once(), name="engine-side")
            try:
                await asyncio.wait({once})
            except asyncio.CancelledError:
                once.cancel()
                await asyncio.wait({once})
                raise
            error = None if once.cancelled() else once.exception()
            if error is None and not once.cancelled():
                pause = FIRST_PAUSE
                continue
            says = str(error).strip().splitlines()[0] if str(error or "").strip() else type(error).__name__
            log.error("engine_side.failed", error=type(error).__name__, says=says, again_in_seconds=pause)
            self._tell(f"what works on the engine ended ({says}); it is begun again in {pause:.0f} s")
            self._announce(ready=False)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _once(self) -> None:
        """Work on the running engine; ends when its database was replaced by a new one."""
        run = self._machine.run
        profile = self._profile.at(run.temporal, run.namespace)
        client = await connect(profile, self._endpoint.runtime)
        failures = TaskFailures()
        async with (
            on_engine(self._office, client, profile.worker, self._gateway, failures),
            keeping_rhythm(self._office, client, profile.worker.task_queue, apply=True, failures=failures),
            keeping_engine(self._office, client, profile.worker, failures),
            showing_engine(self._endpoint, self._office, profile.worker, client),
        ):
            if self._machine.engine_is_new:
                await self._bring_back(client, profile.worker)
            self._announce(ready=True)
            self._tell_ready()
            while not self._machine.engine_is_new:  # noqa: ASYNC110 - a file says so, which outlives a kill
                await asyncio.sleep(LOOK_EVERY)
        log.warning("engine_side.begins_again", reason="the engine's database was made anew")

    def _announce(self, *, ready: bool) -> None:
        """Write `run.json`; a full disk stops nothing, the next write succeeds when there is room."""
        try:
            self._machine.announce(ready=ready)
        except OSError as error:
            log.warning("engine_side.not_announced", ready=ready, error=str(error))

    def _tell(self, sentence: str) -> None:
        with suppress(OSError, ValueError):  # a terminal that is gone is no reason to end
            self._say(sentence)

    def _tell_ready(self) -> None:
        """Call `ready`, once."""
        ready, self._ready = self._ready, None
        if ready is not None:
            with suppress(OSError, ValueError):
                ready()

    async def _bring_back(self, client: Client, settings: WorkerSettings) -> None:
        """Restore everything open from the log, then remove the mark."""
        delivery = (await asyncio.to_thread(read_messages, self._office.templates)).delivery
        done = await BringingBack(self._office, client, settings, delivery).run()
        self._machine.engine_brought_back()
        if done.recorded:
            log.warning("workflows.brought_back", open=done.open, waiting=done.waiting, faults=done.faults)
            self._tell(
                f"the engine began with nothing: {done.waiting} of {done.open} open petitions and orders wait again"
            )
