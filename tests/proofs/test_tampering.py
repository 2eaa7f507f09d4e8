"""A log of 200 events changed by somebody with every right on the database: each change is found, none falsely."""

import json
import random
from collections import Counter
from typing import Any

import psycopg
import pytest

from eventstore.leaf import leaf_hash
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.rows import Wrong, read_stretch
from eventstore.recorder import Datastore
from evidence.auditing import Verified, verify
from evidence.notary import Notary
from evidence.sealed_audit import looked_at, open_sealed
from tests.proofs.conftest import MASTER, SIGNER, changed, grow, now, receive, unguard


def found(dsn: str) -> Verified:
    return verify(dsn, SIGNER.verifier)


def test_a_log_nobody_touched_is_whole(log_dsn: str) -> None:
    answer = found(log_dsn)
    assert answer.wrong is None
    assert (answer.events, answer.streams, answer.checkpoints) == (200, 25, 3)
    many = verify(log_dsn, SIGNER.verifier, processes=2)
    assert many == answer
    datastore = Datastore(log_dsn)
    opened = open_sealed(EventLog(datastore, MASTER), 200)
    assert opened.wrong is None
    assert opened.opened > 200
    datastore.close()


REST = "topic, state, recorded_at, command_id, leaf_hash"
FLIPS = {
    "position": "position = 1000 + position",
    "stream": "originator_id = originator_id || 'x'",
    "version": "originator_version = originator_version + 100",
    "topic": "topic = topic || 'x'",
    "body": "state = convert_to(replace(convert_from(state, 'UTF8'), '\"rulebook\":\"', '\"rulebook\":\"x'), 'UTF8')",
    "cut body": "state = substring(state from 1 for length(state) - 1)",
    "no body": "state = ''",
    "time": "recorded_at = recorded_at + interval '1 microsecond'",
    "command": "command_id = command_id || 'x'",
    "leaf": "leaf_hash = sha256(leaf_hash)",
    "leaf bit": "leaf_hash = set_bit(leaf_hash, 7, 1 - get_bit(leaf_hash, 7))",
}


@pytest.mark.parametrize("column", FLIPS)
@pytest.mark.timeout(120)
def test_every_row_and_column_changed_is_found_and_named(log_dsn: str, column: str) -> None:
    """Each change alone, in a transaction that is undone."""
    with psycopg.connect(log_dsn) as connection:
        unguard(connection)
        rows = connection.execute("SELECT position, originator_id FROM suqiu.events ORDER BY position").fetchall()
        for position, stream in rows:
            with connection.transaction(force_rollback=True):
                connection.execute(f"UPDATE suqiu.events SET {FLIPS[column]} WHERE position = %s", (position,))  # type: ignore[arg-type]
                wrong = _wrong_of(connection)
            assert wrong is not None, position
            assert wrong.position == position, (column, wrong)
            assert column in {"position", "stream"} or wrong.stream == stream


def _wrong_of(connection: psycopg.Connection[Any]) -> Wrong | None:
    return read_stretch(connection, 0, 200, ()).wrong


@pytest.mark.parametrize("position", [1, 2, 50, 51, 137, 199, 200])
def test_a_deleted_row_is_found(log_dsn: str, position: int) -> None:
    with changed(log_dsn, f"DELETE FROM suqiu.events WHERE position = {position}"):
        wrong = found(log_dsn).wrong
        assert wrong is not None
        assert wrong.position == position
        assert "missing" in wrong.what


