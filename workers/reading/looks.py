"""When a reader looks again at what it set aside: a stretch at a time, and pages are read between, however much waits.

A stretch is bounded by time. What may be everybody's trouble ends it, and the next one, a while later, begins after the
stream that met it: neither one stream nor thousands keep a reader from the log.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator

from aggregates.record import Unreadable, Waiting

STRETCH_SECONDS = 2.0
"""A stretch: much shorter than what others take for silence, and a page waits no longer."""


class Looks:
    """The looks of one reader while it holds its lock; the first is due at once, as it may be a newer program."""

    def __init__(self, every: float) -> None:
        """Look again so many seconds after a look ended."""
        self._every = every
        self._next = time.monotonic()
        self._line: deque[Unreadable] = deque()

    @property
    def due(self) -> bool:
        """Whether it is time, to begin a look or to go on with one."""
        return time.monotonic() >= self._next

    @property
    def ended(self) -> bool:
        """Whether the last look came to its end: the next one begins anew."""
        return not self._line

    def begin(self, waiting: Iterable[Waiting]) -> None:
        """Look at these."""
        self._line.extend(each.row for each in waiting)

    def stretch(self) -> Iterator[Unreadable]:
        """The next rows of the look, in order, for as long as a stretch takes and `later` is not called."""
        until = time.monotonic() + STRETCH_SECONDS
        while self._line and self.due:
            yield self._line.popleft()
            if time.monotonic() >= until:
                break
        if self.ended:
            self.later()

    def later(self) -> None:
        """Go on after a while: what the last row met, others may meet as well."""
        self._next = time.monotonic() + self._every
