"""The real program as a subprocess: one `suqiu up` for the whole room, and commands beside it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from tests.answers import held
from tests.residents import Remembered
from tests.towns import FROZEN

PROGRAM = Path(sys.executable).with_name("suqiu")
READY_SECONDS = 60
ENDS_WITHIN_SECONDS = 15


@dataclass
class Answered:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its answer as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def row(self) -> dict[str, Any]:
        """Its answer as one JSON object."""
        (row,) = self.rows
        return row


@dataclass
class Shell:
    """A shell with a data folder and an environment of its own."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    residents: Remembered = field(default_factory=Remembered)

    def __call__(self, *arguments: str, given: str | bytes | None = None) -> Answered:
        """Run a command to its end."""
        typed, code = self.residents.give(arguments)
        given = code if given is None else given
        told = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            [PROGRAM, *typed], input=told, capture_output=True, env=self.env(), timeout=120, check=False
        )
        held(arguments, done.stdout.decode())
        self.residents.hear(arguments, done.stdout.decode())
        return Answered(done.returncode, done.stdout.decode(), done.stderr.decode())

    def env(self) -> Mapping[str, str]:
        """The environment of its commands: ours, without anything that would lead elsewhere."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("SUQIU_", "TEMPORAL_"))}
        usual = {"SUQIU_DATA": str(self.data), "SUQIU_RULEBOOK": str(FROZEN), "NO_COLOR": "1"}
        return {**ours, **usual, **self.environment}

    @property
    def near(self) -> "Inside":
        """The same commands in this process, where it is not the process that is tested: a start costs most of them."""
        return Inside(self.data, self.environment, self.residents)

    def receipt(self, *arguments: str) -> str:
        """Submit, and return the receipt."""
        answer = self.near("submit", "--json", *arguments)
        assert answer.code == 0, answer
        return str(answer.row["receipt"])

    def until(self, receipt: str, *stages: str, by: str | None = None) -> dict[str, Any]:
        """Wait until the petition is in one of these stages, as somebody reads it."""
        deadline = time.monotonic() + 60
        while True:
            shown = self.near("petition", "show", receipt, *(("--by", by) if by else ()), "--json")
            assert shown.code == 0, shown
            if shown.row["status"] in stages:
                return shown.row
            assert time.monotonic() < deadline, shown.row
            time.sleep(0.1)


class Inside(Shell):
    """The same commands in this process: what a process of its own would add is tested by `Shell`."""

    def __call__(self, *arguments: str, given: str | bytes | None = None) -> Answered:
        """Run a command to its end."""
        typed, code = self.residents.give(arguments)
        given = code if given is None else given
        told = given.encode() if isinstance(given, str) else given or b""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith(("SUQIU_", "TEMPORAL_"))]:
                patch.delenv(name)
            usual = {"SUQIU_DATA": str(self.data), "SUQIU_RULEBOOK": str(FROZEN)}
            for name, value in {**usual, **self.environment}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(told)))
            ended = run(typed)
        held(arguments, out.getvalue())
        self.residents.hear(arguments, out.getvalue())
        return Answered(ended, out.getvalue(), err.getvalue())


class Running:
    """A long-running command; `ready` is what it said when it was."""

    def __init__(self, shell: Shell, *arguments: str) -> None:
        self.errors = shell.data.with_name(f"{shell.data.name}-{arguments[0]}.stderr")
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [PROGRAM, *arguments, "--json"], stdout=subprocess.PIPE, stderr=errors, env=shell.env(), text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        held([*arguments, "--json"], line)
        self.ready: dict[str, Any] = json.loads(line)
        assert self.ready.get("ready"), self.ready

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(ENDS_WITHIN_SECONDS)


Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start long-running commands; those still there at the end are ended."""
    running: list[Running] = []

    def begin(shell: Shell, *arguments: str) -> Running:
        running.append(Running(shell, *arguments))
        return running[-1]

    yield begin
    for each in reversed(running):
        each.stop()


@pytest.fixture(scope="session")
def suqiu(short_folder: Path) -> Iterator[Shell]:
    """A shell beside a running `suqiu up`."""
    shell = Shell(short_folder / "cli")
    up = Running(shell, "up", "--port", "0")
    yield shell
    assert up.stop() == 0, up.errors.read_text()


@pytest.fixture(scope="session")
def here(suqiu: Shell) -> Inside:
    """Commands beside the running `suqiu up`, in this process."""
    return Inside(suqiu.data)


@pytest.fixture
def alone(tmp_path: Path) -> Shell:
    """A shell where nothing runs."""
    return Shell(tmp_path / "nothing")


@pytest.fixture
def inside(tmp_path: Path) -> Inside:
    """Commands where nothing runs, in this process."""
    return Inside(tmp_path / "nothing")
