"""The long-running parts, each until it is stopped: worker, relay, projections, messenger; together or apart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from eventstore.build import build_id
from eventstore.parts.pulse import Pulse
from evidence.notary import keep_signing, notary_of
from office.clock_watch import while_the_clock_is_right
from office.composition import Office
from office.rules.adoption import adopt_file
from office.rules.rulebooks import read_messages
from projections import read_models
from workers.activities import PetitionActivities
from workers.adoption_activities import AdoptionActivities
from workers.beating import beating
from workers.engine.clock import engine_asked
from workers.engine.search_attributes import ensure_search_attributes
from workers.engine.task_failures import TaskFailures
from workers.engine.temporal_profile import WorkerSettings
from workers.messaging.activities import MessageActivities
from workers.messaging.gateways import Gateway, Outbox
from workers.messaging.messenger import Messenger
from workers.messaging.sender import AT_ONCE, MessageSender, message_worker
from workers.petition_worker import current_build, make_current, petition_worker
from workers.reading.page_reader import PageReader
from workers.reading.projection_runner import ProjectionRunner
from workers.reading.relay import Relay

log = structlog.get_logger(__name__)

TRY_AGAIN_SECONDS = 1.0
READERS_END_WITHIN_SECONDS = 15.0


@asynccontextmanager
async def working(
    office: Office, client: Client, settings: WorkerSettings, *, promote: bool, failures: TaskFailures | None = None
) -> AsyncIterator[None]:
    """Poll the task queue while the block runs. Failed workflow tasks are noted in `failures`.

    `promote`: make this build current at once (one machine). Otherwise only if there is no current build, and log how
    to promote it: with several workers an operator decides when.

    Raises:
        RPCError: Temporal refuses the worker.
    """
    await ensure_search_attributes(client)
    first = [promote]  # a worker that starts again after a wrong clock must not replace a newer current build

    with ThreadPoolExecutor(settings.max_concurrent_activities, thread_name_prefix="activity") as threads:
        bodies = PetitionActivities(office.handler, office.classifier, office.orders)
        adoption = AdoptionActivities(office.handler)

        @asynccontextmanager
        async def polling() -> AsyncIterator[None]:
            async with petition_worker(client, bodies, settings, threads, adoption, office.clock, failures):
                await _promote(client, settings.deployment_name, always=first[0])
                first[0] = False
                log.info("worker.started", build=build_id(), task_queue=settings.task_queue)
                yield
            log.info("worker.stopped")

        beats = beating(office.event_log, Pulse("worker"), threads)
        turn = _turn_of(failures)
        async with while_the_clock_is_right(office.clock, polling, engine_asked(client), turn), beats:
            yield


def _turn_of(failures: TaskFailures | None) -> Callable[[], int]:
    """A number that rises when Temporal was set back to an older state, upon which the worker starts again."""
    return lambda: failures.turn if failures else 0


async def _promote(client: Client, deployment: str, *, always: bool) -> None:
    for last in (False, False, False, False, True):
        try:
            current = await current_build(client, deployment)
            if current == build_id():
                return
            if current is not None and not always:
                log.warning("worker.waits_for_promotion", build=build_id(), current=current, deployment=deployment)
                return
            await make_current(client, deployment)
        except RPCError:
            # A deployment is known to the server a moment after its first worker polls; asked too often, it refuses.
            if last:
                raise
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        else:
            return


@asynccontextmanager
async def relaying(office: Office, client: Client, task_queue: str) -> AsyncIterator[None]:
    """Relay the log to the engine while the block runs."""
    async with while_the_clock_is_right(
        office.clock, lambda: _reading(Relay(office.handler, client, task_queue)), engine_asked(client)
    ):
        yield


@asynccontextmanager
async def _reading(*readers: PageReader) -> AsyncIterator[None]:
    """Run readers of the log while the block runs; each ends after its current page."""
    tasks = [asyncio.create_task(reader.run(), name=reader.name) for reader in readers]
    try:
        yield
    finally:
        for reader in readers:
            reader.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), READERS_END_WITHIN_SECONDS)


@asynccontextmanager
async def projecting(office: Office) -> AsyncIterator[ProjectionRunner]:
    """Update the read models while the block runs."""
    runner = ProjectionRunner(office.event_log, read_models())
    await asyncio.to_thread(runner.start)
    try:
        yield runner
    finally:
        await asyncio.to_thread(runner.stop)


@asynccontextmanager
async def messaging(
    office: Office, client: Client, task_queue: str, gateway: Gateway, failures: TaskFailures | None = None
) -> AsyncIterator[None]:
    """Write messages to residents and units, and send those the gateway carries, while the block runs.

    One process writes, others are standbys; all of them send. Threads and queue are its own: a gateway that hangs
    blocks nothing else. Failed workflow tasks are noted in `failures`.

    Raises:
        RulebookUnreadable, RulebookError: the templates are wrong.
        RPCError: Temporal refuses the worker.
    """
    book = await asyncio.to_thread(read_messages, office.templates)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="message") as threads:
        bodies = MessageActivities(office.event_log, lambda: office.rules, gateway, office.now)

        @asynccontextmanager
        async def writing_and_sending() -> AsyncIterator[None]:
            readers = (
                Messenger(office.event_log, lambda: office.rules, book, gateway, office.now),
                MessageSender(office.event_log, client, task_queue, book.delivery),
            )
            worker = message_worker(client, bodies, task_queue, threads, office.clock, failures)
            async with _reading(*readers), worker:
                log.info("messenger.started", gateway=gateway.name)
                yield

        beats = beating(office.event_log, Pulse("message worker"), threads)
        turn = _turn_of(failures)
        async with while_the_clock_is_right(office.clock, writing_and_sending, engine_asked(client), turn), beats:
            yield


@asynccontextmanager
async def signing(office: Office) -> AsyncIterator[None]:
    """Sign checkpoints of the log while the block runs; without a log key, none."""
    notary = notary_of(office)
    if notary is None:
        yield
        return

    @asynccontextmanager
    async def keeping() -> AsyncIterator[None]:
        ending = asyncio.Event()
        task = asyncio.create_task(keep_signing(notary, office.event_log, ending), name="notary")
        try:
            yield
        finally:
            ending.set()
            await asyncio.wait_for(task, READERS_END_WITHIN_SECONDS)

    async with while_the_clock_is_right(office.clock, keeping):
        yield


@asynccontextmanager
async def recording(office: Office, *, signed: bool = True) -> AsyncIterator[ProjectionRunner]:
    """What needs no engine, in this process: adopt the file's rulebook, update the read models, sign checkpoints.

    `signed` False: make no checkpoint, though there is a key.

    Raises:
        RulebookUnreadable, RulebookError: the templates of messages are wrong; nothing was started.
    """
    await asyncio.to_thread(read_messages, office.templates)
    await asyncio.to_thread(adopt_file, office.event_log, office.rules_in_force.file, office.now())
    async with projecting(office) as runner, signing(office) if signed else nullcontext():
        yield runner


@asynccontextmanager
async def on_engine(
    office: Office,
    client: Client,
    settings: WorkerSettings,
    gateway: Gateway | None = None,
    failures: TaskFailures | None = None,
) -> AsyncIterator[None]:
    """What needs the engine, in this process: worker, relay and messenger; `gateway` None: the outbox.

    Failed workflow tasks are noted in `failures`.
    """
    async with (
        working(office, client, settings, promote=True, failures=failures),
        relaying(office, client, settings.task_queue),
        messaging(office, client, settings.task_queue, gateway or Outbox(), failures),
    ):
        yield


@asynccontextmanager
async def everything(
    office: Office,
    client: Client,
    settings: WorkerSettings,
    gateway: Gateway | None = None,
    failures: TaskFailures | None = None,
) -> AsyncIterator[ProjectionRunner]:
    """Worker, relay, projections, messenger and notary in this process; `gateway` None: the outbox.

    Failed workflow tasks are noted in `failures`.
    """
    async with recording(office) as runner, on_engine(office, client, settings, gateway, failures):
        yield runner
