"""The program as people run it: `suqiu …` in processes of its own, on one data folder."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from tests.answers import held
from tests.residents import Remembered
from tests.towns import FROZEN

SUQIU = str(Path(sys.executable).with_name("suqiu"))
READY_WITHIN = 60  # seconds
STOPS_WITHIN = 40  # seconds


class Suqiu:
    """Commands on one data folder, and the `up` that serves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("SUQIU_")}
        self.environment["SUQIU_RULEBOOK"] = str(FROZEN)
        self._up: subprocess.Popen[bytes] | None = None
        self._seen: set[int] = set()
        self.residents = Remembered()

    def up(self, *options: str) -> dict[str, Any]:
        """Start `up` and wait until everything runs, as its `run.json` says."""
        log = self.folder.with_name(self.folder.name + "-up.txt").open("ab")
        command = [SUQIU, "up", "--port", "0", "--data", str(self.folder), *options]
        self._up = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            assert self._up.poll() is None, f"up ended with {self._up.returncode}; see {log.name}"
            run = self.announced()
            if run and run["pid"] == self._up.pid and run["ready"]:
                self._seen |= set(run["pids"].values())
                return run
            time.sleep(0.05)
        raise AssertionError(f"up was not ready within {READY_WITHIN} s; see {log.name}")

    def announced(self) -> dict[str, Any] | None:
        """What `run.json` says."""
        try:
            return dict(json.loads((self.folder / "run.json").read_text("utf-8")))
        except (FileNotFoundError, ValueError):
            return None

    def down(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask `up` to stop; its exit code."""
        assert self._up is not None
        run = self.announced()
        self._seen |= set(run["pids"].values()) if run else set()
        self._up.send_signal(how)
        code = self._up.wait(STOPS_WITHIN)
        self._up = None
        return code

    def command(self, *words: str) -> list[str]:
        """The command line of one command on this folder."""
        return [SUQIU, *words, "--data", str(self.folder)]

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run one command; its standard output. `code` is the exit code expected, None: any."""
        typed, told = self.residents.give(words)
        done = subprocess.run(
            self.command(*typed),
            input=told,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=300,
            check=False,
        )
        assert code is None or done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        held(words, done.stdout)
        self.residents.hear(words, done.stdout)
        return done.stdout

    def json(self, *words: str) -> Any:
        """Run one command with `--json`; what it answered."""
        return json.loads(self.run(*words, "--json"))

    def rows(self, *words: str) -> list[dict[str, Any]]:
        """Run one command with `--json` that answers a line a row."""
        return [json.loads(line) for line in self.run(*words, "--json").splitlines()]

    def end(self) -> None:
        """Stop what a failed test left running, each process by its own pid."""
        if self._up is not None:
            self._up.kill()
            self._up.wait(10)
        for pid in self._seen:
            try:
                process = psutil.Process(pid)
                if str(self.folder) in " ".join(process.cmdline()):
                    process.kill()
                    process.wait(10)
            except psutil.NoSuchProcess:
                continue
