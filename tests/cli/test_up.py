"""`suqiu up` and its parts: started, refused, asked to stop, started again."""

import base64
import os
import re
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from machine.embedded_temporal import EmbeddedTemporal
from office.run_info import RunInfo, read_run
from tests.cli.conftest import PROGRAM, Shell, Start
from tests.towns import FROZEN

pytestmark = pytest.mark.engine


def test_what_was_taken_in_is_there_after_a_stop_and_a_start(short_folder: Path, start: Start) -> None:
    shell = Shell(short_folder / "again")
    up = start(shell, "up", "--port", "0")
    assert {"database", "temporal", "engine_private", "pid", "logs"} <= set(up.ready)
    assert "temporal_ui" not in up.ready, "its pages are there for who asks for them"
    if (limits := Path(f"/proc/{up.process.pid}/limits")).exists():
        assert re.search("Max core file size +0 +0 ", limits.read_text("ascii")), "it has the keys in memory"
        assert limits.with_name("environ").stat().st_uid == 0, "and shows it to no process of its user"
    second = shell("up", "--port", "0", "--json")
    assert second.code == 1
    assert f"in use by another `suqiu up` (pid {up.process.pid})" in second.row["error"]
    receipt = shell.receipt("电线杆歪了，怕砸到人，请尽快处理")
    shown = shell.until(receipt, "proposed", "dispatched")
    assert up.stop(signal.SIGINT) == 0
    assert not (shell.data / "run.json").exists()
    gone = shell("petition", "show", receipt)
    assert gone.code == 1
    assert "nothing runs on" in gone.err

    up = start(shell, "up", "--port", "0")
    assert shell("petition", "show", receipt, "--json").row["timeline"] == shown["timeline"]
    assert shell.near("ledger", "--json").row["total"] == 1
    assert up.stop() == 0
    assert "Traceback" not in up.errors.read_text()


