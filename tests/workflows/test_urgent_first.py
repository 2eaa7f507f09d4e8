"""With more petitions waiting than hands, the urgent one is attended first; so is one that becomes urgent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.commands import Receive
from aggregates.petition.decisions import decide
from aggregates.petition.state import Petition, Stage
from eventstore.log import Append
from machine.embedded_temporal import EmbeddedTemporal
from tests.people import OFFICER
from tests.workflows.test_deadlines import local
from tests.workflows.town import Town, town
from workers.processes import working

BACKLOG = 60
FIRST_FEW = 15
"""Of the backlog, what may go before: each partition of the queue has handed out a few to its pollers already."""


@asynccontextmanager
async def one_hand(here: Town) -> AsyncIterator[None]:
    """A worker with the fewest slots there are."""
    few = here.settings.model_copy(update={"max_concurrent_workflow_tasks": 2, "max_concurrent_activities": 1})
    async with working(here.office, here.client, few, promote=True):
        yield


async def told(here: Town, petitions: list[str]) -> None:
    """Wait until the relay has begun the workflow of each. Ended ones of that id are another test's, on this server."""
    for petition in petitions:
        for _ in range(1_200):
            with suppress(RPCError):
                found = await here.client.get_workflow_handle(petition).describe()
                if found.status is WorkflowExecutionStatus.RUNNING:
                    break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError(f"{petition}: the relay has not begun it")


def urgent(here: Town) -> str:
    """A petition in danger to life, received last."""
    assert here.office.intake is not None
    identities = here.office.intake.identities
    receipt = identities.receipt("urgent")
    petition = identities.petition(receipt)
    command = Receive(
        at=here.clock(),
        by=e.Actor.resident(),
        receipt=receipt,
        resident=identities.resident(petition),
        community="baiyang",
        channel="hotline",
        text="路灯坏了好几天，晚上走路很黑，请维修路灯",
        urgent="life",
    )
    events = decide(Petition(id=petition), command, here.office.rules)
    here.office.event_log.append([Append(petition, 0, events, f"receive:{petition}", here.clock())])
    return petition


async def place_of(here: Town, petition: str) -> tuple[int, str]:
    """The workflow's priority, and whose share it takes."""
    described = await here.client.get_workflow_handle(petition).describe()
    priority = described.raw_description.workflow_execution_info.priority
    return priority.priority_key, priority.fairness_key


def order_of(here: Town) -> list[str]:
    """Petitions in the order in which they were classified."""
    page = here.office.event_log.page(0, 10_000)
    return [record.stream for record in page if isinstance(record.event, e.PetitionClassified)]


async def test_an_urgent_petition_goes_before_the_backlog(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, local(9, 29, 9), worker=False) as here:
        async with one_hand(here):
            pass  # the build has the tasks; now nobody works
        rows = [{"text": f"路灯坏了好几天，晚上走路很黑，请维修路灯{number}"} for number in range(BACKLOG)]
        ordinary = [each.petition or "" for each in await here.take_in(rows)]
        await told(here, ordinary)
        becomes = ordinary[-1]
        await here.act(becomes, c.SetUrgency, OFFICER, cause="elderly")
        first = await asyncio.to_thread(urgent, here)
        await told(here, [first])
        assert await place_of(here, first) == (1, "baiyang")
        for _ in range(200):
            if (moved := await place_of(here, becomes)) == (2, "baiyang"):
                break
            await asyncio.sleep(0.05)
        assert moved == (2, "baiyang"), "urgency set later is the workflow's from then on"
        async with one_hand(here):
            for petition in (*ordinary, first):
                await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        assert order_of(here).index(first) < FIRST_FEW, order_of(here).index(first)
