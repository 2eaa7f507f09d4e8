"""Servers looked after for good: whatever goes wrong is said, waited out, tried again."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine import looking_after
from machine.embedded_temporal import EmbeddedTemporal
from machine.engine_database import EngineDatabase, says_broken
from machine.looking_after import Keeper
from machine.ports import choose_ports
from machine.server_process import ServerFailed
from office.run_info import read_run
from tests.workers.conftest import Up

PATIENCE = 150.0  # seconds, on a machine that is busy


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


class Troubled:
    """A server that meets the trouble of a list, one a start, and then runs; it is `dead` or `silent` when told to."""

    name = "troubled"

    def __init__(self, *trouble: Exception) -> None:
        self.trouble = list(trouble)
        self.pid = 0
        self.dead = self.silent = False
        self.asked = 0

    def alive(self) -> bool:
        return self.pid > 0 and not self.dead

    def answers(self) -> bool:
        self.asked += 1
        return not self.silent

    def start(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.pid, self.dead, self.silent = self.pid + 1, False, False

    def replace_hung(self) -> None:
        self.start()

    def give_up_starting(self) -> None:
        return

    def stop(self) -> None:
        self.dead = True


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_after, "WATCH_EVERY", 0.01)
    monkeypatch.setattr(looking_after, "ASK_EVERY", 0.0)
    monkeypatch.setattr(looking_after, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(looking_after, "LONGEST_PAUSE", 0.02)


TROUBLE = (
    OSError(28, "No space left on device"),
    psutil.NoSuchProcess(1),
    psycopg.OperationalError("the server closed the connection"),
    RuntimeError(""),
    ValueError("something nobody thought of"),
)


async def test_whatever_happens_a_server_that_died_is_started_again_and_each_trouble_is_said() -> None:
    said: list[str] = []
    changes: list[bool] = []
    server = Troubled()
    keeper = Keeper(server, "the server", lambda: changes.append(keeper.up.is_set()), said.append)
    await keeper.first
    server.trouble, server.dead = list(TROUBLE), True
    await until(lambda: server.pid == 2 and keeper.up.is_set())
    await until(lambda: said[-1:] == ["the server: runs again"])
    assert len([each for each in said if "for as long as it takes" in each]) == len(TROUBLE)
    assert "the server: [Errno 28] No space left on device" in said[0]
    assert False in changes
    await keeper.end()
    assert server.dead


async def test_what_cannot_be_announced_or_said_is_announced_later_and_nothing_ends() -> None:
    full, announced = [True], []

    def changed() -> None:
        if full[0]:
            raise OSError(28, "No space left on device")
        announced.append(server.pid)

    def gone(_sentence: str) -> None:
        raise BrokenPipeError

    server = Troubled()
    keeper = Keeper(server, "the server", changed, gone)
    await keeper.first
    server.dead = True
    await until(lambda: server.pid == 2)
    full[0] = False
    await until(lambda: 2 in announced)
    await keeper.end()


async def test_a_server_that_lives_but_is_silent_is_replaced_and_one_late_answer_is_enough() -> None:
    server = Troubled()
    keeper = Keeper(server, "the server", lambda: None, lambda _: None)
    await keeper.first
    await until(lambda: server.asked > 2)
    assert server.pid == 1
    server.silent = True
    await until(lambda: server.pid == 2)
    assert not server.silent
    await keeper.end()


async def test_the_first_start_that_fails_is_told_and_tried_again() -> None:
    server = Troubled(OSError(28, "No space left on device"))
    keeper = Keeper(server, "the server", lambda: None, lambda _: None)
    with pytest.raises(OSError, match="No space left"):
        await keeper.first
    await until(keeper.up.is_set)
    await keeper.end()


@pytest.mark.engine
async def test_servers_stopped_by_a_signal_are_replaced_at_the_same_addresses(up: Up) -> None:
    before = up.start("--hasty")
    names = ("postgres", "temporal")
    for name in names:
        os.kill(before.pids[name], signal.SIGSTOP)

    def replaced() -> bool:
        run = read_run(up.folder)
        return run is not None and run.ready and all(run.pids[name] != before.pids[name] for name in names)

    await until(replaced)
    after = read_run(up.folder)
    assert after is not None
    assert (after.database, after.temporal) == (before.database, before.temporal)
    with psycopg.connect(after.database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    for name in names:
        assert not psutil.pid_exists(before.pids[name]) or psutil.Process(before.pids[name]).status() == "zombie"
    assert up.stop() == 0


def broken(file: Path, how: str) -> None:
    """Break an engine's database in one of the ways disks and people do."""
    whole = file.read_bytes()
    ways = {
        "garbage": os.urandom(len(whole)),
        "garbage in the middle": whole[: len(whole) // 2] + os.urandom(20_000) + whole[len(whole) // 2 + 20_000 :],
        "truncated": whole[: len(whole) // 3],
        "empty": b"",
        "another program's": None,
    }
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    if (content := ways[how]) is not None:
        file.write_bytes(content)
        return
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name text)")
    connection.close()


@pytest.mark.engine
@pytest.mark.parametrize("how", ["garbage", "garbage in the middle", "truncated", "empty", "another program's"])
def test_a_broken_engine_database_is_set_aside_and_kept_and_a_fresh_one_is_made(short_folder: Path, how: str) -> None:
    said: list[str] = []
    folder = short_folder / f"engine-{how.replace(' ', '-')}"
    folder.mkdir()
    ports = choose_ports(0)

    def server() -> EmbeddedTemporal:
        return EmbeddedTemporal(
            folder / "temporal" / "temporal.db",
            port=ports.temporal,
            ui_port=ports.temporal_ui,
            logs=folder,
            say=said.append,
        )

    first = server()
    first.start()
    assert first.database.new  # nothing was brought into it
    first.database.brought_back()
    first.stop()
    broken(folder / "temporal" / "temporal.db", how)
    content = (folder / "temporal" / "temporal.db").read_bytes()

    second = server()
    second.start()
    try:
        assert second.answers()
        assert second.database.new
        (kept,) = (folder / "temporal").glob("temporal.db.broken-????????T??????")
        if how not in ("empty", "another program's"):  # there the server itself has begun to write into it
            assert kept.read_bytes() == content
        (sentence,) = said
        assert kept.name in sentence
        assert "brought back from the log" in sentence
    finally:
        second.stop()


@pytest.mark.engine
def test_a_sound_database_stays_also_when_it_is_locked_slow_or_the_server_fails_for_another_reason(
    short_folder: Path,
) -> None:
    folder = short_folder / "engine-sound"
    folder.mkdir()
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        folder / "temporal" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=folder,
        say=pytest.fail,
    )
    server.start()
    server.stop()
    file = EngineDatabase(folder / "temporal" / "temporal.db")
    assert file.wrong() is None
    assert file.wrong(lambda: True) is None  # a look that was broken off has found nothing
    with sqlite3.connect(file.file) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert file.wrong() is None
    holder.close()
    refused = EmbeddedTemporal(
        folder / "temporal" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=folder,
        options=["no-value-at-all"],
        say=pytest.fail,
    )
    with pytest.raises(RuntimeError, match="ended while starting"):
        refused.start()
    assert list(folder.rglob("*.broken-*")) == []


