"""Rows of another program in the log of a running office: each stops its own petition, and every command names it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from eventstore.log import EventLog
from eventstore.recorder import Datastore
from office.set_aside import everything_set_aside
from tests.operations.production import OWNER, PROGRAM, Production, until
from tests.operations.test_roles import set_up
from tests.projections.poison import write_poison

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

TOPIC = "petition.of_a_newer_program"


@contextmanager
def log_of(production: Production) -> Iterator[EventLog]:
    """The log, as another program would open it."""
    datastore = Datastore(production.dsn(OWNER))
    yield EventLog(datastore, None)
    datastore.close()


def told(production: Production, *words: str, code: int | None = 1) -> dict[str, Any]:
    """What a command answers as JSON."""
    lines = production.run(*words, "--json", code=code).stdout.splitlines()
    return dict(json.loads(lines[0]))


def submitted(production: Production, days: str) -> str:
    """The receipt of a petition that is dispatched without a person."""
    answer = production.json("submit", f"楼道的灯坏了{days}天了", "--phone", "13800000001")
    return str(answer["receipt"])


def named(rows: list[dict[str, Any]]) -> set[tuple[int, str]]:
    """Position and topic of what was left out."""
    return {(row["position"], row["topic"]) for row in rows}


def test_a_row_nobody_can_read_stops_its_petition_and_every_command_names_it(production: Production) -> None:
    """Given such rows in one petition and as a new one, then others are taken in, dispatched, told and shown."""
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    with production.parts("worker --promote", "relay", "project", "messenger"):
        fine, stopped = submitted(production, "三"), submitted(production, "四")
        until(lambda: told(production, "petition", "show", stopped, code=0)["status"] == "dispatched")
        petition = told(production, "petition", "show", stopped, code=0)["petition"]
        with log_of(production) as log:
            first = write_poison(log, petition, TOPIC, b'{"at": "2030-01-01T00:00:00Z"}')
            second = write_poison(log, "p-unheard-of", "petition.received", b"{")
        bad = {(first, TOPIC), (second, "petition.received")}
        later = submitted(production, "五")
        until(lambda: told(production, "petition", "show", later, code=0)["status"] == "dispatched")
        until(lambda: later in production.run("ledger", "--json", code=None).stdout)
        until(lambda: later in production.run("outbox", "--json").stdout)

        with psycopg.connect(production.dsn(PROGRAM), autocommit=True) as connection:
            readers = until(
                lambda: {each.reader for each in everything_set_aside(connection)} >= {"relay", "messenger"}
            )
            assert readers
        status = told(production, "projections", "status", code=0)["rows"]
        assert all(row["running"] and row["lag"] == 0 for row in status)
        assert named(next(row["set_aside"] for row in status if row["name"] == "ledger")) == bad
        checks = {check["name"]: check for check in told(production, "doctor")["checks"]}
        assert not checks["set aside"]["ok"]
        assert f"position {first}" in checks["set aside"]["says"]
        assert TOPIC in checks["set aside"]["says"]

        refused = production.run("petition", "show", stopped, code=1).stderr
        assert f"position {first}" in refused
        assert TOPIC in refused
        assert "Traceback" not in refused
        told(production, "petition", "show", fine, code=0)
        refused = production.run("petition", "withdraw", stopped, "--reason", "不需要了", code=1).stderr
        assert f"position {first}" in refused

        ledger = told(production, "ledger")
        assert named(ledger["left_out"]) == bad
        assert {fine, later} <= {row["receipt"] for row in ledger["rows"]}
        assert named(told(production, "projections", "rebuild", "ledger")["set_aside"]) == bad
        reconciled = told(production, "workflows", "reconcile", "--dry-run")
        assert named(reconciled["left_out"]) == bad
        assert [row for row in reconciled["rows"] if row["petition"] != petition] == []
        brought = told(production, "workflows", "rebuild", "--patience", "30")
        assert named(brought["left_out"]) == bad
        assert brought["waiting"] == brought["open"] == 2
        exported = told(production, "export", "csv", str(production.folder / "events.csv"))
        assert named(exported["left_out"]) == bad
        assert exported["petitions"] == 2
        replayed = production.run("replay", "--all", code=1)
        assert f"position {first}" in replayed.stdout
        assert TOPIC in replayed.stdout
        assert json.loads(production.run("scorecard", "--json").stdout)["total"] > 0
