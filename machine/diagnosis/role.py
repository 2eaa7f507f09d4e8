"""The database role: whether the store is prepared for this program, and whether it could change what is written."""

import psycopg
from psycopg.rows import dict_row

from eventstore.set_up import NotSetUp, appends_as_owner, is_set_up, rights
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
            role, changes, owns = rights(connection)
    except NotSetUp as error:
        return Check(NAME, False, str(error).split(":", 1)[0], str(error).split(": ", 1)[1])
    except psycopg.Error as error:
        return Check(NAME, False, str(error).strip().splitlines()[0], "see docs/operations.md, Set-up")
    if appends is False:
        says = f"{role}: events are appended with the rights of whoever appends, so that no lesser role can"
        remedy = (
            "stop every suqiu from before roles, which put its own function there at each start, then run `suqiu store "
            "set-up --program ROLE` as the owner of its tables"
        )
        return Check(NAME, False, says, remedy)
    if not there and owns is False:
        remedy = f"run `suqiu store set-up --program {role}` as the owner of its tables"
        return Check(NAME, False, f"{role}: the store is not prepared for this version of suqiu", remedy)
    if not there:
        return Check(NAME, True, f"{role}: the first part that starts prepares the store")
    may = "could change events: a lesser role can be had" if changes else "adds events, and can change none"
    return Check(NAME, True, f"{role} {may}")
