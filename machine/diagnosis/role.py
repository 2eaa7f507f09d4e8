"""The database role: whether the store is prepared for this program, and whether it could change what is written."""

import psycopg
from psycopg.rows import dict_row

from eventstore.set_up import NotSetUp, appends_as_owner, is_set_up
from machine.diagnosis.check import Check

NAME = "database role"


def check_role(dsn: str) -> Check:
    """Asked only where the database answers."""
    try:
        with (
            psycopg.connect(dsn, connect_timeout=5, row_factory=dict_row) as connection,
            connection.cursor() as cursor,
        ):
            there, appends = is_set_up(cursor), appends_as_owner(cursor)
            row = cursor.execute(
                "SELECT current_user AS role, "
                "(SELECT has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') "
                "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'suqiu' AND c.relname = 'events') AS free, "
                "(SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'suqiu') AS ours"
            ).fetchone()
    except NotSetUp as error:
        return Check(NAME, False, str(error).split(":", 1)[0], str(error).split(": ", 1)[1])
    except psycopg.Error as error:
        return Check(NAME, False, str(error).strip().splitlines()[0], "see docs/operations.md, Set-up")
    assert row is not None
    if appends is False:
        says = f"{row['role']}: events are appended with the rights of whoever appends, so that no lesser role can"
        remedy = (
            "stop every suqiu from before roles, which put its own function there at each start, then run `suqiu store "
            "set-up --program ROLE` as the owner of its tables"
        )
        return Check(NAME, False, says, remedy)
    if not there and row["ours"] is False:
        remedy = f"run `suqiu store set-up --program {row['role']}` as the owner of its tables"
        return Check(NAME, False, f"{row['role']}: the store is not prepared for this version of suqiu", remedy)
    if not there:
        return Check(NAME, True, f"{row['role']}: the first part that starts prepares the store")
    may = "could change events: a lesser role can be had" if row["free"] else "adds events, and can change none"
    return Check(NAME, True, f"{row['role']} {may}")
