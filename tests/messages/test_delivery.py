"""A gateway that works delivers, one that is dead is tried and given up where people see it, and nothing else waits."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregates.messages.events import MessageDelivered, MessageFailed
from aggregates.messages.outbox import fold_outbox, stream_of
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from aggregates.record import Entry
from eventstore.log import EventLog
from machine.embedded_temporal import EmbeddedTemporal
from office.rules.rulebooks import STANDARD, read_messages
from tests.messages.conftest import Recording, written
from tests.people import OFFICER
from tests.workflows.town import Town, town
from workers.keeping.behind import Behind, look_behind
from workers.messaging.gateways import AppriseGateway, BadGateway, Gateway, Parcel, Undelivered
from workers.messaging.sender import waiting_messages
from workers.processes import messaging
from workers.rhythm.reconciling import reconcile

BEGINS = datetime(2025, 9, 29, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CLEAR = "路灯坏了好几天，晚上走路很黑，请维修路灯"
PHONE = "+8613800000001"
pytestmark = pytest.mark.engine


@pytest.fixture
def hasty(tmp_path: Path) -> Path:
    """The house's templates, with three quick tries."""
    text = STANDARD.read_text("utf-8").replace("tries: 12", "tries: 3")
    file = tmp_path / "messages.yaml"
    file.write_text(text.replace("first_pause_seconds: 10", "first_pause_seconds: 0.05"), "utf-8")
    return file


@asynccontextmanager
async def posting(here: Town, gateway: Gateway, templates: Path) -> AsyncIterator[None]:
    """The messenger of a town."""
    office = replace(here.office, templates=templates)
    async with messaging(office, here.client, here.settings.task_queue, gateway):
        yield


async def ended(here: Town, petition: str, count: int = 1) -> list[e.Event]:
    """Wait until so many of a petition's messages were delivered or given up; what was written of that."""
    for _ in range(600):
        records = await asyncio.to_thread(here.office.event_log.read, stream_of(petition))
        found = [record.event for record in records if isinstance(record.event, MessageDelivered | MessageFailed)]
        if len(found) >= count and not any(each.waiting for each in fold_outbox(records).messages.values()):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("not within 30 s")


