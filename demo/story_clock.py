"""The simulated time: a `Now` that the director moves, composed instead of the wall clock."""

from datetime import datetime

from office.clock import Now, wall_clock


class StoryClock:
    """Returns the story's instant, whatever the engine's own time is. Thread-safe."""

    def __init__(self, begins: datetime) -> None:
        """Begin at this instant."""
        self._at = begins
        self._then: Now | None = None

    def __call__(self, engine: datetime | None = None) -> datetime:
        """The story's instant; once the story is over, the wall clock's."""
        return self._at if self._then is None else self._then(engine)

    def move(self, to: datetime) -> None:
        """Move forward.

        Raises:
            ValueError: `to` is before the current instant.
        """
        if to < self._at:
            raise ValueError(f"the story is at {self._at}, and cannot go back to {to}")
        self._at = to

    def hand_over(self) -> None:
        """The story is over: from now on return the wall clock's time."""
        self._then = wall_clock
