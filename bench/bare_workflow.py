"""A bare workflow of the same shape as a petition's life: the baseline of `bench/lives.py`."""

from datetime import timedelta

from temporalio import workflow

STEPS_BEFORE = ("read", "write", "write")
STEPS_AFTER_A_SIGNAL = (("read",), ("read",), ("read", "write"))


@workflow.defn(name="bare")
class BareWorkflow:
    """Seven local activities, three of which commit, and three signals."""

    @workflow.init
    def __init__(self, number: int) -> None:  # noqa: ARG002 - the shape Temporal asks for
        """Begin with nothing heard."""
        self._heard = 0

    @workflow.run
    async def run(self, number: int) -> None:
        """Step, wait, step."""
        for step in STEPS_BEFORE:
            await self._step(step, number)
        for count, steps in enumerate(STEPS_AFTER_A_SIGNAL, 1):
            await workflow.wait_condition(lambda count=count: self._heard >= count)  # type: ignore[misc]
            for step in steps:
                await self._step(step, number)

    @workflow.signal
    def hear(self) -> None:
        """Count a signal."""
        self._heard += 1

    async def _step(self, step: str, number: int) -> None:
        await workflow.execute_local_activity(f"bare-{step}", number, start_to_close_timeout=timedelta(seconds=10))
