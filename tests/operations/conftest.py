"""One production a session: servers that were there before, the two roles made by the script that ships."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import EmbeddedTemporal
from machine.ports import choose_ports
from tests.operations.production import ROOT, Production


@pytest.fixture(scope="session")
def servers(short_folder: Path) -> Iterator[Production]:
    """A PostgreSQL with nothing of ours in it, and a Temporal."""
    postgres = EmbeddedPostgres(short_folder / "own", logs=short_folder / "logs", database="postgres")
    ports = choose_ports(0)
    temporal = EmbeddedTemporal(
        short_folder / "own-temporal" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=short_folder / "logs",
    )
    postgres.start()
    temporal.start()
    (short_folder / "production").mkdir()
    yield Production(postgres, temporal, short_folder / "production")
    temporal.stop()
    postgres.stop()


@pytest.fixture
def production(servers: Production) -> Iterator[Production]:
    """The same with roles and an empty database, dropped after the test."""
    servers.psql("--file", str(ROOT / "deploy" / "postgres" / "roles.sql"))
    yield servers
    servers.psql("--command", "DROP DATABASE suqiu WITH (FORCE)")
