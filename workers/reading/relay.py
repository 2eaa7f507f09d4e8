"""The relay, from the event log to the engine: starts or wakes a petition's workflow after each act of a person.

At least once: its position moves only after all of a page was signalled; the workflow's id makes it once. Intake never
waits for it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from aggregates.adoption import RulebookAdopted
from aggregates.event import Role
from aggregates.kinds import PETITIONS, kind_of
from aggregates.office.events import adoption_stream
from aggregates.orders.events import OrderFieldsRead
from aggregates.petition.events import ClocksRecomputed, PetitionUnmerged, SealedFieldsRead, UrgencySet
from aggregates.record import Recorded
from aggregates.streams import RULEBOOK, is_attended
from office.handling import Handler
from office.merging import unmerge_left_alone
from workers.engine.calls import ANSWERS_WITHIN
from workers.reading.page_reader import PageReader
from workers.urgency import move_in_line, priority_on_record
from workflows.adoption_contract import ADOPTION_WORKFLOW, Adopted, workflow_id
from workflows.petition_contract import WAKE

NAME = "relay"
AT_ONCE = 32


def to_wake(page: Iterable[Recorded]) -> list[str]:
    """Streams whose workflow must be woken for this page, each once: somebody other than the engine changed the
    petition or order, its clocks were recomputed for an adopted rulebook, or it was unmerged.
    """
    return list(
        dict.fromkeys(
            record.stream
            for record in page
            if is_attended(record.stream)
            and (
                record.event.by.role is not Role.ENGINE or isinstance(record.event, ClocksRecomputed | PetitionUnmerged)
            )
            and not isinstance(record.event, SealedFieldsRead | OrderFieldsRead)
        )
    )


async def wake(
    client: Client,
    petition: str,
    task_queue: str,
    conflict: WorkflowIDConflictPolicy = WorkflowIDConflictPolicy.USE_EXISTING,
    priority: Priority = Priority.default,
) -> None:
    """Signal-with-start the workflow of a petition or order; another `conflict` policy can replace a running one.

    `priority` is that of a new workflow and its activities; a running one keeps its own.

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    await client.start_workflow(
        (kind_of(petition) or PETITIONS).workflow,
        petition,
        id=petition,
        task_queue=task_queue,
        start_signal=WAKE,
        rpc_timeout=ANSWERS_WITHIN,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=conflict,
        priority=priority,
    )


async def begin_adoption(client: Client, book: str, number: int, task_queue: str, *, replace: bool = False) -> None:
    """Start the workflow that recomputes running petitions under an adopted book; `replace`: end one that runs first.

    Started again although it was done, it changes nothing: the log says what is done (`unfinished`).

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    with suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(
            ADOPTION_WORKFLOW,
            Adopted(book=book, number=number),
            id=workflow_id(book, number),
            task_queue=task_queue,
            rpc_timeout=ANSWERS_WITHIN,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=(
                WorkflowIDConflictPolicy.TERMINATE_EXISTING if replace else WorkflowIDConflictPolicy.FAIL
            ),
        )


class Relay(PageReader):
    """Starts adoptions and wakes workflows, page by page."""

    name = NAME

    def __init__(self, handler: Handler, client: Client, task_queue: str) -> None:
        """Use a handler and its log, a client and the queue the workers poll."""
        super().__init__(handler.log)
        self._handler = handler
        self._client = client
        self._task_queue = task_queue

    def takes(self, stream: str) -> bool:
        """Petitions, orders and rulebooks."""
        return is_attended(stream) or stream.startswith(RULEBOOK)

    async def handle(self, page: Sequence[Recorded]) -> None:
        """Signal a page to the engine; idempotent.

        Raises:
            RPCError: Temporal cannot be reached or refuses.
        """
        await self._begin_adoptions(page)
        await asyncio.to_thread(unmerge_left_alone, self._handler, page, self.pulse.beat)
        await self._wake_all(to_wake(page), {each.stream for each in page if isinstance(each.event, UrgencySet)})

    async def _begin_adoptions(self, page: Sequence[Recorded]) -> None:
        """Start those not carried out yet. For number 1 there is nothing to do: no petition is older."""
        for record in page:
            if not isinstance(record.event, RulebookAdopted) or record.version == 1:
                continue
            await asyncio.to_thread(self.pulse.beat)
            if not await asyncio.to_thread(self._petitions.read, adoption_stream(record.event.book, record.version)):
                await begin_adoption(self._client, record.event.book, record.version, self._task_queue)

    async def _wake_all(self, petitions: list[str], moved: set[str]) -> None:
        few = asyncio.Semaphore(AT_ONCE)

        async def one(petition: str) -> None:
            async with few:
                await self._wake(petition, moved=petition in moved)
                await asyncio.to_thread(self.pulse.beat)

        outcomes = await asyncio.gather(*(one(petition) for petition in petitions), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _wake(self, petition: str, *, moved: bool) -> None:
        """Start or wake a workflow; if its urgency was set, update the priority of the running one."""
        priority = await asyncio.to_thread(priority_on_record, self._petitions, petition)
        await wake(self._client, petition, self._task_queue, priority=priority)
        if moved:
            await move_in_line(self._client, petition, priority)
