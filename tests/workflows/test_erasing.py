"""Erasures on the real engine: the rhythm finishes what was interrupted, and looks for what is kept long enough."""

from datetime import timedelta

from aggregates.petition.state import Stage
from eventstore.log import ERASED
from machine.embedded_temporal import EmbeddedTemporal
from office.keys.erasing import Eraser
from tests.people import AT_THE_COUNTER, CLERK, LEADER
from tests.workflows.test_rhythm import knock, local, office
from workflows.rhythm_contract import Kept


async def test_the_rhythm_finishes_an_erasure_that_was_interrupted(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with office(database, temporal_server, local(9, 30)) as here:
        petition = await here.submit("路灯坏了好几天，晚上走路很黑，请维修路灯", phone="13800000001")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        event_log = here.office.event_log
        eraser = Eraser(event_log, lambda: here.office.rules, here.office.now)
        received = event_log.read(petition)[0]
        resident: str = received.event.resident
        eraser.ask(resident, CLERK, "resident_asked", known=AT_THE_COUNTER)
        eraser.decide(resident, LEADER, approved=True)
        assert event_log.unseal(received, ("text",))["text"] != ERASED
        await knock(here, "reconcile")
        assert event_log.unseal(received, ("text",)) == {"text": ERASED}
        assert eraser.load(resident).stage == "erased"

        await here.forward([petition], timedelta(days=10))
        risen = await here.until(petition, lambda state: state.escalations > 0)
        assert risen.stage is Stage.DISPATCHED, "the office still owes an answer, and its clocks run"

        assert await knock(here, "retention") == Kept(done=True, what="retention: 0 residents erased")
        here.clock.offset += local(10, 2) - local(9, 30)
        assert not (await knock(here, "retention")).done, "not while the office is closed"
