"""One run for all tests of the short ones: a minute of faults, its evidence, and its database to be copied."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.faults.cluster import DATABASE
from tests.faults.evidence import Evidence
from tests.faults.gathering import gather
from tests.faults.run import Run, Size

MINUTE = Size(petitions=30, faults=4, kinds=("kill", "stop", "drop", "cut"))
SEED = 151
"""It draws what hurts most: the database killed and cut off from everybody, the engine stopped."""


@pytest.fixture(scope="session")
def place() -> Iterator[Callable[[], Path]]:
    """Makes folders with short paths: unix sockets allow about a hundred bytes. Removed at the end."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="sq-faults-")))
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


class Lived(NamedTuple):
    """A run that has come to rest, its evidence, and its folder."""

    run: Run
    evidence: Evidence

    def altered(self, name: str, *statements: str) -> Evidence:
        """Evidence of a copy of the database after these statements, triggers off; nothing is asked of the engine."""
        with psycopg.connect(self.run.cluster.postgres.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}"')
        dsn = self.run.cluster.postgres.dsn(name)
        with closing(psycopg.connect(dsn, autocommit=True)) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                assert connection.execute(statement).rowcount, f"{statement}: nothing to change"
        return gather(self.run.cluster.folder, dsn, self.run.cluster.master, self.run.journal.entries, None)


@pytest.fixture(scope="session")
def lived(place: Callable[[], Path]) -> Iterator[Lived]:
    """The minute of faults, lived once; its parts are ended, its database serves on."""
    with Run(place(), SEED, MINUTE) as run:
        evidence = run.live()
        run.rest()
        yield Lived(run, evidence)
