"""One petition's way through the office: read what is owed, do it when it is due, until nothing is owed.

The activity `read-agenda` answers the next step and the seconds until it is due. The workflow waits so long, or until
the signal `wake` says that something was recorded, and reads again. A step whose time has come is carried out by
`carry-out`, which answers the next one; when no step is left the workflow ends.

Which steps there are (classify, dispatch, remind, escalate, breach, close and others: `Step`) and when each is due
is for the agenda to say (`aggregates/petition/agenda.py`, behind the activities). A changed rule or decision changes
nothing here and never breaks a petition that is waiting.
"""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import (
    RetryPolicy,
    SearchAttributeKey,
    VersioningBehavior,
)
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from workflows.petition_contract import CARRY_OUT, PETITION_WORKFLOW, READ_AGENDA, WAKE, Attend, Owed

CATEGORY = SearchAttributeKey.for_keyword("SuqiuCategory")
TIER = SearchAttributeKey.for_keyword("SuqiuTier")
DUE_AT = SearchAttributeKey.for_datetime("SuqiuDueAt")

AT_HAND = timedelta(seconds=2)
"""How long one try in this worker may take before the step goes to the queue."""

QUEUED = timedelta(seconds=30)


@workflow.defn(name=PETITION_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class PetitionWorkflow:
    """The agenda loop. Its id is the petition's id; its history holds ids, tiers and times only."""

    @workflow.init
    def __init__(self, petition: str) -> None:
        """Start with no signal received."""
        self._petition = petition
        self._wakes = 0
        self._shown: tuple[str | None, str | None, datetime | None] = (None, None, None)

    @workflow.run
    async def run(self, petition: str) -> None:
        """Run the agenda loop until the petition owes no step."""
        heard = self._wakes
        owed = await self._attend(READ_AGENDA)
        while owed.step is not None:
            if owed.wait_seconds > 0:
                self._show(owed)
            if owed.wait_seconds > 0 and await self._woken_within(owed.wait_seconds, heard):
                heard = self._wakes
                owed = await self._attend(READ_AGENDA)
            else:
                heard = self._wakes
                owed = await self._attend(CARRY_OUT, owed)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(petition)

    @workflow.signal(name=WAKE)
    def wake(self) -> None:
        """Signal: something was recorded, so read the agenda again. No payload; the event log has the facts."""
        self._wakes += 1

    async def _woken_within(self, seconds: float, heard: int) -> bool:
        """Wait for a signal (True) or until the time is up (False)."""
        try:
            await workflow.wait_condition(lambda: self._wakes != heard, timeout=timedelta(seconds=seconds))
        except TimeoutError:
            return False
        return True

    async def _attend(self, activity: str, owed: Owed | None = None) -> Owed:
        """Run the activity as a local one in this worker first; when that fails, on the task queue until it succeeds.

        Whatever way it fails: the same failure arrives as another exception when it is replayed (a timeout is an
        `ActivityError` in the worker that lived through it, and a bare `TimeoutError` afterwards).
        """
        ask = Attend(
            petition=self._petition,
            now=workflow.now(),
            step=owed.step if owed else None,
            version=owed.version if owed else 0,
        )
        try:
            answer: Owed = await workflow.execute_local_activity(
                activity,
                ask,
                result_type=Owed,
                start_to_close_timeout=AT_HAND,
                retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3),
            )
        except FailureError:
            workflow.logger.warning("petition.queued", extra={"petition": self._petition, "activity": activity})
            answer = await workflow.execute_activity(
                activity,
                ask,
                result_type=Owed,
                start_to_close_timeout=QUEUED,
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
            )
        return answer

    def _show(self, owed: Owed) -> None:
        """Upsert the search attributes that Temporal's lists are filtered by. Nothing is decided from them."""
        place = (owed.category, owed.tier, owed.due_at)
        if place == self._shown:
            return
        self._shown = place
        known = [CATEGORY.value_set(owed.category)] if owed.category else []
        known += [TIER.value_set(owed.tier)] if owed.tier else []
        due = DUE_AT.value_set(owed.due_at) if owed.due_at else DUE_AT.value_unset()
        workflow.upsert_search_attributes([*known, due])
