"""One process of the town: started, killed, stopped and let go on by its own pid; its lines read as they come."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from office.settings import PROJECT

STARTS_WITHIN = 90.0
ENDS_WITHIN = 30.0


class Process:
    """`python -m MODULE ARGUMENT`, its errors in a log file; `hear` takes each line after the first one."""

    def __init__(self, module: str, argument: str, log: Path, hear: Callable[[str], None] = lambda _: None) -> None:
        self._command = [sys.executable, "-m", module, argument]
        self._log = log
        self._hear = hear
        self._process: subprocess.Popen[str] | None = None
        self._first = threading.Event()
        self.said = ""

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return self._process.pid if self._process else 0

    def alive(self) -> bool:
        """Whether it runs; a stopped one does."""
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it; `await_ready` waits for its first line."""
        self._first.clear()
        with self._log.open("ab") as errors:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=PROJECT,
                env={key: value for key, value in os.environ.items() if not key.startswith(("SUQIU_", "TEMPORAL_"))},
                start_new_session=True,
            )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def await_ready(self, seconds: float = STARTS_WITHIN) -> bool:
        """Wait for the first line; False when it ended, or did not come."""
        return self._first.wait(seconds) and self.alive()

    def send(self, line: str) -> bool:
        """Give it a line; False when nobody reads."""
        with suppress(OSError, ValueError):
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            return True
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it is there."""
        if self.alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(ENDS_WITHIN)

    def end(self) -> int | None:
        """Ask it to end, and wait; killed when it does not."""
        if self._process is None:
            return None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        first = True
        with suppress(ValueError):
            for line in process.stdout:
                if first:
                    self.said, first = line.rstrip("\n"), False
                    self._first.set()
                else:
                    self._hear(line.rstrip("\n"))
        self._first.set()
