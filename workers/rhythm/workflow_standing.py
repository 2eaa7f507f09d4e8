"""The state of one workflow in Temporal, asked by its id, as visibility lags; its timer, read from its history."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingWorkflowTaskInfo
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    GetWorkflowExecutionHistoryReverseResponse,
)
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

A_FEW = 16
"""Events per page: a workflow that waits has its timer among the last ones."""
LOOK_BACK = 256
"""Events after which the search for a timer ends."""
OF_THE_SAME_TASK = frozenset(
    {EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, EventType.EVENT_TYPE_MARKER_RECORDED}
)
"""Events that a workflow task may have written after the timer it started."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`wakes_at`: when the timer fires, by the engine's clock; None: no timer runs.

    `attempt` and `since`: of the pending workflow task, 0 and None without one; `tries`: attempts of the queued
    activity that runs or is retried.
    """

    there: bool
    running: bool = False
    wakes_at: datetime | None = None
    attempt: int = 0
    since: datetime | None = None
    tries: int = 0


GONE = Standing(there=False)


async def standing_of(client: Client, workflow: str) -> Standing:
    """The state of a workflow now. If it only waits for its timer, one call for the end of its history is enough.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        if wakes_at := _waits_until(await _newest(client, workflow)):
            return Standing(there=True, running=True, wakes_at=wakes_at)
        about = await client.get_workflow_handle(workflow).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return GONE
        raise
    if about.status is not WorkflowExecutionStatus.RUNNING:
        return Standing(there=True)
    raw = about.raw_description
    task = raw.pending_workflow_task if raw.HasField("pending_workflow_task") else None
    wakes_at = None if task else await _timer(client, workflow, about.run_id)
    return Standing(
        there=True,
        running=True,
        wakes_at=wakes_at,
        attempt=task.attempt if task else 0,
        since=_since(task) if task else None,
        tries=max((each.attempt for each in raw.pending_activities), default=0),
    )


async def standings_of(
    client: Client, workflows: Sequence[str], beat: Callable[[], None] = lambda: None
) -> list[Standing]:
    """The state of each workflow, asked side by side; `beat` is called after each answer.

    Raises:
        RPCError: Temporal cannot be reached.
    """

    async def one(workflow: str) -> Standing:
        standing = await standing_of(client, workflow)
        beat()
        return standing

    return await asyncio.gather(*(one(workflow) for workflow in workflows))


def _since(task: PendingWorkflowTaskInfo) -> datetime:
    first = task.original_scheduled_time if task.HasField("original_scheduled_time") else task.scheduled_time
    return first.ToDatetime(UTC)


def _waits_until(page: GetWorkflowExecutionHistoryReverseResponse) -> datetime | None:
    """When the timer fires that the last workflow task started; None if anything came after it, or there is none."""
    ended: set[int] = set()
    for event in page.history.events:
        if event.event_type == EventType.EVENT_TYPE_TIMER_CANCELED:
            ended.add(event.timer_canceled_event_attributes.started_event_id)
        elif event.event_type == EventType.EVENT_TYPE_TIMER_STARTED and event.event_id not in ended:
            return _fires_at(event)
        elif event.event_type not in OF_THE_SAME_TASK:
            return None
    return None


def _fires_at(event: HistoryEvent) -> datetime:
    span: timedelta = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
    return event.event_time.ToDatetime(UTC) + span


async def _newest(
    client: Client, workflow: str, run: str = "", token: bytes = b""
) -> GetWorkflowExecutionHistoryReverseResponse:
    """A page of the history, newest event first."""
    return await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=workflow, run_id=run),
            maximum_page_size=A_FEW,
            next_page_token=token,
        )
    )


async def _timer(client: Client, workflow: str, run: str) -> datetime | None:
    """When the last running timer fires: read from the newest event back, a small page at a time."""
    ended: set[int] = set()
    token, seen = b"", 0
    while seen < LOOK_BACK:
        page = await _newest(client, workflow, run, token)
        for event in page.history.events:
            if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED:
                ended.add(event.timer_fired_event_attributes.started_event_id)
            elif event.event_type == EventType.EVENT_TYPE_TIMER_CANCELED:
                ended.add(event.timer_canceled_event_attributes.started_event_id)
            elif event.event_type == EventType.EVENT_TYPE_TIMER_STARTED and event.event_id not in ended:
                return _fires_at(event)
        seen, token = seen + len(page.history.events), page.next_page_token
        if not token:
            break
    return None
