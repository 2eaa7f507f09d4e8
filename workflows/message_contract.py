"""What passes between a message's workflow and its activities: ids, counts and codes. Never a word of a message."""

from typing import Final

from pydantic import BaseModel, ConfigDict

MESSAGE_WORKFLOW: Final = "message"
DELIVER: Final = "deliver-message"
GIVE_UP: Final = "give-up-message"


class Sending(BaseModel):
    """Input of the workflow: the message's id, how often to try, and the pauses between tries."""

    model_config = ConfigDict(frozen=True)

    message: str
    tries: int
    first_pause_seconds: float
    longest_pause_seconds: float


class GivenUp(BaseModel):
    """Input of `give-up-message`: the message, the number of tries, and why in one word."""

    model_config = ConfigDict(frozen=True)

    message: str
    code: str
    attempts: int


def queue_of(task_queue: str) -> str:
    """The task queue of messages, apart from that of petitions: a hanging gateway delays no petition's step."""
    return f"{task_queue}-messages"
