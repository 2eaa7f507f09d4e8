"""What kinds of streams stand in the log, told by the first letters of their ids."""

from typing import Final

PETITION: Final = "p-"
RULEBOOK: Final = "rulebook-"
ORDER: Final = "o-"
MESSAGES: Final = "m-"
OFFICE: Final = "office-"
ERASURE: Final = "erasure-"

BESIDE: Final = (RULEBOOK, ORDER, MESSAGES, OFFICE, ERASURE)
"""First letters of streams that are no petition's."""


def is_petition(stream: str) -> bool:
    """Whether a stream is a petition's: what the office is about, and so whatever is not named as something else."""
    return not stream.startswith(BESIDE)


def is_order(stream: str) -> bool:
    """Whether a stream is a service order's."""
    return stream.startswith(ORDER)


def is_attended(stream: str) -> bool:
    """Whether a stream has an agenda, and so a workflow that attends to it."""
    return is_petition(stream) or is_order(stream)
