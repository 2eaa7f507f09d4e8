"""An older program refuses a store of a newer format in one sentence, and touches nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.store_format import FORMAT, StoreIsNewer, format_of
from machine.servers import machine
from office.composition import office
from office.settings import Settings, read_settings
from office.views import views

pytestmark = pytest.mark.engine


@pytest.fixture
def connection(database: str) -> Iterator[Connection[Any]]:
    """A connection in autocommit."""
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


def opened(database: str) -> None:
    """Open the store as a program of this version does."""
    datastore = Datastore(database)
    try:
        EventLog(datastore, None)
    finally:
        datastore.close()


def tables(connection: Connection[Any]) -> list[tuple[str, str]]:
    """Every table there is."""
    return connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^pg_|information_schema' ORDER BY 1, 2"
    ).fetchall()


@pytest.fixture
def settings(database: str) -> Settings:
    """Nothing of the user's environment."""
    return read_settings(database_url=database)


def test_a_new_store_has_this_programs_format(database: str, connection: Connection[Any]) -> None:
    assert format_of(connection) == 0
    opened(database)
    assert format_of(connection) == FORMAT


def test_a_store_from_before_there_was_a_number_is_opened_and_gets_it(
    database: str, connection: Connection[Any]
) -> None:
    opened(database)
    connection.execute("DROP TABLE suqiu.store_format")
    connection.execute("DELETE FROM suqiu.set_ups")
    assert format_of(connection) == 1
    opened(database)
    assert connection.execute("SELECT format FROM suqiu.store_format").fetchone() == (FORMAT,)


def test_a_newer_store_is_refused_before_anything_is_touched(
    database: str, connection: Connection[Any], settings: Settings
) -> None:
    """Given a store of the next format, in which this version's tables were never made, then all doors refuse."""
    connection.execute("CREATE SCHEMA suqiu CREATE TABLE store_format (format integer) CREATE TABLE events (x int)")
    connection.execute("INSERT INTO suqiu.store_format VALUES (%s)", (FORMAT + 1,))
    before = tables(connection)
    with pytest.raises(StoreIsNewer, match=f"format {FORMAT + 1} and this program knows formats up to {FORMAT}"):
        opened(database)
    with pytest.raises(StoreIsNewer), office(settings):
        pass
    with pytest.raises(StoreIsNewer), views(settings):
        pass
    assert tables(connection) == before


async def test_up_leaves_the_engine_of_a_newer_program_alone(short_folder: Path) -> None:
    """Its database may have a newer format, too: it is not even opened."""
    folder = short_folder / "newer"
    async with machine(folder, port=0) as here:
        dsn = here.run.database
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA suqiu CREATE TABLE store_format (format integer)")
            connection.execute("CREATE TABLE suqiu.events (x int)")
            connection.execute("INSERT INTO suqiu.store_format VALUES (%s)", (FORMAT + 1,))
        await here.engine()
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("temporal.db*")}
    assert before
    with pytest.raises(StoreIsNewer):
        async with machine(folder, port=0):
            raise AssertionError("it began")
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("temporal.db*")} == before
