"""What passes between an adoption's workflow and its activity: ids, hashes, positions and counts."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

ADOPTION_WORKFLOW: Final = "adoption"
COUNT_AGAIN: Final = "count-again"
HOW_FAR: Final = "how-far"
ADOPTION: Final = "adoption-"
"""Prefix of the workflows' ids."""


class Adopted(BaseModel):
    """An adoption, by its number in the stream of its book, and how far it has gone through the log.

    `position` is the last one of the log that was looked at, `head` the last one there is; `petitions` were looked at,
    the clocks of `moved` of them moved.
    """

    model_config = ConfigDict(frozen=True)

    book: str
    number: int
    position: int = 0
    head: int = 0
    petitions: int = 0
    moved: int = 0
    done: bool = False
    in_force_in_seconds: float = 0.0


class Turn(BaseModel):
    """Input of `count-again`: the adoption as far as it is. `now` is the engine's time."""

    model_config = ConfigDict(frozen=True)

    adopted: Adopted
    now: datetime


def workflow_id(book: str, number: int) -> str:
    """The workflow id of an adoption."""
    return f"{ADOPTION}{book}-{number}"
