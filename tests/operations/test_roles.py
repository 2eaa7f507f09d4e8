"""The parts run as a role that can add events and neither change nor delete one; its owner makes the tables."""

import asyncio
import json

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from temporalio.client import Client

from eventstore.build import build_id
from eventstore.proofs.notes import KeySigner
from tests.operations.production import OWNER, PROGRAM, Production, until
from workers.petition_worker import current_build

pytestmark = pytest.mark.engine

FORBIDDEN = (
    "UPDATE suqiu.events SET topic = 'x'",
    "DELETE FROM suqiu.events",
    "TRUNCATE suqiu.events",
    "INSERT INTO suqiu.events VALUES (99, 'p-x', 1, 'x', '', now(), 'x', '')",
    "UPDATE suqiu.head SET position = 0",
    "DELETE FROM suqiu.head",
    "ALTER TABLE suqiu.events DISABLE TRIGGER ALL",
    "DROP TRIGGER events_are_written_once ON suqiu.events",
    "DROP TABLE suqiu.events",
    "DROP SCHEMA suqiu CASCADE",
    "ALTER SCHEMA suqiu RENAME TO elsewhere",
    "CREATE TABLE suqiu.planted ()",
    "CREATE OR REPLACE FUNCTION suqiu.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DELETE FROM suqiu.checkpoints",
    "UPDATE suqiu.checkpoints SET note = ''",
    "UPDATE suqiu.cosignatures SET line = ''",
    "DELETE FROM suqiu.set_ups",
    "SET ROLE suqiu_owner",
    "INSERT INTO suqiu.stories VALUES (1, 99)",
    "SELECT suqiu.append_in_time('{p-x}', '{1}', '{x}', '{a}', '{x}', '{a}', ARRAY[now()], now(), '1 minute', true)",
)


def set_up(production: Production) -> None:
    production.run("store", "set-up", "--program", PROGRAM, role=OWNER)


def test_every_part_works_as_the_lesser_role(production: Production) -> None:
    """Given a store set up by its owner, then a petition goes its way, and is erased, under the role of the program."""
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    production.environment["SUQIU_LOG_KEY"] = log_key()
    with production.parts("worker --promote", "relay", "project", "messenger"):
        receipt = production.json("submit", "楼道的灯坏了三天了", "--name", "样例甲", "--phone", "13800000001")[
            "receipt"
        ]
        until(lambda: production.json("petition", "show", receipt)["status"] == "dispatched")
        until(lambda: receipt in production.run("ledger", "--json").stdout)
        until(lambda: receipt in production.run("outbox", "--json").stdout)
        assert '"running": false' not in production.run("projections", "status", "--json").stdout
        production.run("petition", "withdraw", receipt, "--reason", "不需要了")
        erase = ("resident", "erase", receipt, "--reason", "resident_asked")
        production.run(*erase, "--by", "window-1", "--seen", "id_card", "--approved-by", "leader-1")
        production.run("audit", "checkpoint")
        production.run("schedules", "apply")
        production.run("projections", "rebuild", "ledger")
        production.run("workflows", "rebuild")
        production.run("keys", "backup", str(production.folder / "keys.jsonl"))
        verified = production.json("audit", "verify")
    assert verified["ok"]
    assert verified["checkpoints"] >= 1
    assert verified["sealed"]["erased"] > 0


def log_key() -> str:
    """A log key as a data folder has it."""
    return KeySigner("suqiu/baiyang", b"\x03" * 32).text()


def test_what_the_lesser_role_may_not(production: Production) -> None:
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    for statement in FORBIDDEN:
        with (
            psycopg.connect(production.dsn(PROGRAM), autocommit=True) as connection,
            pytest.raises(InsufficientPrivilege),
        ):
            connection.execute(statement)
    with psycopg.connect(production.dsn(PROGRAM)) as connection:
        assert connection.execute("SELECT count(*) FROM suqiu.events").fetchone() > (0,)
        connection.execute("SET suqiu.story = on")  # whoever may not tell a story is not believed to tell one
        with pytest.raises(psycopg.DatabaseError, match="ahead of the database's time"):
            connection.execute(
                "SELECT suqiu.append_events('{p-x}', '{1}', '{x}', '{a}', '{x}', '{a}', "
                "ARRAY[now() + interval '2 days'])"
            )


