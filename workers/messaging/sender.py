"""From the outbox to the engine: starts a workflow for each message a gateway carries; its id makes it once."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.worker import Worker

from aggregates.messages.events import MessageDelivered, MessageFailed, MessageWritten
from aggregates.messages.outbox import fold_outbox, stream_of_message
from aggregates.record import Recorded, sift
from aggregates.streams import MESSAGES
from eventstore.log import EventLog
from office.clock_watch import ClockWatch
from rulebook.messages import Delivery
from workers.engine.calls import ANSWERS_WITHIN
from workers.engine.clock import StepsInTime
from workers.engine.task_failures import TaskFailures
from workers.messaging.activities import MessageActivities
from workers.petition_worker import sandbox
from workers.reading.page_reader import PAGE, PageReader
from workflows.message import MessageWorkflow
from workflows.message_contract import MESSAGE_WORKFLOW, Sending, queue_of

AT_ONCE = 8
"""Messages sent at the same time: it spares the gateway, and one that hangs holds no more than these."""


class MessageSender(PageReader):
    """Starts the workflows of messages written for the gateway."""

    name = "message sender"

    def __init__(self, event_log: EventLog, client: Client, task_queue: str, delivery: Delivery) -> None:
        """Use a log, a client, the petitions' queue and the retry settings."""
        super().__init__(event_log)
        self._client = client
        self._task_queue = task_queue
        self._delivery = delivery

    def takes(self, stream: str) -> bool:
        """Streams of messages."""
        return stream.startswith(MESSAGES)

    async def handle(self, page: Sequence[Recorded]) -> None:
        """Start the workflows of a page's messages that are neither delivered nor failed.

        Raises:
            RPCError, PersistenceError: Temporal or the database was lost; the page comes again.
        """
        for record in page:
            event = record.event
            if isinstance(event, MessageWritten) and event.way == "gateway":
                await asyncio.to_thread(self.pulse.beat)
                records = await asyncio.to_thread(self._petitions.readable, record.stream)
                if fold_outbox(records).messages[event.message].waiting:
                    await send(self._client, event.message, self._task_queue, self._delivery)


async def send(client: Client, message: str, task_queue: str, delivery: Delivery, *, replace: bool = False) -> None:
    """Start the workflow of a message; one that runs goes on, or with `replace` is ended first.

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    await client.start_workflow(
        MESSAGE_WORKFLOW,
        Sending(message=message, **delivery.model_dump(include=Sending.model_fields.keys() - {"message"})),
        id=message,
        rpc_timeout=ANSWERS_WITHIN,
        task_queue=queue_of(task_queue),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=(
            WorkflowIDConflictPolicy.TERMINATE_EXISTING if replace else WorkflowIDConflictPolicy.USE_EXISTING
        ),
    )


def waiting_messages(
    event_log: EventLog, only: Collection[str] | None = None, beat: Callable[[], None] = lambda: None
) -> list[MessageWritten]:
    """Every message of the log that waits for a gateway.

    `only`: of these ids, read from their own streams. `beat` is called to report progress. Messages of a stream with a
    row that cannot be read are left out: whether they still wait is unknown.

    Raises:
        PersistenceError: the database was lost.
    """
    waiting: dict[str, tuple[str, MessageWritten]] = {}
    unknown: set[str] = set()
    streams = None if only is None else dict.fromkeys(map(stream_of_message, only))
    pages = event_log.sifted(PAGE) if streams is None else (sift(event_log.entries_of(stream)) for stream in streams)
    for page in pages:
        beat()
        unknown |= {row.stream for row in page.stops}
        for record in page.readable:
            match record.event:
                case MessageWritten(message=message, way="gateway") as written:
                    waiting[message] = record.stream, written
                case MessageDelivered(message=message) | MessageFailed(message=message):
                    waiting.pop(message, None)
                case _:
                    pass
    known = [written for stream, written in waiting.values() if stream not in unknown]
    return known if only is None else [written for written in known if written.message in only]


def message_worker(
    client: Client,
    bodies: MessageActivities,
    task_queue: str,
    threads: ThreadPoolExecutor,
    clock: ClockWatch,
    failures: TaskFailures | None = None,
) -> Worker:
    """A worker on the messages' queue; activities run in `threads`, failed workflow tasks are noted in `failures`."""
    return Worker(
        client,
        task_queue=queue_of(task_queue),
        workflows=[MessageWorkflow],
        activities=[bodies.deliver, bodies.give_up],
        activity_executor=threads,
        max_concurrent_activities=AT_ONCE,
        max_concurrent_workflow_tasks=AT_ONCE,
        interceptors=[StepsInTime(clock)],
        workflow_runner=sandbox(failures),
    )
