"""A backup of the keys, apart from that of the events: one JSON line a key, each still wrapped by the master key.

The keyed hashes of residents' codes are in it, too: without them everybody would have to come to the counter. And which
residents are one person, so that an erasure still finds all that is theirs.

Without the master key it opens nothing. With it, it would bring erased residents back: whoever restores destroys the
keys of the erased again (`office/keys/key_care.py`), and a backup made before an erasure is replaced by one made
after it.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import DictRow

from eventstore.kept_codes import KeptCode
from eventstore.keyring import IDENTITY, MASTER
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey
from rulebook.problems import BadInput

FORM = "suqiu/keys/2"
READABLE = (FORM, "suqiu/keys/1")
"""The first form had neither codes nor persons."""
PERSON: Final = ("resident", "person", "how", "seen", "vouched_by", "vouched_at")


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
        codes = 0
        with connection.cursor(name="codes") as rows:
            for row in rows.execute("SELECT stream, resident, mac FROM suqiu_keys.codes ORDER BY stream, resident"):
                codes += 1
                mac = base64.b64encode(bytes(row["mac"])).decode()
                yield json.dumps({"code": row["stream"], "of": row["resident"], "mac": mac})
        persons = 0
        with connection.cursor(name="persons") as rows:
            for row in rows.execute("SELECT * FROM suqiu_keys.persons ORDER BY person, resident"):
                persons += 1
                yield json.dumps({**row, "vouched_at": row["vouched_at"].isoformat()})
        yield json.dumps({"residents": number, "codes": codes, "persons": persons})


def fits(master: MasterKey, backup: Iterable[str]) -> int:
    """Check that the master key opens every key of a backup; returns the number of residents' keys. Writes nothing.

    Raises:
        BadBackup, CannotOpen: see `restore`.
    """
    given, _, _ = _read(backup)
    for (_, name), wrapped in given.items():
        master.unwrap(wrapped, name)
    return sum(kind == "resident" for kind, _ in given)


def restore(datastore: Datastore, master: MasterKey, backup: Iterable[str]) -> int:
    """Insert the missing keys and codes in one transaction; returns how many residents' keys were added.

    Existing ones stay.

    Raises:
        BadBackup: the file is cut short, or not a backup of keys.
        CannotOpen: the keys are wrapped by another master key, or belong to another store.
    """
    given, codes, persons = _read(backup)
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
        connection.execute(
            "INSERT INTO suqiu_keys.codes SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[]) "
            "ON CONFLICT DO NOTHING",
            tuple([each[place] for each in codes] for place in range(3)),
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO suqiu_keys.persons (resident, person, how, seen, vouched_by, vouched_at) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                persons,
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


def _read(backup: Iterable[str]) -> tuple[dict[tuple[str, str], bytes], list[KeptCode], list[tuple[Any, ...]]]:
    found: dict[tuple[str, str], bytes] = {}
    codes: list[KeptCode] = []
    persons: list[tuple[Any, ...]] = []
    form: Any = None
    counted: tuple[int, int, int] | None = None
    for number, line in enumerate(backup, 1):
        try:
            row: Any = json.loads(line)
            if number == 1:
                form = row["form"]
            elif "residents" in row:
                counted = int(row["residents"]), int(row.get("codes", 0)), int(row.get("persons", 0))
            elif "person" in row:
                persons.append(tuple(row[name] for name in PERSON))
            elif "code" in row:
                codes.append(KeptCode(row["code"], row["of"], base64.b64decode(row["mac"], validate=True)))
            else:
                kind = "secret" if "secret" in row else "resident"
                found[kind, row[kind]] = base64.b64decode(row["wrapped"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise BadBackup(f"line {number}: expected a line of a backup of keys ({FORM})") from error
    if form not in READABLE:
        raise BadBackup(f"line 1: expected a backup of keys ({FORM})")
    if counted != (sum(kind == "resident" for kind, _ in found), len(codes), len(persons)):
        raise BadBackup("the backup is cut short: its last line, which counts the keys, is missing or differs")
    return found, codes, persons
