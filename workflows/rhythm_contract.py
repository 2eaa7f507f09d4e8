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
    """One beat of the rhythm: which one of the rulebook, and the activity that does it."""

    model_config = ConfigDict(frozen=True)

    beat: str
    activity: str


class Turn(BaseModel):
    """A beat when it is due: `now` is the engine's time, `scheduled` the time the schedule meant."""

    model_config = ConfigDict(frozen=True)

    beat: str
    now: datetime
    scheduled: datetime


class Kept(BaseModel):
    """What came of a turn: what was written, or why nothing was."""

    model_config = ConfigDict(frozen=True)

    done: bool
    what: str


def queue_of(task_queue: str) -> str:
    """The queue of the rhythm beside that of petitions: a long count keeps no petition's step waiting."""
    return f"{task_queue}-rhythm"
