"""A city's machines in one folder: a PostgreSQL and a Temporal that were there before, and our parts beside them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import EmbeddedTemporal
from machine.postgres_binaries import binaries
from tests.residents import Remembered

ROOT = Path(__file__).parents[2]
SUQIU = str(Path(sys.executable).with_name("suqiu"))
OWNER, PROGRAM = "suqiu_owner", "suqiu_program"
MASTER = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
READY_WITHIN = 300  # seconds, on a busy machine
ENDS_WITHIN = 60


class Production:
    """Servers of their own and an environment for `suqiu`; `dsn` says as whom it connects."""

    def __init__(self, postgres: EmbeddedPostgres, temporal: EmbeddedTemporal, folder: Path) -> None:
        self.postgres = postgres
        self.temporal = temporal
        self.folder = folder
        self.suqiu = SUQIU
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SUQIU_")}
        self.environment |= {
            "SUQIU_DATA": str(folder / "data"),
            "SUQIU_MASTER_KEY": MASTER,
            "TEMPORAL_ADDRESS": temporal.address,
        }
        self.residents = Remembered()

    def dsn(self, role: str, database: str = "suqiu") -> str:
        """The DSN as one of the roles."""
        return self.postgres.dsn(database).replace("postgres@", f"{role}@")

    def psql(self, *words: str) -> str:
        """PostgreSQL's own shell, as whoever administers the server."""
        command = [str(binaries() / "psql"), "--dbname", self.postgres.dsn("postgres"), "--quiet", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *words: str, role: str = PROGRAM, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """One command as a role of the database."""
        environment = self.environment | {"SUQIU_DATABASE_URL": self.dsn(role)}
        typed, told = self.residents.give(words)
        done = subprocess.run(
            [self.suqiu, *typed], env=environment, input=told, capture_output=True, text=True, timeout=300, check=False
        )
        assert code is None or done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.residents.hear(words, done.stdout)
        return done

    def json(self, *words: str, role: str = PROGRAM) -> Any:
        """One command with `--json`; the first line of its answer."""
        return json.loads(self.run(*words, "--json", role=role).stdout.splitlines()[0])

    @contextmanager
    def parts(self, *names: str) -> Iterator[None]:
        """Parts that run, each a process, while the block does; every one has to end well."""
        environment = self.environment | {"SUQIU_DATABASE_URL": self.dsn(PROGRAM)}
        running: list[tuple[str, subprocess.Popen[str]]] = []
        try:
            for name in names:
                said = (self.folder / f"{name}.txt").open("w")
                running.append(
                    (
                        name,
                        subprocess.Popen(
                            [self.suqiu, *name.split(), "--json"],
                            env=environment,
                            stdout=subprocess.PIPE,
                            stderr=said,
                            text=True,
                        ),
                    )
                )
            for name, process in running:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert '"ready": true' in line, f"{name}: {line}{(self.folder / f'{name}.txt').read_text()}"
            yield
            for _, process in running:
                process.terminate()
            assert {name: process.wait(ENDS_WITHIN) for name, process in running} == dict.fromkeys(names, 0)
        finally:
            for _, process in running:
                if process.poll() is None:
                    process.kill()
                    process.wait(10)
                if process.stdout is not None:
                    process.stdout.close()


def until(what: Callable[[], Any], seconds: float = READY_WITHIN) -> Any:
    """Wait for something that is true; its last answer when the time is over is false."""
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.2)
    assert found, f"not within {seconds} s"
    return found