@pytest.mark.parametrize("cut", [1, 10, 150, 200])
def test_a_log_cut_at_its_end_is_found(log_dsn: str, cut: int) -> None:
    with changed(log_dsn, f"DELETE FROM suqiu.events WHERE position > {200 - cut}"):
        assert "missing" in _what(found(log_dsn))
    end = f"UPDATE suqiu.head SET position = {200 - cut}"
    with changed(log_dsn, f"DELETE FROM suqiu.events WHERE position > {200 - cut}", end):
        assert "it was cut, or an old copy was put back" in _what(found(log_dsn))


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 28), (100, 101), (199, 200)])
def test_swapped_rows_are_found(log_dsn: str, one: int, other: int) -> None:
    swap = (
        f"UPDATE suqiu.events SET position = -1 WHERE position = {one}",
        f"UPDATE suqiu.events SET position = {one} WHERE position = {other}",
        f"UPDATE suqiu.events SET position = {other} WHERE position = -1",
    )
    with changed(log_dsn, *swap):
        assert found(log_dsn).wrong is not None
    bodies = (
        f"UPDATE suqiu.events a SET state = b.state, leaf_hash = b.leaf_hash FROM suqiu.events b "
        f"WHERE (a.position, b.position) IN (({one}, {other}), ({other}, {one}))"
    )
    with changed(log_dsn, bodies):
        wrong = found(log_dsn).wrong
        assert wrong is not None
        assert wrong.position == one


@pytest.mark.parametrize("position", [0, -5, 201, 300])
def test_an_inserted_row_is_found(log_dsn: str, position: int) -> None:
    insert = (
        f"INSERT INTO suqiu.events SELECT {position}, 'p-new', 1, topic, state, recorded_at, command_id, leaf_hash "
        "FROM suqiu.events WHERE position = 7"
    )
    with changed(log_dsn, insert):
        assert found(log_dsn).wrong is not None


def test_a_row_inserted_with_everything_moved_up_is_found(log_dsn: str) -> None:
    statements = (
        "UPDATE suqiu.events SET position = position + 1000 WHERE position > 60",
        "UPDATE suqiu.events SET position = position - 999 WHERE position > 1000",
        f"INSERT INTO suqiu.events SELECT 61, 'p-new', 1, {REST} FROM suqiu.events WHERE position = 7",
        "UPDATE suqiu.head SET position = 201",
    )
    with changed(log_dsn, *statements):
        wrong = found(log_dsn).wrong
        assert wrong is not None
        assert wrong.position == 61


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE suqiu.checkpoints SET size = 138 WHERE size = 137",
        "UPDATE suqiu.checkpoints SET note = replace(note, E'\\n137\\n', E'\\n136\\n') WHERE size = 137",
        "UPDATE suqiu.checkpoints SET note = 'x' WHERE size = 50",
        "UPDATE suqiu.checkpoints a SET note = b.note FROM suqiu.checkpoints b WHERE a.size = 50 AND b.size = 200",
        "UPDATE suqiu.head SET position = 199",
        "UPDATE suqiu.head SET position = 201",
        "DELETE FROM suqiu.head",
        "INSERT INTO suqiu.nodes VALUES (8, 0, sha256('x'))",
        "TRUNCATE suqiu.events",
    ],
)
def test_whatever_else_is_changed_is_found(log_dsn: str, statement: str) -> None:
    with changed(log_dsn, statement):
        assert found(log_dsn).wrong is not None


def test_a_sealed_field_changed_outside_its_leaf_is_found_by_whoever_has_the_key(log_dsn: str) -> None:
    with psycopg.connect(log_dsn) as connection:
        row = connection.execute("SELECT state FROM suqiu.events WHERE position = 9").fetchone()
    assert row is not None
    body = json.loads(row[0])
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    fields = [field for field, value in body.items() if isinstance(value, dict) and "ciphertext" in value]
    assert fields
    for field in fields:
        for part in ("ciphertext", "nonce"):
            first = body[field][part][0]
            bent = {**body[field], part: ("A" if first != "A" else "B") + body[field][part][1:]}
            state = json.dumps({**body, field: bent}, ensure_ascii=False, separators=(",", ":")).encode()
            with changed(log_dsn, f"UPDATE suqiu.events SET state = '\\x{state.hex()}' WHERE position = 9"):
                wrong = open_sealed(event_log, 200).wrong
                assert wrong is not None
                assert (wrong.position, field in wrong.what) == (9, True)
    datastore.close()


