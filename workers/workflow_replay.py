"""A workflow's own history, fetched from Temporal while it is retained, and replayed with today's workflow code."""

from typing import NamedTuple

from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from workers.petition_worker import sandbox
from workflows.petition import PetitionWorkflow


class WorkflowReplayed(NamedTuple):
    """The result: whether Temporal still has the history, its number of entries, and any non-determinism found."""

    kept: bool
    entries: int
    difference: str | None


GONE = WorkflowReplayed(kept=False, entries=0, difference=None)


async def replay_workflow(client: Client, petition: str) -> WorkflowReplayed:
    """Replay the latest run of a petition's workflow.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        history = await client.get_workflow_handle(petition).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return GONE
        raise
    replayer = Replayer(workflows=[PetitionWorkflow], workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    entries = len(history.events)
    try:
        await replayer.replay_workflow(history)
    except workflow.NondeterminismError as error:
        return WorkflowReplayed(kept=True, entries=entries, difference=str(error).splitlines()[0])
    return WorkflowReplayed(kept=True, entries=entries, difference=None)
