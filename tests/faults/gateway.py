"""A gateway of the harness's own: writes the ids of what it is given into a file; hangs while another file is there."""

import os
import time
from pathlib import Path

from aggregates.messages.events import Audience, Hint
from workers.messaging.gateways import Parcel, Undelivered

HANGS_SECONDS = 20.0


class WritingGateway:
    """Carries what is for residents with a telephone: so that a part of all messages has a workflow of its own."""

    name = "writing"

    def __init__(self, folder: Path) -> None:
        self._delivered = folder / "delivered"
        self._hanging = folder / "gateway-hangs"

    def carries(self, to: Audience, hint: Hint) -> bool:
        """Residents with a telephone."""
        return to == "resident" and hint == "phone"

    def send(self, parcel: Parcel) -> str | None:
        """Write the message's id, a line.

        Raises:
            Undelivered: it hung for too long.
        """
        until = time.monotonic() + HANGS_SECONDS
        while self._hanging.exists():
            if time.monotonic() > until:
                raise Undelivered("gateway_error")
            time.sleep(0.1)
        line = os.open(self._delivered, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(line, f"{parcel.message}\n".encode())
        finally:
            os.close(line)
        return parcel.message
