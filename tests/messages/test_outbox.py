"""The outbox: what staff see of messages, the same after a rebuild; its commands; and a messenger that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from aggregates.event import Actor, Role
from aggregates.messages.events import MessageDelivered, MessageFailed
from aggregates.messages.outbox import stream_of
from eventstore.log import Append
from eventstore.sealing import MasterKey
from machine.embedded_temporal import EmbeddedTemporal
from office.composition import Office, office
from office.letters import open_message
from projections.generation import Generation
from projections.outbox import Filter, Outbox, list_messages
from projections.rebuild import rebuild
from tests.messages.conftest import MASTER, NOW, messenger, submit, written
from tests.projections.conftest import project, tables_of
from tests.workflows.town import test_settings as settings_of

pytestmark = pytest.mark.engine
SUQIU = os.path.join(os.path.dirname(sys.executable), "suqiu")  # noqa: PTH118, PTH120


def came(here: Office, petition: str, *events: tuple[type[Any], dict[str, object]]) -> None:
    """What came of a petition's first message."""
    stream = stream_of(petition)
    (message,) = written(here, petition)
    for kind, facts in events:
        version = len(here.event_log.read(stream))
        event = kind(
            at=NOW + timedelta(minutes=1),
            by=Actor.engine(),
            rulebook="x",
            message=message.message,
            gateway="g",
            **facts,
        )
        assert here.event_log.append([Append(stream, version, (event,), f"c{version}", NOW)]) == [True]


def test_every_message_is_a_row_with_its_status_and_a_rebuild_makes_the_same(here: Office, database: str) -> None:
    waiting = submit(here, "一", phone="13800000001")
    delivered = submit(here, "二", phone="13800000001")
    failed = submit(here, "三", phone="13800000001")
    letter = submit(here, "四", address="三号楼")
    unreachable = submit(here, "五", anonymous=True)
    messenger(here).write(here.event_log.page(0, 1_000))
    came(here, delivered, (MessageDelivered, {"reference": "r-7", "attempts": 2}))
    came(here, failed, (MessageFailed, {"code": "gateway_refused", "attempts": 12}))
    (message,) = written(here, letter)
    open_message(here, message.message, Actor(role=Role.CLERK, id="window-1"), "写信")
    with psycopg.connect(database, autocommit=True) as connection:
        project(Outbox(), here.event_log, connection, page=2)
        page = list_messages(connection, Filter())
        rows = {row.petition: row for row in page.rows}
        assert {petition: row.status for petition, row in rows.items()} == {
            waiting: "waiting",
            delivered: "delivered",
            failed: "failed",
            letter: "outbox",
            unreachable: "unreachable",
        }
        assert (rows[delivered].attempts, rows[delivered].reference) == (2, "r-7")
        assert (rows[failed].attempts, rows[failed].code) == (12, "gateway_refused")
        assert [rows[petition].reads for petition in (letter, failed)] == [1, 0]
        assert list_messages(connection, Filter(status="failed")).total == 1
        assert list_messages(connection, Filter(receipt=rows[letter].receipt)).rows == (rows[letter],)
        first = list_messages(connection, Filter(), limit=3)
        rest = list_messages(connection, Filter(), limit=3, cursor=first.next)
        assert (*first.rows, *rest.rows) == page.rows
        before = tables_of(connection, "view_outbox")
        assert "三号楼" not in str(before)
        rebuild(Outbox(), connection, here.event_log.page, here.event_log.head, lambda _at, _head: None)
        assert tables_of(connection, "view_outbox") == before
        assert Generation(Outbox(), connection).reached() is not None


@pytest.fixture
def today(database: str) -> Iterator[Office]:
    """An office on the wall's clock, as the messenger's own process."""
    with office(settings_of(database), master=MasterKey(MASTER)) as ours:
        yield ours


def start_messenger(database: str, temporal: EmbeddedTemporal) -> subprocess.Popen[str]:
    """`suqiu messenger` as a process of its own, ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SUQIU_", "TEMPORAL_"))}
    environment |= {
        "SUQIU_DATABASE_URL": database,
        "SUQIU_MASTER_KEY": b64encode(MASTER).decode(),
        "TEMPORAL_ADDRESS": temporal.address,
    }
    process = subprocess.Popen(
        [SUQIU, "messenger", "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["part"] == "messenger"
    return process


def test_a_messenger_killed_half_way_loses_nothing_and_writes_nothing_twice(
    today: Office, database: str, temporal_server: EmbeddedTemporal
) -> None:
    petitions = [submit(today, f"路灯坏了 {number}") for number in range(60)]
    process = start_messenger(database, temporal_server)
    seen = 0
    while seen == 0:
        seen = sum(bool(written(today, petition)) for petition in petitions)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    petitions += [submit(today, f"又坏了 {number}") for number in range(20)]
    again = start_messenger(database, temporal_server)
    until = time.monotonic() + 30
    while time.monotonic() < until and not all(written(today, petition) for petition in petitions):
        time.sleep(0.1)
    again.terminate()
    assert again.wait(20) == 0
    assert [len(written(today, petition)) for petition in petitions] == [1] * 80
