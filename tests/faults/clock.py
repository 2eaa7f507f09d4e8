"""The town's clock: the wall's, shifted for every process alike by a number in a file; and each process's own skew.

Deadlines are days away. The harness moves the shift (`jump`), and wakes the workflows as an operator would after an
outage; from then on each timer is a real one of the real server. Nothing is recorded by a time the harness cannot undo.
"""

import mmap
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

_SHIFT = struct.Struct("d")

Raw = Callable[[], datetime]


def make_shift(file: Path, seconds: float) -> None:
    """A file that says by how many seconds the town's time is ahead of the wall's (negative: behind)."""
    file.write_bytes(_SHIFT.pack(seconds))


class TownClock:
    """`Now` of one process: its raw clock and the shift of all. `skew`: seconds by which the raw clock is wrong."""

    def __init__(self, file: Path, skew: float = 0.0) -> None:
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), _SHIFT.size)
        self._skew = timedelta(seconds=skew)

    @property
    def shift(self) -> timedelta:
        """From the wall's time to the town's."""
        return timedelta(seconds=_SHIFT.unpack(self._shared[: _SHIFT.size])[0])

    def raw(self) -> datetime:
        """What this process takes for the time of the machine."""
        return datetime.now(UTC) + self._skew

    def __call__(self, engine: datetime | None = None) -> datetime:  # noqa: ARG002 - the port's shape
        """The town's time, as this process sees it."""
        return self.raw() + self.shift

    def set_shift(self, shift: timedelta) -> None:
        """Move every process's clock at once."""
        self._shared[: _SHIFT.size] = _SHIFT.pack(shift.total_seconds())


class Jump(NamedTuple):
    """When (wall time, seconds) the shift became another one, and when every workflow had been woken for it."""

    at: float
    shift: float
    woken_at: float


class Timeline:
    """The jumps of a run: from the town's time back to the wall's."""

    def __init__(self, jumps: Sequence[Jump]) -> None:
        self._jumps = list(jumps)

    def wall(self, town: datetime) -> float:
        """When it was so late; for an instant that was jumped over, when every workflow had heard of the jump."""
        stamp = town.timestamp()
        wall = stamp - self._jumps[0].shift
        for jump in self._jumps[1:]:
            if wall >= jump.at:
                wall = max(stamp - jump.shift, jump.woken_at if stamp - jump.shift < jump.at else 0.0)
        return wall

    def town(self, wall: float) -> datetime:
        """What time it was in the town."""
        shift = next((jump.shift for jump in reversed(self._jumps) if jump.at <= wall), self._jumps[0].shift)
        return datetime.fromtimestamp(wall + shift, UTC)
