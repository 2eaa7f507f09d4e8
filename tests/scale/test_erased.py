"""Residents erased beside the running program: nothing of them is left to read, and all that is provable stays so."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aggregates.event import Actor, Role
from eventstore.leaf import leaf_hash
from eventstore.log import ERASED, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen
from machine.postgres_binaries import binaries
from office.composition import office
from office.intake import Intake
from office.keys.erasing import Eraser
from office.keys.master_key import master_key
from office.settings import Settings
from tests.people import AT_THE_COUNTER, LEADER
from tests.scale.test_canary import CANARY, PHONE, clerk, leaks, plant_in_temporal, wait_for, wait_for_messages
from tests.suqiu import Suqiu


@pytest.mark.long
@pytest.mark.parametrize("residents", [10, 100])
@pytest.mark.timeout(400)
def test_of_the_erased_nothing_is_left_to_read(suqiu: Suqiu, residents: int) -> None:
    run = suqiu.up()
    receipts = taken_in(suqiu, residents)
    wait_for(suqiu, receipts[0], "dispatched")
    suqiu.run("petition", "withdraw", receipts[0], "--reason", CANARY)
    wait_for_messages(suqiu, receipts[-1], {"received"})
    dumped = backup_of_events(run["database"], suqiu.folder.with_name(suqiu.folder.name + "-events.sql"))
    settings = Settings(data=suqiu.folder)
    before = rows_of(run["database"])
    with office(settings) as ours:
        eraser = Eraser(ours.event_log, lambda: ours.rules, ours.now)
        for receipt in receipts[1:]:
            assert ours.intake is not None
            petition = ours.event_log.read(ours.intake.identities.petition(receipt))[0]
            resident: str = petition.event.resident  # type: ignore[attr-defined]
            eraser.ask(resident, Actor(role=Role.CLERK, id=clerk()), "resident_asked", known=AT_THE_COUNTER)
            eraser.decide(resident, LEADER, approved=True)
            eraser.carry_out(resident)
            assert set(ours.event_log.unseal(petition, ("title", "text", "name")).values()) == {ERASED}
            ours.handler.load(petition.stream)
        assert ours.event_log.keyring.residents() == {
            getattr(ours.event_log.read(ours.intake.identities.petition(receipts[0]))[0].event, "resident", "")
        }
    told = suqiu.json(
        *(
            "resident",
            "erase",
            receipts[0],
            "--reason",
            "本人要求",
            "--by",
            clerk(),
            "--seen",
            "id_card",
            "--approved-by",
            "leader-1",
        )
    )
    assert told["stage"] in ("erased", "acknowledged")
    assert told["streams"]
    rows = rows_of(run["database"])
    assert rows[: len(before)] == before, "not a row of what was on record has changed"
    assert all(leaf_hash(*row[:-1]) == row[-1] for row in rows)

    proven_still(suqiu, residents)
    read = suqiu.json("petition", "read", receipts[0], "--by", clerk(), "--reason", "核对", "--field", "text")
    assert set(read["fields"].values()) == {ERASED}
    message = suqiu.json("outbox", "--receipt", receipts[0])["rows"][0]["message"]
    opened = suqiu.json("outbox", "--read", message, "--by", clerk(), "--reason", "核对")
    assert (opened["zh"], opened["en"]) == (ERASED, ERASED)
    shown = {**given_out(suqiu, receipts[0], residents), dumped.name: dumped.read_bytes()}
    with psycopg.connect(run["database"], autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    assert leaks(suqiu.folder, run["database"], shown) == []
    restored_without_keys(run["database"], dumped, settings)

    plant_in_temporal(run)
    (suqiu.folder / "logs" / "planted.log").write_text(PHONE, "utf-8")
    found = leaks(suqiu.folder, run["database"], {"planted.sql": dumped.read_bytes() + CANARY.encode()})
    assert {"logs/planted.log", "planted.sql"} <= set(found), "the same scan finds what was planted"
    assert any(place.startswith("temporal/temporal.db") for place in found)
    until_acknowledged(suqiu, receipts[0])
    assert suqiu.down() == 0


def proven_still(suqiu: Suqiu, residents: int) -> None:
    """Proofs and replays hold: what was sealed is counted as erased, and every case is decided the same again."""
    verified = suqiu.json("audit", "verify")
    assert verified["ok"]
    assert verified["sealed"]["erased"] >= 3 * residents, "title, text and name of each, and what was told them"
    assert verified["sealed"]["opened"] == 0
    again = suqiu.json("replay", "--all")
    assert (again["petitions"], again["identical"]) == (residents, residents)


def given_out(suqiu: Suqiu, receipt: str, residents: int) -> dict[str, bytes]:
    """Every list, page, export and backup an office may hand out afterwards."""
    exported = suqiu.folder.with_name(suqiu.folder.name + "-exports")
    exported.mkdir()
    suqiu.run("ledger", "--csv", str(exported / "ledger.csv"))
    suqiu.run("keys", "backup", str(exported / "keys.jsonl"))
    for form in ("ocel", "xes", "csv", "parquet"):
        assert suqiu.json("export", form, str(exported / f"log.{form}"))["petitions"] == residents
    shown = (("ledger",), ("outbox",), ("worklist",), ("petition", "show", receipt))
    pages = {f"page {words}": suqiu.run(*words, "--json").encode() for words in shown}
    erasures = json.loads(pages[f"page {shown[-1]}"])["erasures"]
    assert [(each["stage"] in ("erased", "acknowledged"), each["reason"]) for each in erasures] == [
        (True, "resident_asked")
    ]
    return pages | {path.name: path.read_bytes() for path in exported.iterdir()}


def taken_in(suqiu: Suqiu, residents: int) -> list[str]:
    """Residents full of canaries bring a petition each; their receipts."""
    phones = [PHONE, *(f"139{number:08}" for number in range(1, residents))]
    same = {"title": f"{CANARY}标题", "name": CANARY}
    rows = [{**same, "text": f"路灯坏了 {CANARY} {phone}", "phone": phone} for phone in phones]
    file = suqiu.folder.with_name(suqiu.folder.name + "-rows.jsonl")
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return [row["receipt"] for row in suqiu.rows("submit", "--from", str(file)) if "receipt" in row]


def backup_of_events(dsn: str, file: Path) -> Path:
    """A backup of the events alone, as an office takes it: the schema of keys is not in it."""
    subprocess.run(
        [binaries() / "pg_dump", "--schema=suqiu", "--no-owner", f"--file={file}", dsn], check=True, env=plain()
    )
    return file


def restored_without_keys(dsn: str, dumped: Path, settings: Settings) -> None:
    """The backup in a database of its own: the record is whole, and nothing opens, also with the master key."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    other = psycopg.conninfo.make_conninfo(dsn, dbname="restored")
    subprocess.run(
        [binaries() / "psql", "--quiet", "-v", "ON_ERROR_STOP=1", f"--file={dumped}", other],
        check=True,
        env=plain(),
        stdout=subprocess.DEVNULL,
    )
    datastore = Datastore(other, pool_size=2)
    try:
        event_log = EventLog(datastore, master_key(settings))
        received = next(each for each in event_log.page(0, 100) if each.event.TOPIC == "petition.received")
        assert event_log.unseal(received, ("text", "phone")) == {"text": ERASED, "phone": ERASED}
        with office(settings) as ours, pytest.raises(CannotOpen, match="its keys are not here"):
            Intake(event_log, ours.rules, ours.now, community="baiyang")
    finally:
        datastore.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE restored WITH (FORCE)")


def rows_of(dsn: str) -> list[tuple[Any, ...]]:
    """Every row of the log with its leaf last."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT originator_id, originator_version, topic, state, command_id, recorded_at, leaf_hash "
            "FROM suqiu.events ORDER BY position"
        ).fetchall()


def until_acknowledged(suqiu: Suqiu, receipt: str) -> None:
    """Every reader goes past the erasure within moments, and that is on record."""
    for _ in range(20):
        told = suqiu.json("resident", "erasure", receipt)
        if told["stage"] == "acknowledged":
            assert all(each["past"] for each in told["readers"])
            return
    raise AssertionError(told["behind"])


def plain() -> dict[str, str]:
    """An environment in which PostgreSQL's programs find nothing of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
