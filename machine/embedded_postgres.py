"""A real PostgreSQL for one machine: created, started, stopped and adopted in one data directory.

It listens on a unix socket in a folder that only its own user enters; there is no password and no TCP port. `fsync` and
`synchronous_commit` keep their default: on. Its log has no values and no statements: an error is told to who asked.
"""

import hashlib
import os
import pwd
import signal
import socket
import struct
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import structlog

from eventstore.server import make_database
from machine.launcher import command
from machine.postgres_binaries import binaries, system_user
from machine.server_process import ServerFailed, ServerProcess, inherited, plan_for, tail

DATABASE = "suqiu"
SUPERUSER = "postgres"
MAX_CONNECTIONS = 200
READY_WITHIN = 120.0  # seconds; recovery after a crash takes part of it
_PORT = 5432  # names the socket; no TCP port is opened
_SOCKET = f".s.PGSQL.{_PORT}"
_SOCKET_PATH_BYTES = 100  # the kernel's limit is 107 on Linux, 103 elsewhere
ANSWERS_WITHIN = 5.0  # seconds
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # what every client may ask first; the answer is one letter
# An error quotes what was sent ("invalid input syntax for type integer: …"), as do its detail and its statement.
QUIET_LOG = (
    "log_min_messages=log",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_statement=none",
    "log_duration=off",
    "log_min_duration_statement=-1",
    "log_min_duration_sample=-1",
    "log_transaction_sample_rate=0",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
)
_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))  # fast, immediate, gone

log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """PostgreSQL on one data directory. `start` also adopts a server that a killed process left running."""

    name = "postgres"

    def __init__(self, directory: Path, *, logs: Path, database: str = DATABASE) -> None:
        self.directory = directory
        self.database = database
        self._log = logs / "postgres.log"
        self._sockets = directory
        self._process: ServerProcess | None = None
        self._given_up = threading.Event()

    @property
    def pid(self) -> int:
        """The postmaster's pid; 0 before the start."""
        return self._process.pid if self._process else 0

    def dsn(self, database: str | None = None) -> str:
        """Return the DSN of `database` (default: ours) for psycopg."""
        host = quote(str(self._sockets), safe="")
        return f"postgresql://{SUPERUSER}@/{database or self.database}?host={host}&port={_PORT}"

    def alive(self) -> bool:
        """Say whether the postmaster runs."""
        return self._process is not None and self._process.alive()

    def start(self) -> None:
        """Start or adopt the server, and create the database if it is missing. Raises ServerFailed."""
        user = system_user(self.directory)
        self._make_cluster(user)
        if not self._take_over():
            self._sockets = self._socket_folder(user)
            self._start_postmaster(user)
        try:
            self.make_database(self.database)
        except psycopg.Error as error:
            raise ServerFailed(f"PostgreSQL in {self.directory}: {error}; its log: {self._log}") from None

    def answers(self) -> bool:
        """Whether it answers, even while it recovers or has no connection left."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(ANSWERS_WITHIN)
            try:
                asking.connect(str(self._sockets / _SOCKET))
                asking.sendall(_SSL_REQUEST)
                return bool(asking.recv(1))
            except OSError:
                return False

    def replace_hung(self) -> None:
        """Kill the process and start again, as after a power cut. Raises ServerFailed, OSError."""
        if self._process is not None:
            self._process.kill()
        self.start()

    def give_up_starting(self) -> None:
        """Make a `start` in another thread fail soon; `stop` resets this."""
        self._given_up.set()

    def stop(self) -> None:
        """Fast shutdown: connections are cut, everything committed is on disk."""
        if self._process is not None:
            self._process.stop(_STOP)
            self._process = None
            if self._sockets != self.directory:
                with suppress(OSError):
                    self._sockets.rmdir()
        self._given_up.clear()

    def make_database(self, name: str) -> None:
        """Create the database `name` unless it exists."""
        make_database(self.dsn("postgres"), name)

    def _make_cluster(self, user: pwd.struct_passwd | None) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if user is not None:
                os.chown(self.directory, user.pw_uid, user.pw_gid)  # changes nothing but a new folder
        except OSError as error:
            raise ServerFailed(f"{self.directory} cannot be used: {error.strerror}") from None
        if (self.directory / "PG_VERSION").exists():
            return
        # The collation does not depend on the machine's locales, so that indexes survive an upgrade of it.
        collation = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        tuning = ("-c", f"max_connections={MAX_CONNECTIONS}", "-c", "timezone=UTC", "-c", "log_timezone=UTC")
        rest = ("--auth=trust", "--no-instructions", *collation, *tuning)
        initdb = [str(binaries() / "initdb"), "-D", str(self.directory), "-U", SUPERUSER, *rest]
        made = subprocess.run(
            command(plan_for(user, self.directory, binaries().parent), initdb),
            cwd="/",
            env=inherited(),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise ServerFailed(f"initdb in {self.directory} failed: {made.stderr.strip()}")

    def _take_over(self) -> bool:
        """Whether a postmaster left running could be adopted; not one that is shutting down."""
        self._process = self._left_running()
        if self._process is None:
            return False
        try:
            self._await_ready()
        except ServerFailed:
            if self.alive() and (self._given_up.is_set() or self.answers()):
                raise
            self._process.kill()  # gone already, or it hangs
            return False
        log.info("postgres.taken_over", pid=self.pid)
        return True

    def _left_running(self) -> ServerProcess | None:
        """Return the postmaster that already serves this directory; its pid file says where the socket is."""
        with suppress(OSError, ValueError, IndexError):
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
            found = ServerProcess.adopt(int(lines[0]), program="postgres", argument=str(self.directory))
            if found is not None and found.alive():
                self._sockets = Path(lines[4])
                return found
        return None

    def _socket_folder(self, user: pwd.struct_passwd | None) -> Path:
        """The data directory; if its path is too long for a socket, a private folder in /tmp."""
        if len(os.fsencode(self.directory / _SOCKET)) <= _SOCKET_PATH_BYTES:
            return self.directory
        owner = os.geteuid() if user is None else user.pw_uid
        name = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        folder = Path("/tmp") / f"suqiu-{owner}-{name}"  # noqa: S108 (made 0700, and its owner is checked)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
            raise ServerFailed(f"{folder}, for the database's socket, belongs to somebody else: remove it")
        return folder

    def _start_postmaster(self, user: pwd.struct_passwd | None) -> None:
        argv = [str(binaries() / "postgres"), "-D", str(self.directory), "-k", str(self._sockets)]
        argv += ["-p", str(_PORT), "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]
        for setting in QUIET_LOG:
            argv += ["-c", setting]
        plan = plan_for(user, self.directory, binaries().parent)
        # After a killed postmaster its last children may hold the shared memory for a moment: try again.
        patience = time.monotonic() + 15
        while True:
            self._process = ServerProcess.spawn(argv, log=self._log, plan=plan)
            try:
                return self._await_ready()
            except ServerFailed:
                held = "shared memory block" in tail(self._log)
                if not held or self.alive() or self._given_up.is_set() or time.monotonic() > patience:
                    self._process.stop(_STOP)
                    raise
                time.sleep(0.5)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self.alive() and not self._given_up.is_set():
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        end = f"not ready within {READY_WITHIN:.0f} s" if self.alive() else "ended while starting"
        raise ServerFailed(f"PostgreSQL in {self.directory}: {end}; {self._log} says:{tail(self._log)}")
