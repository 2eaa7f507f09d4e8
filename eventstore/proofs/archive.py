"""Checkpoints stored beside the log, with their time stamps and cosignatures."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from eventstore.proofs.checkpoint import Checkpoint, read_checkpoint
from eventstore.proofs.notes import BadNote, Note, Verifier, read_note

SERIAL = 7_320_002
"""Key of the advisory lock under which a checkpoint is made: one at a time."""


class Stored(NamedTuple):
    """A row of `suqiu.checkpoints`: the signed note, and its RFC 3161 time stamp (None: not stamped yet)."""

    size: int
    note: str
    stamp: bytes | None


def one_at_a_time(connection: Connection[Any]) -> None:
    """Take the advisory lock for making a checkpoint, until the transaction ends; waits for its holder."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (SERIAL,))


def newest(connection: Connection[Any]) -> Stored | None:
    """The last checkpoint; None before the first."""
    return next(stored(connection, order="DESC", limit=1), None)


def at_size(connection: Connection[Any], size: int) -> Stored | None:
    """The checkpoint over the first `size` events; None: there is none of that size."""
    return next((row for row in stored(connection, after=size - 1, limit=1) if row.size == size), None)


def stored(
    connection: Connection[Any], after: int = -1, order: str = "ASC", limit: int | None = None
) -> Iterator[Stored]:
    """Checkpoints of more than `after` events, smallest first (`DESC`: largest first)."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        falling = " DESC" if order == "DESC" else ""
        cursor.execute(
            f"SELECT size, note, stamp FROM suqiu.checkpoints WHERE size > %s ORDER BY size{falling} LIMIT %s",  # noqa: S608
            (after, limit),
        )
        for size, note, stamp in cursor:
            yield Stored(size, note, None if stamp is None else bytes(stamp))


def around(connection: Connection[Any], moment: datetime, newest: int) -> set[int]:
    """Sizes of the last checkpoint before an instant and the first at or after it, of those up to `newest`."""
    found: set[int] = set()
    with connection.cursor(row_factory=tuple_row) as cursor:
        for side, order in (("<", "DESC"), (">=", "ASC")):
            row = cursor.execute(
                f"SELECT size FROM suqiu.checkpoints WHERE made_at {side} %s AND size BETWEEN 1 AND %s "  # noqa: S608
                f"ORDER BY made_at {order}, size {order} LIMIT 1",
                (moment, newest),
            ).fetchone()
            found |= {int(row[0])} if row else set()
    return found


def times(connection: Connection[Any]) -> dict[int, datetime]:
    """When each checkpoint was made, by size: the column `made_at`, which the signature does not cover."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return dict(cursor.execute("SELECT size, made_at FROM suqiu.checkpoints").fetchall())


class Made(NamedTuple):
    """A checkpoint's number of events, and when it was made."""

    size: int
    made_at: datetime


def first_since(connection: Connection[Any], moment: datetime) -> Made | None:
    """The smallest checkpoint made at or after an instant; None: there is none.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Made)) as cursor:
        return cursor.execute(
            "SELECT size, made_at FROM suqiu.checkpoints WHERE made_at >= %s ORDER BY size LIMIT 1", (moment,)
        ).fetchone()


class SignedSoFar(NamedTuple):
    """`size`: events under the last checkpoint (None: none yet); `seconds`: age of the first event after it."""

    size: int | None
    head: int
    seconds: float


def signed_so_far(connection: Connection[Any]) -> SignedSoFar:
    """How much of the log the last checkpoint covers, and for how long the rest has waited.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(SignedSoFar)) as cursor:
        row = cursor.execute(
            "WITH last AS (SELECT max(size) AS size FROM suqiu.checkpoints) "
            "SELECT last.size, head.position AS head, COALESCE((SELECT greatest(0, extract(epoch FROM "
            "clock_timestamp() - e.recorded_at)) FROM suqiu.events e WHERE e.position = COALESCE(last.size, 0) + 1), 0)"
            "::float8 AS seconds FROM suqiu.head, last"
        ).fetchone()
    assert row is not None
    return row


def keep(connection: Connection[Any], checkpoint: Checkpoint, note: Note) -> None:
    """Store a checkpoint; idempotent: one of this size that is stored already stays."""
    connection.execute(
        "INSERT INTO suqiu.checkpoints (size, note, made_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (checkpoint.size, str(note), checkpoint.at),
    )