def test_a_part_without_a_prepared_store_says_who_prepares_it(production: Production) -> None:
    done = production.run("ledger", code=1)
    assert "suqiu store set-up --program suqiu_program" in done.stderr
    assert "suqiu_owner" in done.stderr
    assert "Traceback" not in done.stderr


def test_setting_up_again_changes_nothing_while_parts_run(production: Production) -> None:
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    with production.parts("project"):
        set_up(production)
        receipt = production.json("submit", "楼道的灯坏了三天了")["receipt"]
        until(lambda: receipt in production.run("ledger", "--json").stdout)


def test_the_program_may_not_set_up(production: Production) -> None:
    set_up(production)
    done = production.run("store", "set-up", code=1)
    assert "does not own this store" in done.stderr


def test_an_older_program_beside_a_newer_store_begins(production: Production) -> None:
    """Given a store that a newer version set up after this one, then this one still finds its own script and begins."""
    set_up(production)
    with psycopg.connect(production.dsn(OWNER)) as connection:
        connection.execute("INSERT INTO suqiu.set_ups (script) VALUES ('of a newer version')")
    production.run("rulebook", "adopt", "rulebook/baiyang")


def test_a_newer_program_waits_for_the_owner(production: Production) -> None:
    """Given a store that only an older version set up, then the lesser role refuses in a sentence."""
    set_up(production)
    with psycopg.connect(production.dsn(OWNER)) as connection:
        connection.execute("UPDATE suqiu.set_ups SET script = 'of an older version'")
    done = production.run("ledger", code=1)
    assert "not prepared for this version" in done.stderr
    checks = {row["name"]: row for row in production_checks(production)}
    assert not checks["database role"]["ok"]
    assert "store set-up" in checks["database role"]["remedy"]
    set_up(production)
    checks = {row["name"]: row for row in production_checks(production)}
    assert checks["database role"]["ok"]
    assert "can change none" in checks["database role"]["says"]


def test_a_function_that_an_early_version_put_back_is_noticed_and_mended(production: Production) -> None:
    """Given a program that runs its own script at every start, then the lesser role is told, and the owner mends it."""
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")
    for again in (lambda: set_up(production), lambda: production.run("ledger", role=OWNER)):
        with psycopg.connect(production.dsn(OWNER)) as connection:
            for name in ("append_events", "append_in_time"):
                (function,) = connection.execute(
                    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = %s", (name,)
                ).fetchone() or ("",)
                early = function.replace(" SECURITY DEFINER\n SET search_path TO 'pg_catalog', 'pg_temp'\n", "")
                assert (early == function) is (name == "append_in_time")
                connection.execute(early.encode())
        assert "not prepared for this version" in production.run("submit", "楼道的灯坏了", code=1).stderr
        (check,) = (row for row in production_checks(production) if row["name"] == "database role")
        assert not check["ok"]
        assert "no lesser role can" in check["says"]
        again()
        assert production.json("submit", "楼道的灯坏了三天了")["receipt"]


def production_checks(production: Production) -> list[dict[str, str]]:
    """What the doctor found."""
    answer = json.loads(production.run("doctor", "--json", code=None).stdout)
    return list(answer["checks"])


def test_many_may_ask_at_once_who_has_the_tasks(production: Production) -> None:
    """Given more questions than the engine answers of a deployment in a second, then each is answered all the same."""
    set_up(production)
    production.run("rulebook", "adopt", "rulebook/baiyang")

    async def asked() -> set[str | None]:
        client = await Client.connect(production.temporal.address, namespace=production.temporal.namespace)
        return set(await asyncio.gather(*(current_build(client, "suqiu") for _ in range(30))))

    with production.parts("worker --promote"):
        assert asyncio.run(asked()) == {build_id()}
