"""Which ports `up` takes on 127.0.0.1: N for the pages, N+1 for Temporal, N+2 for Temporal's pages, if asked for."""

import secrets
import socket
from dataclasses import dataclass

import structlog

from rulebook.problems import Expected

HOST = "127.0.0.1"
DEFAULT = 7232
# "Any free" is looked for below the ports the kernel hands out itself: one of those, free now, is gone a moment
# later to some connection, often one of Temporal's own.
ANY_FROM, ANY_BELOW = 20000, 32000

log = structlog.get_logger(__name__)


class PortTaken(Expected, RuntimeError):
    """A port that was asked for is in use; the message names it."""


@dataclass(frozen=True)
class Ports:
    """Three TCP ports on 127.0.0.1."""

    web: int
    temporal: int
    temporal_ui: int


def choose_ports(port: int | None = None) -> Ports:
    """Return `port` and the two after it; for 0 any free ones; for None the default, else any free ones.

    Raises PortTaken if a port that was asked for is in use, ValueError if it is no port.
    """
    if port == 0:
        return _any_free()
    first = DEFAULT if port is None else port
    if not 1 <= first <= 65533:
        raise ValueError(f"port {first}: expected 0 (any free ones) or 1 to 65533")
    wanted = range(first, first + 3)
    taken = [number for number in wanted if not _is_free(number)]
    if not taken:
        return Ports(*wanted)
    if port is not None:
        raise PortTaken(
            f"port {taken[0]} on {HOST} is in use; {first} to {first + 2} are needed. "
            "Give another one with --port, or --port 0 for any free ones"
        )
    ports = _any_free()
    log.warning("ports.default_taken", taken=taken, web=ports.web, temporal=ports.temporal)
    return ports


def listen(port: int) -> socket.socket:
    """Listen on a port of this machine. Raises PortTaken."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen(socket.SOMAXCONN)
    except OSError as error:
        door.close()
        raise PortTaken(f"port {port} on {HOST} cannot be listened on: {error.strerror}") from None
    return door


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a closing one is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _any_free() -> Ports:
    while True:
        first = ANY_FROM + secrets.randbelow(ANY_BELOW - ANY_FROM - 2)
        if all(_is_free(number) for number in range(first, first + 3)):
            return Ports(first, first + 1, first + 2)
