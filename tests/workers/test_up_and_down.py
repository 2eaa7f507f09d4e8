"""Servers of one machine: started, announced, stopped, killed and found again."""

import asyncio
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from temporalio.client import Client

from machine.data_folder import DataFolder, FolderInUse, FolderUnusable
from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import EmbeddedTemporal
from machine.ports import choose_ports
from machine.postgres_binaries import system_user
from machine.server_process import ServerFailed
from machine.servers import servers
from office.run_info import RunInfo, read_run
from tests.workers.conftest import Up
from workers.engine.search_attributes import SEARCH_ATTRIBUTES, ensure_search_attributes, missing_search_attributes

pytestmark = pytest.mark.engine


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def start_a_workflow(run: RunInfo, name: str) -> None:
    client = await Client.connect(run.temporal, namespace=run.namespace)
    await client.start_workflow("NobodyRunsThis", id=name, task_queue="nobody")


async def test_what_was_kept_is_there_after_a_stop_and_a_start(up: Up) -> None:
    run = up.start()
    with psycopg.connect(run.database) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('噪音')")
    await start_a_workflow(run, "kept")
    assert up.stop() == 0
    assert not (up.folder / "run.json").exists()
    assert all(gone(pid) for pid in run.pids.values())

    run = up.start()
    with psycopg.connect(run.database) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("噪音",)]
        settings = [
            connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit", "max_connections")
        ]
        assert settings == [("on",), ("on",), ("200",)]
    client = await Client.connect(run.temporal, namespace=run.namespace)
    description = await client.get_workflow_handle("kept").describe()
    assert description.id == "kept"
    assert await missing_search_attributes(client) == []
    assert up.stop() == 0


