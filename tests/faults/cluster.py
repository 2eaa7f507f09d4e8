"""The town as processes: a real PostgreSQL, a real Temporal, the links to them, and every part alone."""

import json
import os
import shutil
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg

from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from evidence.log_key import make_log_key
from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import EmbeddedTemporal
from machine.ports import choose_ports
from machine.server_process import ServerFailed
from office.rules.adoption import adopt_file
from office.rules.rulebooks import MESSAGES, STANDARD, read_rulebook
from office.settings import PROJECT, read_settings
from tests.faults.clock import TownClock, make_shift
from tests.faults.given import Given
from tests.faults.process import Process
from tests.faults.small_disk import mount, unmount

BEGINS = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
"""A Monday, five in the afternoon in Baiyang, half an hour before closing."""
PARTS = ("worker-1", "worker-2", "relay-1", "project-1", "messenger-1", "door-1", "door-2")
SPARE = ("worker-3", "relay-2", "project-2", "messenger-2")
"""Links beside those, for parts that a fault brings."""
SERVERS = ("database", "engine")
DATABASE = "town"
TRIES = 5


def make_books(folder: Path) -> None:
    """Baiyang's rules, its messages leaving at any hour; and two changed books to be adopted in turn."""
    for number, name in enumerate(("book", "book-0", "book-1")):
        shutil.copytree(PROJECT / "rulebook" / "baiyang", folder / name, ignore=shutil.ignore_patterns("scenarios"))
        letters = STANDARD.read_text("utf-8")
        letters = letters.replace("hours: office", "hours: any").replace(
            "first_pause_seconds: 10", "first_pause_seconds: 1"
        )
        (folder / name / MESSAGES).write_text(letters, "utf-8")
        main = folder / name / "rulebook.yaml"
        text = main.read_text("utf-8")
        changed = text.replace("at: [0.5, 0.8]", f"at: [0.{4 + number}, 0.8]").replace(
            "at_most: 2", f"at_most: {2 + number}"
        )
        main.write_text(changed if number else text, "utf-8")


