"""One server program we run: our own child, or one that a killed process of ours left behind.

Children get a session of their own, so that Ctrl-C reaches us first and they are stopped in our order. Of our
environment they get what is on a list: keys and passwords are none of theirs.
"""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

import psutil

from machine.launcher import Plan, command
from rulebook.problems import Expected

INHERITED = ("PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "TMPDIR")
"""The variables of ours that a server may see."""
CHILDREN_END_WITHIN = 2.0  # seconds
STOP_GENTLY = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))


class ServerFailed(Expected, RuntimeError):
    """A server did not start or did not become ready; the message ends with the last lines of its log."""


class ServerProcess:
    """A running server program, known by its pid and its start time (a reused pid is not taken for it)."""

    def __init__(self, process: psutil.Process, child: subprocess.Popen[bytes] | None) -> None:
        self._process = process
        self._child = child

    @classmethod
    def spawn(
        cls,
        argv: Sequence[str],
        *,
        log: Path,
        plan: Plan,
        environment: Mapping[str, str] | None = None,
    ) -> "ServerProcess":
        """Start a program as `plan` says, its output appended to `log`; `environment` is added to what it inherits.

        Raises:
            ServerFailed: it cannot be run.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        passed = [gate.descriptor for gate in plan.gates] + ([] if plan.told is None else [plan.told])
        try:
            with log.open("ab") as output:
                child = subprocess.Popen(
                    command(plan, argv),
                    cwd="/",
                    env=inherited() | dict(environment or {}),
                    pass_fds=passed,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    umask=0o077,
                )
        except OSError as error:
            raise ServerFailed(f"{argv[0]} cannot be run: {error.strerror}") from None
        return cls(psutil.Process(child.pid), child)

    @classmethod
    def adopt(cls, pid: int, *, program: str, argument: str) -> "ServerProcess | None":
        """Return the process `pid` if it is `program` with `argument` on its command line, else None."""
        try:
            process = psutil.Process(pid)
            argv = process.cmdline()
        except psutil.Error:
            return None
        if not argv or Path(argv[0]).name != program or argument not in argv:
            return None
        return cls(process, None)

    @property
    def pid(self) -> int:
        """The process id."""
        return int(self._process.pid)

    def alive(self) -> bool:
        """Say whether it still runs."""
        if self._child is not None:
            return self._child.poll() is None
        with suppress(psutil.Error):
            return bool(self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE)
        return False

    def stop(self, steps: Sequence[tuple[signal.Signals, float]] = STOP_GENTLY) -> None:
        """Send each signal in turn, and wait so many seconds for the end, until the process is gone."""
        begun: list[psutil.Process] = []  # a gate ends with its server, a moment later, and holds its port till then
        with suppress(psutil.Error):
            begun = self._process.children(recursive=True)
        self._send(steps)
        psutil.wait_procs(begun, CHILDREN_END_WITHIN)

    def _send(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        for number, seconds in steps:
            if not self.alive():
                return
            if number is signal.SIGKILL:
                self.kill()
            with suppress(psutil.Error):
                self._process.send_signal(number)
                self._process.send_signal(signal.SIGCONT)  # one that was stopped hears nothing else
            deadline = time.monotonic() + seconds
            # Asked rather than waited for: a stranger's zombie ends only when its own parent takes note.
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.02)

    def kill(self, seconds: float = 5.0) -> None:
        """End it and what it has started at once, as a power cut would; wait so long until all are gone."""
        with suppress(psutil.Error):
            family = [self._process, *self._process.children(recursive=True)]
            for each in family:
                with suppress(psutil.Error):
                    each.kill()
            psutil.wait_procs(family[1:], seconds)
        deadline = time.monotonic() + seconds
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.02)


def inherited() -> dict[str, str]:
    """Return what a server gets of our environment."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def plan_for(user: pwd.struct_passwd | None, *reaches: Path) -> Plan:
    """Return the plan to run as `user`, who must be able to reach these folders; None: as ourselves, who can."""
    if user is None:
        return Plan()
    return Plan(user.pw_uid, user.pw_gid, tuple(str(each) for each in reaches))


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess` that say as whom a program runs."""

    user: int
    group: int
    extra_groups: list[int]


def run_as(user: pwd.struct_passwd | None) -> RunAs:
    """Return the arguments to run a program as `user`; none for None."""
    return RunAs() if user is None else RunAs(user=user.pw_uid, group=user.pw_gid, extra_groups=[])


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, indented, for an error message."""
    with suppress(OSError):
        text = log.read_text("utf-8", errors="replace").splitlines()[-lines:]
        return "".join(f"\n    {line}" for line in text)
    return ""