def test_asked_to_stop_while_busy_or_still_starting_it_ends_in_order(
    short_folder: Path, start: Start, tmp_path: Path
) -> None:
    shell = Shell(short_folder / "busy")
    up = start(shell, "up", "--port", "0")
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f'{{"text": "第{number}户自来水发黄，已经一周"}}\n' for number in range(600)))
    assert shell("submit", "--from", str(file)).code == 0
    begun = time.monotonic()
    assert up.stop() == 0
    assert time.monotonic() - begun < 30

    starting = subprocess.Popen([PROGRAM, "up", "--port", "0"], env=shell.env(), stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not psutil.Process(starting.pid).children() and time.monotonic() < until:
        time.sleep(0.02)  # a server of its own is being started
    starting.send_signal(signal.SIGTERM)
    assert starting.wait(15) == 0
    assert not (shell.data / "run.json").exists()
    up = start(shell, "up", "--port", "0")
    assert shell.near("submit", "--from", str(file), "--json").rows[0]["repeated"] is True
    assert up.stop() == 0


def test_what_up_cannot_use_is_said_in_a_sentence(alone: Shell, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = alone("up", "--port", str(port), "--json")
    assert answer.code == 1
    assert f"port {port} on 127.0.0.1 is in use" in answer.row["error"]
    assert alone("up", "--port", "99999").code == 2
    (tmp_path / "file").write_text("")
    unusable = Shell(tmp_path / "file" / "data")("up", "--port", "0")
    assert unusable.code == 1
    assert "cannot be used" in unusable.err
    alone.environment["SUQIU_DATABASE_URL"] = "postgresql://127.0.0.1:1/suqiu"
    assert "unset it" in alone("up", "--port", "0").err


def test_parts_without_servers_fail_at_once_with_a_sentence(alone: Shell) -> None:
    for part in ("worker", "relay", "project"):
        nothing = alone(part)
        assert nothing.code == 1
        assert "nothing runs on" in nothing.err
    alone.environment |= {"SUQIU_DATABASE_URL": "postgresql://127.0.0.1:1/suqiu"}
    for command in (("worker",), ("project",), ("ledger",), ("submit", "文字")):
        lost = alone.near(*command)
        assert lost.code == 1, lost
        assert "the database cannot be reached" in lost.err
        assert "Traceback" not in lost.err
    assert alone.near("doctor").code == 1
    alone.environment |= {"SUQIU_MASTER_KEY": "short"}
    assert alone.near("relay").code in {1, 2}


def test_parts_of_their_own_beside_outside_servers_carry_petitions_on_together(
    short_folder: Path, database: str, temporal_server: EmbeddedTemporal, start: Start, tmp_path: Path
) -> None:
    shell = Shell(
        short_folder / "parts",
        {
            "SUQIU_DATABASE_URL": database,
            "SUQIU_MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
            "TEMPORAL_ADDRESS": temporal_server.address,
            "TEMPORAL_NAMESPACE": "default",
        },
    )
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(f'{{"text": "第{number}栋楼道灯坏了没有人来修"}}\n' for number in range(30)))
    adopted = shell("rulebook", "adopt", str(FROZEN), "--json")
    assert (adopted.code, adopted.row["adopted"], adopted.row["number"]) == (0, True, 1), adopted
    assert shell("submit", "--from", str(file)).code == 0
    parts = [start(shell, part) for part in ("worker", "worker", "relay", "relay", "project")]
    deadline = time.monotonic() + 60
    ledger = partial(shell.near, "ledger", "--json")
    while ledger("--status", "received").row["total"] or not ledger().row["total"]:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert ledger().row["total"] == 30
    for part in reversed(parts):
        assert part.stop() == 0, part.errors.read_text()


def begun(shell: Shell, log: Path) -> subprocess.Popen[bytes]:
    """An `up` that may still be starting, what it says in a file."""
    with log.open("ab") as said:
        return subprocess.Popen([PROGRAM, "up", "--port", "0"], env=shell.env(), stdout=said, stderr=said)


def announced(shell: Shell, *, ready: bool, up: subprocess.Popen[bytes]) -> RunInfo:
    """What `run.json` says, once it does (and once everything runs)."""
    until = time.monotonic() + 150
    while True:
        run = read_run(shell.data)
        if run is not None and run.pid == up.pid and (run.ready or not ready):
            return run
        assert up.poll() is None
        assert time.monotonic() < until, run
        time.sleep(0.05)


def test_petitions_are_taken_in_while_the_engine_cannot_start_and_go_on_when_it_can(
    short_folder: Path, tmp_path: Path
) -> None:
    shell, log = Shell(short_folder / "late"), tmp_path / "up.txt"
    in_the_way = shell.data / "logs" / "temporal.log"
    in_the_way.mkdir(parents=True)  # the engine cannot say anything anywhere, and so not run
    up = begun(shell, log)
    try:
        run = announced(shell, ready=False, up=up)
        assert (run.ready, run.engine) == (False, False)
        receipt = shell.receipt("电线杆歪了，怕砸到人，请尽快处理")
        assert shell.near("petition", "show", receipt, "--json").row["status"] == "received"
        refused = shell("workflows", "rebuild")
        assert refused.code == 1
        assert "still starting" in refused.err
        assert f"(pid {up.pid})" in refused.err
        unready = shell("doctor")
        assert unready.code == 1
        assert "takes petitions in" in unready.out + unready.err
        in_the_way.rmdir()
        assert announced(shell, ready=True, up=up).pids["temporal"]
        shell.until(receipt, "proposed", "dispatched")
        said = log.read_text()
        assert "petitions are taken in; the engine (Temporal) is still starting" in said
        assert "cannot be run: Is a directory; tried again in 2 s" in said
        assert "for as long as it takes" in said
        assert "the engine (Temporal): runs again" in said
    finally:
        up.terminate()
        assert up.wait(60) == 0


def test_a_broken_engine_database_is_set_aside_with_a_sentence_and_petitions_go_on(
    short_folder: Path, start: Start
) -> None:
    shell = Shell(short_folder / "broken-engine")
    up = start(shell, "up", "--port", "0")
    receipts = [shell.receipt(f"第{number}栋楼道灯坏了没有人来修") for number in range(3)]
    for receipt in receipts:
        shell.until(receipt, "proposed", "dispatched")
    assert up.stop() == 0
    database = shell.data / "temporal" / "temporal.db"
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    database.write_bytes(b"not what it was" * 10_000)

    up = start(shell, "up", "--port", "0")
    said = up.errors.read_text()
    assert "the engine's database is broken (file is not a database): it was set aside as temporal.db.broken-" in said
    assert "3 of 3 open petitions and orders wait again" in said
    assert "temporal.database_set_aside" in (shell.data / "logs" / "suqiu.log").read_text()
    reconciled = shell.near("workflows", "reconcile", "--json")
    assert (reconciled.code, reconciled.row["total"]) == (0, 0), reconciled
    new = shell.receipt("电线杆歪了，怕砸到人，请尽快处理")
    shell.until(new, "proposed", "dispatched")
    assert up.stop() == 0


def test_up_outlives_the_terminal_it_was_begun_in(short_folder: Path) -> None:
    """Given nobody at the other end of what it says, then it says so much the less and carries petitions on.

    Begun unsigned, as beside a copy, it makes no key and signs nothing.
    """
    shell = Shell(short_folder / "unheard")
    shell.data.mkdir(parents=True)
    (shell.data / "temporal.db").write_bytes(b"not what it was" * 10_000)  # where earlier versions had it
    heard, says = os.pipe()
    command = [PROGRAM, "up", "--unsigned", "--port", "0"]
    up = subprocess.Popen(command, env=shell.env(), stdout=says, stderr=says)
    os.close(heard)
    os.close(says)
    try:
        announced(shell, ready=True, up=up)
        shell.until(shell.receipt("电线杆歪了，怕砸到人，请尽快处理"), "proposed", "dispatched")
        assert [each.name for each in (shell.data / "temporal").glob("temporal.db.broken-*")]
        assert not (shell.data / "keys" / "log.key").exists()
        refused = shell.near("audit", "checkpoint", "--json")
        assert (refused.code, "no log key" in refused.row["error"]) == (2, True)
        assert shell.near("audit", "verify", "--json").row["checkpoints"] == 0
    finally:
        up.terminate()
        assert up.wait(60) == 0


def test_an_engine_lost_while_nothing_can_be_written_down_is_brought_back_all_the_same(
    short_folder: Path, start: Start
) -> None:
    """Given a data folder where `run.json` cannot be written, when the engine's work begins anew, then `up` goes on."""
    shell = Shell(short_folder / "unwritten")
    up = start(shell, "up", "--port", "0")
    shell.until(shell.receipt("楼道灯坏了三天没有人来修"), "proposed", "dispatched")
    run = read_run(shell.data)
    assert run is not None
    log = shell.data / "logs" / "suqiu.log"
    announcement = shell.data / "run.json"
    announcement.unlink()
    (announcement / "in-the-way").mkdir(parents=True)
    (shell.data / "temporal" / "temporal.db").write_bytes(b"not what it was" * 10_000)
    os.kill(run.pids["temporal"], signal.SIGKILL)
    until = time.monotonic() + 150
    while '"engine_side.not_announced"' not in log.read_text():  # what is there was brought back by then
        assert up.process.poll() is None, up.errors.read_text()
        assert time.monotonic() < until, log.read_text()[-4_000:]
        time.sleep(0.2)
    (announcement / "in-the-way").rmdir()
    announcement.rmdir()
    announced(shell, ready=True, up=up.process)
    shell.until(shell.receipt("电线杆歪了，怕砸到人，请尽快处理"), "proposed", "dispatched")
    assert up.stop() == 0


@pytest.mark.parametrize("pause", [0.0, 0.4])
def test_signals_that_come_together_or_while_it_ends_end_everything_with_0(
    short_folder: Path, start: Start, pause: float
) -> None:
    shell = Shell(short_folder / f"signals-{pause}")
    up = start(shell, "up", "--port", "0")
    servers = [psutil.Process(pid) for pid in up.ready["pids"].values()]
    family = servers + [child for server in servers for child in server.children(recursive=True)]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGINT, signal.SIGTERM):
        up.process.send_signal(number)
        time.sleep(pause)
    assert up.process.wait(60) == 0
    _, left = psutil.wait_procs(family, 5)
    assert left == []
    assert not (shell.data / "run.json").exists()
    assert "Traceback" not in up.errors.read_text()