class Cluster:
    """Everything that runs. `bugs`: a part's name, and what is broken in it."""

    def __init__(
        self,
        folder: Path,
        *,
        begins: datetime | None = BEGINS,
        bugs: dict[str, str] | None = None,
        small_disk: bool = False,
    ) -> None:
        """`begins`: the town's time; None: it lives in the present, and its parts go by their own clocks.

        `small_disk`: the database stands on one that can be filled, where this user may mount it.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        folder.chmod(0o711)  # as root, PostgreSQL's user has to pass through
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self.master = os.urandom(32)
        self._bugs = bugs or {}
        make_books(folder)
        self._story = begins is not None
        make_shift(folder / "shift", begins.timestamp() - time.time() if begins else 0.0)
        self.clock = TownClock(folder / "shift")
        ports = choose_ports(0)
        self.disk = folder / "disk"
        self.fills = small_disk and mount(self.disk)
        self.postgres = EmbeddedPostgres((self.disk if self.fills else folder) / "pg", logs=self.logs)
        self.temporal = EmbeddedTemporal(
            folder / "temporal" / "temporal.db", port=ports.temporal, ui_port=ports.temporal_ui, logs=self.logs
        )
        self.parts: dict[str, Process] = {}
        self.hears = {}
        self._links: Process | None = None
        self._ports: dict[str, int] = {}
        self._answered = threading.Event()
        self._troubling = threading.Lock()

    @property
    def dsn(self) -> str:
        """The database itself, past the links."""
        return self.postgres.dsn(DATABASE)

    def start(self) -> None:
        """Start servers, links and every part, and adopt the first book."""
        self.postgres.start()
        self.postgres.make_database(DATABASE)
        if self.fills:
            with closing(psycopg.connect(self.dsn, autocommit=True)) as connection:
                connection.execute("ALTER SYSTEM SET max_wal_size = '64MB'")
                connection.execute("ALTER SYSTEM SET wal_recycle = off")
                connection.execute("SELECT pg_reload_conf()")
        self.temporal.start()
        settings = read_settings(data=self.folder, rulebook=self.folder / "book")
        book = read_rulebook(settings.rulebook)
        make_log_key(settings, book.id)
        with closing(Datastore(self.dsn)) as datastore:
            adopt_file(EventLog(datastore, MasterKey(self.master)), book, self.clock())
        self._start_links()
        for name in PARTS:
            self.begin(name)
        for name in PARTS:
            if not self.parts[name].await_ready():
                raise ServerFailed(f"{name} did not become ready; see {self.logs / name}.log")

    def begin(self, name: str, *, skew: float = 0.0, build: str = "") -> Process:
        """Start a part, again or anew."""
        kind = name.partition("-")[0]
        given = Given(
            kind=kind,
            name=name,
            database=f"postgresql://postgres@127.0.0.1:{self._ports[f'{name} database']}/{DATABASE}",
            engine=f"127.0.0.1:{self._ports[f'{name} engine']}",
            folder=self.folder,
            master=self.master.hex(),
            skew=skew,
            build=build,
            bug=self._bugs.get(name, ""),
            story=self._story,
        )
        module = "tests.faults.door" if kind == "door" else "tests.faults.part"
        hear = self.hears.get(kind, lambda _name, _line: None)
        part = Process(module, given.model_dump_json(), self.logs / f"{name}.log", lambda line: hear(name, line))
        self.parts[name] = part
        part.start()
        return part

    def again(self, name: str) -> None:
        """Start a part that ended, as a service manager would, until it stays; one that runs goes on.

        Raises:
            ServerFailed: it does not stay.
        """
        for _ in range(TRIES):
            if self.parts[name].alive() and self.parts[name].await_ready():
                return
            self.begin(name)
            if self.parts[name].await_ready():
                return
        raise ServerFailed(f"{name} does not stay; see {self.logs / name}.log")

    def trouble(self, links: list[str], mode: str, seconds: float = 0.0) -> None:
        """Let links behave so from now on."""
        assert self._links is not None
        with self._troubling:
            self._answered.clear()
            self._links.send(json.dumps({"links": links, "mode": mode, "seconds": seconds}))
            if not self._answered.wait(30):
                raise ServerFailed("the links do not answer")

    def signal_server(self, server: str, number: signal.Signals) -> None:
        """Send a signal to a server and its children, all of them."""
        pid = (self.postgres if server == "database" else self.temporal).pid
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid)
            for process in (parent, *parent.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(number)

    def kill_server(self, server: str) -> None:
        """SIGKILL to the server alone: PostgreSQL's children find out by themselves."""
        which = self.postgres if server == "database" else self.temporal
        os.kill(which.pid, signal.SIGKILL)
        while which.alive():
            time.sleep(0.05)

    def start_server(self, server: str) -> None:
        """Start a server that ended; tried a few times, as a killed one leaves things behind for a moment."""
        which = self.postgres if server == "database" else self.temporal
        for number in range(TRIES):
            try:
                which.start()
            except ServerFailed:
                if number == TRIES - 1:
                    raise
                time.sleep(1)
            else:
                return

    def copy_engine(self, to: Path) -> None:
        """A consistent copy of the engine's database, as a backup takes it."""
        to.unlink(missing_ok=True)
        live = sqlite3.connect(f"file:{self.folder / 'temporal' / 'temporal.db'}?mode=ro", uri=True)
        with closing(live) as here, closing(sqlite3.connect(to)) as there:
            here.backup(there)

    def put_engine_back(self, copy: Path) -> None:
        """Stop the engine, put the copy in its place, start it."""
        self.temporal.stop()
        for end in ("-wal", "-shm"):
            (self.folder / "temporal" / f"temporal.db{end}").unlink(missing_ok=True)
        shutil.copyfile(copy, self.folder / "temporal" / "temporal.db")
        self.start_server("engine")

    def stop(self) -> None:
        """End everything this has started."""
        for part in self.parts.values():
            part.signal(signal.SIGCONT)
            part.signal(signal.SIGTERM)
        for part in self.parts.values():
            part.end()
        if self._links is not None:
            self._links.kill()
        for server in SERVERS:
            self.signal_server(server, signal.SIGCONT)
        self.temporal.stop()
        self.postgres.stop()
        if self.fills:
            unmount(self.disk)

    def _start_links(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute("SHOW unix_socket_directories").fetchone()
        assert row is not None
        at = {"database": f"{row[0]}/.s.PGSQL.5432", "engine": self.temporal.address}
        targets = {f"{part} {server}": at[server] for part in (*PARTS, *SPARE) for server in SERVERS}
        log = self.logs / "links.log"
        self._links = Process("tests.faults.proxy", json.dumps(targets), log, lambda _: self._answered.set())
        self._links.start()
        if not self._links.await_ready():
            raise ServerFailed(f"the links did not become ready; see {log}")
        self._ports = json.loads(self._links.said)
