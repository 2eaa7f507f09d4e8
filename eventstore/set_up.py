"""The tables of the log, created by their owner once for each version of `schema.sql`; and the rights of another role.

Where this version's script was run, a program changes nothing, so that it can run as a role without the right to. An
older program beside it does not run its script again either, unless it is from before scripts were recorded: such a one
ran its own at every start, and replaced `append_events` by one without its owner's rights. `is_set_up` looks for that.
"""

import hashlib
from importlib.resources import files
from typing import Any, NamedTuple

from psycopg import Connection, Cursor, sql
from psycopg.rows import DictRow, class_row

from eventstore.store_format import FORMAT, must_be_known
from rulebook.problems import Expected

SETUP_LOCK = 7_320_001
TABLES, GUARDS = 4, 3
"""Tables, and triggers that refuse changes, that must exist before the record of a script that was run is believed."""


class NotSetUp(Expected):
    """The store is not prepared for this program, and the connecting role may not do it; the message says who may."""


def script() -> bytes:
    """The statements of `schema.sql`; idempotent."""
    return (files("eventstore") / "schema.sql").read_bytes()


def make_ready(cursor: Cursor[DictRow]) -> None:
    """Run the script unless it was run; in the caller's transaction, safe for many processes at once.

    Raises:
        NotSetUp: it was not run, and the role of this connection does not own the store.
        StoreIsNewer: a newer program wrote this store; nothing was touched.
    """
    must_be_known(cursor.connection)
    if not is_set_up(cursor):
        set_up(cursor)


def is_set_up(cursor: Cursor[DictRow]) -> bool:
    """Whether this program's script was run in this store, and its tables, triggers and `append_events` still exist.

    They do not where a dump had one schema only, somebody dropped the triggers, or an older program replaced the
    function.

    Raises:
        NotSetUp: the role of this connection may not read the store.
    """
    found = cursor.execute(
        "SELECT count(*) AS tables, bool_and(has_schema_privilege(n.oid, 'USAGE') "
        "AND has_table_privilege(c.oid, 'SELECT')) AS readable "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN "
        "(('suqiu', 'set_ups'), ('suqiu', 'events'), ('suqiu', 'head'), ('suqiu_keys', 'residents'))"
    ).fetchone()
    guards = cursor.execute(
        "SELECT count(*) AS there FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'suqiu' AND t.tgenabled = 'O' "
        "AND t.tgname = c.relname || '_are_written_once'"
    ).fetchone()
    assert found is not None
    assert guards is not None
    if found["tables"] < TABLES or guards["there"] < GUARDS:
        return False
    if not found["readable"]:
        raise NotSetUp(_refusal(cursor, "may not read this store"))
    row = cursor.execute("SELECT 1 AS one FROM suqiu.set_ups WHERE script = %s", (_fingerprint(),)).fetchone()
    return row is not None and appends_as_owner(cursor) is True


def appends_as_owner(cursor: Cursor[DictRow]) -> bool | None:
    """Whether `append_events` runs with its owner's rights: appending needs no other. None: no such function."""
    row = cursor.execute(
        "SELECT bool_and(p.prosecdef AND p.proconfig IS NOT NULL) AS owners FROM pg_proc p "
        "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'suqiu' AND p.proname = 'append_events'"
    ).fetchone()
    assert row is not None
    return None if row["owners"] is None else bool(row["owners"])


class Rights(NamedTuple):
    """The connected role; whether it `changes` events (update, delete) or `owns` the store. None: there is no store."""

    role: str
    changes: bool | None
    owns: bool | None


def rights(connection: Connection[Any]) -> Rights:
    """What the connecting role may do in the store.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Rights)) as cursor:
        row = cursor.execute(
            "SELECT current_user AS role, "
            "(SELECT has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'suqiu' AND c.relname = 'events') AS changes, "
            "(SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'suqiu') AS owns"
        ).fetchone()
    assert row is not None
    return row


def set_up(cursor: Cursor[DictRow], program: str | None = None) -> None:
    """Run the script, and grant the role `program` what the running parts need and nothing else (`grants.sql`).

    Raises:
        NotSetUp: the store belongs to another role.
        StoreIsNewer: a newer program wrote this store; nothing was touched.
        psycopg.Error: there is no role `program`, or the database refuses.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SETUP_LOCK,))
    must_be_known(cursor.connection)
    row = cursor.execute(
        "SELECT pg_has_role(nspowner, 'USAGE') AS ours FROM pg_namespace WHERE nspname = 'suqiu'"
    ).fetchone()
    if row is not None and not row["ours"]:
        raise NotSetUp(_refusal(cursor, "does not own this store, which is not prepared for this version of suqiu"))
    cursor.execute(script())
    cursor.execute(
        "INSERT INTO suqiu.store_format AS kept (format) VALUES (%s) ON CONFLICT (one) DO UPDATE "
        "SET format = EXCLUDED.format, since = now() WHERE kept.format < EXCLUDED.format",
        (FORMAT,),
    )
    cursor.execute("INSERT INTO suqiu.set_ups (script) VALUES (%s) ON CONFLICT DO NOTHING", (_fingerprint(),))
    if program is not None:
        cursor.execute(_grants(cursor, program))


def _fingerprint() -> str:
    return hashlib.sha256(script()).hexdigest()


def _grants(cursor: Cursor[DictRow], program: str) -> bytes:
    """`grants.sql` with psql's variables filled in."""
    text = (files("eventstore") / "grants.sql").read_text("utf-8")
    name, value = (kind(program).as_string(cursor) for kind in (sql.Identifier, sql.Literal))
    return text.replace(':"program"', name).replace(":'program'", value).encode()


def _refusal(cursor: Cursor[DictRow], what: str) -> str:
    row = cursor.execute(
        "SELECT current_user AS role, COALESCE((SELECT nspowner::regrole::text FROM pg_namespace "
        "WHERE nspname = 'suqiu'), 'its owner') AS owner"
    ).fetchone()
    assert row is not None
    return (
        f"the database role {row['role']} {what}: run `suqiu store set-up --program {row['role']}` with a "
        f"SUQIU_DATABASE_URL of the role {row['owner']}, then start again"
    )
