"""One server program we run: our own child, or one that a killed process of ours left behind.

Children get a session of their own, so that Ctrl-C reaches us first and they are stopped in our order.
"""

import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

import psutil

from rulebook.problems import Expected

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
        environment: Mapping[str, str] | None = None,
        user: pwd.struct_passwd | None = None,
    ) -> "ServerProcess":
        """Start a program, its output appended to `log`; as `user`, if given. Raises ServerFailed."""
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log.open("ab") as output:
                child = subprocess.Popen(
                    list(argv),
                    cwd="/",
                    env=None if environment is None else dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    umask=0o077,
                    **run_as(user),
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