@contextmanager
def another_user(file: Path) -> Iterator[None]:
    """Be somebody who may neither read nor write a file."""
    file.chmod(0)
    ours = os.geteuid()
    if ours == 0:  # whom no mode stops
        os.seteuid(12_345)
    try:
        yield
    finally:
        os.seteuid(ours)
        file.chmod(0o600)


def test_a_database_that_this_user_may_not_read_is_not_broken_and_stays(short_folder: Path) -> None:
    folder = short_folder / "engine-not-ours"
    folder.mkdir(mode=0o755)
    folder.chmod(0o777)
    (folder / "temporal").mkdir()
    (folder / "temporal").chmod(0o777)
    with sqlite3.connect(folder / "temporal" / "temporal.db") as connection:
        connection.execute("CREATE TABLE executions (name text)")
    connection.close()
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        folder / "temporal" / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=folder,
        say=pytest.fail,
    )
    with (
        another_user(folder / "temporal" / "temporal.db"),
        pytest.raises(ServerFailed, match="may not read and write it: give"),
    ):
        server.start()
    assert {each.name for each in folder.rglob("*")} == {"temporal", "temporal.db"}
    assert EngineDatabase(folder / "temporal" / "temporal.db").wrong() is None


def test_the_mark_of_a_new_database_outlives_a_kill_and_a_file_that_is_there_gets_none(tmp_path: Path) -> None:
    database = EngineDatabase(tmp_path / "temporal.db")
    database.begin()
    assert EngineDatabase(database.file).new
    database.file.touch()
    database.brought_back()
    database.begin()
    assert not EngineDatabase(database.file).new


@given(
    st.text(alphabet=st.characters(exclude_characters="\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")),
    st.sampled_from(["malformed", "no such table"]),
)
def test_only_the_servers_own_last_word_counts_as_broken(line: str, words: str) -> None:
    assert says_broken(f'{{"level":"warn","error":"{words}"}}\n{line}') is None or line.startswith("Error:")
    assert says_broken(f"{line}\nError: failed: database disk image is malformed (11)\n") is not None