def stamp(connection: Connection[Any], size: int, token: bytes) -> None:
    """Store the time stamp of a checkpoint; an earlier one stays."""
    connection.execute("UPDATE suqiu.checkpoints SET stamp = %s WHERE size = %s AND stamp IS NULL", (token, size))


def unstamped(connection: Connection[Any], limit: int) -> list[Stored]:
    """Checkpoints without a time stamp, largest first: its stamp covers the most."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT size, note FROM suqiu.checkpoints WHERE stamp IS NULL ORDER BY size DESC LIMIT %s", (limit,)
        )
        return [Stored(size, note, None) for size, note in cursor]


class Cosignature(NamedTuple):
    """A row of `suqiu.cosignatures`: the checkpoint's size, the witness (`name+id`), its signature line of the note."""

    size: int
    witness: str
    line: str


def cosign(connection: Connection[Any], row: Cosignature, at: datetime) -> bool:
    """Store a cosignature; returns whether it is new. A witness's first one over a checkpoint stays."""
    found = connection.execute(
        "INSERT INTO suqiu.cosignatures (size, witness, line, kept_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (*row, at),
    )
    return found.rowcount == 1


def cosignatures(connection: Connection[Any], size: int | None = None) -> list[Cosignature]:
    """Every cosignature, or those over the checkpoint of `size`."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT size, witness, line FROM suqiu.cosignatures WHERE %s::bigint IS NULL OR size = %s "
            "ORDER BY size, kept_at, witness",
            (size, size),
        )
        return [Cosignature(*row) for row in cursor]


COSIGNED_LOOKED_AT = 1_000
"""Cosignatures looked at for one made before an instant: a witness that fell behind may have made many later."""


def cosigned_before(connection: Connection[Any], moment: datetime, newest: int) -> int | None:
    """Size of the largest checkpoint, up to `newest`, that was countersigned before an instant; None: there is none.

    The time is read from the line; whoever is shown the checkpoint verifies it.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT s.size, c.note, s.line FROM suqiu.cosignatures s JOIN suqiu.checkpoints c USING (size) "
            "WHERE c.made_at < %s AND size BETWEEN 1 AND %s "
            "AND NOT starts_with(s.line, '— ' || split_part(c.note, E'\\n', 1) || ' ') ORDER BY size DESC LIMIT %s",
            (moment, newest, COSIGNED_LOOKED_AT),
        )
        for size, note, line in cursor:
            try:
                ((_, packed),) = read_note(f"{note.partition(chr(10) * 2)[0]}\n\n{line}\n").signatures
            except (BadNote, ValueError):
                continue  # `suqiu audit verify` names it.
            if int.from_bytes(packed[4:12], "big") < moment.timestamp():
                return int(size)
    return None


def later_keys(connection: Connection[Any], size: int | None = None) -> dict[int, str]:
    """Signature lines by the log's own later keys, by checkpoint size: made after the loss of the key before."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT size, string_agg(line || E'\\n', '' ORDER BY kept_at, witness) FROM suqiu.cosignatures s "
            "JOIN suqiu.checkpoints c USING (size) WHERE (%s::bigint IS NULL OR size = %s) "
            "AND starts_with(s.line, '— ' || split_part(c.note, E'\\n', 1) || ' ') GROUP BY size",
            (size, size),
        )
        return dict(cursor.fetchall())


def signed(connection: Connection[Any], row: Stored) -> str:
    """A checkpoint's note with all signatures of the log itself, those of its later keys too; without witnesses."""
    return row.note + later_keys(connection, row.size).get(row.size, "")


def whole(connection: Connection[Any], row: Stored) -> Note:
    """A checkpoint's note with all cosignatures stored beside it, as it is published.

    Raises:
        BadNote: the stored text is not a signed note.
    """
    return read_note(row.note + "".join(f"{each.line}\n" for each in cosignatures(connection, row.size)))


def named(witness: Verifier) -> str:
    """A witness's key as `name+id` (id in hex), as rows and answers have it."""
    return f"{witness.name}+{witness.id.hex()}"


def latest(connection: Connection[Any]) -> Checkpoint | None:
    """The last checkpoint, parsed; its signature is not verified. None: there is no checkpoint."""
    row = newest(connection)
    return None if row is None else read_checkpoint(row.note)
