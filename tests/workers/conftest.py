"""An `up` of its own process, started, killed and asked to stop by the tests."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from office.run_info import RunInfo, read_run


class Up:
    """One data folder, and the `up` process on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.errors = folder.with_name(folder.name + ".stderr")
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: set[int] = set()

    def start(self, *options: str) -> RunInfo:
        """Start it and wait until it has announced itself."""
        with self.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.workers.up", str(self.folder), *options], stderr=errors
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            run = read_run(self.folder)
            if run is not None and run.pid == self._process.pid:
                self._seen |= set(run.pids.values())
                return run
            time.sleep(0.05)
        pytest.fail(f"up did not get ready: {self.errors.read_text()}")

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def kill(self) -> None:
        """End it as a power cut would, servers left behind."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def clean(self) -> None:
        """End what is still there, by the pids we saw; a failed test shows what the servers said."""
        for log in (self.errors, *sorted((self.folder / "logs").glob("*.log"))):
            if log.exists():
                print(f"--- {log.name}\n{log.read_text()[-4000:]}")  # noqa: T201
        if self._process is not None and self._process.poll() is None:
            self.stop()
        for pid in self._seen:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def up(short_folder: Path) -> Iterator[Up]:
    """A fresh folder with nothing running on it."""
    with tempfile.TemporaryDirectory(dir=short_folder) as parent:
        Path(parent).chmod(0o711)
        it = Up(Path(parent) / "data")
        yield it
        it.clean()


@pytest.fixture(scope="session")
def running(short_folder: Path) -> Iterator[Up]:
    """An `up` that runs, for tests that only look at it."""
    it = Up(short_folder / "running")
    it.start()
    yield it
    it.clean()