def rewrite(dsn: str, position: int = 7) -> None:
    """A row changed, with a leaf that fits."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "SELECT originator_id, originator_version, topic, state, recorded_at FROM suqiu.events WHERE position = %s",
            (position,),
        ).fetchone()
        assert row is not None
        stream, version, topic, state, recorded = row
        leaf = leaf_hash(stream, version, topic, state, "another", recorded)
        connection.execute(
            "UPDATE suqiu.events SET command_id = 'another', leaf_hash = %s WHERE position = %s", (leaf, position)
        )


def forge(dsn: str) -> None:
    """All checkpoints made anew with the log's real key."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        sizes = [row.size for row in archive.stored(connection)]
        unguard(connection)
        connection.execute("DELETE FROM suqiu.checkpoints; DELETE FROM suqiu.nodes")
        for size in sizes:
            connection.execute("UPDATE suqiu.head SET position = %s", (size,))
            datastore = Datastore(dsn)
            Notary(EventLog(datastore, MASTER), SIGNER, now).checkpoint()
            datastore.close()


def notes(dsn: str) -> list[tuple[str, str]]:
    with psycopg.connect(dsn) as connection:
        return [("the file", row.note) for row in archive.stored(connection)]


def test_a_row_rewritten_with_its_leaf_is_found_by_the_checkpoint(log_dsn: str) -> None:
    with changed(log_dsn):
        rewrite(log_dsn)
        wrong = found(log_dsn).wrong
    assert wrong is not None
    assert wrong.position == 50
    assert "the log up to here is not what the checkpoint of 50 events" in wrong.what


def test_history_rewritten_and_signed_with_the_real_key_is_found_by_whoever_saw_it(log_dsn: str) -> None:
    kept = notes(log_dsn)
    with changed(log_dsn):
        rewrite(log_dsn)
        forge(log_dsn)
        assert found(log_dsn).wrong is None
        assert "(the file, " in _what(verify(log_dsn, SIGNER.verifier, kept[-1:]))


def test_an_old_database_put_back_is_found_by_whoever_saw_more(log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    with changed(log_dsn):
        grow(event_log, 230)
        assert event_log.append([receive("p-late")]) == [True]
        note, made = Notary(event_log, SIGNER, now).checkpoint()
        assert made
        assert verify(log_dsn, SIGNER.verifier, [("the file", str(note))]).wrong is None
    datastore.close()
    assert found(log_dsn).wrong is None
    what = _what(verify(log_dsn, SIGNER.verifier, [("the file", str(note))]))
    assert "but the file has a checkpoint of 231" in what


def _what(answer: Verified) -> str:
    assert answer.wrong is not None
    return answer.wrong.what


def test_any_byte_of_any_body_changed_is_found(log_dsn: str) -> None:
    """By the leaf; or, inside a nonce or a ciphertext, by whoever opens it."""
    chance = random.Random(4)  # noqa: S311 - the same flips each time
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    with event_log.datastore.get_connection() as connection:
        leaves = [
            row["leaf_hash"] for row in connection.execute("SELECT leaf_hash FROM suqiu.events ORDER BY position")
        ]
    found_by: Counter[str] = Counter()
    for row, leaf in zip(event_log.recorder.page(0, 200), leaves, strict=True):
        for _ in range(10):
            at = chance.randrange(len(row.state))
            bent = row.state[:at] + bytes([row.state[at] ^ 1 << chance.randrange(8)]) + row.state[at + 1 :]
            changed_row = row._replace(state=bent)
            try:
                same = leaf_hash(row.stream, row.version, row.topic, bent, row.command_id, row.recorded_at) == leaf
            except ValueError:
                same = False
            if same:
                assert looked_at(event_log, [changed_row]).wrong is not None, (row.position, at, bent)
            found_by["key" if same else "leaf"] += 1
    assert found_by["leaf"] > 100
    assert found_by["key"] > 100
    datastore.close()
