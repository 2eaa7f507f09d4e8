"""One message's way out: wait until the office is open, try the gateway, again and again with growing pauses, then give
up where staff see it.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.message_contract import DELIVER, GIVE_UP, MESSAGE_WORKFLOW, GivenUp, Sending

ONE_TRY = timedelta(seconds=60)
"""Start-to-close timeout of one try at the gateway."""


@workflow.defn(name=MESSAGE_WORKFLOW)
class MessageWorkflow:
    """One message. Its workflow id is the message's id."""

    @workflow.run
    async def run(self, sending: Sending) -> None:
        """Deliver the message; after the last try record that it could not be."""
        try:
            while seconds := await self._deliver(sending):
                await workflow.sleep(timedelta(seconds=seconds))
        except ActivityError as error:
            cause = error.cause
            final = isinstance(cause, ApplicationError) and cause.non_retryable
            code = cause.type if isinstance(cause, ApplicationError) and cause.type else "timed_out"
            await workflow.execute_activity(
                GIVE_UP,
                GivenUp(message=sending.message, code=code, attempts=1 if final else sending.tries),
                start_to_close_timeout=ONE_TRY,
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
            )

    async def _deliver(self, sending: Sending) -> float | None:
        """Retry the delivery with growing pauses; returns the seconds until office hours, if it is held back.

        After such a wait the tries are counted anew.
        """
        answer: float | None = await workflow.execute_activity(
            DELIVER,
            sending.message,
            result_type=float | None,  # type: ignore[arg-type]
            start_to_close_timeout=ONE_TRY,
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=sending.first_pause_seconds),
                maximum_interval=timedelta(seconds=sending.longest_pause_seconds),
                maximum_attempts=sending.tries,
            ),
        )
        return answer
