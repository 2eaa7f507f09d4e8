"""What passes between workflow and activities: ids, steps, tiers and times. Never a word of a petition or a person."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

PETITION_WORKFLOW: Final = "petition"
ORDER_WORKFLOW: Final = "order"
WAKE: Final = "wake"
READ_AGENDA: Final = "read-agenda"
CARRY_OUT: Final = "carry-out"


class Attend(BaseModel):
    """Input of `read-agenda` and `carry-out`: a stream, and for the latter the step to carry out.

    `petition` is the id of a petition or order (the name stands in histories). `now` is the engine's time. `version` is
    the stream version the step was planned at; 0 when only the agenda is read.
    """

    model_config = ConfigDict(frozen=True)

    petition: str
    now: datetime
    step: str | None = None
    version: int = 0


class Owed(BaseModel):
    """What a petition owes next: the step, the seconds until it is due (0: now), and where the petition stands.

    `step` None: nothing is owed any more. `version` is the one the answer was read at.
    """

    model_config = ConfigDict(frozen=True)

    step: str | None
    wait_seconds: float
    version: int
    stage: str
    category: str | None = None
    tier: str | None = None
    due_at: datetime | None = None
