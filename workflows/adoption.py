"""A rulebook was adopted: once it is in force, the clocks of every running petition are counted again by it.

Stretch by stretch of the log, so that a killed worker begins where the last stretch ended; a petition looked at twice
is counted once.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy, VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from workflows.adoption_contract import ADOPTION_WORKFLOW, COUNT_AGAIN, HOW_FAR, Adopted, Turn

ONE_STRETCH = timedelta(minutes=10)
SILENT = timedelta(seconds=60)
"""Heartbeat timeout of `count-again`: after so long without a heartbeat another worker retries it."""
EVERYBODY_KNOWS = timedelta(seconds=3)
"""After this long no process decides by what was in force before (`office/rules/rules_in_force.py`)."""
LAST = Priority(priority_key=5)
"""Priority of the tasks: below that of petitions, so that what residents wait for goes first."""


@workflow.defn(name=ADOPTION_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class AdoptionWorkflow:
    """One adoption, page by page through the log. Its history holds ids, positions and counts only."""

    @workflow.init
    def __init__(self, adopted: Adopted) -> None:
        """Start from the position the last run reached (continue-as-new)."""
        self._adopted = adopted

    @workflow.run
    async def run(self, adopted: Adopted) -> Adopted:
        """Wait until the book is in force, then run `count-again` until the end of the log; returns the counts."""
        if not adopted.position:
            await workflow.sleep(EVERYBODY_KNOWS)
        while not self._adopted.done:
            self._adopted = await workflow.execute_activity(
                COUNT_AGAIN,
                Turn(adopted=self._adopted, now=workflow.now()),
                result_type=Adopted,
                start_to_close_timeout=ONE_STRETCH,
                heartbeat_timeout=SILENT,
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
                priority=LAST,
            )
            if self._adopted.in_force_in_seconds > 0:
                await workflow.sleep(timedelta(seconds=self._adopted.in_force_in_seconds))
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._adopted)
        return self._adopted

    @workflow.query(name=HOW_FAR)
    def how_far(self) -> Adopted:
        """Query `how-far`: the adoption with its position and counts so far."""
        return self._adopted
