"""The whole matrix on a log of 200 events: every row deleted, swapped, inserted, cut: all is found, nothing falsely."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from eventstore.log import EventLog
from eventstore.proofs.checkpoint import read_continuation
from eventstore.proofs.rows import Wrong, read_stretch
from eventstore.recorder import Datastore
from evidence.auditing import verify
from evidence.notary import Notary, continuation
from evidence.witness import Refused, witness
from machine.embedded_postgres import EmbeddedPostgres
from tests.proofs.conftest import CHECKPOINTS, MASTER, RECORDED, SIGNER, changed, grow, now, unguard
from tests.proofs.test_tampering import forge, notes, rewrite

EVENTS = 200
COLUMNS: tuple[LiteralString, ...] = (
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "recorded_at",
    "command_id",
    "leaf_hash",
)
AROUND = sorted({near for size in CHECKPOINTS for near in (size - 1, size, size + 1)} & set(range(EVENTS)))
"""Lengths around a checkpoint's."""


@contextmanager
def alone(connection: psycopg.Connection[Any], *statements: tuple[LiteralString, tuple[Any, ...]]) -> Iterator[None]:
    """A change alone, in a transaction that is undone."""
    with connection.transaction(force_rollback=True):
        for statement, values in statements:
            connection.execute(statement, values)
        yield


