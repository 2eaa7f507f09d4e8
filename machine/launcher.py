"""Becomes a server: without core dumps, as a user of its own, the engine in a network that only our user reaches.

Run as a program of its own (`command`), because what it does to itself (another user, a view of its own on the folders)
cannot be undone: it ends by executing the server, whose pid is therefore its own. The standard library only.
"""

import ctypes
import fcntl
import json
import os
import resource
import socket
import stat
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from machine.gate import Gate, guard

PROJECT = Path(__file__).resolve().parent.parent
_RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from machine.launcher import main; main(sys.argv[1:])"
_NEW_MOUNTS, _NEW_USER, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000  # linux/sched.h
_NOSUID_NODEV, _BIND, _PRIVATE = 0x2 | 0x4, 0x1000, 0x44000  # linux/mount.h; private and recursive
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # linux/sockios.h, linux/if.h
PRIVATE, OPEN = b"private", b"open"
"""What the launcher answers on `told`: whether only our user reaches the server's ports."""


@dataclass(frozen=True)
class Plan:
    """What to become. `reaches`: folders the server's user must be able to get to, whatever those above allow.

    `gates`: sockets that listen already, by descriptor and port; `told`: the socket on which to say whether they are
    used; `may_enter`: uids of those who may speak to them.
    """

    uid: int | None = None
    gid: int | None = None
    reaches: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    told: int | None = None
    may_enter: tuple[int, ...] = ()


def command(plan: Plan, argv: Sequence[str]) -> list[str]:
    """Return the command line that becomes `argv` as `plan` says."""
    return [sys.executable, "-I", "-S", "-c", _RUN, str(PROJECT), json.dumps(asdict(plan)), *argv]


def main(arguments: list[str]) -> None:
    """Become the program; ends with a sentence on stderr and exit code 1 where that is not possible."""
    given = json.loads(arguments[0])
    given["gates"] = tuple(Gate(**each) for each in given["gates"])
    try:
        _become(Plan(**given), arguments[1:])
    except OSError as error:
        sys.stderr.write(f"{arguments[1]} cannot be started: {error}\n")
    sys.exit(1)


def _become(plan: Plan, argv: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    table = _apart(plan) if plan.gates else None
    blocked = list(_blocked(plan))
    if blocked:
        _open_in_our_view(blocked, plan)
    if plan.uid is not None and plan.gid is not None:
        os.setgroups([])
        os.setgid(plan.gid)
        os.setuid(plan.uid)
    if table is not None:
        guard(plan.gates, table, frozenset(plan.may_enter))
    os.execv(argv[0], argv)  # noqa: S606 - no shell


def _apart(plan: Plan) -> int | None:
    """Leave for a network with nobody else in it; None: the kernel refuses, and the ports will be everybody's.

    Returns the open table of the machine's connections, in which a gate finds whose each is.
    """
    assert plan.told is not None
    with socket.socket(fileno=plan.told) as told:
        if not sys.platform.startswith("linux") or not _possible():
            told.sendall(OPEN)
            for gate in plan.gates:
                os.close(gate.descriptor)
            told.recv(1)  # until whoever launches has closed them too
            return None
        table = os.open("/proc/self/net/tcp", os.O_RDONLY)  # of the network we are in now, also later
        _leave()
        told.sendall(PRIVATE)
        return table


def _possible() -> bool:
    """Whether the kernel lets us leave, tried by a child: who has left halfway cannot come back."""
    child = os.fork()
    if child == 0:
        try:
            _leave()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _leave() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        _call("unshare", _NEW_NETWORK)
    else:
        _call("unshare", _NEW_USER | _NEW_NETWORK)
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")
    with socket.socket() as any_socket:  # "lo" begins switched off
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", _UP_AND_RUNNING))


def _blocked(plan: Plan) -> Iterator[tuple[Path, Path]]:
    """Folders the server's user has to reach and cannot, each with the topmost folder above that stops it."""
    if plan.uid is None or os.geteuid() != 0:
        return
    for folder in (Path(each).resolve() for each in plan.reaches):
        for above in reversed(folder.parents):
            found = above.stat()
            bit = (
                stat.S_IXUSR if found.st_uid == plan.uid else stat.S_IXGRP if found.st_gid == plan.gid else stat.S_IXOTH
            )
            if not found.st_mode & bit:
                yield above, folder
                break


def _open_in_our_view(blocked: Sequence[tuple[Path, Path]], plan: Plan) -> None:
    """Stand empty folders, open for passing, in place of those that stop us, in this process's view alone.

    Nothing of the real folder is seen there but what is to be reached; for everybody else nothing changes.

    Raises:
        OSError: the kernel refuses, as in a container without the right to mount.
    """
    above = sorted({top for top, _ in blocked})
    try:
        _call("unshare", _NEW_MOUNTS)
        _call("mount", b"none", b"/", None, _PRIVATE, None)
        opened = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for _, folder in blocked]
        for top in above:
            _call("mount", b"tmpfs", os.fsencode(top), b"tmpfs", _NOSUID_NODEV, b"mode=0711,size=64k")
        for folder, descriptor in opened:
            for each in reversed([folder, *folder.parents]):
                if not each.exists():
                    each.mkdir()
                    each.chmod(0o711)
            _call("mount", f"/proc/self/fd/{descriptor}".encode(), os.fsencode(folder), None, _BIND, None)
    except OSError as error:
        raise OSError(
            error.errno,
            f"user {plan.uid} cannot pass {above[0]}, which is left as it is, and the way in cannot be mounted for it "
            f"alone ({error.strerror}): give a data folder elsewhere with --data, or run suqiu as an ordinary user",
        ) from None


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
