"""The rhythm's worker, on a queue of its own beside the petitions' worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from temporalio.client import Client
from temporalio.worker import Worker

from eventstore.parts.pulse import Pulse
from office.clock_watch import while_the_clock_is_right
from office.composition import Office
from workers.beating import beating
from workers.engine.clock import StepsInTime, engine_asked
from workers.engine.task_failures import TaskFailures
from workers.petition_worker import sandbox
from workers.rhythm.activities import RhythmActivities
from workers.rhythm.schedules import apply_schedules
from workflows.rhythm import RhythmWorkflow
from workflows.rhythm_contract import queue_of

log = structlog.get_logger(__name__)

AT_ONCE = 4


@asynccontextmanager
async def keeping_rhythm(
    office: Office, client: Client, task_queue: str, *, apply: bool = False, failures: TaskFailures | None = None
) -> AsyncIterator[None]:
    """Run the rhythm's workflows while the block runs, in any number of processes; `apply`: update the schedules first.

    Failed workflow tasks are noted in `failures`.

    Raises:
        RPCError: Temporal refuses the worker.
    """
    if apply:
        await apply_schedules(client, office.rules, task_queue)

    @asynccontextmanager
    async def polling() -> AsyncIterator[None]:
        async with _worker(office, client, task_queue, failures):
            log.info("rhythm.started", task_queue=queue_of(task_queue))
            yield
        log.info("rhythm.stopped")

    beats = beating(office.event_log, Pulse("rhythm"))
    async with while_the_clock_is_right(office.clock, polling, engine_asked(client)), beats:
        yield


def _worker(office: Office, client: Client, task_queue: str, failures: TaskFailures | None) -> Worker:
    bodies = RhythmActivities(office, client, task_queue)
    return Worker(
        client,
        task_queue=queue_of(task_queue),
        workflows=[RhythmWorkflow],
        activities=[bodies.make_report, bodies.announce, bodies.reconcile, bodies.erase],
        max_concurrent_activities=AT_ONCE,
        interceptors=[StepsInTime(office.clock)],
        workflow_runner=sandbox(failures),
    )
