"""The workers' current build, and the builds whose workers poll."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from eventstore.build import build_id
from workers.petition_worker import current_build

POLLED_WITHIN = timedelta(seconds=90)
"""A poll lasts a minute at most: a running worker has begun one since."""


class Deployed(NamedTuple):
    """`ours`: this program's build; `current`: the one that gets tasks (None: not set); `polling`: builds that poll."""

    ours: str
    current: str | None
    polling: tuple[str, ...]


async def deployed(client: Client, deployment: str, task_queue: str) -> Deployed:
    """The state of the worker deployment in Temporal.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    current = await current_build(client, deployment)
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    since = datetime.now(UTC) - POLLED_WITHIN
    polling = {
        poller.deployment_options.build_id
        for poller in answer.pollers
        if poller.last_access_time.ToDatetime(UTC) > since and poller.deployment_options.deployment_name == deployment
    }
    return Deployed(build_id(), current, tuple(sorted(polling)))
