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
"""How long a stretch may say nothing before another worker takes it."""
EVERYBODY_KNOWS = timedelta(seconds=3)
"""After this long no process decides by what was in force before (`office/rules/rules_in_force.py`)."""
LAST = Priority(priority_key=5)
"""What residents wait for goes first."""


@workflow.defn(name=ADOPTION_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class AdoptionWorkflow:
    """Its history holds ids, positions and counts only."""

    @workflow.init
    def __init__(self, adopted: Adopted) -> None:
        """Begin where the last run ended."""
        self._adopted = adopted

    @workflow.run
    async def run(self, adopted: Adopted) -> Adopted:
        """Go through the log until its end; answer the counts."""
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
        """How far it is."""
        return self._adopted
