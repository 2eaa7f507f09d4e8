"""Real servers for the tests: one PostgreSQL, one time-skipping Temporal a session, if asked for."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import structlog

from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import TIME_SKIPPING, EmbeddedTemporal
from machine.interpreter_exit import leave
from machine.ports import choose_ports
from tests.towns import FROZEN

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it has a random name and is this user's
ROOM_BYTES = 8 * 2**30
pytest_plugins = ("tests.pace",)
os.environ["SUQIU_RULEBOOK"] = str(FROZEN)  # what an office changes in the shipped one breaks no test of the program
os.environ.pop("COLUMNS", None)  # a runner of many processes sets it: pages would be as narrow as nobody's terminal


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave with the tests' exit code: after a Temporal client the interpreter can crash on its way out."""
    session = config.pluginmanager.get_plugin("session")
    if "temporalio.bridge.client" in sys.modules and isinstance(session, pytest.Session):
        leave(int(session.exitstatus))


def in_memory() -> str | None:
    """A folder whose files are kept in memory, if this machine has one with room; None: the usual temporary one.

    The servers keep the settings they have elsewhere (`fsync` is on), but nobody waits for a disk: a commit takes a
    tenth of the time, a dropped database a twentieth.
    """
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)
    roomy = usable and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) >= ROOM_BYTES
    return str(MEMORY) if roomy else None


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A command typed in this process sends its log to that test's stderr, which is closed when the next one begins."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short path: unix sockets allow about a hundred bytes. Removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="suqiu-", dir=in_memory()))
    folder.chmod(0o711)  # as root, PostgreSQL's user has to pass through
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(short_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The session's PostgreSQL."""
    server = EmbeddedPostgres(short_folder / "pg", logs=short_folder / "logs")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_dsn(postgres: EmbeddedPostgres) -> str:
    """The DSN of the session's PostgreSQL; a test that writes takes `database`."""
    return postgres.dsn()


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The DSN of a fresh, empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    postgres.make_database(name)
    yield postgres.dsn(name)
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def temporal_server(short_folder: Path) -> Iterator[EmbeddedTemporal]:
    """The session's Temporal, with time skipping allowed: `.address`, `.namespace`."""
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        short_folder / "temporal" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=short_folder / "logs",
        options=TIME_SKIPPING,
    )
    server.start()
    yield server
    server.stop()
