"""Wakes a thread that waits for a notification of the database, so that a reader asked to end does so at once."""

import selectors
import socket
from contextlib import suppress

import psycopg


class Bell:
    """A wait that ends with a notification, with `ring`, or in time. One thread waits; any thread rings."""

    def __init__(self) -> None:
        self._rope, self._ear = socket.socketpair()

    def ring(self) -> None:
        """End the wait, or the next one if nobody waits. Idempotent, also after `close`."""
        with suppress(OSError):
            self._rope.send(b"!", socket.MSG_DONTWAIT)

    def wait(self, connection: psycopg.Connection, seconds: float) -> bool:
        """Wait at most `seconds`; True: something arrived on the connection (left unread there) or it rang."""
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._ear, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def close(self) -> None:
        """Close both ends; nobody waits any more."""
        self._rope.close()
        self._ear.close()
