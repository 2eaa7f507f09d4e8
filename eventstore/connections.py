"""How a long-lived connection notices that the other side is gone: within some 15 s, here and on the server.

A machine that vanishes says nothing, and by the system's keepalives it is missed after two hours. On a unix socket
all of this is without effect: a dead process is known there at once.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

CONNECT_SECONDS = 10

CLIENT_SIDE = {"tcp_user_timeout": "15000", "keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2"}
"""Parameters of libpq: the driver gives up on a server that is silent so long."""

SERVER_SIDE: LiteralString = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2; "
    "SET tcp_user_timeout = '15s'"
)
"""The same for the server: it frees the locks of a client that is silent so long. Any role may set it for itself."""

OF_A_READER: LiteralString = (
    SERVER_SIDE + "; SET idle_session_timeout = 0; SET idle_in_transaction_session_timeout = '60s'; "
    "SET statement_timeout = '120s'"
)
"""For a connection that holds a lock: it may be idle for days, but nothing it does may take for ever."""


def lasting(dsn: str, name: str = "suqiu") -> psycopg.Connection[Any]:
    """A connection of a reader, in autocommit; whoever is silent for 15 s on it is gone for the other side.

    `name` is its name among the server's connections. What the DSN says goes before what is said here.

    Raises:
        psycopg.OperationalError: the server cannot be reached.
    """
    given = {"application_name": name, "connect_timeout": CONNECT_SECONDS, **CLIENT_SIDE, **conninfo_to_dict(dsn)}
    connection = psycopg.connect(make_conninfo("", **given), autocommit=True)
    connection.execute(OF_A_READER)
    return connection


def limit_statements(connection: psycopg.Connection[Any], milliseconds: int) -> None:
    """Let no statement on a connection take longer; 0: as long as it likes."""
    connection.execute("SELECT set_config('statement_timeout', %s, false)", (str(milliseconds),))
