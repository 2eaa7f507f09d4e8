"""The time of the story: a `Now` that the director moves, composed instead of the wall clock."""

from datetime import datetime

from office.clock import Now, wall_clock


class StoryClock:
    """Answers the story's instant, whatever the engine's own time is. Safe to read from other threads."""

    def __init__(self, begins: datetime) -> None:
        """Stand at the beginning."""
        self._at = begins
        self._then: Now | None = None

    def __call__(self, engine: datetime | None = None) -> datetime:
        """The story's instant; once the story is over, the wall clock's."""
        return self._at if self._then is None else self._then(engine)

    def move(self, to: datetime) -> None:
        """Move on. Time never goes back.

        Raises:
            ValueError: `to` is before the story's instant.
        """
        if to < self._at:
            raise ValueError(f"the story is at {self._at}, and cannot go back to {to}")
        self._at = to

    def hand_over(self) -> None:
        """The story is over: who comes now, comes today."""
        self._then = wall_clock
