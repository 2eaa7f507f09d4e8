"""What the servers of a machine get to know, who may reach them, and what they write down."""

import errno
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from temporalio.client import Client

from machine import engine_question, launcher
from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import OPEN_PORTS, EmbeddedTemporal
from machine.gate import owner_of
from machine.ports import choose_ports
from machine.server_process import INHERITED
from machine.servers import servers
from office.run_info import RunInfo, read_run
from tests.workers.conftest import Up

pytestmark = pytest.mark.engine
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")

SECRETS = {
    "SUQIU_MASTER_KEY": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
    "SUQIU_LOG_KEY": "PRIVATE+KEY+canary-log",
    "SUQIU_APPRISE_URLS": "mailto://clerk:canary-gateway@example.org",
    "SMS_PASSWORD": "canary-sms",
    "PGPASSWORD": "canary-database",
    "TEMPORAL_API_KEY": "canary-temporal",
}
OUR_OWN = {"TEMPORAL_VERSION_CHECK_DISABLED"}
SOMEBODY = 12_345
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""How a gRPC client begins; a server answers with its settings."""


def family(run: RunInfo) -> list[psutil.Process]:
    """Both servers and every process of theirs."""
    heads = [psutil.Process(pid) for pid in run.pids.values()]
    return [*heads, *(each for head in heads for each in head.children(recursive=True))]


@pytest.fixture(scope="module")
def told(short_folder: Path) -> Iterator[Up]:
    """An `up` in whose environment all secrets of an office are."""
    it = Up(short_folder / "told")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        it.start()
    yield it
    it.stop()
    it.clean()


@pytest.fixture
def run(told: Up) -> RunInfo:
    found = read_run(told.folder)
    assert found is not None
    return found


@on_linux
def test_servers_get_an_allow_list_of_the_environment(run: RunInfo) -> None:
    for process in family(run):
        has = Path(f"/proc/{process.pid}/environ").read_bytes()
        assert [name for name, value in SECRETS.items() if value.encode() in has] == [], process.name()
    for pid in run.pids.values():
        assert set(psutil.Process(pid).environ()) <= {*INHERITED, *OUR_OWN}


@on_linux
def test_no_process_of_a_server_dumps_its_memory(run: RunInfo) -> None:
    for process in family(run):
        limits = Path(f"/proc/{process.pid}/limits").read_text("ascii")
        assert re.search(r"Max core file size +0 +0 ", limits), process.name()


@as_root
def test_as_root_each_server_is_somebody_of_its_own(run: RunInfo) -> None:
    users = {name: psutil.Process(pid).uids() for name, pid in run.pids.items()}
    assert users["postgres"].real == pwd.getpwnam("pgserver").pw_uid
    assert users["temporal"].real == pwd.getpwnam("suqiu-temporal").pw_uid
    assert 0 not in {uid for each in family(run) for uid in each.uids()}
    assert len({each.real for each in users.values()}) == 2, "who has taken one over does not have the other"


@as_root
async def test_as_root_no_folder_is_opened_for_them(short_folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=short_folder) as parent:
        above = Path(parent)
        (above / "closed").mkdir(mode=0o700)
        before = {each: each.stat().st_mode for each in (above, above / "closed")}
        async with servers(above / "closed" / "data", port=0) as run:
            with psycopg.connect(run.database) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert {each: each.stat().st_mode for each in before} == before


def test_the_databases_log_has_neither_values_nor_statements(short_folder: Path) -> None:
    canary = "张三丰13812345678"
    server = EmbeddedPostgres(short_folder / "quiet", logs=short_folder / "quiet-logs")
    server.start()
    try:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE person (name text PRIMARY KEY CHECK (name <> 'nobody'), born date)")
            connection.execute("INSERT INTO person VALUES (%s)", (canary,))
            for wrong in (
                "INSERT INTO person VALUES (%(value)s)",  # the detail names the key
                "SELECT %(value)s::integer",  # the message names the value
                "UPDATE person SET born = %(value)s::text::date",
                "DO $$ BEGIN RAISE WARNING '张三丰13812345678'; RAISE EXCEPTION '张三丰13812345678'; END $$",
            ):
                with pytest.raises(psycopg.Error) as told_to_who_asked:
                    connection.execute(wrong, {"value": canary} if "%(" in wrong else None)
                assert canary in str(told_to_who_asked.value)
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT '张三丰13812345678' FROM nowhere")
            connection.execute("SET log_min_duration_statement = -1")
    finally:
        server.stop()
    written = (short_folder / "quiet-logs" / "postgres.log").read_text("utf-8")
    assert "database system is ready" in written
    assert canary not in written
    assert "SELECT" not in written


def says(port: int, uid: int) -> bytes:
    """What a server says to a process of another user that greets it; nothing where it hangs up."""
    greet = (
        "import socket, sys\n"
        f"s = socket.create_connection(('127.0.0.1', {port}), 10)\n"
        f"s.sendall({HELLO!r})\n"
        "try:\n    sys.stdout.buffer.write(s.recv(100))\n"
        "except ConnectionError:\n    pass\n"
    )
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    done = subprocess.run(
        [python, "-I", "-c", greet], capture_output=True, check=True, user=uid, group=uid, extra_groups=[], cwd="/"
    )
    return done.stdout


def listening(pid: int) -> set[int]:
    """The ports that are listened on in a process's network."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text("ascii").splitlines()[1:]]
    return {int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A"}


@as_root
@on_linux
def test_another_user_reaches_no_port_of_the_engine(run: RunInfo) -> None:
    port = int(run.temporal.rpartition(":")[2])
    assert run.engine_private
    assert says(port, os.geteuid()) != b""
    for somebody in (SOMEBODY, pwd.getpwnam("pgserver").pw_uid):
        assert says(port, somebody) == b""
    inside = listening(run.pids["temporal"])
    assert port in inside
    assert len(inside) >= 5, "its services, its figures, its HTTP"
    for number in inside - {port}:
        with socket.socket() as anybody:
            assert anybody.connect_ex(("127.0.0.1", number)) == errno.ECONNREFUSED


@on_linux
def test_whose_a_connection_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, Path("/proc/self/net/tcp").open("rb") as table:
        caller = socket.create_connection(door.getsockname())
        accepted, _ = door.accept()
        with accepted:
            with caller:
                assert owner_of(accepted, table.fileno()) == os.geteuid()
            assert owner_of(accepted, table.fileno()) in (None, 0, os.geteuid()), "nobody else gets its place"


@on_linux
async def test_nobody_takes_the_engines_port_while_it_is_away(up: Up) -> None:
    run = up.start()
    host, _, port = run.temporal.rpartition(":")
    os.kill(run.pids["temporal"], signal.SIGKILL)
    until = time.monotonic() + 30
    while True:
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            socket.create_server((host, int(port)))
        now = read_run(up.folder)
        if now is not None and now.engine and now.pids.get("temporal") != run.pids["temporal"]:
            break
        assert time.monotonic() < until
    client = await Client.connect(run.temporal)
    assert client.namespace == "default"


@on_linux
def test_where_the_system_allows_no_network_of_its_own_that_is_said(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses = "import machine.launcher as it; it._possible = lambda: False; it.main(sys.argv[1:])"
    monkeypatch.setattr(launcher, "_RUN", f"import sys; sys.path.insert(0, sys.argv.pop(1)); {refuses}")
    said: list[str] = []
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        short_folder / "open" / "temporal.db", port=ports.temporal, logs=short_folder / "open-logs", say=said.append
    )
    server.start()
    try:
        assert not server.private
        assert said == [OPEN_PORTS]
        assert server.answers()
    finally:
        server.stop()


def test_its_web_pages_are_there_for_who_asks_for_them(short_folder: Path, run: RunInfo) -> None:
    assert run.temporal_ui is None
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        short_folder / "pages" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=short_folder / "pages-logs",
    )
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", ports.temporal_ui)) as page:
            page.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert page.recv(100).startswith(b"HTTP/1.0 200")
        if os.geteuid() == 0 and server.private:
            assert says(ports.temporal_ui, SOMEBODY) == b""
    finally:
        server.stop()


def test_a_server_that_only_listens_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert not engine_question.answers(silent.getsockname()[1], 0.3)
        assert time.monotonic() - begun < 3
        port = silent.getsockname()[1]
    assert not engine_question.answers(port, 0.3)


async def test_a_folder_of_an_earlier_version_opens(up: Up) -> None:
    """Given the engine's file among our own, owned by who runs us, then it is moved and nothing on it is lost."""
    run = up.start()
    client = await Client.connect(run.temporal)
    await client.start_workflow("NobodyRunsThis", id="kept", task_queue="nobody")
    assert up.stop() == 0
    for file in (up.folder / "temporal").iterdir():
        os.chown(file, os.geteuid(), os.getegid())
        file.rename(up.folder / file.name)
    (up.folder / "temporal").rmdir()
    (up.folder / "temporal.new").rename(up.folder / "temporal.db.new")

    run = up.start()
    client = await Client.connect(run.temporal)
    assert (await client.get_workflow_handle("kept").describe()).id == "kept"
    assert not list(up.folder.glob("temporal.db*"))
    assert (up.folder / "temporal.new").exists(), "that it is still to be filled is not forgotten"
    assert up.stop() == 0
