"""When a reader retries the streams it set aside: for a few seconds at a time, with pages read in between.

A stretch of retries is bounded by time. An error that may concern everybody ends it, and the next one, a while later,
begins after the stream that met it: neither one stream nor thousands keep a reader from the log.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator

from aggregates.record import Unreadable, Waiting

STRETCH_SECONDS = 2.0
"""Length of a stretch of retries: much shorter than the silence after which a standby takes over."""


class Looks:
    """The retries of one reader while it holds its lock; the first is due at once: the program may be a newer one."""

    def __init__(self, every: float) -> None:
        """Begin again `every` seconds after the last pass ended."""
        self._every = every
        self._next = time.monotonic()
        self._line: deque[Unreadable] = deque()

    @property
    def due(self) -> bool:
        """Whether it is time to begin a pass or to go on with one."""
        return time.monotonic() >= self._next

    @property
    def ended(self) -> bool:
        """Whether the last pass is complete, so that the next one begins with a new list."""
        return not self._line

    def begin(self, waiting: Iterable[Waiting]) -> None:
        """Retry these streams."""
        self._line.extend(each.row for each in waiting)

    def stretch(self) -> Iterator[Unreadable]:
        """The next rows to retry, in order, until the stretch is over or `later` was called."""
        until = time.monotonic() + STRETCH_SECONDS
        while self._line and self.due:
            yield self._line.popleft()
            if time.monotonic() >= until:
                break
        if self.ended:
            self.later()

    def later(self) -> None:
        """Pause the pass: what the last row met, others may meet as well."""
        self._next = time.monotonic() + self._every
