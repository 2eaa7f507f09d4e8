"""The kinds of streams in the log, by the prefix of their ids."""

from typing import Final

PETITION: Final = "p-"
RULEBOOK: Final = "rulebook-"
ORDER: Final = "o-"
MESSAGES: Final = "m-"
OFFICE: Final = "office-"
ERASURE: Final = "erasure-"

BESIDE: Final = (RULEBOOK, ORDER, MESSAGES, OFFICE, ERASURE)
"""Prefixes of streams that are not a petition's."""


def is_petition(stream: str) -> bool:
    """Whether a stream is a petition's: any without one of the other prefixes."""
    return not stream.startswith(BESIDE)


def is_order(stream: str) -> bool:
    """Whether a stream is a service order's."""
    return stream.startswith(ORDER)


def is_attended(stream: str) -> bool:
    """Whether a stream has an agenda, and so a workflow."""
    return is_petition(stream) or is_order(stream)
