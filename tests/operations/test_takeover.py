"""A holder that is stopped is replaced by who stands by, and coming back it writes nothing: real processes, SIGSTOP."""

import json
import os
import signal
import subprocess
import time
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import Connection

from aggregates.messages.events import MessageWritten
from eventstore.clock_guard import time_of
from eventstore.log import EventLog
from eventstore.parts.register import Part, parts
from eventstore.recorder import Datastore
from projections import read_models
from tests.operations.production import OWNER, PROGRAM, SUQIU, Production, until
from tests.operations.test_roles import log_key, set_up
from tests.projections.conftest import tables_of
from tests.projections.test_rebuild import from_zero

pytestmark = pytest.mark.engine

PROCESSES = ("relay", "project", "messenger")
HELD = {"relay", "notary", "messenger", "message sender", *(f"projection {model.name}" for model in read_models())}
WITHIN = 30  # seconds from the stop: who stands by has taken over
LOOK = 0.2  # seconds
BURST = 60  # petitions


def holders(connection: Connection[Any]) -> dict[str, Part]:
    """Who holds what."""
    return {part.name: part for part in parts(connection) if part.holding}


def held_by(connection: Connection[Any], pids: set[int]) -> bool:
    """Whether everything is held by these processes."""
    found = holders(connection)
    return set(found) >= HELD and {found[name].pid for name in HELD} <= pids


class Taken(NamedTuple):
    """After how many seconds by the database's clock each name had its new holder's first heartbeat.

    `lost`: for how many seconds this machine did not let even the watching get on.
    """

    seconds: dict[str, float]
    lost: float


def taken_over(connection: Connection[Any], stopped: datetime, pids: set[int]) -> Taken:
    """Watch until everything that holders held until `stopped` is held by others."""
    before = stopped
    first: dict[str, datetime] = {}
    lost = 0.0
    while set(first) < HELD:
        time.sleep(LOOK)
        for name, part in holders(connection).items():
            if name in HELD and part.pid in pids:
                first.setdefault(name, part.beat_at)
        now = time_of(connection)
        lost += max(0.0, (now - before).total_seconds() - 5 * LOOK)
        before = now
        if (now - stopped).total_seconds() > WITHIN + lost:
            break
    missing = dict.fromkeys(HELD - set(first), float("inf"))
    return Taken({name: (at - stopped).total_seconds() for name, at in first.items()} | missing, lost)


def test_stopped_holders_are_replaced_within_half_a_minute_and_come_back_to_stand_by(production: Production) -> None:
    """Given parts in the middle of their work, when they are stopped, then others do all of it, and once."""
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    production.environment["SUQIU_LOG_KEY"] = log_key()
    rows = production.folder / "rows.jsonl"
    rows.write_text(
        "".join(
            json.dumps({"text": f"楼道的灯坏了 {number}", "phone": "13800000001"}) + "\n" for number in range(BURST)
        )
    )
    stopped: set[int] = set()
    with (
        psycopg.connect(production.dsn(OWNER), autocommit=True) as connection,
        production.parts("worker --promote", *PROCESSES),
    ):
        until(lambda: set(holders(connection)) >= HELD)
        first = {holders(connection)[name].pid for name in HELD}
        assert len(first) == len(PROCESSES)
        with production.parts(*PROCESSES):
            try:
                until(lambda: {part.name for part in parts(connection) if not part.holding} >= HELD)
                environment = production.environment | {"SUQIU_DATABASE_URL": production.dsn(PROGRAM)}
                burst = subprocess.Popen([SUQIU, "submit", "--from", str(rows)], env=environment)
                until(lambda: connection.execute("SELECT 1 FROM suqiu.head WHERE position > 20").fetchone())
                second = {part.pid for part in parts(connection) if part.name in HELD} - first
                at = time_of(connection)
                for pid in first:
                    os.kill(pid, signal.SIGSTOP)
                    stopped.add(pid)
                taken = taken_over(connection, at, second)
                assert {name: took for name, took in taken.seconds.items() if took > WITHIN + taken.lost} == {}
                assert burst.wait(120) == 0
                assert held_by(connection, second)
                assert {holders(connection)[name].epoch for name in HELD} == {2}
                caught_up(production, connection)
            finally:
                for pid in stopped:
                    os.kill(pid, signal.SIGCONT)
            until(lambda: {part.name for part in parts(connection) if part.pid in first and not part.holding} >= HELD)
            production.run("submit", "电梯坏了", "--phone", "13800000002")
            caught_up(production, connection)
            assert held_by(connection, second)
            assert {holders(connection)[name].epoch for name in HELD} == {2}
    written_once(production)


def caught_up(production: Production, connection: Connection[Any]) -> None:
    """Everything that reads has read everything, and the notary has signed it."""

    def all_is_read() -> bool:
        head, reached = connection.execute(
            "SELECT (SELECT position FROM suqiu.head), "
            "(SELECT min(position) FROM suqiu.readers WHERE name IN ('relay', 'messenger', 'message sender'))"
        ).fetchone() or (0, -1)
        models = json.loads(production.run("projections", "status", "--json").stdout)["rows"]
        return bool(head == reached and all(model["lag"] == 0 and model["running"] for model in models))

    until(all_is_read)
    # the notary signs once a minute
    until(lambda: production.json("audit", "checkpoint")["size"] > BURST)


def written_once(production: Production) -> None:
    """No message twice, no page twice, and the log is whole."""
    datastore = Datastore(production.dsn(OWNER))
    try:
        log = EventLog(datastore, None)
        written = [record.event for record in log.page(0, 100_000) if isinstance(record.event, MessageWritten)]
        assert len({message.message for message in written}) == len(written)
        assert sum(message.template == "received" for message in written) == BURST + 1
        with psycopg.connect(production.dsn(OWNER), autocommit=True) as connection:
            for model in read_models():
                assert tables_of(connection, model.schema) == from_zero(model, log, connection)
    finally:
        datastore.close()
    assert json.loads(production.run("audit", "verify", "--json").stdout)["ok"]


def test_status_says_that_a_stopped_holder_keeps_nothing_up(production: Production) -> None:
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    with (
        psycopg.connect(production.dsn(OWNER), autocommit=True) as connection,
        production.parts("project"),
    ):
        until(lambda: {f"projection {model.name}" for model in read_models()} <= set(holders(connection)))
        pid = holders(connection)["projection ledger"].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            rows = until(lambda: [row for row in status(production) if not row["running"]])
            assert rows[0]["holder"].endswith(f":{pid}")
            assert rows[0]["silent_seconds"] > 10
            assert "silent for" in production.run("projections", "status").stdout
        finally:
            os.kill(pid, signal.SIGCONT)
        until(lambda: all(row["running"] for row in status(production)))


def status(production: Production) -> list[dict[str, Any]]:
    """The rows of `projections status`."""
    return list(json.loads(production.run("projections", "status", "--json").stdout)["rows"])
