"""What passes between the rhythm's workflow and its activities: names of beats, days and ids of reports."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

RHYTHM_WORKFLOW: Final = "rhythm"
MAKE_REPORT: Final = "make-report"
RECONCILE: Final = "reconcile-workflows"
ANNOUNCE: Final = "announce-reception-day"
ERASE: Final = "erase-what-is-kept-long-enough"


class Beat(BaseModel):
    """Input of the workflow: the beat's id in the rulebook, and the activity that does it."""

    model_config = ConfigDict(frozen=True)

    beat: str
    activity: str


class Turn(BaseModel):
    """Input of a beat's activity: `now` is the engine's time, `scheduled` the time the schedule started it for."""

    model_config = ConfigDict(frozen=True)

    beat: str
    now: datetime
    scheduled: datetime


class Kept(BaseModel):
    """Result of a beat's activity: what was written, or why nothing was."""

    model_config = ConfigDict(frozen=True)

    done: bool
    what: str


def queue_of(task_queue: str) -> str:
    """The task queue of the rhythm, apart from that of petitions: a long count delays no petition's step."""
    return f"{task_queue}-rhythm"
