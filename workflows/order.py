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
        """Begin with nothing heard."""
        super().__init__(order)

    @workflow.run
    async def run(self, order: str) -> None:
        """Attend to the order until nothing is owed."""
        await super().run(order)
