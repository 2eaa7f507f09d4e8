"""One service order's way: the petition's loop on a stream of another kind; what differs is behind the activities."""

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from workflows.petition import PetitionWorkflow
    from workflows.petition_contract import ORDER_WORKFLOW


@workflow.defn(name=ORDER_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class OrderWorkflow(PetitionWorkflow):
    """The agenda loop for an order. Its id is the order's id."""

    @workflow.init
    def __init__(self, order: str) -> None:
        """Start with no signal received."""
        super().__init__(order)

    @workflow.run
    async def run(self, order: str) -> None:
        """Run the agenda loop until the order owes no step."""
        await super().run(order)
