"""What kinds of streams stand in the log, told by the first letters of their ids."""

from typing import Final

PETITION: Final = "p-"
RULEBOOK: Final = "rulebook-"
ORDER: Final = "o-"
MESSAGES: Final = "m-"

BESIDE: Final = (RULEBOOK, ORDER, MESSAGES)
"""First letters of streams that are no petition's."""


def is_petition(stream: str) -> bool:
    """Whether a stream is a petition's: what the office is about, and so whatever is not named as something else."""
    return not stream.startswith(BESIDE)