async def test_a_gateway_that_works_delivers_each_message_once(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    gateway = Recording()
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        delivered = await ended(here, petition, 2)
        assert [type(each) for each in delivered] == [MessageDelivered] * 2
        assert {parcel.phone for parcel in gateway.parcels} == {PHONE}
        assert sum("受理编号" in parcel.text for parcel in gateway.parcels) == 1
        waiting_for_staff = [message for message in written(here.office, petition) if message.way == "outbox"]
        assert [message.template for message in waiting_for_staff] == ["unit-dispatched"]
        await here.act(petition, c.Withdraw, e.Actor.resident())


async def test_a_dead_gateway_delays_no_deadline_and_is_given_up_visibly(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    gateway = Recording(dead=True)
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        state = await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        assert state.due_at is not None
        assert len(await ended(here, petition, 2)) == 2
        await here.forward([petition], timedelta(days=11))
        await here.until(petition, lambda state: state.escalations >= 1)
        rising = here.events(petition, e.PetitionEscalated)[0]
        assert rising.at - rising.missed_due_at < timedelta(hours=1)
        failed = await ended(here, petition, 3)
        assert {type(each) for each in failed} == {MessageFailed}
        assert {(each.code, each.attempts) for each in failed} == {("gateway_refused", 3)}  # type: ignore[attr-defined]
        assert gateway.tries == 3 * len(failed)
        await here.act(petition, c.Withdraw, e.Actor.resident())


class Hanging(Recording):
    """A gateway that answers nobody until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()

    def send(self, parcel: Parcel) -> str | None:
        """Hang."""
        self.let.wait(30)
        return super().send(parcel)


async def test_a_gateway_that_hangs_keeps_nobody_waiting(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    gateway = Hanging()
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petitions = [await here.submit(f"{CLEAR} {number}", phone=PHONE) for number in range(24)]
        for petition in petitions:
            await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        answered = petitions[0]
        await here.act(answered, c.Accept, OFFICER)
        await here.act(answered, c.Reply, OFFICER, outcome="resolved", text="修好了", grounds="现场核实")
        for _ in range(200):
            if "replied" in {message.template for message in written(here.office, answered)}:
                break
            await asyncio.sleep(0.05)
        assert "replied" in {message.template for message in written(here.office, answered)}
        assert gateway.parcels == [], "all of it while the gateway hung"
        gateway.let.set()
        for petition in petitions:
            await ended(here, petition)
        assert len({parcel.message for parcel in gateway.parcels}) == len(gateway.parcels)
        for petition in petitions:
            await here.act(petition, c.Withdraw, e.Actor.resident())


class Receiver(ThreadingHTTPServer):
    """A gateway's other side on 127.0.0.1: keeps what was posted, and answers as it is told."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str]]] = []
        self.answer = 200
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Its address as apprise writes it."""
        return f"json://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Keep it."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that listens."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


RESIDENTS = Parcel("m-1:1:received", "resident", PHONE, None, "SQ-1", "已受理")
UNITS = Parcel("m-1:2:unit-dispatched", "unit", None, "window", "SQ-1", "请办理")


def test_apprise_sends_to_the_number_and_to_the_unit_and_to_nobody_else(receiver: Receiver) -> None:
    gateway = AppriseGateway([f"{receiver.url}/sms/{{phone}}", f"{receiver.url}/units/{{unit}}"])
    assert gateway.send(RESIDENTS) is None
    assert gateway.send(UNITS) is None
    (to_resident, sms), (to_unit, note) = receiver.posted
    assert to_resident.replace("%2B", "+") == f"/sms/{PHONE}"
    assert to_unit == "/units/window"
    assert (sms["title"], sms["message"]) == ("SQ-1", "已受理")
    assert note["message"] == "请办理"
    assert gateway.carries("resident", "phone")
    assert not gateway.carries("resident", "letter")
    assert gateway.carries("unit", "desk")


def test_a_resident_s_message_never_goes_where_units_read(receiver: Receiver) -> None:
    gateway = AppriseGateway([f"{receiver.url}/units"])
    assert not gateway.carries("resident", "phone")
    with pytest.raises(Undelivered) as refused:
        gateway.send(RESIDENTS)
    assert (refused.value.code, refused.value.again) == ("no_contact", False)
    assert receiver.posted == []


def test_apprise_that_is_refused_says_so_and_tells_no_log(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answer = 500
    gateway = AppriseGateway([f"{receiver.url}/sms/{{phone}}"])
    with caplog.at_level(logging.DEBUG), pytest.raises(Undelivered) as refused:
        gateway.send(RESIDENTS)
    assert (str(refused.value), refused.value.again) == ("gateway_refused", True)
    assert "13800000001" not in caplog.text
    assert "已受理" not in caplog.text


def test_an_address_that_is_none_is_refused_by_its_number() -> None:
    with pytest.raises(BadGateway, match="SUQIU_APPRISE_URLS: address 2: expected one of apprise's"):
        AppriseGateway(["json://127.0.0.1/{phone}", "no-such-thing://x"])


async def test_by_apprise_from_a_petition_to_the_resident_s_telephone(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path, receiver: Receiver
) -> None:
    gateway = AppriseGateway([f"{receiver.url}/sms/{{phone}}", f"{receiver.url}/units/{{unit}}"])
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        state = await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        await ended(here, petition, 3)
        paths = sorted(path.replace("%2B", "+") for path, _ in receiver.posted)
        assert paths == [f"/sms/{PHONE}", f"/sms/{PHONE}", f"/units/{state.unit}"]
        assert all(state.receipt in body["message"] for _, body in receiver.posted)
        history = await here.client.get_workflow_handle(f"{stream_of(petition)}:1:received").fetch_history()
        told = history.to_json()
        assert "13800000001" not in told
        assert "受理" not in told
        await here.act(petition, c.Withdraw, e.Actor.resident())


async def test_a_petition_that_is_done_does_not_hide_that_its_message_was_forgotten(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    """Given an old copy of Temporal's database put back, that knows of no petition here and of no message."""
    gateway = Hanging()
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        await here.act(petition, c.Withdraw, e.Actor.resident())
        await asyncio.wait_for(here.client.get_workflow_handle(petition).result(), 60)
        messages: list[str] = []
        for _ in range(200):
            messages = [each.message for each in waiting_messages(here.office.event_log)]
            if f"{stream_of(petition)}:1:received" in messages:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        here.clock.offset += timedelta(minutes=1)
        assert (await _behind(here, hasty)).faults == {}
        for message in messages:
            await here.client.get_workflow_handle(message).terminate()
        assert (await _behind(here, hasty)).faults == {"ended": len(messages)}
        await reconcile(
            here.office.event_log,
            here.client,
            here.settings.task_queue,
            here.office.rules,
            here.office.now,
            delivery=read_messages(hasty).delivery,
        )
        assert (await _behind(here, hasty)).faults == {}
        gateway.let.set()
        for message in messages:
            await here.client.get_workflow_handle(message).result()
        assert (await _behind(here, hasty)).faults == {}


async def _behind(here: Town, templates: Path) -> Behind:
    office, queue = here.office, here.settings.task_queue
    delivery = read_messages(templates).delivery
    return await look_behind(office.event_log, here.client, queue, office.rules, office.now, delivery)


async def test_messages_that_wait_find_their_way_again_after_the_engine_was_lost(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    gateway = Hanging()
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        message = f"{stream_of(petition)}:1:received"
        for _ in range(200):
            if message in [each.message for each in waiting_messages(here.office.event_log)]:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        await here.client.get_workflow_handle(message).terminate()  # as if Temporal had forgotten it
        found = await reconcile(
            here.office.event_log,
            here.client,
            here.settings.task_queue,
            here.office.rules,
            here.office.now,
            delivery=read_messages(hasty).delivery,
        )
        lost = [each for each in found.differences if each.petition == message]
        assert [(each.fault, each.step, each.repaired) for each in lost] == [("ended", "deliver-message", True)]
        gateway.let.set()
        assert {type(each) for each in await ended(here, petition, 2)} == {MessageDelivered}
        assert waiting_messages(here.office.event_log) == []
        await here.act(petition, c.Withdraw, e.Actor.resident())


class StreamByStream(EventLog):
    """A log that nobody may go through: it has a hundred million rows."""

    def entries(self, after: int, limit: int) -> list[Entry]:
        """Refuse."""
        raise AssertionError(f"the whole log is read, after {after}, {limit} rows at a time")


async def test_one_workflow_is_mended_without_going_through_the_log(
    database: str, temporal_server: EmbeddedTemporal, hasty: Path
) -> None:
    """Given a message's and a petition's workflow that are lost, each is found by its own stream and begun anew."""
    gateway = Hanging()
    async with town(database, temporal_server, BEGINS) as here, posting(here, gateway, hasty):
        petition = await here.submit(CLEAR, phone=PHONE)
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        message = f"{stream_of(petition)}:1:received"
        for _ in range(200):
            if message in [each.message for each in waiting_messages(here.office.event_log)]:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        log = here.office.event_log
        apart = StreamByStream(log.datastore, None, log.guard)
        for lost in (message, petition):
            await here.client.get_workflow_handle(lost).terminate()
            found = await reconcile(
                apart,
                here.client,
                here.settings.task_queue,
                here.office.rules,
                here.office.now,
                delivery=read_messages(hasty).delivery,
                only={lost},
            )
            assert [(each.petition, each.fault, each.repaired) for each in found.differences] == [(lost, "ended", True)]
        gateway.let.set()
        assert {type(each) for each in await ended(here, petition, 2)} == {MessageDelivered}
        await here.act(petition, c.Withdraw, e.Actor.resident())
