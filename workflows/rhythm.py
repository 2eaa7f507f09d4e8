"""One beat of the office's rhythm, begun by its schedule: do it, again and again until it is done."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from workflows.rhythm_contract import RHYTHM_WORKFLOW, Beat, Kept, Turn

SCHEDULED = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
ONE_TRY = timedelta(hours=1)
SILENT = timedelta(minutes=2)
"""Heartbeat timeout: after so long without a heartbeat another worker retries the activity."""


@workflow.defn(name=RHYTHM_WORKFLOW)
class RhythmWorkflow:
    """One beat. Whether the day is the right one is decided by the activity, from the rulebook's calendar."""

    @workflow.run
    async def run(self, beat: Beat) -> Kept:
        """Run the beat's activity until it answers that it is done."""
        now = workflow.now()
        scheduled = workflow.info().typed_search_attributes.get(SCHEDULED) or now
        kept: Kept = await workflow.execute_activity(
            beat.activity,
            Turn(beat=beat.beat, now=now, scheduled=scheduled),
            result_type=Kept,
            start_to_close_timeout=ONE_TRY,
            heartbeat_timeout=SILENT,
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )
        return kept