def test_a_second_up_on_the_same_folder_is_refused_with_pid_and_folder(running: Up) -> None:
    run = read_run(running.folder)
    assert run is not None
    second = subprocess.run(
        [sys.executable, "-m", "tests.workers.up", str(running.folder)], capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert f"data folder {running.folder} is in use by another `suqiu up` (pid {run.pid})" in second.stderr
    assert read_run(running.folder) == run


async def test_after_a_kill_the_next_up_takes_over_the_database_and_replaces_temporal(up: Up) -> None:
    killed = up.start()
    with psycopg.connect(killed.database) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    await start_a_workflow(killed, "kept")
    up.kill()
    assert (up.folder / "run.json").exists()
    assert read_run(up.folder) is None  # stale: its writer is dead
    assert not any(gone(pid) for pid in killed.pids.values())

    run = up.start()
    assert run.pids["postgres"] == killed.pids["postgres"]
    assert gone(killed.pids["temporal"])
    with psycopg.connect(run.database) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    client = await Client.connect(run.temporal)
    assert (await client.get_workflow_handle("kept").describe()).id == "kept"
    assert up.stop() == 0
    assert all(gone(pid) for pid in run.pids.values())


async def test_servers_that_die_come_back_at_the_same_addresses(up: Up) -> None:
    before = up.start()
    for pid in before.pids.values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    after = read_run(up.folder)
    while time.monotonic() < deadline:
        after = read_run(up.folder)
        if after is not None and not set(after.pids.values()) & set(before.pids.values()):
            break
        await asyncio.sleep(0.1)
    assert after is not None
    assert (after.database, after.temporal) == (before.database, before.temporal)
    with psycopg.connect(after.database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    client = await Client.connect(after.temporal)
    assert await missing_search_attributes(client) == []
    assert '"event": "server.restarted"' in up.errors.read_text()
    assert up.stop() == 0
    assert all(gone(pid) for pid in after.pids.values())


@pytest.mark.parametrize("seconds", [0.05, 0.6])
async def test_broken_off_while_starting_nothing_is_left(short_folder: Path, seconds: float) -> None:
    async def never_ready() -> None:
        async with servers(short_folder / f"broken-off-{seconds}", port=0):
            await asyncio.sleep(60)

    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(never_ready(), seconds)
    left = set(psutil.Process().children(recursive=True)) - before
    assert {process for process in left if process.status() != psutil.STATUS_ZOMBIE} == set()
    with DataFolder(short_folder / f"broken-off-{seconds}"):
        pass


async def test_a_server_that_fails_takes_the_other_down_with_it(short_folder: Path) -> None:
    folder = short_folder / "half"
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(ServerFailed, match="Temporal on"):
        async with servers(folder, port=0, temporal_options=["no-value-at-all"]):
            pytest.fail("it did not start")
    assert set(psutil.Process().children(recursive=True)) - before == set()
    assert not (folder / "run.json").exists()


def test_everything_listens_on_this_machine_only(running: Up) -> None:
    run = read_run(running.folder)
    assert run is not None
    for name, pid in run.pids.items():
        listening = [c.laddr.ip for c in psutil.Process(pid).net_connections("inet") if c.status == "LISTEN"]
        assert set(listening) <= {"127.0.0.1"}, name
        if (table := Path(f"/proc/{pid}/net/tcp")).exists() and run.engine_private and name == "temporal":
            rows = [line.split() for line in table.read_text("ascii").splitlines()[1:]]  # of a network of its own
            assert {row[1].partition(":")[0] for row in rows if row[3] == "0A"} == {"0100007F"}
            assert table.with_name("tcp6").read_text("ascii").count(" 0A ") == 0
    assert stat.S_IMODE((running.folder / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((running.folder / "run.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((running.folder / "temporal" / "temporal.db").stat().st_mode) == 0o600


def test_a_path_too_long_for_a_socket_works_all_the_same(short_folder: Path) -> None:
    server = EmbeddedPostgres(short_folder / ("long" * 25) / "pg", logs=short_folder / "logs")
    server.start()
    try:
        with psycopg.connect(server.dsn()) as connection:
            assert connection.info.dbname == "suqiu"
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_as_root_a_database_goes_on_as_the_user_who_made_it(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("18")
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path / "PG_VERSION", nobody.pw_uid, -1)
    assert system_user(tmp_path) == nobody
    assert system_user(tmp_path / "new") == pwd.getpwnam("pgserver")


def test_variables_of_another_postgresql_do_not_lead_astray(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "5999", "PGHOST": "elsewhere", "PGDATABASE": "other", "PGUSER": "me"}.items():
        monkeypatch.setenv(name, value)
    server = EmbeddedPostgres(short_folder / "pg-env", logs=short_folder / "logs-env")
    server.start()
    try:
        with psycopg.connect(server.dsn()) as connection:
            assert (connection.info.dbname, connection.info.user) == ("suqiu", "postgres")
    finally:
        server.stop()


def test_a_broken_database_folder_fails_with_the_servers_own_words(short_folder: Path) -> None:
    folder = short_folder / "broken"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n")
    with pytest.raises(ServerFailed, match=r"ended while starting; .*postgres.log says:\n.*postgresql.conf"):
        EmbeddedPostgres(folder, logs=short_folder / "broken-logs").start()


def test_a_server_that_does_not_start_says_what_its_log_says(short_folder: Path) -> None:
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        short_folder / "wrong" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=short_folder / "wrong-logs",
        options=["no-value-at-all"],
    )
    with pytest.raises(ServerFailed, match="ended while starting") as refusal:
        server.start()
    assert "no-value-at-all" in str(refusal.value)
    assert not server.alive()


def test_a_folder_that_cannot_be_made_or_is_ours_already(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable, match="cannot be used: Not a directory"), DataFolder(tmp_path / "file/x"):
        pass
    with DataFolder(tmp_path / "data"), pytest.raises(FolderInUse), DataFolder(tmp_path / "data"):
        pass
    with DataFolder(tmp_path / "data"):
        pass


def test_a_run_file_of_a_younger_process_is_stale(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        run = RunInfo(
            database="d",
            temporal="t",
            temporal_ui="u",
            pid=os.getpid(),
            namespace="n",
            task_queue="q",
            pids={},
        )
        folder.announce(run)
        assert read_run(tmp_path) == run
        os.utime(tmp_path / "run.json", (1, 1))
        assert read_run(tmp_path) is None
        (tmp_path / "run.json").write_text("{")
        assert read_run(tmp_path) is None
    assert not (tmp_path / "run.json").exists()


async def test_an_outside_servers_namespace_gets_the_search_attributes_once(
    temporal_server: EmbeddedTemporal,
) -> None:
    from machine.embedded_temporal import temporal_program

    address = ["--address", temporal_server.address]
    create = [str(temporal_program()), "operator", "namespace", "create", "--namespace", "district-7", *address]
    await asyncio.to_thread(subprocess.run, create, check=True, capture_output=True)
    client = await Client.connect(temporal_server.address, namespace="district-7")
    deadline = time.monotonic() + 20
    while True:  # a new namespace is known everywhere after a moment
        try:
            assert set(await ensure_search_attributes(client)) <= set(SEARCH_ATTRIBUTES)
            if not await missing_search_attributes(client):
                break
        except Exception:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)
    assert await ensure_search_attributes(client) == []
