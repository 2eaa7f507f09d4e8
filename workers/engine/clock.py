"""The engine's clock: compared with this process's at each step, and asked for its time where they differ.

The engine's time of a step is when it gave the step out, moments ago: for a local activity the start of its workflow
task, for one from a queue the start of this try. With a simulated clock nothing is compared.
"""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from temporalio import activity
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, PollActivityTaskQueueRequest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from eventstore.clock_guard import ClockWrong, RawClock
from office.clock_watch import AskEngine, ClockWatch
from workflows.petition_contract import Attend

IN_HAND: Final = timedelta(seconds=10)
"""How long the tries of a local activity may take: its step may be that much older than now."""
QUEUE: Final = "suqiu-clock"
"""Polled although it never has a task: the server notes by its own clock when it was polled."""
ASKED_FOR: Final = timedelta(seconds=5)
LOOK_EVERY_SECONDS: Final = 0.05


class StepsInTime(Interceptor):
    """Refuses activities while the engine's time of the step differs too much from this process's."""

    def __init__(self, watch: ClockWatch) -> None:
        """Use the watch of this process's clock."""
        self._watch = watch

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - its name
        """Wrap each activity."""
        return _InTime(next, self._watch)


class _InTime(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, watch: ClockWatch) -> None:
        super().__init__(following)
        self._watch = watch

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        info = activity.info()
        if self._watch.guard.story:
            self._refuse(self._watch.wrong)
        elif not info.is_local:
            self._hold(info.started_time, timedelta())
        elif input.args and isinstance(asked := input.args[0], Attend):
            self._hold(asked.now, IN_HAND)
        return await super().execute_activity(input)

    def _hold(self, engine: datetime, later: timedelta) -> None:
        """Refuse the step on this worker; one whose clock is right takes it.

        Raises:
            ApplicationError: the clocks differ, or the clock is known to be wrong.
        """
        ahead = self._watch.guard.raw() - engine.astimezone(UTC)
        honest = min(max(ahead, timedelta()), later)
        self._refuse(self._watch.doubt_engine(ahead - honest, engine) or self._watch.wrong)

    @staticmethod
    def _refuse(wrong: ClockWrong | None) -> None:
        if wrong is not None:
            raise ApplicationError(str(wrong), type="ClockWrong")


def engine_asked(client: Client) -> AskEngine:
    """The `AskEngine` function for this client, for `while_the_clock_is_right`."""
    return partial(_ask, client)


async def _ask(client: Client, watch: ClockWatch) -> None:
    answer = await engine_ahead(client, watch.guard.raw)
    if answer is not None:
        watch.hear_engine(*answer)


async def engine_ahead(client: Client, raw: RawClock) -> tuple[timedelta, datetime] | None:
    """How far a raw clock is ahead of the engine's (negative: behind), and the engine's time; None: no answer.

    Polls a queue that has no tasks: the server notes when. Nothing is written.
    """
    who = f"clock-{uuid.uuid4().hex}"
    queue = TaskQueue(name=QUEUE)
    before = raw()
    poll = asyncio.ensure_future(
        client.workflow_service.poll_activity_task_queue(
            PollActivityTaskQueueRequest(namespace=client.namespace, task_queue=queue, identity=who), timeout=ASKED_FOR
        )
    )
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=queue, task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    try:
        while not poll.done():
            answer = await client.workflow_service.describe_task_queue(asked, timeout=ASKED_FOR)
            for poller in answer.pollers:
                if poller.identity == who:
                    at = poller.last_access_time.ToDatetime(UTC)
                    after = raw()
                    return max(before - at, timedelta()) + min(after - at, timedelta()), at
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    except RPCError:
        return None
    finally:
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
    return None
