"""What passes between a message's workflow and its activities: ids, counts and codes. Never a word of a message."""

from typing import Final

from pydantic import BaseModel, ConfigDict

MESSAGE_WORKFLOW: Final = "message"
DELIVER: Final = "deliver-message"
GIVE_UP: Final = "give-up-message"


class Sending(BaseModel):
    """A message to be sent: its id, how often to try, and the pauses between."""

    model_config = ConfigDict(frozen=True)

    message: str
    tries: int
    first_pause_seconds: float
    longest_pause_seconds: float


class GivenUp(BaseModel):
    """A message that could not be sent, after so many tries, and why in one word."""

    model_config = ConfigDict(frozen=True)

    message: str
    code: str
    attempts: int


def queue_of(task_queue: str) -> str:
    """The queue of messages beside that of petitions: a gateway that hangs keeps no petition's step waiting."""
    return f"{task_queue}-messages"
