"""Workflows whose task fails are started again as soon as it is noticed: the log has everything they knew.

Failures in this process (`task_failures`) are known at once. Those of other processes, or tasks that never end (a
worker killed over each try), come from visibility where the server reports them (`TemporalReportedProblems`, server
1.30 and up).
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey

from office.composition import Office
from office.rules.rulebooks import read_messages
from rulebook.messages import Delivery
from workers.engine.task_failures import TaskFailure
from workers.rhythm.reconciling import FAILS_AFTER, reconcile
from workers.rhythm.workflow_standing import standing_of
from workflows import message_contract, rhythm_contract

log = structlog.get_logger(__name__)

ONCE_IS_ENOUGH = 1
"""Tries of a task whose history cannot be replayed: the next try has the same history."""
FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0
"""Between two repairs of one workflow: if today's code is wrong, starting it again repairs nothing."""
AT_MOST = 200
"""Workflows checked in one turn."""
SCHEDULED_BY = SearchAttributeKey.for_keyword("TemporalScheduledById")


@dataclass
class Suspect:
    """A workflow whose task failed. `since`: when it was last started again; `pause`: seconds until it may be again."""

    type: str
    cannot_be_replayed: bool = False
    pause: float = 0.0
    since: float = 0.0


class Mender:
    """Starts failing workflows again, each one less and less often."""

    def __init__(
        self, office: Office, client: Client, task_queue: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Use an office, a client and the petitions' queue; `clock` counts seconds."""
        self._office = office
        self._client = client
        self._task_queue = task_queue
        self._clock = clock
        self._suspects: dict[str, Suspect] = {}
        self._waiting: set[str] = set()

    def hear(self, failures: Iterable[TaskFailure]) -> None:
        """Add these workflows to the suspects."""
        for failure in failures:
            suspect = self._suspects.setdefault(failure.workflow, Suspect(failure.type))
            suspect.cannot_be_replayed = failure.cannot_be_replayed
            self._waiting.add(failure.workflow)

    async def ask_the_server(self) -> None:
        """Add workflows that visibility reports as failing, if the server reports any.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        for workflow, type_ in await reported_problems(self._client, self._task_queue):
            self._suspects.setdefault(workflow, Suspect(type_))
            self._waiting.add(workflow)

    async def mend(self) -> list[str]:
        """Check every suspect: drop one that is well, start again one that will not recover; returns their ids.

        Raises:
            RPCError, PersistenceError: Temporal or the database was lost; it is safe to repeat.
        """
        sick: list[str] = []
        for workflow in [each for each in self._waiting if self._may_be_begun_anew(each)][:AT_MOST]:
            suspect, standing = self._suspects[workflow], await standing_of(self._client, workflow)
            if not standing.running or standing.attempt <= 1:
                self._waiting.discard(workflow)
                if not suspect.since:
                    del self._suspects[workflow]
            elif standing.attempt > (ONCE_IS_ENOUGH if suspect.cannot_be_replayed else FAILS_AFTER):
                sick.append(workflow)
        if sick:
            await self._begin_anew(sick)
        return sick

    def _may_be_begun_anew(self, workflow: str) -> bool:
        suspect = self._suspects[workflow]
        return self._clock() >= suspect.since + suspect.pause

    async def _begin_anew(self, sick: list[str]) -> None:
        knocks = [each for each in sick if self._suspects[each].type == rhythm_contract.RHYTHM_WORKFLOW]
        for workflow in knocks:
            await self._knock_again(workflow)
        if others := set(sick) - set(knocks):
            office = self._office
            await reconcile(
                office.event_log,
                self._client,
                self._task_queue,
                office.rules,
                office.now,
                delivery=await asyncio.to_thread(self._delivery),
                only=others,
                fails_after=ONCE_IS_ENOUGH,
            )
        for workflow in sick:
            suspect = self._suspects[workflow]
            suspect.since = self._clock()
            suspect.pause = min(suspect.pause * 2 or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    def _delivery(self) -> Delivery:
        return read_messages(self._office.templates).delivery

    async def _knock_again(self, workflow: str) -> None:
        """Terminate a stuck rhythm workflow, which keeps its schedule from starting others; trigger the schedule."""
        handle = self._client.get_workflow_handle(workflow)
        schedule = (await handle.describe()).typed_search_attributes.get(SCHEDULED_BY)
        await handle.terminate("its task fails again and again")
        if schedule is not None:
            await self._client.get_schedule_handle(schedule).trigger()
        log.warning("rhythm.begun_anew", workflow=workflow, schedule=schedule)


async def reported_problems(client: Client, task_queue: str) -> list[tuple[str, str]]:
    """Running workflows whose task fails or times out repeatedly, with their types, by visibility.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    about = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    if not about.namespace_info.capabilities.reported_problems_search_attribute:
        return []
    queues = ", ".join(f"'{queue}'" for queue in _queues(task_queue))
    query = f"TemporalReportedProblems IS NOT NULL AND ExecutionStatus = 'Running' AND TaskQueue IN ({queues})"
    listed = client.list_workflows(query, limit=AT_MOST)
    return [(each.id, each.workflow_type) async for each in listed]


def _queues(task_queue: str) -> Iterator[str]:
    yield from (task_queue, rhythm_contract.queue_of(task_queue), message_contract.queue_of(task_queue))