@pytest.fixture
def unguarded(log_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection with every right, on a log whose rows nothing keeps from being moved about."""
    with psycopg.connect(log_dsn) as connection:
        unguard(connection)
        connection.execute("ALTER TABLE suqiu.events DROP CONSTRAINT events_pkey")
        connection.execute("ALTER TABLE suqiu.events DROP CONSTRAINT events_originator_id_originator_version_key")
        yield connection
        connection.rollback()


def wrong_of(connection: psycopg.Connection[Any], size: int = EVENTS) -> Wrong | None:
    return read_stretch(connection, 0, size, ()).wrong


def test_each_row_deleted_is_named(unguarded: psycopg.Connection[Any]) -> None:
    for position in range(1, EVENTS + 1):
        with alone(unguarded, ("DELETE FROM suqiu.events WHERE position = %s", (position,))):
            wrong = wrong_of(unguarded)
            assert wrong is not None
            assert (wrong.position, "missing" in wrong.what) == (position, True)
    assert wrong_of(unguarded) is None


def test_each_row_deleted_with_everything_moved_down_is_found(unguarded: psycopg.Connection[Any]) -> None:
    """Positions without a gap again: the stream's versions tell, or where it was its last, the counter."""
    for position in range(1, EVENTS + 1):
        delete = ("DELETE FROM suqiu.events WHERE position = %s", (position,))
        move = ("UPDATE suqiu.events SET position = position - 1 WHERE position > %s", (position,))
        with alone(unguarded, delete, move):  # type: ignore[arg-type] # both are literal
            wrong = wrong_of(unguarded)
            assert wrong is not None
            assert wrong.position is not None
            assert position <= wrong.position <= EVENTS


def test_each_row_swapped_with_the_next_one_is_named(unguarded: psycopg.Connection[Any]) -> None:
    """Rows whose places are changed fit their leaves still: that the log is another, the tree says."""
    root = read_stretch(unguarded, 0, EVENTS, ()).segments[-1].hashes
    for position in range(1, EVENTS):
        swap = "UPDATE suqiu.events SET position = %s - position WHERE position IN (%s, %s)"
        with alone(unguarded, (swap, (2 * position + 1, position, position + 1))):
            found = read_stretch(unguarded, 0, EVENTS, ())
            assert found.wrong is not None or found.segments[-1].hashes != root, position


@pytest.mark.parametrize("column", COLUMNS)
def test_each_row_with_a_column_of_another_is_named(unguarded: psycopg.Connection[Any], column: LiteralString) -> None:
    """Each with that of the next row, which is another stream's."""
    rows = unguarded.execute(f"SELECT position, {column} FROM suqiu.events ORDER BY position").fetchall()
    values = dict(rows)
    for position in range(1, EVENTS + 1):
        other = position % EVENTS + 1
        if values[other] == values[position]:
            continue
        change = f"UPDATE suqiu.events SET {column} = %s WHERE position = %s"
        with alone(unguarded, (change, (values[other], position))):
            wrong = wrong_of(unguarded)
            assert wrong is not None, position
            assert wrong.position == position


INSERT: LiteralString = """
    INSERT INTO suqiu.events
    SELECT %s, originator_id, originator_version + 1, topic, state, recorded_at, command_id, leaf_hash
    FROM suqiu.events WHERE topic = 'petition.sealed_fields_read' ORDER BY originator_version DESC LIMIT 1
"""


def test_a_row_inserted_at_each_place_is_found(unguarded: psycopg.Connection[Any]) -> None:
    """A copy of a stream's last row, its version counted on; everything after it moved up."""
    for position in range(1, EVENTS + 2):
        move = ("UPDATE suqiu.events SET position = position + 1 WHERE position >= %s", (position,))
        with alone(unguarded, move, (INSERT, (position,))):  # type: ignore[arg-type] # it is literal
            wrong = wrong_of(unguarded, EVENTS + 1)
            assert wrong is not None
            assert wrong.position == position


@pytest.mark.timeout(180)
def test_a_log_cut_at_any_length_with_its_counter_put_back_is_found(log_dsn: str) -> None:
    for length in sorted({*AROUND, *range(0, EVENTS, 17)}):
        cut = (
            f"DELETE FROM suqiu.events WHERE position > {length}",
            f"UPDATE suqiu.head SET position = {length}",
        )
        with changed(log_dsn, *cut):
            wrong = verify(log_dsn, SIGNER.verifier).wrong
            assert wrong is not None, length
            assert (wrong.position, "it was cut, or an old copy was put back" in wrong.what) == (length + 1, True)


@pytest.mark.timeout(180)
def test_any_row_rewritten_with_its_leaf_is_found_by_the_next_checkpoint(log_dsn: str) -> None:
    for position in sorted({1, *AROUND[1:], *range(3, EVENTS, 19), EVENTS}):
        with changed(log_dsn):
            rewrite(log_dsn, position)
            wrong = verify(log_dsn, SIGNER.verifier).wrong
        assert wrong is not None, position
        assert wrong.position == next(size for size in CHECKPOINTS if size >= position)


@pytest.mark.parametrize("position", [1, 50, 51, 137, 138, 200])
def test_history_rewritten_anywhere_and_signed_with_the_real_key_is_refused_by_the_witness(
    log_dsn: str, tmp_path: Path, position: int
) -> None:
    """And by whoever has a checkpoint from after it: never by the log itself, which is whole again."""
    seen = next(size for size in CHECKPOINTS if size >= position)
    kept = notes(log_dsn)

    def see(size: int | None = None) -> None:
        witness(
            SIGNER.verifier,
            tmp_path / "witness.json",
            lambda old: read_continuation(str(continuation(log_dsn, old, size))),
            int((RECORDED + timedelta(hours=1)).timestamp()),
        )

    see(seen)
    with changed(log_dsn):
        rewrite(log_dsn, position)
        forge(log_dsn)
        assert verify(log_dsn, SIGNER.verifier).wrong is None
        with pytest.raises(Refused, match="forked"):
            see()
        for index, size in enumerate(CHECKPOINTS):
            wrong = verify(log_dsn, SIGNER.verifier, kept[index : index + 1]).wrong
            assert (wrong is not None) is (size >= position), "what was seen before it still holds"
    see()


@pytest.mark.parametrize("size", CHECKPOINTS[:-1])
def test_an_old_database_put_back_is_refused_by_the_witness(log_dsn: str, tmp_path: Path, size: int) -> None:
    """The whole of it as it was: events, counter, nodes and checkpoints agree."""
    kept = notes(log_dsn)

    def see() -> None:
        witness(
            SIGNER.verifier,
            tmp_path / "witness.json",
            lambda old: read_continuation(str(continuation(log_dsn, old))),
            int((RECORDED + timedelta(hours=1)).timestamp()),
        )

    see()
    old = (
        f"DELETE FROM suqiu.events WHERE position > {size}",
        f"UPDATE suqiu.head SET position = {size}",
        f"DELETE FROM suqiu.nodes WHERE ((number + 1) << height) > {size}",
        f"DELETE FROM suqiu.checkpoints WHERE size > {size}",
    )
    with changed(log_dsn, *old):
        assert verify(log_dsn, SIGNER.verifier).wrong is None, "alone it cannot know"
        wrong = verify(log_dsn, SIGNER.verifier, kept[-1:]).wrong
        assert wrong is not None
        assert "but the file has a checkpoint of 200" in wrong.what
        with pytest.raises(Refused, match=f"rolled back: this checkpoint has {size} events"):
            see()


def test_a_checkpoint_whose_row_says_another_time_is_found(log_dsn: str) -> None:
    """By that column the first checkpoint after a deadline is looked up."""
    for size in CHECKPOINTS:
        with changed(log_dsn, f"UPDATE suqiu.checkpoints SET made_at = made_at - interval '1 day' WHERE size = {size}"):
            wrong = verify(log_dsn, SIGNER.verifier).wrong
            assert wrong is not None
            assert f"checkpoint of {size} events (the store): it was signed at" in wrong.what


def test_as_a_log_grows_nothing_is_found_wrong_at_any_size(postgres: EmbeddedPostgres) -> None:
    postgres.make_database("proofs_growing")
    dsn = postgres.dsn("proofs_growing")
    datastore = Datastore(dsn)
    event_log = EventLog(datastore, MASTER)
    notary = Notary(event_log, SIGNER, now)
    for size in range(40):
        grow(event_log, size, count=7)
        if size % 3 == 0:
            notary.checkpoint()
        answer = verify(dsn, SIGNER.verifier)
        assert (answer.wrong, answer.events) == (None, size)
    datastore.close()
