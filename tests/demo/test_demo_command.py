"""`suqiu demo` without --keep: it cleans up after itself, also when it is broken off or cannot start."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.demo.conftest import SUQIU, suqiu

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]


def children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_it_ends_with_exit_0_and_leaves_nothing(short_folder: Path) -> None:
    temporary = short_folder / "t"
    temporary.mkdir(mode=0o711)
    ran = suqiu("demo", "--port", "0", TMPDIR=str(temporary))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "台账与事件日志一致" in ran.stdout
    assert "suqiu demo --keep" in ran.stdout
    assert not list(temporary.glob("suqiu-demo-*"))


def test_broken_off_it_stops_its_servers(short_folder: Path) -> None:
    temporary = short_folder / "b"
    temporary.mkdir(mode=0o711)
    process = subprocess.Popen(
        [SUQIU, "demo", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    while b"\xe6\xb4\xbe\xe5\x8d\x95" not in process.stdout.readline():  # 派单: the story has begun
        assert process.poll() is None
    servers = children(process)
    assert len(servers) >= 2
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    assert process.wait(30) == 130
    until = time.monotonic() + 5
    while any(server.is_running() for server in servers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(server.is_running() for server in servers)
    assert not list(temporary.glob("suqiu-demo-*"))


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = suqiu("demo", "--port", str(taken.getsockname()[1]))
    assert ran.returncode == 1
    assert "is in use" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("port", ["-1", "65534"])
def test_a_port_that_is_none_is_wrong_use(port: str) -> None:
    ran = suqiu("demo", "--port", port)
    assert ran.returncode == 2
    assert "--port: expected 0 (any free ones) or 1 to 65533" in ran.stderr
