"""Which build of the workers has the tasks, and whether one of them asks for them."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from eventstore.build import build_id
from workers.petition_worker import current_build

POLLED_WITHIN = timedelta(seconds=90)
"""A poll lasts a minute at most: a worker that is there has begun one since."""


class Deployed(NamedTuple):
    """`current`: the build that has the tasks, None: nobody set one; `polling`: builds of workers that are there."""

    ours: str
    current: str | None
    polling: tuple[str, ...]


async def deployed(client: Client, deployment: str, task_queue: str) -> Deployed:
    """The deployment as Temporal knows it.

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
