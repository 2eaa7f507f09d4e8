"""Timeouts by which both ends of a long-lived connection notice within some 15 s that the other is gone.

A machine that vanishes sends nothing, and the system's default keepalives take two hours to notice. On a unix socket
these settings have no effect: a dead process is noticed at once.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

CONNECT_SECONDS = 10

CLIENT_SIDE = {"tcp_user_timeout": "15000", "keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2"}
"""Parameters of libpq: the client gives up on a server that has sent nothing for 15 s."""

SERVER_SIDE: LiteralString = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2; "
    "SET tcp_user_timeout = '15s'"
)
"""The same on the server, which then frees the locks of a silent client. Any role may set them for itself."""

OF_A_READER: LiteralString = (
    SERVER_SIDE + "; SET idle_session_timeout = 0; SET idle_in_transaction_session_timeout = '60s'; "
    "SET statement_timeout = '120s'"
)
"""For a connection that holds an advisory lock: it may be idle for days, but no statement may run for ever."""


def lasting(dsn: str, name: str = "suqiu") -> psycopg.Connection[Any]:
    """Open a reader's connection, in autocommit and with these timeouts.

    `name` is its `application_name`. Parameters of the DSN take precedence.

    Raises:
        psycopg.OperationalError: the server cannot be reached.
    """
    given = {"application_name": name, "connect_timeout": CONNECT_SECONDS, **CLIENT_SIDE, **conninfo_to_dict(dsn)}
    connection = psycopg.connect(make_conninfo("", **given), autocommit=True)
    connection.execute(OF_A_READER)
    return connection


def limit_statements(connection: psycopg.Connection[Any], milliseconds: int) -> None:
    """Set a connection's statement timeout in milliseconds; 0: none."""
    connection.execute("SELECT set_config('statement_timeout', %s, false)", (str(milliseconds),))
