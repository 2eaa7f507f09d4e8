"""A backup of the keys, apart from that of the events: one JSON line a key, each still wrapped by the master key.

Without the master key it opens nothing. With it, it would bring erased residents back: whoever restores destroys the
keys of the erased again (`office/keys/key_care.py`), and a backup made before an erasure is replaced by one made
after it.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from eventstore.keyring import IDENTITY, MASTER
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey
from rulebook.problems import BadInput

FORM = "suqiu/keys/1"


class BadBackup(BadInput, ValueError):
    """The file is not a whole backup of keys; the message names the line."""


def lines(datastore: Datastore) -> Iterator[str]:
    """The backup line by line, from one snapshot (REPEATABLE READ); the last line counts the residents' keys."""
    with datastore.get_connection() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        secrets = {
            row["name"]: bytes(row["wrapped"])
            for row in connection.execute("SELECT name, wrapped FROM suqiu_keys.secrets").fetchall()
        }
        yield json.dumps({"form": FORM, "master": secrets.pop(MASTER, b"").decode()})
        for name, wrapped in sorted(secrets.items()):
            yield json.dumps({"secret": name, "wrapped": base64.b64encode(wrapped).decode()})
        number = 0
        with connection.cursor(name="keys") as rows:
            for row in rows.execute("SELECT resident, wrapped FROM suqiu_keys.residents ORDER BY resident"):
                number += 1
                yield json.dumps(
                    {"resident": row["resident"], "wrapped": base64.b64encode(bytes(row["wrapped"])).decode()}
                )
        yield json.dumps({"residents": number})


def fits(master: MasterKey, backup: Iterable[str]) -> int:
    """Check that the master key opens every key of a backup; returns the number of residents' keys. Writes nothing.

    Raises:
        BadBackup, CannotOpen: see `restore`.
    """
    given = _read(backup)
    for (_, name), wrapped in given.items():
        master.unwrap(wrapped, name)
    return sum(kind == "resident" for kind, _ in given)


def restore(datastore: Datastore, master: MasterKey, backup: Iterable[str]) -> int:
    """Insert the missing keys in one transaction; returns how many residents' keys were added. Existing keys stay.

    Raises:
        BadBackup: the file is cut short, or not a backup of keys.
        CannotOpen: the keys are wrapped by another master key, or belong to another store.
    """
    given = _read(backup)
    identity = given.pop(("secret", IDENTITY), None)
    if identity is not None:
        master.unwrap(identity, IDENTITY)
    residents = {name: wrapped for (kind, name), wrapped in given.items() if kind == "resident"}
    for name, wrapped in residents.items():
        master.unwrap(wrapped, name)
    with datastore.get_connection() as connection, connection.transaction():
        if identity is not None:
            _put_identity(connection, master, identity)
        written = connection.execute(
            "INSERT INTO suqiu_keys.residents SELECT * FROM unnest(%s::text[], %s::bytea[]) ON CONFLICT DO NOTHING",
            (list(residents), list(residents.values())),
        )
        return written.rowcount


def _put_identity(connection: Connection[DictRow], master: MasterKey, identity: bytes) -> None:
    connection.execute(
        "INSERT INTO suqiu_keys.secrets VALUES (%s, %s), (%s, %s) ON CONFLICT DO NOTHING",
        (IDENTITY, identity, MASTER, master.id.encode()),
    )
    row = connection.execute("SELECT wrapped FROM suqiu_keys.secrets WHERE name = %s", (IDENTITY,)).fetchone()
    assert row is not None
    if master.unwrap(bytes(row["wrapped"]), IDENTITY) != master.unwrap(identity, IDENTITY):
        raise CannotOpen("the backup is of another store: its receipts and pseudonyms are not those of this one")


def _read(backup: Iterable[str]) -> dict[tuple[str, str], bytes]:
    found: dict[tuple[str, str], bytes] = {}
    form: Any = None
    counted: int | None = None
    for number, line in enumerate(backup, 1):
        try:
            row: Any = json.loads(line)
            if number == 1:
                form = row["form"]
            elif "residents" in row:
                counted = int(row["residents"])
            else:
                kind = "secret" if "secret" in row else "resident"
                found[kind, row[kind]] = base64.b64decode(row["wrapped"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise BadBackup(f"line {number}: expected a line of a backup of keys ({FORM})") from error
    if form != FORM:
        raise BadBackup(f"line 1: expected a backup of keys ({FORM})")
    if counted != sum(kind == "resident" for kind, _ in found):
        raise BadBackup("the backup is cut short: its last line, which counts the keys, is missing or differs")
    return found
