"""An event as it stands in the log: where, when it was written, and for which command."""

from datetime import datetime
from typing import NamedTuple

from aggregates.events import Event


class Recorded(NamedTuple):
    """One row of the log. `position` counts from 1 without gaps; `version` counts from 1 within the stream."""

    position: int
    stream: str
    version: int
    recorded_at: datetime
    command_id: str
    event: Event
