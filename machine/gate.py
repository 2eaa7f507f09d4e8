"""Passes on what our own user says to ports in a network of their own, and nobody else's.

A process of its own, begun by the launcher before it becomes the server: its listening sockets are of the machine's
network, whatever it opens is of the server's. It ends with the server. The standard library only.
"""

import os
import select
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

LOOKS = 3
"""How often a connection is looked for in the kernel's table, which may skip one while others come and go."""
AT_ONCE = 65_536
"""Bytes passed on at a time."""
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Gate:
    """A socket that listens on this machine, and the port behind it, which has the same number."""

    descriptor: int
    port: int


def guard(gates: Sequence[Gate], table: int, may_enter: frozenset[int]) -> None:
    """Fork the process that keeps the gates; in the caller, close them. `table`: of the machine's TCP connections."""
    server = os.getpid()
    if os.fork() == 0:
        try:
            _keep(gates, table, may_enter, server)
        finally:
            os._exit(0)
    for gate in gates:
        os.close(gate.descriptor)
    os.close(table)


def _keep(gates: Sequence[Gate], table: int, may_enter: frozenset[int], server: int) -> None:
    alive = os.pidfd_open(server) if sys.platform == "linux" else -1
    if os.getppid() != server:
        return
    listening = {each.descriptor: (socket.socket(fileno=each.descriptor), each.port) for each in gates}
    while True:
        ready, _, _ = select.select([alive, *listening], [], [])
        if alive in ready:
            return
        for descriptor in ready:
            door, port = listening[descriptor]
            with suppress(OSError):
                who, _ = door.accept()
                threading.Thread(target=_enter, args=(who, port, table, may_enter), daemon=True).start()


def _enter(who: socket.socket, port: int, table: int, may_enter: frozenset[int]) -> None:
    with who:
        if owner_of(who, table) not in may_enter:
            return
        with suppress(OSError), socket.socket() as inside:  # looks nothing up: modules may be out of reach by now
            inside.connect((_HOST, port))
            for each in (who, inside):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pass_on, args=(inside, who), daemon=True)
            back.start()
            _pass_on(who, inside)
            back.join()


def _pass_on(from_: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while said := from_.recv(AT_ONCE):
            to.sendall(said)
    for each, how in ((to, socket.SHUT_WR), (from_, socket.SHUT_RD)):
        with suppress(OSError):
            each.shutdown(how)


_READING = threading.Lock()


def owner_of(connection: socket.socket, table: int) -> int | None:
    """The uid of the process on this machine at the other end; None: there is none.

    The other end's address cannot come to another user meanwhile: as long as this end is open, nobody else gets it.
    """
    try:
        theirs, ours = connection.getpeername(), connection.getsockname()
    except OSError:
        return None
    for _ in range(LOOKS):
        with _READING:
            os.lseek(table, 0, os.SEEK_SET)
            read = b"".join(iter(lambda: os.read(table, AT_ONCE), b""))
        for line in read.decode("ascii").splitlines()[1:]:
            row = line.split()
            if (row[1], row[2]) == (_written(theirs), _written(ours)):
                return int(row[7])
    return None


def _written(address: tuple[str, int]) -> str:
    """An address as the kernel's table has it: the number as this machine keeps it in memory, and the port."""
    number = int.from_bytes(socket.inet_aton(address[0]), sys.byteorder)
    return f"{number:08X}:{address[1]:04X}"
