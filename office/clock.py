"""What time it is: the port, and the wall clock behind it in production. Tests and the demo compose another one."""

from datetime import datetime
from typing import Protocol

from eventstore.clock_guard import system_clock


class Now(Protocol):
    """Answers the time an act counts and is recorded at; `engine` is the workflow's own time where one asks."""

    def __call__(self, engine: datetime | None = None) -> datetime: ...


def wall_clock(engine: datetime | None = None) -> datetime:  # noqa: ARG001 - the port's shape
    """This machine's time. The engine's is the time it was asked, which may be long ago when a step is tried again."""
    return system_clock()
