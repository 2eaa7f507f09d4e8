"""Who is served first: the priority of a petition or order and its community's fairness key, as Temporal has them.

Set when a workflow starts, and inherited by its activities. When the urgency changes, the running workflow's priority
is updated; that counts for its later tasks.
"""

from temporalio.api.common.v1 import Priority as RawPriority
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionOptionsRequest
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.service import RPCError, RPCStatusCode

from aggregates.kinds import kind_of
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from eventstore.log import EventLog
from workers.engine.calls import ANSWERS_WITHIN


def priority_of(state: Petition | Order) -> Priority:
    """Priority 1 is served first; within one priority, communities take turns (fairness key)."""
    return Priority(priority_key=state.priority, fairness_key=state.community or None)


def priority_on_record(event_log: EventLog, stream: str) -> Priority:
    """The priority of a petition or order, from its events; the default for any other stream.

    Raises:
        PersistenceError: the database was lost.
    """
    kind = kind_of(stream)
    if kind is None:
        return Priority.default
    return priority_of(kind.fold(stream, (record.event for record in event_log.readable(stream))))


async def move_in_line(client: Client, petition: str, priority: Priority) -> None:
    """Update a running workflow's priority; nothing to do for one that has ended.

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    request = UpdateWorkflowExecutionOptionsRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=petition),
        workflow_execution_options=WorkflowExecutionOptions(
            priority=RawPriority(priority_key=priority.priority_key or 0, fairness_key=priority.fairness_key or "")
        ),
    )
    request.update_mask.paths.append("priority")
    try:
        await client.workflow_service.update_workflow_execution_options(request, timeout=ANSWERS_WITHIN)
    except RPCError as error:
        if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            raise
