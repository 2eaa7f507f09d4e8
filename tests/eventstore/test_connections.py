"""A connection by TCP is given up when the other side is silent: as libpq, the socket and the server report it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row

from eventstore.connections import lasting
from eventstore.recorder import Datastore
from machine.embedded_postgres import EmbeddedPostgres
from machine.ports import choose_ports
from machine.postgres_binaries import binaries, system_user
from machine.server_process import run_as

pytestmark = pytest.mark.engine

SERVER = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
BY_THE_SOCKET = {"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 15_000}


@pytest.fixture(scope="module")
def by_tcp(short_folder: Path) -> Iterator[str]:
    """The DSN of a PostgreSQL that listens on 127.0.0.1, as a city's does on its network."""
    folder = short_folder / "tcp"
    made = EmbeddedPostgres(folder, logs=short_folder / "logs", database="postgres")
    made.start()
    made.stop()
    port = choose_ports(0).web
    argv = [str(binaries() / "postgres"), "-D", str(folder), "-k", str(folder), "-p", str(port)]
    with (short_folder / "logs" / "tcp.log").open("wb") as log:
        server = subprocess.Popen(
            [*argv, "-c", "listen_addresses=127.0.0.1"], cwd="/", stderr=log, **run_as(system_user(folder))
        )
    dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        for _ in range(600):
            try:
                psycopg.connect(dsn, connect_timeout=5).close()
                break
            except psycopg.OperationalError:
                assert server.poll() is None
                time.sleep(0.1)
        yield dsn
    finally:
        server.terminate()
        server.wait(60)


def as_the_socket_says(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """What the kernel does for it."""
    with socket.socket(fileno=os.dup(connection.fileno())) as there:
        assert there.family == socket.AF_INET
        return {
            name: there.getsockopt(
                socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP, getattr(socket, name)
            )
            for name in BY_THE_SOCKET
        }


def as_the_server_says(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """What it does on its side: of a TCP connection it asks its own socket."""
    cursor = connection.cursor(row_factory=tuple_row)
    rows = {name: cursor.execute(f"SHOW {name}").fetchone() for name in SERVER}
    return {name: row[0] for name, row in rows.items() if row}


def test_a_readers_connection_is_given_up_after_fifteen_seconds_of_silence_on_both_sides(by_tcp: str) -> None:
    with lasting(by_tcp) as connection:
        assert as_the_socket_says(connection) == BY_THE_SOCKET
        assert as_the_server_says(connection) == SERVER
        told = connection.info.get_parameters()
        assert (told["keepalives_idle"], told["tcp_user_timeout"], told["connect_timeout"]) == ("5", "15000", "10")


def test_so_is_each_connection_of_the_pool(by_tcp: str) -> None:
    datastore = Datastore(by_tcp, pool_size=2)
    try:
        with datastore.get_connection() as one, datastore.get_connection() as other:
            for connection in (one, other):
                assert as_the_socket_says(connection) == BY_THE_SOCKET
                assert as_the_server_says(connection) == SERVER
    finally:
        datastore.close()


def test_what_the_dsn_says_of_it_goes_before(by_tcp: str) -> None:
    with lasting(f"{by_tcp}?keepalives_idle=60&tcp_user_timeout=90000") as connection:
        assert as_the_socket_says(connection) == {**BY_THE_SOCKET, "TCP_KEEPIDLE": 60, "TCP_USER_TIMEOUT": 90_000}


def test_without_these_settings_a_vanished_side_would_be_missed_for_hours(by_tcp: str) -> None:
    """What the others are held against: the system's own values are not ours."""
    with psycopg.connect(by_tcp) as connection:
        found = as_the_socket_says(connection)
        assert found["TCP_KEEPIDLE"] > BY_THE_SOCKET["TCP_KEEPIDLE"]
        assert found["TCP_USER_TIMEOUT"] == 0
        assert as_the_server_says(connection) != SERVER
