"""Letters leave while the office is open; but for danger to life, and the answer to what a resident just did."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment

from aggregates.event import Actor
from aggregates.known import BY_CODE
from aggregates.messages.outbox import fold_outbox, message_id, stream_of
from aggregates.petition import commands as c
from aggregates.petition.state import Stage
from eventstore.sealing import MasterKey
from machine.embedded_temporal import EmbeddedTemporal
from office.composition import Office, office
from office.rules.rulebooks import STANDARD, read_messages
from rulebook.clocks import open_from
from tests.aggregates.office import at, proposal
from tests.messages.conftest import Recording, submit, written
from tests.messages.test_delivery import CLEAR, PHONE, ended, hasty, posting
from tests.people import CLERK
from tests.rulebook.books import baiyang
from tests.workflows.town import Town, town
from tests.workflows.town import test_settings as settings_of
from workers.messaging.activities import MessageActivities
from workers.messaging.messenger import Messenger

__all__ = ["hasty"]  # a fixture of the neighbour's

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2025, 9, 30, 19, 0, tzinfo=SHANGHAI)
"""The evening before eight days off."""
BACK = datetime(2025, 10, 9, 8, 30, tzinfo=SHANGHAI)
MORNING = datetime(2025, 9, 30, 9, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "roster", "opens"),
    [
        ("2025-09-30 08:29", "working", "2025-09-30 08:30"),
        ("2025-09-30 08:30", "working", "2025-09-30 08:30"),
        ("2025-09-30 17:29", "working", "2025-09-30 17:29"),
        ("2025-09-30 17:30", "working", "2025-10-09 08:30"),
        ("2025-09-30 17:30", "every_day", "2025-10-01 08:30"),
        ("2025-10-04 12:00", "every_day", "2025-10-04 12:00"),
        ("2025-10-11 12:00", "working", "2025-10-11 12:00"),  # a Saturday that is worked
        ("2025-10-12 12:00", "working", "2025-10-13 08:30"),
    ],
)
def test_the_office_is_open_or_opens_next(moment: str, roster: str, opens: str) -> None:
    assert open_from(at(moment), baiyang(), roster) == at(opens)  # type: ignore[arg-type]


@contextmanager
def at_hour(database: str, now: datetime) -> Iterator[Office]:
    with office(settings_of(database), now=lambda _=None: now, master=MasterKey(os.urandom(32))) as ours:
        yield ours


def told(here: Office, petition: str, hours: str = "office") -> dict[str, datetime | None]:
    """What is written about a petition, and when each may leave."""
    book = read_messages(STANDARD)
    book = book.model_copy(update={"delivery": book.delivery.model_copy(update={"hours": hours})})
    Messenger(here.event_log, lambda: here.rules, book, Recording(), here.now).write(here.event_log.page(0, 500))
    return {each.template: each.not_before for each in written(here, petition)}


def test_at_night_only_the_answer_to_the_resident_s_own_act_leaves(database: str) -> None:
    with at_hour(database, NIGHT) as here:
        petition = submit(here, CLEAR, phone=PHONE)
        here.handler.execute(petition, c.Contact(at=NIGHT, by=CLERK, how="call"), "1")
        here.handler.execute(petition, c.SetConfidential(at=NIGHT, by=CLERK), "2")
        assert told(here, petition) == {"received": None, "confidential": BACK}


def test_a_neighbour_is_not_woken_by_another_s_act(database: str) -> None:
    with at_hour(database, NIGHT) as here:
        petition = submit(here, CLEAR, phone=PHONE)
        join = c.AddResident(
            at=NIGHT, by=Actor.resident(), known=BY_CODE, resident="r-2", name="样例乙", phone="+8613800000002"
        )
        here.handler.execute(petition, join, "1")
        here.handler.execute(petition, c.SetConfidential(at=NIGHT, by=Actor.resident(), known=BY_CODE), "2")
        told(here, petition)
        leaves = {(each.template, each.resident == "r-2"): each.not_before for each in written(here, petition)}
        assert leaves == {
            ("received", False): None,
            ("joined", True): None,
            ("confidential", False): None,
            ("confidential", True): BACK,
        }


def test_danger_to_life_waits_for_no_morning(database: str) -> None:
    with at_hour(database, NIGHT) as here:
        petition = submit(here, CLEAR, phone=PHONE, urgent="life")
        here.handler.execute(petition, c.SetConfidential(at=NIGHT, by=CLERK), "1")
        assert told(here, petition) == {"received": None, "confidential": None}


def test_an_office_that_sends_at_any_hour_says_so_in_its_rules(database: str) -> None:
    with at_hour(database, NIGHT) as here:
        petition = submit(here, CLEAR, phone=PHONE)
        here.handler.execute(petition, c.SetConfidential(at=NIGHT, by=CLERK), "1")
        assert set(told(here, petition, "any").values()) == {None}


def test_another_try_after_a_gateway_s_no_waits_for_the_morning_too(database: str) -> None:
    """Written by day, refused until the evening."""
    with at_hour(database, MORNING) as here:
        petition = submit(here, CLEAR, phone=PHONE)
        here.handler.execute(petition, c.SetConfidential(at=MORNING, by=CLERK), "1")
        assert told(here, petition)["confidential"] == MORNING
        message = next(each.message for each in written(here, petition) if each.template == "confidential")
        gateway = Recording()
        night = MessageActivities(here.event_log, lambda: here.rules, gateway, lambda _=None: NIGHT)
        assert ActivityEnvironment().run(night.deliver, message) == (BACK - NIGHT).total_seconds()
        assert gateway.tries == 0
        morning = MessageActivities(here.event_log, lambda: here.rules, gateway, lambda _=None: BACK)
        assert ActivityEnvironment().run(morning.deliver, message) is None
        assert gateway.tries == 1


async def begun(here: Town, message: str) -> None:
    """Wait until the message has a workflow."""
    for _ in range(600):
        try:
            await here.client.get_workflow_handle(message).describe()
        except RPCError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("not within 30 s")


async def ended_of(here: Town, petition: str, template: str) -> None:
    """Wait until a message was delivered."""
    for _ in range(600):
        outbox = fold_outbox(await asyncio.to_thread(here.office.event_log.read, stream_of(petition)))
        if any(each.event.template == template and not each.waiting for each in outbox.messages.values()):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within 30 s")


@pytest.mark.engine
async def test_on_the_engine_what_is_decided_at_night_is_told_in_the_morning(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    gateway = Recording()
    evening = datetime(2025, 9, 22, 20, 0, tzinfo=SHANGHAI)
    async with town(database, temporal_server, evening) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        dispatched = await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        message = message_id(petition, dispatched.version, "dispatched")
        await begun(here, message)
        await ended_of(here, petition, "received")
        assert [parcel.message.split(":")[2] for parcel in gateway.parcels] == ["received"]
        morning = datetime(2025, 9, 23, 8, 30, tzinfo=SHANGHAI)
        assert {each.template: each.not_before for each in written(here.office, petition)}["dispatched"] == morning
        night = morning - here.clock() + timedelta(minutes=1)
        here.clock.skipped += (
            night  # for the office first: what it is asked in the morning, it answers by its own clock
        )
        await here.skipper.fast_forward(here.client.get_workflow_handle(message), night)
        await ended(here, petition, 2)
        assert [parcel.message.split(":")[2] for parcel in gateway.parcels] == ["received", "dispatched"]
        await here.act(petition, c.Withdraw, Actor.resident())


def test_what_waits_for_the_morning_does_not_go_to_a_unit_that_is_complained_about_by_then(database: str) -> None:
    class ToUnits(Recording):
        def carries(self, to: str, hint: str) -> bool:  # noqa: ARG002 - the port's shape
            return to == "unit"

    with at_hour(database, NIGHT) as here:
        petition = submit(here, CLEAR, phone=PHONE)
        clerks = {"category": "public_service", "tier": "community", "matter": None}
        classified = c.Classify(at=NIGHT, by=Actor.engine(), proposal=proposal("public_service", "community"))
        here.handler.execute(petition, classified, "1")
        here.handler.execute(petition, c.Dispatch(at=NIGHT, by=CLERK, unit="team-repairs"), "2")
        gateway = ToUnits()
        Messenger(here.event_log, lambda: here.rules, read_messages(STANDARD), gateway, here.now).write(
            here.event_log.page(0, 500)
        )
        correct = c.Reclassify(at=NIGHT, by=CLERK, complained_about="team-repairs", reason="反映该队", **clerks)
        here.handler.execute(petition, correct, "3")
        message = next(each.message for each in written(here, petition) if each.template == "unit-dispatched")
        morning = MessageActivities(here.event_log, lambda: here.rules, gateway, lambda _=None: BACK)
        with pytest.raises(ApplicationError) as refused:
            ActivityEnvironment().run(morning.deliver, message)
        assert (refused.value.type, refused.value.non_retryable) == ("withheld", True)
        assert gateway.parcels == []
