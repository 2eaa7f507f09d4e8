"""The time: the port `Now`, and the wall clock behind it in production. Tests and the demo compose another one."""

from datetime import datetime
from typing import Protocol

from eventstore.clock_guard import system_clock


class Now(Protocol):
    """Returns the time at which an act takes effect and is recorded. `engine`: the calling workflow's own time."""

    def __call__(self, engine: datetime | None = None) -> datetime: ...


def wall_clock(engine: datetime | None = None) -> datetime:  # noqa: ARG001 - the port's shape
    """This machine's time. `engine` is ignored: it is when the step was first due, long ago if the step is retried."""
    return system_clock()
